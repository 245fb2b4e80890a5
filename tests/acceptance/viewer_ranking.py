"""Voting, the leaderboard and the view of scores: what the viewer says is what the command line and NumPy say."""
import collections
import csv
import json
import os

import numpy

import pictures
from viewer_case import ViewerCase
from world import FAILED

# The same computation, made twice of the same votes or vectors: only the last digits of a number may differ, where threads
# add in another order.
SAME_NUMBER = 1e-9


class RankingCase(ViewerCase):
    def start_viewer(self, *arguments, size=(800, 600), **how):
        """A small window: what is drawn by the processor alone takes as long as it has pixels."""
        return super().start_viewer(*arguments, size=size, **how)

    def rank(self, *arguments, **how):
        return self.kalon("rank", *arguments, "--json", **how)

    def votes(self):
        """The votes of the library as the command line writes them, in the order in which they were made."""
        file = self.path("votes.csv")
        self.kalon("rank", "export", "--quiet", "--format", "votes", "--to", file, "--overwrite")
        with open(file, encoding="utf-8", newline="") as stream:
            rows = sorted(csv.DictReader(stream), key=lambda row: row["time"])
        for row in rows:
            paths = [row["left"], row["right"]] if row["left"] else json.loads(row["items"])
            row["names"] = [os.path.basename(path) for path in paths]
            row["ranks"] = json.loads(row["ranks"] or "[]")
        return rows

    def events(self, kind):
        """What was said and taken back again is among the events too."""
        file = self.path("events.jsonl")
        self.kalon("rank", "export", "--quiet", "--format", "all-events", "--to", file, "--overwrite")
        with open(file, encoding="utf-8") as stream:
            return [event for event in map(json.loads, stream) if event.get("event") == kind]

    def status(self, session="t"):
        """How many votes each annotator gave, and how many there are."""
        result = self.rank("status", "--quick", "--session", session)
        people = {row["annotator"]: row["votes"] for row in result.objects if "annotator" in row}
        return people, result.summary["votes"]

    def desk(self, state):
        return state["views"]["rank"]

    def texts(self, state):
        return [notice["text"] for notice in state["notices"]]

    LOOKS = 240  # half a second each

    def newest(self, process, states, meant):
        """The newest state of a script that looks again and again, once it is the one that is meant."""
        def seen():
            whole = [file for file, after in zip(states, states[1:]) if os.path.exists(after)]
            state = self.read(whole[-1])
            return state if meant(state) else None

        self.wait_for(lambda: seen() or process.poll() is not None)
        state = seen()
        self.assertTrue(state, "it is not seen")
        return state


