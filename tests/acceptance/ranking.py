"""Ranking on the command line: a person who likes bright pictures votes, and the order is that of brightness."""
import json
import os
import random
import subprocess
import threading
import uuid

import numpy
from PIL import Image

import pictures
from world import FAILED, KALON, USAGE, Case


class RankCase(Case):
    COUNT = 12

    def setUp(self):
        super().setUp()
        self.brightness = {}
        order = list(range(self.COUNT))
        random.Random(4).shuffle(order)
        for number, level in enumerate(order):
            name = f"{number:02}.png"
            noise = numpy.random.default_rng(number).integers(0, 12, (60, 80, 3))
            value = 20 + 210 * level // self.COUNT
            pictures.save(Image.fromarray((noise + value).astype(numpy.uint8)), os.path.join(self.pictures, name))
            self.brightness[name] = level
        self.index("--model", "descriptor", self.pictures)

    def rank(self, *arguments, **others):
        return self.kalon("rank", *arguments, "--json", **others)

    def start_session(self, *arguments, name="s"):
        return self.rank("start", self.pictures, "--session", name, *arguments).summary

    def bright(self, picture):
        return self.brightness[os.path.basename(picture["path"])]

    def answer(self, row, noise=None):
        left, right = (self.bright(picture) for picture in row["pictures"])
        better = "left" if left > right else "right"
        return better if noise is None or noise.random() > 0.1 else {"left": "right", "right": "left"}[better]

    def vote_on(self, votes, *arguments, annotator="ann", noise=None):
        """Answers questions one by one; gives how many there were."""
        given, rows = 0, self.rank("next", "--annotator", annotator, *arguments).rows
        while rows and given < votes:
            outcome = self.answer(rows[0], noise)
            rows = self.rank("vote", outcome, "--question", rows[0]["question"], "--annotator", annotator, "--next", *arguments).rows
            given += 1
        return given

    def table(self, *arguments):
        return self.rank("table", *arguments).rows

    def order(self, *arguments):
        return [os.path.basename(row["path"]) for row in self.table(*arguments)]

    def true_order(self):
        return sorted(self.brightness, key=lambda name: -self.brightness[name])


