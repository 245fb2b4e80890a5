"""What ranking says to people: headers, names, hints that can be typed, refusals that say what to do."""
import fcntl
import math
import os
import pty
import random
import shlex
import struct
import subprocess
import termios

from ranking import RankCase
from world import KALON, USAGE, Case

PEOPLE = ["ann", "bob", "cy", "dee", "eve"]


def votes_of(names, votes=80):
    """A table of votes of five, of whom eve answers by chance; the others mostly follow the order of the names."""
    chance = random.Random(3)
    lines = ["left,right,outcome,annotator"]
    for person in PEOPLE:
        for _ in range(votes):
            left, right = chance.sample(range(len(names)), 2)
            better = chance.random() < (0.5 if person == "eve" else 1 / (1 + math.exp(0.8 * (left - right))))
            lines.append(f"{names[left]},{names[right]},{'left' if better else 'right'},{person}")
    return "\n".join(lines) + "\n"


class Sessions(RankCase):
    COUNT = 6

    def text(self, *arguments, **others):
        return self.kalon("rank", *arguments, **others).text

    def test_the_next_command_can_be_typed(self):
        library = self.path("a library")
        self.kalon("--library", library, "index", "--model", "descriptor", self.pictures)
        begun = self.text("start", self.pictures, "--session", "s", "--library", library)
        self.assertIn(f"kalon rank next --library '{library}' --session s\n", begun)
        for annotator in ("ann", "it's me", "--json", "two\nlines \\ of 'her'", "$HOME `x` \"y\"", "ü\u0085"):
            hint = self.text("next", "--library", library, f"--annotator={annotator}").splitlines()[-1]
            self.assertIn("left|right|tie", hint)
            # What a shell makes of the hint, the answer chosen.
            command = hint.strip().replace("left|right|tie|both_bad|skip", "left")
            words = subprocess.run(["bash", "-c", "printf '%s\\0' " + command], capture_output=True, check=True).stdout.split(b"\0")[:-1]
            self.assertEqual(words[:3], [b"kalon", b"rank", b"vote"])
            self.assertIn("left  ", self.text(*words[2:]))
            voters = [row["annotator"] for row in self.rank("status", "--library", library).rows]
            self.assertIn(annotator, voters)

    def test_sessions_votes_and_undo_speak_of_pictures(self):
        self.assertIn("No session yet", self.kalon("rank", "sessions").error_text)
        self.text("start", self.pictures)
        one, two = sorted(self.brightness)[:2]
        paths = [os.path.join(self.pictures, name) for name in (one, two)]
        self.assertRegex(self.text("odds", *paths), rf"^{one} is better than {two} with a probability of 50 % \(never compared\)\.\n")
        self.assertIn("rank odds takes at most 2 of FILE, not 3", self.kalon("rank", "odds", *paths, paths[0], code=USAGE).error_text)
        self.assertIn("rank odds takes at least 2 of FILE, not 1", self.kalon("rank", "odds", paths[0], code=USAGE).error_text)
        self.kalon("rank", "vote", "left", "--pictures", *paths, "--annotator", "ann")
        self.kalon("rank", "vote", "tie", "--pictures", *paths)
        self.assertRegex(self.text("odds", *paths), rf"^{one} is better than {two} .* \(compared 2 times\)\.\n")
        told = self.kalon("rank", "vote", "--pictures", *paths, "left", code=USAGE).error_text
        self.assertIn("write the answer before --pictures: kalon rank vote left --pictures", told)
        self.assertIn("--order takes all of them as one word, as 2,1,3", self.kalon("rank", "vote", "--order", "2", "1", code=USAGE).error_text)
        status = self.text("status").splitlines()
        self.assertRegex(status[0], "^Session default: 2 votes over 6 pictures")
        people = {line.split("  ")[1]: line for line in status if line.startswith("  ")}
        self.assertEqual(sorted(people), ["(no name)", "ann"])
        for line in people.values():
            self.assertRegex(line, r" 1 vote +last \d{4}-\d\d-\d\d \d\d:\d\d UTC$")
        self.assertRegex(self.text("sessions"), r"begun \d{4}-\d\d-\d\d \d\d:\d\d UTC\n$")
        self.assertRegex(self.text("undo"), rf"^Taken back: a tie of {one} and {two}[.;]")
        self.assertRegex(self.text("undo"), rf"^Taken back: {one} over {two}, by ann[.;]")
        left, right = (os.path.basename(line.split()[1]) for line in self.text("next").splitlines()[:2])
        self.kalon("rank", "vote", "right")
        self.assertEqual(self.text("undo"), f"Taken back: {right} over {left}; it is asked again.\n")

    def test_tables_have_headers(self):
        self.text("start", self.pictures)
        self.kalon("rank", "vote", "left", "--pictures", *(os.path.join(self.pictures, name) for name in sorted(self.brightness)[:2]))
        lines = self.text("table", "--level", ".8").splitlines()
        self.assertEqual(lines[0].split(), ["rank", "80", "%", "utility", "±", "sd", "votes", "picture"])
        # Columns stand below their titles.
        self.assertEqual(lines[0].index("picture"), lines[1].index(self.pictures))
        self.assertEqual(self.text("table", "--estimator", "elo").split("\n")[0].split(), ["rank", "utility", "votes", "picture"])
        self.assertNotIn("utility", self.text("table", "--quiet"))
        self.assertIn("default .9", self.text("table", "--help"))

    def test_a_study_is_reported(self):
        paths = [os.path.join(self.pictures, name) for name in self.true_order()]
        with open(self.path("votes.csv"), "w", encoding="utf-8") as file:
            file.write(votes_of(paths))
        self.text("start", self.pictures, "--session", "study")
        self.text("import", self.path("votes.csv"), "--format", "votes", "--session", "study")
        told = self.text("report", "--to", self.path("report.html"))
        lines = told.splitlines()
        for word in ("annotator", "votes", "judgement", "reliability", "gold", "itself", "left"):
            self.assertIn(word, lines[0])
        eve = next(line for line in lines if line.strip().startswith("eve"))
        self.assertIn("careless", eve)
        self.assertEqual(lines[0].index("judgement"), eve.index("careless"))
        summary = self.rank("report").summary["criteria"][0]
        word = "too little" if summary["alpha"] < 0.667 else "tentative" if summary["alpha"] < 0.8 else "good"
        self.assertIn(word, lines[-2])
        with open(self.path("report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("<p class=verdict>1 of 5 annotators needs a look: <b>eve</b> answers like chance", page)
        for word in ("Consistency", "changed their mind"):
            self.assertIn(word, page)
        self.assertNotIn("With oneself", page)

    def test_prompts_choose_the_strategy_and_bound_the_pairs(self):
        names = sorted(self.brightness)
        with open(self.path("prompts.csv"), "w", encoding="utf-8") as file:
            file.write("path,prompt\n" + "".join(f"{self.pictures}/{name},{'sea' if number < 3 else 'hill'}\n" for number, name in enumerate(names)))
        self.kalon("attributes", "import", self.path("prompts.csv"))
        chosen = "strategy same-prompt (pictures share prompts; --strategy active asks all pairs)"
        self.assertIn(chosen, self.text("start", self.pictures))
        named = self.text("start", self.pictures, "--session", "named", "--strategy", "same-prompt")
        self.assertIn("strategy same-prompt, ", named)
        self.assertIn("Begun: the session all, 6 pictures, strategy active, ",
                      self.text("start", self.pictures, "--session", "all", "--strategy", "active"))
        for other in (names[1], names[4]):
            self.kalon("rank", "vote", "left", "--session", "all", "--pictures", os.path.join(self.pictures, names[0]), os.path.join(self.pictures, other))
        export = ["export", "--session", "all", "--format", "dpo", "--to"]
        self.assertIn("Left out: 1 of pictures with different prompts; --mixed-prompts keeps them.", self.text(*export, self.path("same.jsonl")))
        self.assertNotIn("Left out", self.text(*export, self.path("mixed.jsonl"), "--mixed-prompts"))
        with open(self.path("mixed.jsonl"), encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 2)

    def test_a_session_that_goes_on_says_so(self):
        self.text("start", self.pictures, "--session", "s", "--votes", "1")
        self.assertIn("Going on with the session s", self.text("start", "--session", "s", "--resume", "--votes", "3"))
        self.assertIn("only --votes and --minutes may be given with it", " ".join(self.text("start", "--help").split()))

    def test_a_configuration_is_no_rows(self):
        self.text("start", self.pictures)
        told = self.text("export", "--format", "label-studio-config", "--to", self.path("config.xml"))
        self.assertEqual(told, f"Wrote the configuration to {self.path('config.xml')}.\n")

    def test_progress(self):
        self.text("start", self.pictures)
        # Nothing is drawn of what ends at once, on a terminal neither.
        out, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        with open(self.path("out"), "wb") as file:
            self.start("rank", "table", stdout=file, stderr=terminal).wait(60)
        os.write(terminal, b"end")
        shown = os.read(out, 1 << 16)
        os.close(terminal)
        os.close(out)
        for part in shown.split(b"\x1b[K"):
            self.assertNotRegex(part, rb"\b0$")
        self.assertNotIn(b"learning the or", shown)
        # Elsewhere there are whole lines or none.
        process = self.start("rank", "simulate", "--items", "30", "--studies", "4", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        errors = process.communicate(timeout=120)[1]
        self.assertTrue(errors == b"" or errors.endswith(b"\n"), errors)
        self.assertNotIn(b"\r", errors)


class Numbers(Case):
    def test_what_is_no_number_is_refused(self):
        votes = self.path("votes.csv")
        with open(votes, "w", encoding="utf-8") as file:
            file.write("left,right,outcome\na,b,left\nb,a,left\n")
        fit = ["rank", "fit", "--votes", votes]
        for option, command in [("--prior-variance", fit), ("--mu", [*fit, "--estimator", "trueskill"]),
                                ("--sigma", [*fit, "--estimator", "trueskill"]), ("--k-factor", [*fit, "--estimator", "elo"]),
                                ("--sd", ["rank", "simulate"]), ("--tie-rate", ["rank", "simulate"]), ("--slips", ["rank", "simulate"]),
                                ("--reach", ["rank", "simulate"]), ("--level", ["rank", "table"]),
                                ("--certainty", ["rank", "export", "--format", "dpo", "--to", self.path("x")]),
                                ("--minutes", ["rank", "start"]), ("--repeat", ["rank", "start"]), ("--gold-share", ["rank", "start"]),
                                ("--hurry", ["rank", "report"]), ("--duration-ms", ["rank", "vote", "left"])]:
            for value in ("nan", "inf", "-nan", "1e999", "x", ""):
                with self.subTest(option=option, value=value):
                    told = self.kalon(*command, f"{option}={value}", code=USAGE).error_text
                    if value:
                        self.assertIn(f"{option} takes a number", told)

    def test_numbers_are_taken_as_before(self):
        votes = self.path("votes.csv")
        with open(votes, "w", encoding="utf-8") as file:
            file.write("left,right,outcome\na,b,left\nb,a,left\na,b,left\n")
        for value in (".5", "2", "1e-3", "0.25"):
            self.assertEqual(len(self.kalon("rank", "fit", "--votes", votes, "--prior-variance", value, "--json").rows), 2)


class Planning(Case):
    def simulate(self, *arguments):
        return self.kalon("rank", "simulate", "--items", "12", "--votes", "300", "--checkpoints", "5", "--studies", "3", *arguments)

    def test_a_curve_ends_where_pairs_do(self):
        rows = self.simulate("--json").rows
        self.assertEqual([row["votes"] for row in rows], [60, 66])  # 12 * 11 / 2
        self.assertEqual(self.simulate("--json").summary["out_of_pairs"], 66)
        told = self.simulate("--measure", "kendall", "--reach", "1").text
        self.assertIn("All 66 pairs were asked after 66 votes.", told)
        self.assertNotIn("try --votes", told)
        self.assertIn("All 66 pairs were asked after 132 votes, each 2 times.", self.simulate("--overlap", "2").text)
        enough = self.kalon("rank", "simulate", "--items", "12", "--votes", "20", "--studies", "3", "--reach", "1", "--json")
        self.assertNotIn("out_of_pairs", enough.summary)
        self.assertEqual(enough.rows[-1]["votes"], 20)

    def test_columns_are_named(self):
        lines = self.simulate("--top", "3").text.splitlines()
        self.assertRegex(lines[0], r"^ +votes +order \(spearman\) +top 3 found +neighbours told apart$")
        self.assertEqual(lines[0].index("top 3 found"), lines[1].index(lines[1].split()[3]))

    def test_items_are_called_by_their_names(self):
        votes = self.path("votes.csv")
        with open(votes, "w", encoding="utf-8") as file:
            file.write("left,right,outcome\nboat.png,sea.png,left\nsea.png,boat.png,left\nkite.png,boat.png,left\n")
        told = self.kalon("rank", "fit", "--votes", votes, "--estimator", "bradley-terry", code=USAGE).error_text
        self.assertIn("kite.png won every vote against the others", told)
        self.assertNotIn("item 2", told)
        with open(votes, "w", encoding="utf-8") as file:
            file.write("left,right,outcome,weight\na,b,left,1e-30\nb,a,left,1e-30\nb,c,left,1e-30\nc,b,left,1e-30\n")
        self.assertIn("--prior-variance", self.kalon("rank", "fit", "--votes", votes, "--estimator", "bradley-terry", code=USAGE).error_text)

    def test_who_can_be_relied_on(self):
        votes = self.path("votes.csv")
        with open(votes, "w", encoding="utf-8") as file:
            file.write(votes_of([f"p{number}" for number in range(8)]))
        items = self.kalon("rank", "fit", "--votes", votes, "--json").objects
        self.assertEqual([set(row) for row in items], [{"rank", "item", "mean", "sd"}] * 8)
        people = self.kalon("rank", "fit", "--votes", votes, "--annotators", "--json").objects
        self.assertEqual({row["annotator"]: row["judgement"] for row in people}, {**dict.fromkeys(PEOPLE, "good"), "eve": "careless"})
        text = self.kalon("rank", "fit", "--votes", votes).text
        self.assertIn("reliability (1 is usual, 0 chance, negative the contrary)", text)
        self.assertRegex(text, r"eve +-?0\.\d\d \(.*\) +careless")
        self.assertIn("bayes", self.kalon("rank", "fit", "--votes", votes, "--annotators", "--estimator", "elo", code=USAGE).error_text)


class Help(Case):
    def test_each_command_has_an_example_of_its_own(self):
        whole = "A study of five people"
        for command in ("next", "vote", "undo", "exclude", "status", "table", "odds", "sessions", "report", "import", "export", "fit",
                        "simulate"):
            self.assertNotIn(whole, self.kalon("rank", command, "--help").text, command)
        for command in ("vote", "undo", "exclude", "table", "odds", "sessions", "report", "fit", "simulate"):
            self.assertIn(f"\nkalon rank {command} ", self.kalon("rank", command, "--help").text.replace(f"\nkalon rank {command}\n", f"\nkalon rank {command} \n"))
        for command in ("rank", "rank start"):
            self.assertIn(whole, self.kalon(*command.split(), "--help").text)