class Voting(RankingCase):
    def test_votes_by_command_and_by_key_are_those_of_the_command_line(self):
        self.indexed_pictures(9)
        said = ["vote left", "vote right", "vote tie", "key Left", "key Right", "key Down", "key B", "key S"]
        states = self.view("rank-new t annotator=ann criterion=c\nstate\n" + "\n".join(line + "\nstate" for line in said))
        first = self.desk(states[0])
        self.assertEqual((first["page"], first["session"], first["criterion"], first["annotator"]), ("voting", "t", "c", "ann"))
        self.assertEqual(len(first["pictures"]), 2)
        self.assertEqual((first["in_hand"], first["votes"]), (3, 0))
        for number, state in enumerate(states):
            now = self.desk(state)
            self.assertEqual((now["votes"], now["votes_here"], now["unconfirmed"], now["in_hand"]), (number, number, 0, 3))
            self.assertTrue(now["on_screen"])
        self.assertEqual(len({self.desk(state)["question"] for state in states}), len(states), "no question is asked twice")
        votes = self.votes()
        outcomes = ["left", "right", "tie", "left", "right", "tie", "both_bad", "skip"]
        self.assertEqual([vote["outcome"] for vote in votes], outcomes)
        self.assertEqual([vote["names"] for vote in votes], [self.desk(state)["pictures"] for state in states[:-1]])
        self.assertEqual({(vote["annotator"], vote["criterion"]) for vote in votes}, {("ann", "c")})
        self.assertEqual(self.status(), ({"ann": len(said)}, len(said)))
        self.assertEqual(self.problems(states[-1]), [])

    def test_the_picture_that_is_clicked_is_the_better_one(self):
        self.indexed_pictures(6)
        settings = pictures.write(self.path("settings.json"), b'{"panels": []}')
        (state,) = self.view("rank-new t\nclick 200 300\nclick 600 300\nstate", settings=settings)
        self.assertEqual(self.desk(state)["votes"], 2)
        self.assertEqual([vote["outcome"] for vote in self.votes()], ["left", "right"])

    def test_undo_asks_the_same_again(self):
        self.indexed_pictures(6)
        for_undo = ["rank-undo", "key Ctrl+Z", "key Backspace"]
        states = self.view("rank-new t annotator=ann\nstate\n" +
                           "\n".join(f"vote left\nstate\n{undo}\nstate" for undo in for_undo))
        asked = self.desk(states[0])
        for voted, undone in zip(states[1::2], states[2::2]):
            self.assertEqual(self.desk(voted)["votes"], 1)
            self.assertIn("vote", voted["undo"])
            again = self.desk(undone)
            self.assertEqual(again["pictures"], asked["pictures"])
            self.assertNotEqual(again["question"], asked["question"])
            self.assertEqual((again["votes"], again["votes_here"]), (0, 0))
            self.assertEqual(undone["undo"], "", "what was taken back is not taken back once more")
            asked = again
        self.assertEqual(self.status()[1], 0)
        self.assertEqual(len(self.events("vote")), len(for_undo), "what was said stays in the history")

    def test_votes_are_taken_back_in_the_grid_too(self):
        self.indexed_pictures(6)
        undone, redone = self.view("""
            rank-new t annotator=ann
            vote left
            vote right
            grid
            key Ctrl+Z
            state
            key Ctrl+Shift+Z
            key Ctrl+Z
            key Ctrl+Z
            state
        """)
        self.assertIn("vote", undone["undo"])
        self.assertEqual(redone["undo"], "")
        self.assertEqual(self.status()[1], 0)
        self.assertEqual(self.problems(redone), [])
        # And a vote that was taken back there is none that is taken back once more by the view of votes.
        (state,) = self.view("""
            rank-session t
            annotator ann
            vote tie
            vote left
            grid
            key Ctrl+Z
            rank
            rank-undo
            rank-undo
            state
        """)
        self.assertEqual(self.status()[1], 0)
        self.assertIn("There is no vote of yours to take back.", self.texts(state))

    def test_pictures_that_are_left_out_are_not_asked_about(self):
        self.indexed_pictures(6)
        before, without, back, by_keys, again = self.view("""
            rank-new t annotator=ann
            state
            rank-exclude right blurred
            state
            rank-undo
            state
            key Shift+Left
            type out of focus
            key Enter
            state
            key Backspace
            state
        """)
        name = self.desk(before)["pictures"][1]
        self.assertEqual(without["counts"]["excluded"], 1)
        self.assertNotIn(name, self.desk(without)["pictures"])
        self.assertEqual(len(self.desk(without)["pictures"]), 2)
        self.assertEqual(back["counts"]["excluded"], 0)
        left = self.desk(back)["pictures"][0]
        self.assertEqual(by_keys["counts"]["excluded"], 1)
        self.assertNotIn(left, self.desk(by_keys)["pictures"])
        self.assertEqual(again["counts"]["excluded"], 0)
        self.assertEqual(self.desk(again)["votes"], 0)
        self.assertEqual(self.list("--where", "excluded = true"), [])
        ids = {os.path.basename(row["path"]): row["photo"] for row in self.list()}
        self.assertEqual([(event["picture"], event["reason"]) for event in self.events("exclude")],
                         [(ids[name], "blurred"), (ids[left], "out of focus")])

    def test_several_pictures_at_a_time(self):
        self.indexed_pictures(12)
        first, second, third, ordering, done = self.view("""
            rank-new t annotator=ann
            rank-size 4
            state
            vote 2
            state
            vote 3 1 4
            state
            rank-order on
            key 3
            key 2
            key Ctrl+Z
            key 1
            state
            key Enter
            state
        """)
        self.assertTrue(all(len(self.desk(state)["pictures"]) == 4 for state in (first, second, third)))
        self.assertEqual(self.desk(ordering)["order"], [3, 1])
        self.assertEqual(self.desk(ordering)["votes"], 2, "what is pressed in an order is no vote yet")
        self.assertEqual((self.desk(done)["order"], self.desk(done)["votes"]), ([], 3))
        votes = self.votes()
        asked = [self.desk(state)["pictures"] for state in (first, second, third)]
        self.assertEqual([vote["names"] for vote in votes], asked)
        # By slot: the best one before the others; all in their order; two in their order before the others.
        self.assertEqual([vote["ranks"] for vote in votes], [[2, 1, 2, 2], [2, 4, 1, 3], [2, 3, 1, 3]])

    def test_a_session_of_so_many_votes_ends_and_goes_on(self):
        self.indexed_pictures(6)
        ended, resumed, over = self.view("""
            rank-new t annotator=ann votes=3
            vote left
            vote right
            vote left
            state
            rank-resume votes=5
            state
            vote left
            vote left
            state
        """)
        self.assertEqual([(self.desk(state)["page"], self.desk(state)["votes"]) for state in (ended, resumed, over)],
                         [("finished", 3), ("voting", 3), ("finished", 5)])
        self.assertTrue(self.desk(ended)["finished"])
        self.assertIn("finished", self.rank("next", "--session", "t", "--annotator", "ann").summary)

    def test_a_session_that_has_its_votes_goes_on_when_one_is_taken_back_elsewhere(self):
        self.indexed_pictures(6)
        process = self.start_viewer("--script", self.script(
            "rank-new t annotator=ann votes=2\nvote left\nvote right\nstate\n" + "sleep 0.5\nstate\n" * self.LOOKS), self.pictures)
        states = self.state_files
        self.wait_for(lambda: os.path.exists(states[1]))
        ended = self.read(states[0])
        self.assertEqual((self.desk(ended)["page"], self.desk(ended)["votes"]), ("finished", 2))
        self.rank("undo", "--session", "t", "--annotator", "ann")
        again = self.newest(process, states, lambda state: self.desk(state)["page"] == "voting")
        self.assertEqual((self.desk(again)["votes"], self.desk(again)["finished"]), (1, ""))
        self.assertEqual(len(self.desk(again)["pictures"]), 2)
        self.assertEqual(self.problems(again), [])

    def test_two_annotators(self):
        self.indexed_pictures(6)
        other, mine = self.view("""
            rank-new t annotator=ann
            vote left
            vote right
            annotator bob
            vote left
            rank-undo
            rank-undo
            state
            vote tie
            annotator ann
            rank-undo
            state
        """)
        self.assertEqual((self.desk(other)["annotator"], self.desk(other)["votes"]), ("bob", 2))
        self.assertIn("There is no vote of yours to take back.", self.texts(other), "bob takes back nothing of ann's")
        self.assertEqual((self.desk(mine)["annotator"], self.desk(mine)["votes"]), ("ann", 2))
        self.assertEqual(self.status(), ({"ann": 1, "bob": 1}, 2))
        self.assertEqual([(vote["annotator"], vote["outcome"]) for vote in self.votes()], [("ann", "left"), ("bob", "tie")])

    def test_the_next_start_goes_on_with_a_session(self):
        self.indexed_pictures(6)
        settings = self.path("settings.json")
        (first,) = self.view("""
            rank-new t annotator=ann criterion=c strategy=random
            vote left
            vote right
            state
        """, settings=settings)
        self.rank("start", self.pictures, "--session", "older")
        chosen, second, none = self.view("""
            rank
            state
            rank-session t
            state
            vote left
            rank-session nowhere
            state
        """, settings=settings)
        self.assertEqual(self.desk(chosen)["page"], "start")
        self.assertEqual(sorted(self.desk(chosen)["sessions"]), ["older", "t"])
        now = self.desk(second)
        self.assertEqual((now["page"], now["annotator"], now["criterion"], now["strategy"]), ("voting", "ann", "c", "random"))
        self.assertEqual((now["votes"], now["votes_here"]), (2, 0))
        # What is open to ann is asked again.
        self.assertEqual((now["question"], now["pictures"]), (self.desk(first)["question"], self.desk(first)["pictures"]))
        self.assertEqual(self.status(), ({"ann": 3}, 3))
        self.assertIn("nowhere", self.desk(none)["problem"])
        self.assertEqual(self.desk(none)["votes"], 0)