class Voting(RankCase):
    def test_a_folder_is_ranked(self):
        started = self.start_session()
        self.assertEqual((started["pictures"], started["strategy"], started["estimator"]), (self.COUNT, "active", "bayes"))
        self.assertEqual(self.vote_on(48), 48)
        self.assertEqual(self.order(), self.true_order())
        rows = self.table("--limit", "3")
        self.assertEqual([row["rank"] for row in rows], [1, 2, 3])
        for row in self.table():
            self.assertLessEqual(row["rank_low"], row["rank"])
            self.assertLessEqual(row["rank"], row["rank_high"])
            self.assertLess(row["low"], row["mean"])
            self.assertEqual(row["votes"], row["wins"] + row["losses"] + row["ties"])
        best, worst = (os.path.join(self.pictures, self.true_order()[place]) for place in (0, -1))
        odds = self.rank("odds", best, worst).summary
        self.assertGreater(odds["better"], 0.95)
        self.assertLess(self.rank("odds", worst, best).summary["better"], 0.05)
        status = self.rank("status").summary
        self.assertEqual((status["votes"], status["unvoted"]), (48, 0))
        self.assertTrue(0 <= status["settled"] <= 1)
        every = self.table("--top", "3")
        self.assertGreater(every[0]["top_probability"], 0.9)
        self.assertLess(every[-1]["top_probability"], 0.1)
        self.assertAlmostEqual(sum(row["top_probability"] for row in every), 3, delta=0.01)
        # What was learned is a column like any other.
        self.kalon("rank", "table", "--as", "taste", "--quiet")
        listed = self.list("--where", "taste is known")
        self.assertEqual(len(listed), self.COUNT)
        self.assert_healthy()

    def test_people_are_spoken_to(self):
        self.kalon("rank", "start", self.pictures)
        asked = self.kalon("rank", "next").text
        self.assertRegex(asked, r"left +/.*\.png\nright +/.*\.png\n.*kalon rank vote left\|right")
        self.assertRegex(self.kalon("rank", "vote", "left", "--next").text, r"left +/")
        self.assertIn("Vote taken", self.kalon("rank", "vote", "right").text)
        self.assertRegex(self.kalon("rank", "table").text, r"1 .*\.png")
        self.assertIn("2 votes over 12 pictures", self.kalon("rank", "status").text)
        self.assertIn("Taken back", self.kalon("rank", "undo").text)
        self.assertIn("1 vote over 12 pictures", self.kalon("rank", "status", "--quick").text)
        self.assertIn("default", self.kalon("rank", "sessions").text)
        self.assertIn("Dropped", self.kalon("rank", "sessions", "--drop", "default").text)
        self.assertIn("no session", self.kalon("rank", "next", code=FAILED).error_text)

    def test_every_strategy_asks_and_ends_or_goes_on(self):
        column = self.path("groups.csv")
        with open(column, "w", encoding="utf-8") as file:
            file.write("path,burst\n" + "".join(f"{self.pictures}/{name},{number // 4}\n" for number, name in enumerate(sorted(self.brightness))))
        self.kalon("scores", "import", column, "--name", "burst", "--score-column", "burst")
        prompts = self.path("prompts.csv")
        with open(prompts, "w", encoding="utf-8") as file:
            file.write("path,theme\n" + "".join(f"{self.pictures}/{name},{'sea' if number < 6 else 'hill'}\n" for number, name in enumerate(sorted(self.brightness))))
        self.kalon("attributes", "import", prompts)
        for strategy, more, least in (("active", [], 20), ("smart-shuffle", ["--auto-shuffle", "2"], 20), ("elimination", [], 11),
                                      ("swiss", [], 20), ("random", [], 20), ("top-k", ["--top", "3"], 8),
                                      ("same-score", ["--scores", "burst", "--bins", "3"], 5), ("same-cluster", ["--clusters", "3"], 3),
                                      ("same-prompt", ["--attribute", "theme"], 10), ("within-groups", ["--groups", "burst"], 9),
                                      ("challenger", [], 11)):
            with self.subTest(strategy=strategy):
                self.start_session("--strategy", strategy, "--criterion", strategy, *more, name=strategy)
                given = self.vote_on(20, "--session", strategy)
                self.assertGreaterEqual(given, least)
                if strategy == "elimination":
                    self.assertEqual(given, 11)
                    self.assertIn("finished", self.rank("next", "--session", strategy).summary)
                    self.assertEqual(self.order("--session", strategy)[0], self.true_order()[0])

    def test_several_pictures_at_once(self):
        self.start_session()
        for _ in range(14):
            row = self.rank("next", "--size", "4").rows[0]
            self.assertEqual(len(row["pictures"]), 4)
            places = sorted(range(1, 5), key=lambda place: -self.bright(row["pictures"][place - 1]))
            self.rank("vote", "--order", ",".join(map(str, places)))
        row = self.rank("next", "--size", "3").rows[0]
        best = max(range(1, 4), key=lambda place: self.bright(row["pictures"][place - 1]))
        self.rank("vote", "--best", str(best))
        found = self.order()
        places = [found.index(name) for name in self.true_order()]
        self.assertGreater(numpy.corrcoef(places, range(self.COUNT))[0, 1], 0.9)
        row = self.rank("next", "--size", "3").rows[0]
        for wrong in (["--order", "1,1,2"], ["--order", "4"], ["--best", "4"], ["left"]):
            self.rank("vote", *wrong, code=USAGE)

    def test_estimators_agree(self):
        self.start_session()
        self.vote_on(45)
        for estimator, more in (("bayes", ["--use-vectors", "off"]), ("trueskill", []), ("trueskill-batch", []), ("elo", []),
                                ("bradley-terry", ["--prior-variance", "4"])):
            with self.subTest(estimator=estimator):
                found = self.order("--estimator", estimator, *more)
                places = [found.index(name) for name in self.true_order()]
                self.assertGreater(numpy.corrcoef(places, range(self.COUNT))[0, 1], 0.9)
        self.assertNotIn("sd", self.table("--estimator", "elo")[0])
        # Without a mistake the best always wins: there is no maximum of the likelihood.
        told = self.kalon("rank", "table", "--estimator", "bradley-terry", code=USAGE).error_text
        self.assertIn("--prior-variance", told)

    def test_which_generator_wins(self):
        with open(self.path("makers.csv"), "w", encoding="utf-8") as file:
            file.write("path,generator\n" + "".join(
                f"{self.pictures}/{name},{'bright' if level >= 6 else 'dark'}\n" for name, level in self.brightness.items()))
        self.kalon("attributes", "import", self.path("makers.csv"))
        self.start_session()
        self.vote_on(40)
        rows = self.table("--by", "generator")
        self.assertEqual([(row["value"], row["pictures"]) for row in rows], [("bright", 6), ("dark", 6)])
        self.assertGreater(rows[0]["best_probability"], 0.95)
        self.assertGreater(rows[0]["better_than"]["dark"], 0.95)

    def test_criteria_and_their_combination(self):
        self.start_session("--criterion", "light", name="light")
        self.start_session("--criterion", "dark", name="dark")
        self.vote_on(45, "--session", "light")
        rows = self.rank("next", "--session", "dark", "--count", "45").rows
        for row in rows[:40]:
            outcome = {"left": "right", "right": "left"}[self.answer(row)]
            self.rank("vote", outcome, "--session", "dark", "--question", row["question"])
        self.assertEqual(self.order("--session", "light")[0], self.true_order()[0])
        self.assertIn(self.order("--criterion", "dark")[0], self.true_order()[-2:])
        both = self.table("--combine", "light:10", "dark:1")
        self.assertEqual(os.path.basename(both[0]["path"]), self.true_order()[0])
        self.assertEqual(len(both), self.COUNT)


