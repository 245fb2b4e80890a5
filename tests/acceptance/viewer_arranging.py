"""What the viewer arranges: the visual order, the map, groups, stacks; files sent and trashed; tasks and history."""
import os
import pathlib
import shutil

import numpy
from PIL import Image

import pictures
from viewer_case import ViewerCase
from world import path_from_uri, path_of

MODEL = ("--model", "descriptor")


class Order(ViewerCase):
    def families(self, names):
        return [int(name[:2]) // 3 for name in names]

    def sorted_by_command(self, *arguments):
        return self.names(self.kalon("sort", "--json", "--dry-run", "--to", self.path("out"), *MODEL, *arguments, self.pictures).rows)

    def test_the_order_is_that_of_the_command_line_with_families_beside_each_other(self):
        names = self.indexed_pictures(12)
        (state,) = self.view("order\nwait\nstate\nscreenshot order.png")
        order = state["views"]["order"]
        self.assertEqual((state["view"], order["pictures"], order["problem"]), ("order", 12, ""))
        # The window has room for all twelve, so that all are told.
        self.assertEqual(order["visible"], self.sorted_by_command())
        self.assertEqual(order["first"], order["visible"][0])
        self.assertEqual(sorted(order["visible"]), names)
        families = self.families(order["visible"])
        self.assertEqual(sum(a != b for a, b in zip(families, families[1:])), 3, order["visible"])
        self.image("order.png")

    def test_the_order_starts_with_the_current_picture_and_sorts_the_grid(self):
        self.indexed_pictures(12)
        asked, sorted_by_it, stepped = self.view("""
            go 07.jpg
            order
            wait
            order-from-here
            wait
            state
            grid
            sort-by order
            state
            order
            order-last
            state
        """)
        order = asked["views"]["order"]
        self.assertEqual((order["first"], order["current_position"], asked["current"]["name"]), ("07.jpg", 0, "07.jpg"))
        expected = self.sorted_by_command("--start", self.path_of("07.jpg"))
        self.assertEqual(order["visible"], expected)
        self.assertEqual(sorted_by_it["names"], expected)
        self.assertEqual((sorted_by_it["names"][0], sorted_by_it["sorted_by"]), ("07.jpg", "order"))
        self.assertEqual(len(stepped["jobs"]), 2, "an order that is there is not made again")
        self.assertEqual(stepped["current"]["name"], expected[-1])
        self.assertEqual(stepped["views"]["order"]["current_position"], 11)

    def test_sections_the_filter_and_what_is_not_placed_anywhere(self):
        self.indexed_pictures(12)
        before = sorted(os.listdir(self.top))
        cut, narrowed, nothing = self.view("""
            order
            order-sections 2
            wait
            state
            where name ~ "0[0-5].jpg"
            state
            where name = "none of them"
            order-next-section
            state
        """)
        self.assertEqual(nothing["views"]["order"]["pictures"], 0)
        self.assertEqual((cut["views"]["order"]["pictures"], cut["views"]["order"]["sections"]), (12, 2))
        whole = cut["views"]["order"]["visible"]
        self.assertEqual(narrowed["views"]["order"]["visible"], [name for name in whole if name < "06.jpg"])
        self.assertEqual(sorted(os.listdir(self.pictures)), [f"{number:02}.jpg" for number in range(12)])
        self.assertFalse({"order", "out"} & set(os.listdir(self.top)) - set(before))

    def test_without_pictures_no_order_and_no_map(self):
        for state in self.view("order\nwait\nstate\nmap\nwait\nstate\ngroups\nwait\nstate"):
            self.assertEqual((state["photos"], state["jobs"]), (0, []))
            self.assertEqual(state["views"][state["view"]]["pictures"], 0)


class Map(ViewerCase):
    def places(self, state):
        """Where on the map each picture lies, as the command line says it for as many columns."""
        columns = state["views"]["map"]["columns"]
        rows = self.kalon("grid", "--json", "--columns", str(columns), *MODEL, self.pictures).rows
        return {os.path.basename(os.fsdecode(path_of(row))): (row["column"], row["row"]) for row in rows}

    def in_window(self, state, cell):
        """A cell's middle in shares of the map's window. The current picture's place tells how large that window is."""
        told = state["views"]["map"]
        share = []
        for axis, at in (("x", cell[0]), ("y", cell[1])):
            current = told["current_column" if axis == "x" else "current_row"] + 0.5 - told[axis]
            per_cell = (told["current_" + axis] - 0.5) / current
            share.append(0.5 + (at + 0.5 - told[axis]) * per_cell)
        return share

    def test_every_picture_lies_where_the_command_line_puts_it(self):
        names = self.indexed_pictures(6)
        # Corners lie off the middle in both directions.
        (state,) = self.view("map\nwait\nmap-up\nmap-up\nmap-up\nmap-left\nmap-left\nmap-left\nstate\nscreenshot map.png")
        told = state["views"]["map"]
        self.assertEqual((told["drawn"], told["pictures"], told["level"], told["problem"]), (6, 6, 0, ""))
        self.assertEqual(told["missing"], 0)
        places = self.places(state)
        self.assertEqual(places[state["current"]["name"]], (0, 0))
        self.assertEqual(sorted(places), names)
        script, order = "map\nwait\n", sorted(places)
        for name in order:
            script += "map-pick {:.5f} {:.5f}\nstate\n".format(*self.in_window(state, places[name]))
        *all_picked, two_columns = self.view(script + "map-select {:.5f} {:.5f} {:.5f} {:.5f}\nstate\n".format(
            *self.in_window(state, (0, 0)), *self.in_window(state, (1, told["rows"] - 1))))
        for name, picked in zip(order, all_picked):
            self.assertEqual(picked["current"]["name"], name)
            self.assertEqual((picked["views"]["map"]["current_column"], picked["views"]["map"]["current_row"]), places[name])
        self.assertEqual(set(two_columns["targets"]), {name for name, place in places.items() if place[0] < 2})
        self.image("map.png")

    def test_neighbours_and_all(self):
        self.indexed_pictures(12)
        corner, eight, everything = self.view("""
            map
            wait
            map-up
            map-up
            map-up
            map-left
            map-left
            map-left
            state
            map-neighbours 8
            state
            map-select 0 0 1 1
            state
        """)
        places = self.places(corner)
        current = numpy.array(places[corner["current"]["name"]])
        self.assertEqual(eight["selected"], 9)
        self.assertIn(corner["current"]["name"], eight["targets"])
        # Several may be equally far away; how far the chosen ones are is the same whichever they are.
        away = {name: numpy.linalg.norm(numpy.array(place) - current) for name, place in places.items()}
        self.assertEqual(sorted(away[name] for name in eight["targets"]), sorted(away.values())[:9])
        self.assertEqual((everything["selected"], len(everything["targets"])), (12, 12))

    def test_zoom_and_back(self):
        self.indexed_pictures(12)
        all_seen, near, again, to_current = self.view("""
            map
            wait
            state
            map-zoom 3 0 0
            state
            map-fit
            state
            map-to-current
            state
        """)
        of = lambda state: state["views"]["map"]
        self.assertGreater(of(near)["scale"], of(all_seen)["scale"])
        self.assertLess(of(near)["drawn"], 12)
        self.assertLess(of(near)["x"], of(all_seen)["x"])
        self.assertEqual(of(again)["drawn"], 12)
        self.assertAlmostEqual(of(again)["scale"], of(all_seen)["scale"], places=3)
        self.assertGreaterEqual(of(to_current)["scale"], of(again)["scale"])
        self.assertFalse(any(of(state)["moving"] for state in (near, again, to_current)))

    def test_a_map_of_the_command_line_is_shown(self):
        self.indexed_pictures(6)
        rows = self.kalon("grid", "--json", "--columns", "6", *MODEL, self.pictures).out
        file = pictures.write(self.path("map.jsonl"), rows)
        none = pictures.write(self.path("none.jsonl"), b"no map\n")
        shown, refused = self.view(f"map-load {file}\nstate\nmap-load {none}\nstate")
        self.assertEqual((shown["view"], shown["views"]["map"]["drawn"], shown["views"]["map"]["columns"]), ("map", 6, 6))
        self.assertTrue(any("none.jsonl" in text for text in self.problems(refused)))
        self.assertEqual(refused["views"]["map"]["drawn"], 6)


class GroupsCase(ViewerCase):
    def near_duplicates(self, groups=3):
        """Of each picture one whole, one compressed harder, one half as large; and one that is like none."""
        for number in range(groups):
            image = pictures.picture(number, (480, 320))
            pictures.save(image, self.path_of(f"{number}-whole.jpg"), quality=95)
            pictures.save(image, self.path_of(f"{number}-worse.jpg"), quality=55)
            pictures.save(image.resize((240, 160), Image.LANCZOS), self.path_of(f"{number}-half.jpg"), quality=90)
        pictures.save(pictures.family_member(6, 0, (480, 320)), self.path_of("alone.jpg"), quality=90)
        self.kalon("index", "--quiet", *MODEL, self.pictures)

    def found_by_command(self, level=0.9):
        rows = self.kalon("duplicates", "--json", *MODEL, "--level", str(level), self.pictures).rows
        rows = [row for row in rows if "files" in row]
        name = lambda uri: os.path.basename(os.fsdecode(path_from_uri(uri)))
        return [(name(row["keep"]), {name(file["uri"]) for file in row["files"]}, row["similarity"]) for row in rows]

    def groups(self, state):
        return [[member["name"] for member in group["members"]] for group in state["views"]["groups"]["list"]]

    def trashed(self):
        folder = os.path.join(self.environment["XDG_DATA_HOME"], "Trash", "files")
        return sorted(os.listdir(folder)) if os.path.exists(folder) else []

    def contents(self, folder=None):
        """Every file of a folder with its bytes."""
        folder = folder or self.pictures
        found = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = file.read()
        return found


class Groups(GroupsCase):
    def test_groups_are_those_of_the_command_line(self):
        self.near_duplicates()
        (state,) = self.view("groups-duplicates 0.9\nwait\nstate\nscreenshot groups.png")
        told = state["views"]["groups"]
        self.assertEqual((state["view"], told["groups"], told["pictures"], told["kind"]), ("groups", 3, 9, "duplicates"))
        expected = self.found_by_command()
        self.assertEqual(len(expected), 3)
        self.assertEqual([(members[0], set(members)) for members in self.groups(state)], [(keep, files) for keep, files, _ in expected])
        for group, (_, _, similarity) in zip(told["list"], expected):
            # Both are told of the same float; only its digits may be cut differently.
            self.assertAlmostEqual(group["least_similarity"], similarity, places=5)
            self.assertGreaterEqual(group["least_similarity"], 0.9)
            self.assertFalse(group["chosen"])
        others = [os.path.getsize(self.path_of(name)) for members in self.groups(state) for name in members[1:]]
        self.assertEqual((told["redundant_files"], told["redundant_bytes"]), (6, sum(others)))
        self.image("groups.png")

    def test_a_keeper_of_ones_own_and_the_others_rejected_and_taken_back(self):
        self.near_duplicates()
        found, chosen, rejected, undone = self.view("""
            groups-duplicates 0.9
            wait
            state
            group-right
            group-keeper
            state
            group-reject-others
            state
            undo
            state
        """)
        second = self.groups(found)[0][1]
        self.assertEqual(self.groups(chosen)[0][0], second)
        self.assertTrue(chosen["views"]["groups"]["list"][0]["chosen"])
        self.assertEqual(set(self.groups(chosen)[0]), set(self.groups(found)[0]))
        members = rejected["views"]["groups"]["list"][0]["members"]
        self.assertEqual([member["rejected"] for member in members], [False, True, True])
        self.assertEqual(rejected["counts"]["rejects"], 2)
        self.assertEqual(rejected["views"]["groups"]["current_group"], 1, "the next group comes to hand")
        self.assertEqual(undone["counts"]["rejects"], 0)
        self.assertFalse(any(member["rejected"] for group in undone["views"]["groups"]["list"] for member in group["members"]))
        self.assertEqual(self.list("--where", "flag = reject"), [])

    def test_the_library_knows_what_was_rejected_and_all_groups_are_one_undo(self):
        self.near_duplicates()
        (state,) = self.view("groups-duplicates 0.9\nwait\ngroups-reject-others\nstate")
        self.assertEqual(sorted(self.names(self.list("--where", "flag = reject"))), sorted(name for members in self.groups(state) for name in members[1:]))
        self.kalon("undo")
        self.assertEqual(self.list("--where", "flag = reject"), [])

    def test_a_copy_of_the_keeper_is_never_rejected(self):
        self.near_duplicates(1)
        shutil.copyfile(self.path_of("0-whole.jpg"), self.path_of("0-copy.jpg"))
        self.kalon("index", "--quiet", *MODEL, self.pictures)
        (state,) = self.view("groups-duplicates 0.9\nwait\ngroup-right\ngroup-reject-others\nstate")
        (members,) = [group["members"] for group in state["views"]["groups"]["list"]]
        self.assertEqual(len(members), 4)
        self.assertEqual({member["name"] for member in members if member["rejected"]}, {"0-half.jpg", "0-worse.jpg"})
        flags = {name: row.get("flag") for name, row in zip(self.names(self.list()), self.list())}
        self.assertEqual({name for name, flag in flags.items() if flag == "reject"}, {"0-half.jpg", "0-worse.jpg"})
        # Copies alone: nothing to reject.
        os.remove(self.path_of("0-half.jpg"))
        os.remove(self.path_of("0-worse.jpg"))
        self.kalon("index", "--quiet", *MODEL, self.pictures)
        (state,) = self.view("groups-duplicates same_bytes\nwait\ngroup-right\ngroup-reject-others\nstate")
        self.assertEqual(state["views"]["groups"]["groups"], 1)
        self.assertEqual((state["counts"]["rejects"], state["undo"]), (0, ""))

    def test_a_group_is_compared_and_what_is_no_duplicate_is_remembered(self):
        self.near_duplicates()
        compared, told, again = self.view("""
            groups-duplicates 0.9
            wait
            group-right
            group-compare
            state
            groups
            group-not-duplicates
            state
            groups-find
            wait
            state
        """)
        compare = compared["views"]["compare"]
        self.assertEqual((compared["view"], compare["compared"]), ("compare", 3))
        # The one to keep is the champion, though another name comes first in the grid, and what is most like it challenges it.
        keep, others = compared["views"]["groups"]["list"][0]["members"][0], compared["views"]["groups"]["list"][0]["members"][1:]
        self.assertEqual(keep["name"], "0-whole.jpg")
        nearest = max(others, key=lambda member: member["similarity"])
        self.assertEqual([pane["photo"] for pane in compare["panes"]], [keep["name"], nearest["name"]])
        self.assertEqual((told["views"]["groups"]["groups"], again["views"]["groups"]["groups"]), (2, 2))
        self.assertEqual(len(self.found_by_command()), 2)
        self.assertTrue(all(os.path.exists(self.path_of(f"{i}-{kind}.jpg")) for i in range(3) for kind in ("whole", "worse", "half")))


class Trash(GroupsCase):
    def test_the_others_of_a_group_go_to_the_trash_and_come_back(self):
        self.near_duplicates()
        before = self.contents()
        planned, trashed, back = self.view("""
            groups-duplicates 0.9
            wait
            group-right
            group-trash-others
            state
            screenshot trash.png
            send-confirm
            wait
            state
            undo
            wait
            reload
            wait
            state
        """)
        others = self.groups(planned)[0][1:]
        dialog = planned["overlays"]["send"]
        self.assertEqual((dialog["open"], dialog["kind"], dialog["going"], dialog["failed"]), (True, "trash", 2, 0))
        self.assertEqual({line["path"] for line in dialog["lines"]}, {self.path_of(name) for name in others})
        self.assertEqual(trashed["views"]["groups"]["groups"], 2)
        self.assertEqual(self.groups(trashed), self.groups(planned)[1:])
        self.assertFalse(trashed["overlays"]["send"]["open"])
        self.assertTrue(trashed["undo"])
        self.assertEqual(self.groups(back), self.groups(planned))
        self.assertEqual((self.contents(), self.trashed()), (before, []))
        self.assertEqual(back["photos"], 10)
        self.image("trash.png")

    def test_what_was_trashed_lies_in_the_trash_with_its_bytes(self):
        self.near_duplicates(1)
        before = self.contents()
        (state,) = self.view("groups-duplicates 0.9\nwait\ngroup-right\ngroup-trash-others\nsend-confirm\nwait\nstate")
        self.assertEqual(self.trashed(), ["0-half.jpg", "0-worse.jpg"])
        self.assertEqual(sorted(self.contents()), ["0-whole.jpg", "alone.jpg"])
        inside = self.contents(os.path.join(self.environment["XDG_DATA_HOME"], "Trash", "files"))
        self.assertEqual(inside, {name: before[name] for name in inside})
        self.assertEqual(state["views"]["groups"]["groups"], 0)
        # The command line takes back what the viewer did.
        self.kalon("undo")
        self.assertEqual(self.contents(), before)

    def test_a_dialog_that_is_closed_does_nothing(self):
        self.indexed_pictures(3)
        before = self.contents()
        shown, closed = self.view("trash\nstate\nsend-cancel\nwait\nstate")
        self.assertEqual(shown["overlays"]["send"]["going"], 1)
        self.assertEqual((closed["overlays"]["send"]["open"], closed["jobs"], closed["undo"]), (False, [], ""))
        self.assertEqual((self.contents(), self.trashed()), (before, []))


class Send(GroupsCase):
    def test_a_preview_sending_and_undo(self):
        self.indexed_pictures(6)
        out = self.path("out", "deep")
        before = self.contents()
        for kind in ("hardlink", "symlink", "copy"):
            planned, done = self.view(f"send-as {kind}\nselect 02.jpg\nselect 04.jpg\nsend-preview {out}\nstate\nsend-confirm\nwait\nstate")
            dialog, targets = planned["overlays"]["send"], planned["targets"]
            self.assertTrue({"02.jpg", "04.jpg"} <= set(targets))
            self.assertEqual((dialog["kind"], dialog["folder"], dialog["photos"]), (kind, out, len(targets)))
            self.assertEqual((dialog["going"], dialog["left"], dialog["failed"]), (len(targets), 0, 0))
            self.assertEqual([line["name"] for line in dialog["lines"]], targets)
            self.assertEqual(self.contents(out), {name: before[name] for name in targets})
            for name in targets:
                place = os.path.join(out, name)
                self.assertEqual(os.path.islink(place), kind == "symlink")
                self.assertEqual(os.path.samefile(place, self.path_of(name)), kind != "copy")
            self.assertEqual(done["jobs"][0]["status"], 0)
            self.assertTrue(done["undo"])
            self.kalon("undo")
            self.assertFalse(os.path.exists(out))
        self.assertEqual(self.contents(), before)

    def test_undo_in_the_viewer_removes_what_was_sent(self):
        self.indexed_pictures(3)
        out = self.folder("out")
        pictures.write(os.path.join(out, "mine.txt"), b"mine")
        previewed, sent, undone = self.view(f"select-all\nsend-preview {self.path('unmade')}\nstate\nscreenshot send.png\nsend-cancel\nsend-preview {out}\nsend-confirm\nwait\nstate\nundo\nwait\nstate")
        self.assertTrue(previewed["overlays"]["send"]["can_go"])
        self.assertFalse(os.path.exists(self.path("unmade")), "a preview makes nothing")
        self.image("send.png")
        self.assertTrue(sent["undo"])
        self.assertEqual(undone["undo"], "")
        self.assertEqual(self.contents(out), {"mine.txt": b"mine"})
        self.assertEqual(len(self.contents()), 3)

    def test_a_folder_that_is_named_while_the_dialog_asks_takes_the_place_of_what_is_written(self):
        self.indexed_pictures(3)
        first, second = self.path("first"), self.path("second")
        written, named, typed = self.view(f"""
            select-all
            send
            type {first}
            state
            send-preview {second}
            state
            type {second}/deeper
            state
            send-confirm
            wait
        """)
        folders = [state["overlays"]["send"]["folder"] for state in (written, named, typed)]
        self.assertEqual(folders, [first, second, second + "/deeper"])
        self.assertFalse(os.path.exists(first))
        self.assertEqual(sorted(os.listdir(os.path.join(second, "deeper")))[:3], ["00.jpg", "01.jpg", "02.jpg"])

    def test_nothing_is_overwritten(self):
        self.indexed_pictures(3)
        out = self.folder("out")
        pictures.write(os.path.join(out, "00.jpg"), b"another picture")
        planned, again = self.view(f"""
            select-all
            send-preview {out}
            state
            send-confirm
            wait
            send-preview {out}
            state
        """)
        self.assertEqual(sorted(line["name"] for line in planned["overlays"]["send"]["lines"]), ["00 (2).jpg", "01.jpg", "02.jpg"])
        inside, sources = self.contents(out), self.contents()
        self.assertEqual(inside, {"00.jpg": b"another picture", "00 (2).jpg": sources["00.jpg"], "01.jpg": sources["01.jpg"],
                                  "02.jpg": sources["02.jpg"]})
        # What is there already is left.
        dialog = again["overlays"]["send"]
        self.assertEqual((dialog["going"], dialog["left"], dialog["can_go"]), (0, 3, False))

    def test_a_folder_that_may_not_be_written_and_one_below_a_file(self):
        self.indexed_pictures(3)
        out = self.folder("out")
        os.chmod(out, 0o555)
        blocked = pictures.write(self.path("file"), b"no folder")
        before, refused, below, after = self.view(f"""
            select-all
            state
            send-to {out}
            wait
            state
            send-cancel
            send-to {blocked}/out
            wait
            state
            loupe
            right
            state
        """)
        said = [len(self.problems(state)) for state in (before, refused, below)]
        self.assertLess(said[0], said[1])
        self.assertLess(said[1], said[2])
        self.assertTrue(all(job["failure_count"] or job["status"] for job in below["jobs"]), below["jobs"])
        self.assertEqual(os.listdir(out), [])
        with open(blocked, "rb") as file:
            self.assertEqual(file.read(), b"no folder")
        self.assertEqual((after["view"], after["photos"], after["undo"]), ("loupe", 3, ""))


class Stacks(ViewerCase):
    def burst_pictures(self):
        """Two bursts of three shots a second apart, and two shots alone."""
        for number in range(8):
            minute, second = (number // 3, number % 3) if number < 6 else (10 * number, 0)
            minute, hour = minute % 60, 10 + minute // 60
            pictures.save(pictures.family_member(number // 3 if number < 6 else number, number % 3, (320, 240)), self.path_of(f"{number}.jpg"), quality=90,
                          exif=pictures.exif(make="Maker", model="Camera", taken=f"2024:05:01 {hour}:{minute:02}:{second:02}"))
        self.kalon("index", "--quiet", *MODEL, self.pictures)

    def bursts_by_command(self):
        rows = self.kalon("groups", "--json", *MODEL, "--by", "burst", "--gap", "3", self.pictures).rows
        return [(os.path.basename(os.fsdecode(path_from_uri(row["best"]))), set(self.names(row["files"]))) for row in rows if "files" in row]

    def test_bursts_lie_on_each_other_in_the_grid(self):
        self.burst_pictures()
        stacked, opened, closed, one, without = self.view("""
            stack-bursts 3
            wait
            state
            screenshot stacks.png
            stacks-open-all
            state
            stacks-close-all
            first
            state
            stack-toggle
            state
            stack-none
            state
        """)
        bursts = self.bursts_by_command()
        self.assertEqual(sorted(sorted(files) for _, files in bursts), [["0.jpg", "1.jpg", "2.jpg"], ["3.jpg", "4.jpg", "5.jpg"]])
        hidden = set().union(*(files - {best} for best, files in bursts))
        self.assertEqual(stacked["photos"], 8)
        self.assertEqual(stacked["shown"], 4)
        # Of each burst the sharpest one lies on top.
        self.assertEqual(set(stacked["names"]), {f"{number}.jpg" for number in range(8)} - hidden)
        self.assertEqual(stacked["stacks"], {"kind": "burst", "count": 2})
        self.assertEqual((opened["shown"], closed["shown"], one["shown"], without["shown"]), (8, 4, 6, 8))
        self.assertTrue({"0.jpg", "1.jpg", "2.jpg"} <= set(one["names"]))
        self.assertEqual(without["stacks"]["count"], 0)
        self.image("stacks.png")

    def test_a_rating_of_a_closed_stack_and_taking_one_out(self):
        self.burst_pictures()
        rated, out = self.view("""
            stack-bursts 3
            wait
            first
            key 5
            state
            first
            stack-toggle
            right
            unstack
            stacks-close-all
            state
        """)
        self.assertEqual(rated["counts"]["least_stars"][5], 1)
        self.assertEqual(out["shown"], 5)
        self.assertEqual(len(self.list("--where", "rating = 5")), 1, "what lies below is not rated with it")

    def test_pictures_without_a_time_make_no_bursts(self):
        for number in range(3):
            pictures.save(pictures.family_member(0, number, (320, 240)), self.path_of(f"{number}.jpg"), quality=90)
        self.kalon("index", "--quiet", *MODEL, self.pictures)
        (state,) = self.view("stack-bursts 3\nwait\nstate")
        self.assertEqual((state["shown"], state["stacks"]["count"]), (3, 0))
        self.assertTrue(state["notices"])


class Tasks(ViewerCase):
    def test_methods_are_started_with_parameters(self):
        self.indexed_pictures(6)
        state, ordered = self.view("""
            tasks
            start groups {"by": "similarity", "level": 0.5, "min_size": 2}
            wait
            start duplicates {}
            wait
            state
            screenshot tasks.png
            stack-none
            start sort {}
            wait
            state
        """)
        self.assertEqual([(job["method"], job["running"], job["status"]) for job in state["jobs"]],
                         [("duplicates", False, 0), ("groups", False, 0)])
        told = self.kalon("groups", "--json", *MODEL, "--level", "0.5", self.pictures).summary
        self.assertEqual(state["jobs"][1]["summary"]["groups"], told["groups"])
        self.assertEqual(state["jobs"][1]["summary"]["grouped"], told["grouped"])
        self.assertTrue(state["panels"]["tasks"]["open"])
        self.assertEqual([job["status"] for job in state["panels"]["tasks"]["jobs"]], [0, 0])
        self.assertTrue(all(job["text"] for job in state["panels"]["tasks"]["jobs"]))
        expected = self.kalon("sort", "--json", "--dry-run", "--to", self.path("out"), *MODEL, self.pictures)
        self.assertEqual(ordered["names"], self.names(expected.rows), "what was put in order is shown so")
        self.image("tasks.png")

    def test_what_fails_says_why(self):
        self.indexed_pictures(3)
        wrong, none, text, gone = self.view("""
            start groups {"by": "nonsense"}
            wait
            state
            start nonsense {}
            wait
            state
            start groups nonsense
            wait
            state
            forget-tasks
            state
        """)
        self.assertNotEqual(wrong["jobs"][0]["status"], 0)
        self.assertIn("similarity, burst, cluster", wrong["jobs"][0]["message"], "what it may be is said")
        self.assertIn(wrong["jobs"][0]["status"], [job["status"] for job in wrong["panels"]["tasks"]["jobs"]])
        self.assertTrue(self.problems(wrong))
        self.assertNotEqual(none["jobs"][0]["status"], 0)
        self.assertTrue(none["jobs"][0]["message"])
        # What cannot be understood is said, and nothing is started.
        self.assertEqual(len(text["jobs"]), 2)
        self.assertTrue(any("JSON" in problem for problem in self.problems(text)))
        self.assertEqual(gone["jobs"], [])

    def test_the_page_of_a_task(self):
        self.indexed_pictures(6)
        set_, done = self.view("""
            task-page groups
            task-set level 0.5
            state
            task-start
            wait
            state
        """)
        self.assertEqual(set_["panels"]["tasks"]["page"], "groups")
        self.assertEqual(set_["panels"]["tasks"]["given"], {"level": 0.5})
        self.assertEqual(done["panels"]["tasks"]["page"], "")
        told = self.kalon("groups", "--json", *MODEL, "--level", "0.5", self.pictures).summary
        self.assertEqual((done["jobs"][0]["status"], done["jobs"][0]["summary"]["groups"]), (0, told["groups"]))

    def test_cancelling(self):
        # Of forty pictures there are more orders than can be tried in the time given, which is beyond all patience.
        names = self.indexed_pictures(40, (64, 48))
        running, ended = self.view("""
            start sort {"seconds": 80000}
            state
            cancel-all
            wait
            state
        """)
        self.assertTrue(running["jobs"][0]["running"])
        self.assertEqual((ended["jobs"][0]["running"], ended["jobs"][0]["message"]), (False, "cancelled"))
        self.assertEqual(ended["names"], names)
        self.assertEqual(self.problems(ended), [], "what a person wants is no problem")


class History(ViewerCase):
    def by_command(self):
        """What the panel has of them: an undo is seen at the row that it took back."""
        rows = self.kalon("history", "--json").rows
        return [(row["text"], row["kind"], row["files" if "operation" in row else "count"], row["undone"]) for row in rows if not row.get("undoes")]

    def told(self, state):
        return [(row["text"], row["kind"], row["count"], row["undone"]) for row in state["panels"]["history"]["rows"]]

    def test_rows_are_those_of_the_command_line(self):
        self.indexed_pictures(6)
        self.kalon("rate", self.path_of("05.jpg"), "--as", "2")
        state, sent = self.view(f"""
            panel history
            key 3
            key p
            select-all
            key x
            undo
            state
            screenshot history.png
            send-to {self.path("out")}
            wait
            state
        """)
        self.assertTrue(state["panels"]["history"]["open"])
        self.assertEqual(self.told(sent), self.by_command())
        self.assertEqual(sent["panels"]["history"]["rows"][0]["kind"], "send")
        rows = self.told(sent)[1:]
        self.assertEqual(self.told(state), rows)
        self.assertEqual([(kind, count, undone) for _, kind, count, undone in rows],
                         [("flag", 6, True), ("flag", 1, False), ("rating", 1, False), ("rating", 1, False)])
        # Undo takes back what this viewer did, not what another one did.
        self.assertEqual([row["next_undo"] for row in state["panels"]["history"]["rows"]], [False, True, False, False])
        self.assertEqual([row["mine"] for row in state["panels"]["history"]["rows"]][:3], [True] * 3)
        self.assertFalse(state["panels"]["history"]["rows"][3]["mine"])
        self.image("history.png")

    def test_any_row_is_taken_back_and_made_again(self):
        self.indexed_pictures(3)
        back, again, chosen = self.view("""
            panel history
            key 3
            key 4
            history-turn 2
            until-stars 00.jpg 0
            state
            history-turn 2
            until-stars 00.jpg 3
            state
            last
            history-select 1
            state
        """)
        self.assertEqual([undone for *_, undone in self.told(back)], [False, True])
        self.assertEqual(back["counts"]["least_stars"][3], 1)
        self.assertEqual([undone for *_, undone in self.told(again)], [False, False])
        self.assertEqual(again["counts"]["least_stars"][3], 2)
        self.assertEqual(chosen["current"]["name"], "01.jpg")
        self.assertEqual(self.names(self.list("--where", "rating = 3")), ["00.jpg"])
        self.assertEqual(self.told(chosen), self.by_command())


class Words(ViewerCase):
    def test_what_is_told_to_be_done_can_be_done_here(self):
        """The engine's texts name commands of `kalon` and their options; here each names what does the same in this window."""
        self.indexed_pictures(6)
        self.kalon("rank", "start", self.pictures, "--session", "t")
        as_uri = lambda path: pathlib.Path(path).as_uri()
        there = pictures.write(self.path("there.csv"), b"mine")
        stranger = self.path("stranger.jpg")
        pictures.save(pictures.picture(99, (320, 240)), stranger)
        told = {
            ("rate", f'{{"paths":["{as_uri(stranger)}"],"rating":3}}'): '"Index pictures" takes it in',
            ("sort", f'{{"dry_run":true,"start":"{as_uri(stranger)}"}}'): '"Index pictures"',
            ("outliers", '{"method":"knn","neighbours":500}'): 'name fewer with "neighbours", or use "method" mahalanobis',
            ("undo", '{"operation":99}'): '"History" (Ctrl+H) names them',
            ("rank_start", '{"session":"t"}'): 'go on with it by "Go on with a session of ranking"',
            ("rank_export", f'{{"format":"votes","to":"{as_uri(there)}"}}'): 'replace it with "overwrite"',
            ("rank_vote", '{"session":"t","outcome":"left"}'): '"Rank" (R) asks one'}
        (state,) = self.view("\n".join(f"start {method} {parameters}\nwait" for method, parameters in told) + "\nstate")
        messages = [job["failures"][0]["reason"] if job["failures"] else job["message"] for job in state["jobs"]][::-1]
        self.assertEqual(len(messages), len(told))
        for message, (asked, part) in zip(messages, told.items()):
            self.assertIn(part, message, asked)
            self.assertNotIn("`", message)
            self.assertNotRegex(message, r"(^| )--[a-z]")
        # Keys are those of the person.
        (state,) = self.view('keys-profile darktable\nstart rank_vote {"session":"t","outcome":"left"}\nwait\nstate')
        self.assertIn('"Rank" (Shift+R) asks one', state["jobs"][0]["message"])
