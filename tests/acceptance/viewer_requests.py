"""What the viewer asks of the engine and can ask again: work on files taken back and made again, parameters of models."""
import os

from apart import ApartCase, flat
from service_case import ServiceCase
from viewer_case import ViewerCase
from world import PATIENCE


class FileWork(ViewerCase):
    """Sending and trash, each taken back by itself, whatever others did since."""

    def contents(self, folder=None):
        folder = folder or self.pictures
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def work(self):
        """As the command line tells it, the newest first."""
        return [(row["kind"], row["files"], row["undone"]) for row in self.kalon("history", "--json").rows if "operation" in row]

    def test_undo_is_about_ones_own_work_when_others_worked_since(self):
        self.indexed_pictures(4)
        mine, theirs = self.path("mine"), self.path("theirs")
        process = self.start_viewer("--script", self.script(f"select 01.jpg\nsend-to {mine}\nwait\nuntil-stars 03.jpg 4\nundo\nwait\nstate"),
                                    self.pictures)
        self.wait_for(lambda: self.contents(mine))
        self.wait_for(lambda: self.work())
        self.kalon("send", "--to", theirs, self.path_of("02.jpg"))
        self.kalon("rate", self.path_of("03.jpg"), "--as", "4")
        self.assertEqual(process.wait(PATIENCE), 0, self.log())
        state = self.read(self.state_files[0])
        self.assertEqual(self.problems(state), [])
        self.assertEqual((self.contents(mine), self.contents(theirs)), ([], ["02.jpg"]))
        self.assertEqual(self.work(), [("send", 1, False), ("send", len(state["targets"]), True)])

    def test_undo_and_redo_of_sending_and_trash(self):
        names = self.indexed_pictures(4)
        out = self.path("out")
        sent, back, again, trashed, restored, gone, all_back = self.view(f"""
            panel history
            select 01.jpg
            select 02.jpg
            send-to {out}
            wait
            state
            undo
            wait
            state
            redo
            wait
            state
            select-none
            go 03.jpg
            trash
            send-confirm
            wait
            state
            undo
            wait
            state
            redo
            wait
            state
            undo
            undo
            wait
            state
        """)
        files = len(sent["targets"])
        top = lambda state: [(row["kind"], row["count"], row["undone"], row["next_undo"]) for row in state["panels"]["history"]["rows"]]
        self.assertEqual(top(sent), [("send", files, False, True)])
        self.assertEqual((top(back), back["undo"]), ([("send", files, True, False)], ""))
        self.assertEqual(top(again), [("send", files, False, True), ("send", files, True, False)])
        self.assertEqual(top(trashed)[0], ("trash", 1, False, True))
        self.assertEqual([row[2] for row in top(restored)[:2]], [True, False])
        self.assertEqual((restored["photos"], gone["photos"]), (4, trashed["photos"]))
        self.assertEqual(top(gone)[0], ("trash", 1, False, True))
        self.assertTrue(all(row[2] for row in top(all_back)))
        self.assertEqual([self.problems(state) for state in (back, again, restored, gone, all_back)], [[]] * 5)
        self.assertEqual((self.contents(), self.contents(out)), (names, []))

    def test_rows_of_the_history_and_what_is_in_their_way(self):
        self.indexed_pictures(4)
        out, other = self.path("out"), self.path("other")
        self.kalon("send", "--to", out, self.path_of("00.jpg"))
        self.kalon("send", "--to", other, self.path_of("01.jpg"))
        self.kalon("trash", self.path_of("00.jpg"))
        told, refused, second, both = self.view("""
            panel history
            state
            history-turn 3
            state
            history-turn 2
            wait
            state
            history-turn 1
            history-turn 3
            wait
            state
            screenshot history.png
        """)
        self.assertEqual([row["can_turn"] for row in told["panels"]["history"]["rows"]], [True] * 3)
        self.assertEqual(len(self.problems(refused)), 1)
        self.assertIn("was moved to the trash by operation", self.problems(refused)[0])
        self.assertEqual([row["undone"] for row in second["panels"]["history"]["rows"]], [False, True, False])
        self.assertEqual([row["undone"] for row in both["panels"]["history"]["rows"]], [True] * 3)
        # How others did it is not known here, so that it cannot be made again.
        self.assertEqual([row["can_turn"] for row in both["panels"]["history"]["rows"]], [False] * 3)
        self.assertEqual((self.contents(out), self.contents(other), len(self.contents())), ([], [], 4))
        self.image("history.png")

    def test_what_is_left_is_said(self):
        self.indexed_pictures(2)
        out = self.path("out")
        process = self.start_viewer("--script", self.script(f"select-all\nsend-as copy\nsend-to {out}\nwait\nuntil-stars 01.jpg 4\nundo\nwait\nstate"),
                                    self.pictures)
        self.wait_for(lambda: len(self.contents(out)) == 2 and self.work())
        with open(os.path.join(out, "00.jpg"), "ab") as file:
            file.write(b"an edit")
        self.kalon("rate", self.path_of("01.jpg"), "--as", "4")
        self.assertEqual(process.wait(PATIENCE), 0, self.log())
        self.assertRegex(self.problems(self.read(self.state_files[0]))[0], "1 file was left: 00.jpg differs")
        self.assertEqual(self.contents(out), ["00.jpg"])