class Study(RankCase):
    def test_five_annotators_at_once(self):
        self.start_session("--overlap", "2", "--votes", "100")
        people = ["ann", "bob", "cy", "dee", "eve"]
        failures = []

        def work(person):
            try:
                noise = random.Random(person)
                self.vote_on(20, annotator=person, noise=noise)
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)

        threads = [threading.Thread(target=work, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        status = self.rank("status")
        self.assertEqual({row["annotator"]: row["votes"] for row in status.rows}, dict.fromkeys(people, 20))
        self.assertIn("ended", status.summary)
        self.assertIn("(100)", self.rank("next", "--annotator", "ann").summary["finished"])
        self.assertEqual(self.order()[0] in self.true_order()[:3], True)
        self.assert_healthy()

    def test_questions_that_are_open_to_one_are_not_given_to_others(self):
        self.start_session()
        pairs = {}
        for person in ("ann", "bob", "cy"):
            rows = self.rank("next", "--annotator", person, "--count", "2").rows
            self.assertEqual(len(rows), 2)
            pairs[person] = [frozenset(picture["path"] for picture in row["pictures"]) for row in rows]
            again = self.rank("next", "--annotator", person, "--count", "2").rows
            self.assertEqual([row["question"] for row in again], [row["question"] for row in rows])
        every = [pair for some in pairs.values() for pair in some]
        self.assertEqual(len(set(every)), 6)
        self.assertEqual(len(frozenset().union(*every)), 12)  # and no picture twice

    def test_sides_repeats_and_gold(self):
        names = self.true_order()
        with open(self.path("gold.csv"), "w", encoding="utf-8") as file:
            file.write(f"left,right,outcome\n{self.pictures}/{names[0]},{self.pictures}/{names[-1]},left\n"
                       f"{self.pictures}/{names[-2]},{self.pictures}/{names[1]},right\n")
        self.start_session("--repeat", "0.3", "--gold", self.path("gold.csv"), "--gold-share", "0.2")
        kinds, seen = [], {}
        for _ in range(40):
            rows = self.rank("next", "--annotator", "ann").rows
            if not rows:
                break
            row = rows[0]
            kinds.append(row["kind"])
            sides = tuple(picture["path"] for picture in row["pictures"])
            if row["kind"] == "repeat":
                self.assertIn(sides[::-1], seen.get(frozenset(sides), []))  # with the sides swapped
            seen.setdefault(frozenset(sides), []).append(sides)
            self.rank("vote", self.answer(row), "--question", row["question"], "--annotator", "ann")
        for kind in ("new", "repeat", "gold"):
            self.assertIn(kind, kinds)
        self.assertLess(kinds.count("gold"), len(kinds) / 2)


class Bad(RankCase):
    COUNT = 4

    def test_votes_that_cannot_be(self):
        self.start_session()
        one, two, three, _ = (os.path.join(self.pictures, name) for name in sorted(self.brightness))
        self.assertIn("is not in the library", self.kalon("rank", "vote", "left", "--pictures", one, self.path("no.png"), code=FAILED).error_text)
        self.assertIn("one photo", self.kalon("rank", "vote", "left", "--pictures", one, one, code=USAGE).error_text)
        self.kalon("rank", "exclude", two, "--reason", "blurred")
        self.assertIn("excluded", self.kalon("rank", "vote", "left", "--pictures", one, two, code=USAGE).error_text)
        self.kalon("rank", "exclude", "--include", two)
        self.kalon("rank", "vote", "left", "--pictures", one, two)
        self.assertIn("no question is open", self.kalon("rank", "vote", "left", code=FAILED).error_text)
        self.assertIn("is not open", self.kalon("rank", "vote", "left", "--question", "ab" * 16, code=FAILED).error_text)
        self.assertIn("32 hex digits", self.kalon("rank", "vote", "left", "--question", "x", code=USAGE).error_text)
        self.assertIn("say the answer", self.kalon("rank", "vote", code=USAGE).error_text)
        self.assertIn("session of this name already", self.kalon("rank", "start", "--session", "s", code=USAGE).error_text)
        self.assertIn("a b", self.kalon("rank", "start", "--session", "a b", code=USAGE).error_text)
        self.assertIn("no session of this name", self.kalon("rank", "next", "--session", "t", code=FAILED).error_text)
        self.assertIn("top-k", self.kalon("rank", "start", "--session", "t", "--top", "3", code=USAGE).error_text)
        other = self.folder("other")
        pictures.save(pictures.picture(1), os.path.join(other, "far.png"))
        self.index("--model", "descriptor", other)
        told = self.kalon("rank", "vote", "left", "--pictures", one, os.path.join(other, "far.png"), code=USAGE).error_text
        self.assertIn("not among the pictures of this session", told)
        self.assertEqual(self.rank("status").summary["votes"], 1)
        self.assert_healthy()

    def test_a_vote_that_is_delivered_twice_counts_once(self):
        self.start_session()
        row = self.rank("next").rows[0]
        first = self.rank("vote", "left", "--question", row["question"]).summary
        second = self.rank("vote", "left", "--question", row["question"]).summary
        self.assertEqual((first["known_already"], second["known_already"]), (False, True))
        self.assertEqual(first["vote"], second["vote"])
        self.assertIn("already", self.kalon("rank", "vote", "right", "--question", row["question"], code=USAGE).error_text)
        one, two = sorted(self.brightness)[:2]
        mine = uuid.uuid4().hex
        for known in (False, True):
            summary = self.rank("vote", "tie", "--pictures", os.path.join(self.pictures, one), os.path.join(self.pictures, two), "--id", mine).summary
            self.assertEqual((summary["known_already"], summary["vote"]), (known, mine))
        self.assertEqual(self.rank("status").summary["votes"], 2)

    def test_excluded_pictures_are_asked_about_no_more(self):
        self.start_session("--strategy", "random")
        row = self.rank("next").rows[0]
        gone = row["pictures"][0]["path"]
        self.kalon("rank", "exclude", gone)
        again = self.rank("next").rows[0]
        self.assertNotIn(gone, [picture["path"] for picture in again["pictures"]])
        self.assertEqual(len(self.table()), 3)
        self.kalon("undo")
        self.assertEqual(len(self.table()), 4)

    def test_undo_and_contradictions(self):
        self.start_session()
        one, two = (os.path.join(self.pictures, name) for name in sorted(self.brightness)[:2])
        for outcome in ("left", "right", "left"):
            self.kalon("rank", "vote", outcome, "--pictures", one, two, "--annotator", "ann")
        self.kalon("rank", "vote", "right", "--pictures", one, two, "--annotator", "bob")
        summary = self.rank("odds", one, two).summary
        self.assertAlmostEqual(summary["better"], 0.5, delta=0.2)
        self.assertEqual(summary["votes"], 4)
        self.assertEqual(self.rank("undo", "--annotator", "ann").summary["annotator"], "ann")
        self.assertEqual(self.rank("undo").summary["annotator"], "bob")
        self.assertEqual(self.rank("odds", one, two).summary["votes"], 2)
        self.rank("undo")
        self.rank("undo")
        self.assertIn("no vote", self.kalon("rank", "undo", code=FAILED).error_text)

    def test_what_was_taken_back_is_asked_again(self):
        self.start_session()
        asked = self.rank("next", "--annotator", "ann").rows[0]
        self.rank("vote", "left", "--annotator", "ann")
        undone = self.rank("undo", "--annotator", "ann").summary
        self.assertEqual(undone["outcome"], "left")
        self.assertEqual(undone["paths"], [picture["path"] for picture in asked["pictures"]])
        again = self.rank("next", "--annotator", "ann").rows[0]
        self.assertEqual(again["question"], undone["question"])
        self.assertEqual([picture["id"] for picture in again["pictures"]], [picture["id"] for picture in asked["pictures"]])
        # The same answer that comes late stays taken back; the question that is open takes another.
        late = self.rank("vote", "left", "--annotator", "ann", "--question", asked["question"]).summary
        self.assertTrue(late["known_already"] and late["taken_back"])
        self.rank("vote", "right", "--annotator", "ann")
        self.assertEqual(self.rank("status", "--quick").summary["votes"], 1)

    def test_a_vote_with_an_id_of_its_own_is_taken_once(self):
        self.start_session()
        asked, own = self.rank("next", "--annotator", "ann").rows[0]["question"], uuid.uuid4().hex
        for known in (False, True, True):
            said = self.rank("vote", "left", "--annotator", "ann", "--question", asked, "--id", own).summary
            self.assertEqual((said["known_already"], said["vote"]), (known, own))
        self.assertEqual(self.rank("status", "--quick").summary["votes"], 1)

    def test_a_question_is_answered_by_whom_it_was_asked(self):
        self.start_session()
        row = self.rank("next", "--annotator", "ann").rows[0]
        self.assertIn("open to ann only", self.kalon("rank", "vote", "left", "--annotator", "bob", "--question", row["question"], code=USAGE).error_text)
        gone = row["pictures"][0]["path"]
        self.kalon("rank", "exclude", gone)
        self.assertIn("excluded", self.kalon("rank", "vote", "left", "--annotator", "ann", code=USAGE).error_text)
        self.kalon("rank", "exclude", gone, "--include")
        self.rank("vote", "left", "--question", row["question"])
        self.assertEqual(self.rank("status", "--quick").rows[0]["annotator"], "ann")

    def test_a_session_goes_on_as_it_was_begun(self):
        self.start_session("--votes", "1")
        row = self.rank("next", "--annotator", "ann").rows[0]
        self.assertIn("only --votes and --minutes", self.kalon("rank", "start", self.pictures, "--session", "s", "--resume", "--strategy", "random", code=USAGE).error_text)
        self.assertEqual(self.rank("start", "--resume").summary["strategy"], "active")
        self.assertEqual(self.rank("next", "--annotator", "ann").rows[0]["question"], row["question"])
        self.rank("vote", "left", "--annotator", "ann")
        self.assertIn("(1)", self.rank("next").summary["finished"])
        self.assertIn("(1)", self.kalon("rank", "start", "--resume", code=USAGE).error_text)
        self.rank("start", "--session", "s", "--resume", "--votes", "2")
        self.assertEqual(len(self.rank("next").rows), 1)

    def test_what_cannot_begin_is_told_at_once(self):
        self.assertIn("--prior-variance", self.kalon("rank", "start", self.pictures, "--estimator", "bradley-terry", code=USAGE).error_text)
        self.start_session("--estimator", "bradley-terry", "--prior-variance", "1")
        self.assertEqual(self.vote_on(4), 4)
        self.start_session("--strategy", "same-score", "--bins", "1", "--criterion", "c", name="t")
        self.assertEqual(self.vote_on(3, "--session", "t"), 3)

    def test_criteria_that_nobody_voted_on(self):
        self.start_session("--criterion", "light")
        self.vote_on(6)
        for arguments in (("table", "--criterion", "lihgt"), ("table", "--combine", "light", "beauty:2"), ("table", "--criterion", "")):
            self.assertIn("light (6)", self.kalon("rank", *arguments, code=FAILED).error_text)
        self.assertEqual(len(self.table("--criterion", "light")), self.COUNT)

    def test_the_estimator_of_a_session_with_other_parameters(self):
        self.start_session("--estimator", "trueskill", "--sigma", "5")
        self.vote_on(12)
        spread = lambda *arguments: max(row["sd"] for row in self.table(*arguments))
        self.assertLess(spread("--sigma", "1"), 1.01)
        self.assertGreater(spread(), 1.5)
        self.assertIn("goes with", self.kalon("rank", "table", "--use-vectors", "off", code=USAGE).error_text)
        self.assertEqual(self.rank("table", "--estimator", "bayes", "--use-vectors", "off").summary["estimator"], "bayes")

    def test_one_picture_cannot_be_ranked(self):
        only = self.folder("only")
        pictures.save(pictures.picture(1), os.path.join(only, "one.png"))
        self.index("--model", "descriptor", only)
        self.assertIn("at least two pictures", self.kalon("rank", "start", only, code=FAILED).error_text)

    def test_a_killed_voter_loses_nothing(self):
        self.start_session()
        given = 0
        for _ in range(12):
            process = subprocess.Popen([KALON, "rank", "vote", "tie", "--json", "--pictures",
                                        *(os.path.join(self.pictures, name) for name in sorted(self.brightness)[:2])],
                                       env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            timer = threading.Timer(random.random() * 0.02, process.kill)
            timer.start()
            out = process.communicate()[0]
            timer.cancel()
            given += any("summary" in json.loads(line) for line in out.splitlines() if line.endswith(b"}"))
        self.assertGreaterEqual(self.rank("status").summary["votes"], given)
        self.assert_healthy()