class Refusals(RankingCase):
    def test_a_library_that_may_only_be_read(self):
        self.indexed_pictures(3)
        self.rank("start", self.pictures, "--session", "t")
        for folder, _, names in os.walk(self.library):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o444)
            os.chmod(folder, 0o555)
        page, found, asked = self.view("""
            key R
            state
            key Ctrl+P
            type rank-new
            state
            key Enter
            key Escape
            rank-session t
            state
        """)
        self.assertEqual((page["read_only"], page["view"], self.desk(page)["page"]), (True, "rank", "start"))
        self.assertNotIn("rank-new", found["overlays"]["palette"]["found"], "what is not possible is not offered")
        self.assertEqual(asked["view"], "rank")
        self.assertNotEqual(self.desk(asked)["page"], "voting")
        self.assertTrue(self.desk(asked)["problem"])
        # A line of a script that is not possible ends it, with a text.
        self.view("rank-new u\nstate", code=FAILED)
        self.assertRegex(self.log(), r"script-\d+\.txt:1: Begin a session of ranking is not possible now")

    def test_one_picture_alone_is_nothing_to_compare(self):
        self.indexed_pictures(1)
        (state,) = self.view("rank-new t\nstate")
        self.assertEqual(self.desk(state)["page"], "start")
        self.assertIn("at least two pictures", self.desk(state)["problem"])
        self.assertTrue(any("at least two pictures" in text for text in self.problems(state)))
        self.assertEqual(self.rank("sessions").rows, [])

    def test_settings_that_are_none(self):
        self.indexed_pictures(3)
        wrong = ("", "t colour=red", "t strategy=guess", "t votes=many", "t u")
        states = self.view("\n".join(f"rank-new {text}\nstate" for text in wrong))
        for state in states:
            self.assertEqual(self.desk(state)["page"], "start")
            self.assertTrue(self.desk(state)["problem"])
        self.assertEqual(self.rank("sessions").rows, [])

    def while_it_asks(self, others, script):
        """A session of which one vote was given is voted on by the script after others(its state) did something; the states."""
        self.indexed_pictures(6)
        process = self.start_viewer("--script", self.script(
            "rank-new t annotator=ann\nvote left\nstate\nuntil-stars 00.jpg 5\n" + script), self.pictures)
        states = self.state_files
        self.wait_for(lambda: self.complete(states[0]))
        others(self.desk(self.read(states[0])))
        self.kalon("rate", self.path_of("00.jpg"), "--as", "5")
        self.assertEqual(process.wait(300), 0, self.log())
        return [self.read(state) for state in states]

    def test_a_picture_that_was_left_out_elsewhere_while_it_is_asked_about(self):
        before, refused, voted = self.while_it_asks(
            lambda desk: self.kalon("exclude", self.path_of(desk["pictures"][0])), "vote left\nstate\nvote right\nstate")
        self.assertTrue(any("not stored" in text for text in self.problems(refused)))
        self.assertEqual((self.desk(refused)["votes"], self.desk(refused)["page"]), (1, "voting"))
        self.assertNotIn(self.desk(before)["pictures"][0], self.desk(refused)["pictures"])
        self.assertEqual(self.desk(voted)["votes"], 2)
        self.assertEqual(self.status()[1], 2)

    def test_a_session_that_was_dropped_elsewhere_while_it_asks(self):
        _, dropped, anew = self.while_it_asks(
            lambda _: self.rank("sessions", "--drop", "t"), "vote right\nstate\nrank-new t annotator=ann\nvote left\nstate")
        told = "The session t is no more: it was dropped elsewhere. Its votes stay."
        self.assertEqual((self.desk(dropped)["page"], self.desk(dropped)["problem"]), ("start", told))
        self.assertEqual(self.problems(dropped), [told])
        self.assertEqual(self.desk(dropped)["sessions"], [])
        # The vote that counted still does, the one that could not be stored does not.
        self.assertEqual((self.desk(anew)["page"], self.desk(anew)["votes"], self.desk(anew)["problem"]), ("voting", 2, ""))
        self.assertEqual([vote["outcome"] for vote in self.votes()], ["left", "left"])

    def test_pictures_whose_files_went_away_are_not_judged_but_skipped(self):
        names = self.indexed_pictures(4)
        self.rank("start", self.pictures, "--session", "t")
        for name in names:
            os.remove(self.path_of(name))
        refused, skipped = self.view("rank-session t\nvote left\nstate\nvote skip\nstate")
        self.assertEqual((self.desk(refused)["on_screen"], self.desk(refused)["votes"]), (False, 0))
        self.assertTrue(any("cannot be shown" in text for text in self.texts(refused)))
        self.assertEqual(self.desk(skipped)["votes"], 1)
        self.assertEqual([vote["outcome"] for vote in self.votes()], ["skip"])

    def complete(self, file):
        """Whether all of a state is there that may be being written."""
        if not os.path.exists(file):
            return False
        with open(file, encoding="utf-8") as stream:
            return stream.read().endswith("\n}\n")


