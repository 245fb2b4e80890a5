"""What ranking writes and reads: reports, votes and data sets of other programs, plans without a library."""
import csv
import json
import os
import random
import resource
import subprocess
import urllib.parse

import numpy
from PIL import Image

import ranking
from service_case import ServiceCase
from world import FAILED, KALON, USAGE


class FilesCase(ranking.RankCase):
    def voted(self, *arguments, votes=30, people=("ann", "bob")):
        self.start_session(*arguments)
        noise = random.Random(7)
        for person in people:
            self.vote_on(votes // len(people), annotator=person, noise=noise)

    def export(self, form, name, *more, code=0):
        path = self.path(name)
        return path, self.rank("export", "--format", form, "--to", path, *more, code=code)


class Files(FilesCase):
    def test_events_go_to_another_library_without_loss(self):
        self.voted()
        self.kalon("rank", "exclude", os.path.join(self.pictures, "03.png"), "--reason", "blurred")
        self.rank("undo", "--annotator", "bob")
        events, said = self.export("events", "events.jsonl")
        with open(events, encoding="utf-8") as file:
            head, *lines = [json.loads(line) for line in file]
        self.assertEqual(head, {"format": "kalon-events", "version": 1})
        self.assertEqual(len(lines), said.summary["rows"])
        self.assertEqual(len(lines), 32)  # votes, an exclusion, an undo
        before = self.table()
        other = ["--library", self.path("other")]
        self.kalon(*other, "index", "--quiet", "--model", "descriptor", self.pictures)
        taken = self.kalon(*other, "rank", "import", events, "--format", "events", "--json").summary
        self.assertEqual((taken["rows"], taken["imported"]), (32, 32))
        again = self.kalon(*other, "rank", "import", events, "--format", "events", "--json").summary
        self.assertEqual((again["imported"], again["known_already"]), (0, 32))
        table = self.kalon(*other, "rank", "table", "--criterion", "", "--json").rows
        self.assertEqual([row["path"] for row in table], [row["path"] for row in before])
        for mine, theirs in zip(table, before):
            self.assertAlmostEqual(mine["mean"], theirs["mean"], places=6)
        back = self.path("back.jsonl")
        self.kalon(*other, "rank", "export", "--format", "events", "--to", back)
        with open(events, "rb") as one, open(back, "rb") as two:
            self.assertEqual(one.read(), two.read())
        self.assertEqual(self.kalon(*other, "doctor", "--json").summary["faults"], 0)

    def test_votes_as_a_table_and_their_fit(self):
        self.voted()
        path, _ = self.export("votes", "votes.csv")
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 30)
        self.assertEqual({row["annotator"] for row in rows}, {"ann", "bob"})
        fitted = self.kalon("rank", "fit", "--votes", path, "--reliability", "off", "--json").rows
        table = {row["path"]: row["mean"] for row in self.table("--estimator", "bayes", "--use-vectors", "off", "--reliability", "off")}
        self.assertEqual({row["item"] for row in fitted} <= set(table), True)
        for row in fitted:
            self.assertAlmostEqual(row["mean"], table[row["item"]], delta=1e-3)
            self.assertGreater(row["sd"], 0)
        taken = self.rank("import", path, "--format", "votes").summary
        self.assertEqual((taken["imported"], taken["known_already"]), (0, 30))

    def test_image_ranker(self):
        self.voted()
        comparisons, said = self.export("image-ranker-votes", "comparisons.csv")
        with open(comparisons, newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
        self.assertEqual(lines[0], ["Winner", "Loser"])
        self.assertEqual(len(lines) - 1, said.summary["rows"])
        rankings, _ = self.export("image-ranker", "image_rankings.csv")
        with open(rankings, newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        self.assertEqual(list(lines[0]), ["Image", "ELO", "Uncertainty", "Upvotes", "Downvotes"])
        self.assertEqual([line["Image"] for line in lines], [row["path"] for row in self.table()])
        # As image-ranker has them: names without a folder, a mark at the beginning, pictures that were removed.
        best, worst = self.true_order()[0], self.true_order()[-1]
        with open(self.path("theirs.csv"), "w", encoding="utf-8-sig", newline="\r\n") as file:
            file.write("Winner,Loser\n" + f"{best},{worst}\n" * 3 + f"None,{self.true_order()[5]}\n")
        told = self.kalon("rank", "import", self.path("theirs.csv"), "--format", "image-ranker-votes", code=FAILED).error_text
        self.assertIn("--base", told)
        taken = self.rank("import", self.path("theirs.csv"), "--format", "image-ranker-votes", "--base", self.pictures,
                          "--criterion", "theirs").summary
        self.assertEqual((taken["rows"], taken["imported"]), (4, 4))
        rows = self.table("--criterion", "theirs")
        self.assertEqual(os.path.basename(rows[0]["path"]), best)
        self.assertEqual((rows[0]["wins"], len(rows)), (3, self.COUNT - 1))
        taken = self.rank("import", rankings, "--format", "image-ranker", "--as", "elo").summary
        self.assertEqual(taken["column"], "elo")
        self.assertEqual(len(self.list("--where", "elo is known")), self.COUNT)

    def test_data_sets(self):
        self.voted()
        pairs, _ = self.export("dpo", "pairs.jsonl")
        with open(pairs, encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        self.assertEqual(len(rows), 30)
        self.assertTrue(all(os.path.exists(row["chosen"]) and os.path.exists(row["rejected"]) for row in rows))
        sure, said = self.export("dpo", "sure.jsonl", "--certainty", "0.9")
        with open(sure, encoding="utf-8") as file:
            self.assertTrue(all(json.loads(line)["certainty"] >= 0.9 or json.loads(line)["certainty"] <= 0.1 for line in file))
        self.assertGreater(said.summary["unsettled"], 0)
        self.assertEqual(said.summary["rows"] + said.summary["unsettled"], 30)
        for form, name in (("pickapic", "pick.parquet"), ("pickapic", "pick.jsonl"), ("pickapic", "pick.csv"), ("hpdv2", "hpd.json"),
                           ("label-studio", "tasks.json"), ("dpo", "again.jsonl")):
            with self.subTest(form=form, name=name):
                path, said = self.export(form, name)
                self.assertEqual(said.summary["rows"], 30)
                taken = self.rank("import", path, "--format", form, "--criterion", name).summary
                self.assertEqual(taken["rows"], 30)
                self.assertEqual(taken["imported"] + taken["known_already"], 30)
        for form, name in (("imagefolder", "folder"), ("imagefolder-pairs", "pairs")):
            path, said = self.export(form, name, "--link", "copy")
            with open(os.path.join(path, "metadata.jsonl"), encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            self.assertEqual(len(rows), self.COUNT if form == "imagefolder" else 30)
            name = "file_name" if form == "imagefolder" else "chosen_file_name"
            with Image.open(os.path.join(path, rows[0][name])) as image:
                self.assertEqual(image.size, (80, 60))
        path, _ = self.export("kohya", "kohya")
        self.assertEqual(sorted(os.listdir(os.path.join(path, "1_pictures")))[-2:], ["l", "w"])
        self.kalon("undo")
        self.assertFalse(os.path.exists(os.path.join(path, "1_pictures", "w", "000001.png")))
        self.assertIn("already", self.kalon("rank", "export", "--format", "dpo", "--to", pairs, code=USAGE).error_text)

    def test_files_that_are_wrong(self):
        self.start_session()
        one, two = (os.path.join(self.pictures, name) for name in sorted(self.brightness)[:2])
        for text, complaint in ((b"left,right\n1,2\n", "outcome"), (b"left,right,outcome\n%s,%s,left\n%s,%s,perhaps\n" % (
                one.encode(), two.encode(), one.encode(), two.encode()), "line 3"), (
                b"left,right,outcome\n%s,%s,left\n\xff\xfe,%s,left\n" % (one.encode(), two.encode(), two.encode()), "line 3"), (
                b"left,right,outcome\n%s,%s,left\nno.png,%s,left\n" % (one.encode(), two.encode(), two.encode()), "no.png (line 3)")):
            with open(self.path("wrong.csv"), "wb") as file:
                file.write(text)
            told = self.kalon("rank", "import", self.path("wrong.csv"), "--format", "votes", code=None)
            self.assertNotEqual(told.code, 0)
            self.assertIn(complaint, told.error_text)
        self.assertEqual(self.rank("status").summary["votes"], 0)
        taken = self.rank("import", self.path("wrong.csv"), "--format", "votes", "--skip-unknown", "--session", "s").summary
        self.assertEqual((taken["imported"], taken["skipped"]), (1, 1))
        self.assertEqual(self.rank("status").summary["votes"], 1)

    def import_of(self, text, *more, name="given.csv", form="votes", code=FAILED):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return self.kalon("rank", "import", path, "--format", form, "--json", *more, code=code)

    def test_rows_that_would_be_lost_or_do_harm_are_refused_by_their_lines(self):
        self.start_session()
        one, two, three = (os.path.join(self.pictures, f"{number:02}.png") for number in range(3))
        header = "left,right,outcome,weight,time,id\n"
        good = f"{one},{two},left,1,2024-05-01T10:00:00Z,{'a' * 32}\n"
        os.symlink(self.pictures, self.path("link"))
        for row, complaint in (
                (f"{one},{two},left,2,,\n", "weight"),
                (f"{one},{two},left,,9999-12-31T23:59:59Z,\n", "clock"),
                (f"{one},{two},left,,1969-12-31T23:59:59Z,\n", "1970"),
                (f"{one},./pictures/00.png,left,,,\n", "itself"),
                (f"{one},{self.path('link')}/00.png,left,,,\n", "itself")):
            with self.subTest(row=row):
                told = self.import_of(header + good + row).error_text
                self.assertIn("line 3", told)
                self.assertIn(complaint, told)
        self.assertEqual(self.import_of(header + good, code=0).summary["imported"], 1)
        self.assertEqual(self.import_of(header + good, code=0).summary["known_already"], 1)
        # The same id with another content, by what the file says itself.
        swapped = header + good.replace(f"{one},{two},left", f"{two},{one},right")
        self.assertEqual(self.import_of(swapped, "--annotator", "ann", code=0).summary["known_already"], 1)
        for other in (good.replace("left", "right"), good.replace(two, three)):
            told = self.import_of(header + f"{two},{three},left,,,\n" + other).error_text
            self.assertIn("line 3", told)
            self.assertIn("a" * 32, told)
        events, _ = self.export("events", "events.jsonl")
        with open(events, encoding="utf-8") as file:
            head, vote = file.read().splitlines()
        for changed in (json.dumps({**json.loads(vote), "ranks": [2, 1]}),
                        json.dumps({**json.loads(vote), "id": "b" * 32, "time": 9223372036854775806}),
                        json.dumps({**json.loads(vote), "id": "b" * 32, "pictures": json.loads(vote)["pictures"][:1] * 2})):
            told = self.import_of("\n".join([head, "", vote, changed, ""]), name="changed.jsonl", form="events").error_text
            self.assertIn("line 4", told)
        checked = self.kalon("doctor", "--json").summary
        self.assertEqual((checked["events"], checked["faults"]), (1, 0))

    def test_votes_over_pictures_whose_paths_are_not_utf8_come_back(self):
        strange = os.path.join(os.fsencode(self.pictures), b"caf\xe9.png")
        os.rename(os.path.join(self.pictures, "03.png"), strange)
        self.index("--model", "descriptor", self.pictures)
        rows = self.list()
        ids = {os.path.basename(row["path"]): row["id"] for row in rows}
        strange_id, = (row["id"] for row in rows if "%E9" in row["uri"])
        self.start_session()
        self.import_of(f"left,right,outcome\n{strange_id},{ids['01.png']},left\n{ids['02.png']},{strange_id},left\n", code=0)
        for form in ("votes", "image-ranker-votes"):
            path, _ = self.export(form, form + ".csv")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read().count(strange_id), 2)
            taken = self.rank("import", path, "--format", form, "--criterion", form).summary
            self.assertEqual(taken["rows"], 2)

    def test_copies_and_links_of_pictures_are_known_by_what_is_in_them(self):
        self.voted(votes=10)
        for link in ("hardlink", "symlink", "copy"):
            with self.subTest(link=link):
                path, said = self.export("kohya", "kohya-" + link, "--link", link)
                taken = self.rank("import", os.path.join(path, "1_pictures"), "--format", "kohya", "--criterion", link).summary
                self.assertEqual(taken["imported"], said.summary["rows"])
        os.makedirs(self.path("other"))
        Image.new("RGB", (8, 8)).save(self.path("other", "new.png"))
        told = self.import_of(f"left,right,outcome\n{self.path('other', 'new.png')},{self.pictures}/00.png,left\n").error_text
        self.assertIn("new.png (line 2)", told)

    def test_people_and_criteria_survive_a_preference_file(self):
        self.voted("--criterion", "colour", votes=20)
        path, _ = self.export("dpo", "pairs.jsonl")
        other = ["--library", self.path("other")]
        self.kalon(*other, "index", "--quiet", "--model", "descriptor", self.pictures)
        taken = self.kalon(*other, "rank", "import", path, "--format", "dpo", "--json").summary
        self.assertEqual((taken["rows"], taken["imported"]), (20, 20))
        self.kalon(*other, "rank", "start", self.pictures, "--session", "s", "--criterion", "colour")
        votes = self.path("votes.csv")
        self.kalon(*other, "rank", "export", "--format", "votes", "--to", votes)
        with open(votes, newline="", encoding="utf-8") as file:
            rows = [(row["annotator"], row["criterion"]) for row in csv.DictReader(file)]
        self.assertEqual(sorted(rows), [("ann", "colour")] * 10 + [("bob", "colour")] * 10)
        self.assertEqual(self.rank("import", path, "--format", "dpo").summary["known_already"], 20)

    def test_an_import_is_taken_back_as_one(self):
        self.voted()
        table, _ = self.export("votes", "votes.csv")
        other = ["--library", self.path("other")]
        self.kalon(*other, "index", "--quiet", "--model", "descriptor", self.pictures)
        action = self.kalon(*other, "rank", "import", "--format", "votes", table, "--json").summary["action"]
        self.assertEqual(self.kalon(*other, "rank", "table", "--json").summary["votes"], 30)
        self.kalon(*other, "rank", "start", "--session", "s")
        self.kalon(*other, "rank", "vote", "left", "--pictures", *(os.path.join(self.pictures, name) for name in ("01.png", "02.png")))
        self.kalon(*other, "rank", "undo")
        self.assertIn("30 votes", self.kalon(*other, "undo", "--action", action).text)
        self.assertEqual(self.kalon(*other, "rank", "table", "--json").summary["votes"], 0)
        self.assertIn("taken back already", self.kalon(*other, "undo", "--action", action, code=FAILED).error_text)
        # It comes in again, and once.
        for imported in (30, 0):
            said = self.kalon(*other, "rank", "import", "--format", "votes", table, "--json").summary
            self.assertEqual((said["imported"], said["known_already"]), (imported, 30 - imported))
        self.assertEqual(self.kalon(*other, "rank", "table", "--json").summary["votes"], 30)
        # What came as a table is known when it comes as events.
        events, _ = self.export("events", "same.jsonl")
        self.assertEqual(self.kalon(*other, "rank", "import", "--format", "events", events, "--json").summary["known_already"], 30)
        self.assertIn("whole library", self.export("events", "s.jsonl", "--session", "s", code=USAGE)[1].error_text)
        self.assertIn('criterion wrong; there are: "" (30)', self.kalon("rank", "fit", "--votes", table, "--criterion", "wrong", code=USAGE).error_text)
        # Into a session: none of its votes can be taken back alone.
        other = ["--library", self.path("third")]
        self.kalon(*other, "index", "--quiet", "--model", "descriptor", self.pictures)
        self.kalon(*other, "rank", "start", "--session", "t", "--criterion", "c")
        self.kalon(*other, "rank", "import", "--format", "votes", table, "--session", "t")
        self.assertIn("undo --action", self.kalon(*other, "rank", "undo", "--session", "t", code=USAGE).error_text)

    def test_files_that_an_export_must_not_replace(self):
        self.voted(votes=4)
        library = self.environment["XDG_DATA_HOME"] + "/kalon/default"
        with open(os.path.join(library, "data.mdb"), "rb") as file:
            before = file.read()
        os.mkfifo(self.path("pipe"))
        os.symlink("pipe", self.path("to-pipe"))
        os.symlink("nowhere", self.path("lost"))
        os.symlink(library, self.path("to-library"))
        for to in (self.path("pipe"), self.path("to-pipe"), self.path("lost"), os.path.join(library, "data.mdb"),
                   os.path.join(library, "new.csv"), os.path.join(library, "cache", "thumbnails", "new.csv"), self.path("to-library", "data.mdb")):
            for command in (("rank", "export", "--format", "votes"), ("rank", "report"), ("export", "list")):
                with self.subTest(to=to, command=command):
                    self.kalon(*command, "--to", to, "--overwrite", code=USAGE)
        with open(os.path.join(library, "data.mdb"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(sorted(os.listdir(self.top)).count("pipe"), 1)
        self.assertTrue(os.path.islink(self.path("lost")))
        with open(self.path("old.csv"), "w", encoding="utf-8") as file:
            file.write("old")
        os.symlink("old.csv", self.path("to-old.csv"))
        self.rank("export", "--format", "votes", "--to", self.path("to-old.csv"), "--overwrite")
        self.assertTrue(os.path.islink(self.path("to-old.csv")))
        with open(self.path("old.csv"), encoding="utf-8") as file:
            self.assertTrue(file.readline().startswith("left,right,outcome"))

    def test_a_limit_of_file_sizes_is_told_as_a_full_disk_is(self):
        self.voted(votes=20)
        small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        told = self.kalon("rank", "export", "--format", "votes", "--to", self.path("votes.csv"), code=FAILED, before=small).error_text
        self.assertIn("votes.csv", told)
        self.assertFalse(os.path.exists(self.path("votes.csv")))
        self.assertEqual([name for name in os.listdir(self.top) if name.startswith(".kalon-")], [])

    def test_the_report(self):
        self.start_session("--overlap", "3")
        for person in ("ann", "bob", "cy"):
            self.vote_on(25, annotator=person, noise=random.Random(person))
        rows = self.rank("next", "--annotator", "mal", "--count", "25").rows
        for row in rows:
            wrong = {"left": "right", "right": "left"}[self.answer(row)]
            self.rank("vote", wrong, "--annotator", "mal", "--question", row["question"])
        said = self.rank("report", "--to", self.path("report.html"))
        people = {row["annotator"]: row for row in said.rows}
        self.assertEqual(set(people), {"ann", "bob", "cy", "mal"})
        self.assertLess(people["mal"]["scale"], 0)
        for person in ("ann", "bob", "cy"):
            self.assertGreater(people[person]["scale"], 0)
        criterion = said.summary["criteria"][0]
        self.assertEqual(criterion["votes"], 75 + len(rows))
        self.assertTrue(-1 <= criterion["alpha"] <= 1)
        with open(self.path("report.html"), encoding="utf-8") as file:
            page = file.read()
        for person in people:
            self.assertIn(person, page)
        self.assertNotIn("<script", page)
        self.assertIn("report.html", self.kalon("rank", "report", "--to", self.path("report.html"), code=USAGE).error_text)
        self.assertIn("ann", self.kalon("rank", "report").text)

    def test_plans_need_no_library(self):
        planned = self.kalon("--library", self.path("none"), "rank", "simulate", "--items", "20", "--studies", "4", "--json")
        votes = [row["votes"] for row in planned.rows]
        self.assertEqual(votes, sorted(votes))
        self.assertGreater(planned.rows[-1]["spearman"]["median"], planned.rows[0]["spearman"]["median"])
        self.assertFalse(os.path.exists(self.path("none")))
        with open(self.path("v.csv"), "w", encoding="utf-8") as file:
            file.write("left,right,outcome\nB,A,right\nB,C,left\nA,C,left\n")
        rows = self.kalon("rank", "fit", "--votes", self.path("v.csv"), "--estimator", "trueskill", "--json").rows
        # The facts of image-ranker's TrueSkill: A>B, B>C, A>C.
        for row, (item, mean, sd) in zip(rows, (("A", 5.962934, 6.565107), ("B", 0.045711, 6.262814), ("C", -7.435177, 6.340943))):
            self.assertEqual(row["item"], item)
            self.assertAlmostEqual(row["mean"], mean, delta=1e-5)
            self.assertAlmostEqual(row["sd"], sd, delta=1e-5)


class Served(FilesCase, ServiceCase):
    def test_ranking_over_json_rpc(self):
        with self.client() as kalon:
            kalon.call("rank_start", session="s", paths=[self.pictures])
            rows = kalon.call("rank_next", session="s", annotator="ann").rows
            for _ in range(30):
                outcome = self.answer(rows[0])
                answer = kalon.call("rank_vote", session="s", annotator="ann", question=rows[0]["question"], outcome=outcome, next=1)
                rows = answer.rows
            # A vote by another process is seen at once.
            self.vote_on(5, annotator="bob")
            status = kalon.call("rank_status", session="s", quick=True)
            self.assertEqual({row["annotator"]: row["votes"] for row in status.rows}, {"ann": 30, "bob": 5})
            order = [os.path.basename(row["path"]) for row in kalon.call("rank_table", session="s").rows]
            places = [order.index(name) for name in self.true_order()]
            self.assertGreater(numpy.corrcoef(places, range(self.COUNT))[0, 1], 0.95)
            kalon.call("rank_undo", session="s", annotator="bob")
            self.assertEqual(kalon.call("rank_status", session="s", quick=True).summary["votes"], 34)
            odds = kalon.call("rank_odds", session="s", pictures=[os.path.join(self.pictures, self.true_order()[place]) for place in (0, -1)])
            self.assertGreater(odds.summary["better"], 0.9)