class ModelParameters(ViewerCase, ApartCase, ServiceCase):
    """Of a script in Python and of a plugin of the gallery: drawn beneath the model, and given to it."""

    LOUD = """
class Model:
    @staticmethod
    def describe():
        return {"input": 32, "dimension": 3, "metric": "euclidean", "parameters": [
            {"name": "gain", "type": "number", "default": 1.0, "minimum": 0, "maximum": 8, "help": "How much louder", "unit": "x"},
            {"name": "mode", "type": "choice", "default": "soft", "choices": ["soft", "hard"]},
            {"name": "inverted", "type": "flag", "default": False, "label": "Turned over"}]}
    def __init__(self, gain, mode, inverted):
        self.gain = gain
    def embed(self, pictures):
        return self.gain * pictures.mean(axis=(1, 2))
"""

    def setUp(self):
        super().setUp()
        for number, shade in enumerate((0, 30, 90)):
            flat(self.path_of(f"{number:02}.png"), (shade, 0, 0))
        self.add(self.script_of("loud.py", self.LOUD))
        self.install("gallery_dial_model.so", {"id": "org.example.knob", "kind": "model", "parameters": [
            {"name": "gain", "type": "number", "default": 2, "minimum": 0, "maximum": 8, "label": "Gain", "unit": "x"}]})

    def script_of(self, name, text):
        return ApartCase.script(self, name, text)

    def script(self, text):
        return ViewerCase.script(self, text)

    def test_they_are_drawn_and_given(self):
        page, done = self.view("""
            task-page index
            task-set model loud
            task-set model.gain 4
            task-set model.mode hard
            wait
            state
            screenshot task.png
            task-start
            wait
            state
        """, size=(1280, 900))
        tasks = page["panels"]["tasks"]
        self.assertEqual(tasks["model_parameters"], {"gain": "4", "mode": "hard", "inverted": "false"})
        self.assertEqual(tasks["given"], {"model": "loud", "model_parameters": {"gain": 4, "mode": "hard"}})
        self.assertEqual((done["jobs"][0]["status"], done["jobs"][0]["summary"]["embedded"]), (0, 3))
        self.image("task.png")
        with self.client() as kalon:
            far = lambda **values: round(kalon.call("similar", path=self.path_of("00.png"), model="loud", model_parameters=values).rows[0]["distance"], 3)
            self.assertEqual(far(gain=4, mode="hard"), 120)

    def test_each_model_has_its_own(self):
        dial, wrong, other, none, reset = self.view("""
            task-page sort
            task-set model loud
            state
            task-set model.gain 9
            state
            task-set model.gain 5
            task-set model descriptor
            state
            task-set model.gain 3
            state
            task-set model loud
            task-reset
            task-set model loud
            state
        """)
        self.assertEqual(dial["panels"]["tasks"]["model_parameters"]["gain"], "1")
        self.assertEqual(self.problems(wrong), ["Gain must be at most 8."])
        self.assertNotIn("model_parameters", other["panels"]["tasks"])
        self.assertEqual(other["panels"]["tasks"]["given"], {"model": "descriptor"})
        self.assertTrue(any("lets nothing be set" in problem for problem in self.problems(none)), none["notices"])
        self.assertEqual(reset["panels"]["tasks"]["given"], {"model": "loud"})

    def test_the_panel_of_plugins_tells_them(self):
        (state,) = self.view("plugins\nwait\nselect-plugin script.loud\nstate\nscreenshot plugins.png")
        told = {row["id"]: row for row in state["panels"]["plugins"]["plugins"]}
        self.assertTrue(told["script.loud"]["selected"])
        self.assertEqual(told["script.loud"]["parameters"], [
            {"name": "gain", "label": "Gain", "range": "0 to 8 x; 1 by default", "help": "How much louder"},
            {"name": "mode", "label": "Mode", "range": "soft, hard; soft by default", "help": ""},
            {"name": "inverted", "label": "Turned over", "range": "On or off; off by default", "help": ""}])
        self.assertEqual([row["name"] for row in told["org.example.knob"]["parameters"]], ["gain"])
        self.assertEqual(told["kalon.model.descriptor"]["parameters"], [])
        self.image("plugins.png")