class Order(RankingCase):
    def assert_rows_are_those_of_the_command_line(self, rows):
        table = self.rank("table", "--session", "t").rows
        self.assertEqual([row["name"] for row in rows], [os.path.basename(row["path"]) for row in table])
        for row, true in zip(rows, table):
            for name in ("rank", "rank_low", "rank_high", "votes"):
                self.assertEqual(row[name], true[name], name)
            for name in ("mean", "low", "high"):
                self.assertAlmostEqual(row[name], true[name], delta=SAME_NUMBER)

    def test_the_leaderboard_follows_votes_of_others(self):
        self.indexed_pictures(9)
        process = self.start_viewer("--script", self.script(
            "rank-new t annotator=ann\nvote left\nvote right\nrank-table\nstate\n" + "sleep 0.5\nstate\n" * self.LOOKS),
            self.pictures)
        states = self.state_files
        self.wait_for(lambda: os.path.exists(states[1]))
        board = self.read(states[0])["panels"]["leaderboard"]
        self.assertTrue(board["open"])
        self.assertEqual((board["session"], board["votes"], board["pictures"], len(board["rows"])), ("t", 2, 9, 9))
        self.assert_rows_are_those_of_the_command_line(board["rows"])
        for better, worse in (("08.jpg", "00.jpg"), ("08.jpg", "01.jpg"), ("08.jpg", "05.jpg")):
            self.rank("vote", "left", "--session", "t", "--annotator", "bob",
                      "--pictures", self.path_of(better), self.path_of(worse))

        # Nobody asks for it: neither the table nor how far the session is.
        state = self.newest(process, states,
                            lambda state: state["panels"]["leaderboard"]["votes"] == 5 and self.desk(state)["votes"] == 5)
        self.assertGreater(state["panels"]["leaderboard"]["refreshes"], board["refreshes"])
        self.assert_rows_are_those_of_the_command_line(state["panels"]["leaderboard"]["rows"])
        self.assertEqual(self.desk(state)["votes_here"], 2)
        self.assertEqual(self.problems(state), [])

    def test_photos_in_the_order_of_their_ranks(self):
        self.indexed_pictures(6)
        self.rank("start", self.pictures, "--session", "t")
        for better, worse in ((5, 3), (3, 4), (4, 0), (0, 2), (2, 1)):
            self.rank("vote", "left", "--pictures", self.path_of(f"0{better}.jpg"), self.path_of(f"0{worse}.jpg"))
        (state,) = self.view("rank-table t\nsort-by-rank\nstate")
        self.assertEqual((state["view"], state["sorted_by"]), ("grid", "order"))
        names = [os.path.basename(row["path"]) for row in self.rank("table", "--session", "t").rows]
        self.assertEqual(state["names"], names)
        self.assert_rows_are_those_of_the_command_line(state["panels"]["leaderboard"]["rows"])
        (state,) = self.view("score-rank t\nwait\nscores\nstate")
        self.assertEqual(state["views"]["scores"]["column"], "rank_t")
        best = state["views"]["scores"]["highest"]
        self.assertGreater(len(best), 0)
        self.assertEqual(best[::-1], names[:len(best)])


class Scores(RankingCase):
    def scored(self, count=40, size=(48, 36)):
        """Small pictures with a column of numbers that NumPy made, some alike and one unknown; gives the numbers by name."""
        names = self.indexed_pictures(count, size)
        values = numpy.random.default_rng(3).normal(5, 2, count).tolist()
        values[4:7] = [values[7]] * 3
        table = self.path("table.csv")
        with open(table, "w", encoding="utf-8") as file:
            file.write("path,taste\n")
            for name, value in zip(names[:-1], values):
                file.write(f"{self.path_of(name)},{value!r}\n")
        self.kalon("scores", "import", table, "--name", "taste", "--score-column", "taste", "--quiet")
        return dict(zip(names[:-1], values))

    def assert_bins(self, scores, values):
        counts, _ = numpy.histogram(list(values), len(scores["bins"]))
        self.assertEqual(scores["bins"], counts.tolist())

    def test_megapixels(self):
        sizes = {f"{number:02}.png": (20 * number, 15 * number) for number in range(4, 16)}
        for seed, (name, size) in enumerate(sizes.items()):
            pictures.save(pictures.picture(seed, size), self.path_of(name))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        (state,) = self.view("scores\nscore-column megapixels\nthreshold 0.03\nstate")
        scores = state["views"]["scores"]
        self.assertEqual(scores["column"], "megapixels")
        self.assert_bins(scores, [width * height / 1e6 for width, height in sizes.values()])
        large = self.names(self.list("--where", "pixels >= 30000"))
        self.assertEqual(large, [name for name, (width, height) in sizes.items() if width * height >= 30000])
        self.assertEqual(state["names"], large)
        self.assertEqual((scores["passing"], scores["shown"], scores["values"]), (len(large), len(large), len(sizes)))

    def test_thresholds_and_how_the_numbers_are_spread(self):
        values = self.scored()
        ranked = sorted(values, key=values.get)
        low, high = values["05.jpg"], values[ranked[-4]]
        everything, below, between, other = self.view(f"""
            scores
            score-column taste
            state
            threshold {low!r}
            state
            threshold-high {high!r}
            state
            score-column megabytes
            state
        """)
        scores = everything["views"]["scores"]
        self.assertEqual((scores["values"], scores["passing"], scores["shown"], everything["shown"]), (39, 39, 39, 40))
        self.assert_bins(scores, values.values())
        self.assertEqual(scores["bins_shown"], scores["bins"])
        shelf = len(scores["lowest"])
        self.assertGreater(shelf, 0)
        self.assertEqual([values[name] for name in scores["lowest"]], [values[name] for name in ranked[:shelf]])
        self.assertEqual([values[name] for name in scores["highest"]], [values[name] for name in ranked[-shelf:]])
        # A threshold lets its own value through.
        for state, expression in ((below, f"taste >= {low!r}"), (between, f"taste >= {low!r} and taste <= {high!r}")):
            passing = self.names(self.list("--where", expression))
            scores = state["views"]["scores"]
            self.assertEqual(state["names"], passing)
            self.assertEqual((scores["passing"], scores["shown"], scores["values"]), (len(passing), len(passing), 39))
            ends = values[ranked[0]], values[ranked[-1]]
            counts, _ = numpy.histogram([values[name] for name in passing], len(scores["bins"]), ends)
            self.assertEqual(scores["bins_shown"], counts.tolist())
        # It means something for its own numbers alone.
        self.assertEqual((other["shown"], other["views"]["scores"]["low"], other["views"]["scores"]["high"]), (40, None, None))

    def test_suggested_stars_never_change_what_a_person_rated(self):
        values = self.scored(24)
        best = max(values, key=values.get)
        suggested, accepted = self.view(f"""
            scores
            score-column taste
            suggest-stars
            state
            grid
            go {best}
            key 2
            select-all
            accept-suggestions
            state
        """)
        self.assertEqual(suggested["views"]["scores"]["suggested_from"], "taste")
        counts = suggested["views"]["scores"]["suggested"]
        self.assertEqual((sum(counts), counts[0]), (len(values), 0))
        self.assertEqual(suggested["counts"]["least_stars"][1], 0, "a suggestion is no rating")
        ratings = {os.path.basename(row["path"]): row.get("rating") for row in self.list()}
        self.assertEqual(ratings[best], 2)
        self.assertIsNone(ratings["23.jpg"], "nothing is suggested for a photo without a number")
        rated = {name: stars for name, stars in ratings.items() if stars and name != best}
        self.assertEqual(set(rated), set(values) - {best})
        # The best one, whose five stars were not taken.
        found = collections.Counter(rated.values())
        self.assertEqual([found[stars] + (stars == 5) for stars in range(1, 6)], counts[1:])
        by_value = sorted(rated, key=values.get)
        self.assertEqual([rated[name] for name in by_value], sorted(rated.values()), "more is never fewer stars")
        self.assertTrue(any("keeps its own rating" in text for text in self.texts(accepted)))

    def test_few_photos_are_scored_by_the_neighbours_there_are(self):
        self.indexed_pictures(6)
        (state,) = self.view("scores\nscore-outliers\nwait\nstate")
        self.assertEqual(self.problems(state), [])
        self.assertEqual(state["jobs"][0]["status"], 0, state["jobs"][0])
        self.assertEqual(len([row for row in self.list() if "outlier_score" in row.get("attributes", {})]), 6)

    def test_suggestions_that_were_accepted_are_one_step_of_undo(self):
        self.scored(12)
        accepted, undone, redone = self.view("""
            scores
            score-column taste
            suggest-stars
            grid
            select-all
            accept-suggestions
            state
            key Ctrl+Z
            state
            key Ctrl+Y
            state
        """)
        self.assertGreater(accepted["counts"]["least_stars"][1], 5)
        self.assertEqual(undone["counts"]["least_stars"][1], 0)
        self.assertEqual(redone["counts"]["least_stars"], accepted["counts"]["least_stars"])

    def test_how_unusual_each_picture_is(self):
        self.indexed_pictures(15)
        (state,) = self.view("scores\nscore-outliers\nwait\nstate")
        self.assertEqual([(job["method"], job["status"]) for job in state["jobs"]], [("outliers", 0)])
        scores = state["views"]["scores"]
        self.assertEqual((scores["column"], scores["values"]), ("outlier_score", 15))
        values = {os.path.basename(row["path"]): float(row["attributes"]["outlier_score"]) for row in self.list()}
        self.assert_bins(scores, values.values())
        shelf = len(scores["highest"])
        self.assertEqual([values[name] for name in scores["highest"]], sorted(values.values())[-shelf:])
        self.assertEqual([values[name] for name in scores["lowest"]], sorted(values.values())[:shelf])
        # The command line computes the same without the viewer.
        for row in self.kalon("outliers", "--json", "--limit", "15", self.pictures).rows:
            self.assertAlmostEqual(values[os.path.basename(row["path"])], row["score"], delta=SAME_NUMBER)
        self.assertEqual(self.problems(state), [])
