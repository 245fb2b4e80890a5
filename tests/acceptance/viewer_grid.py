"""The grid, opening folders, culling: what a person does first and most."""
import os

import pictures
from viewer_case import ViewerCase


class Opening(ViewerCase):
    def test_a_fresh_folder_is_shown_and_indexed_in_the_background(self):
        names = self.some_pictures(12)
        first, then = self.view("""
            state
            wait
            state
        """)
        self.assertEqual(first["names"], names)
        self.assertEqual(first["photos"], 12)
        self.assertEqual([job["method"] for job in then["jobs"]], ["index"])
        self.assertEqual(then["jobs"][0]["status"], 0, then["jobs"])
        self.assertTrue(then["current"]["indexed"])
        # It is the library of the command line.
        self.assertEqual(self.names(self.list()), names)

    def test_what_the_library_knows_is_not_indexed_again(self):
        names = self.indexed_pictures(6)
        # Without the histogram of the current photo, which is made of its pixels.
        settings = pictures.write(self.path("settings.json"), b'{"panels": ["filter"]}')
        (state,) = self.view("state", settings=settings)
        self.assertEqual(state["names"], names)
        self.assertEqual(state["jobs"], [])
        self.assertTrue(state["current"]["indexed"])
        self.assertEqual(state["pictures"]["decoded"], 0, "thumbnails come from the cache")

    def test_broken_files_are_shown_as_such(self):
        self.some_pictures(2)
        pictures.write(self.path_of("broken.jpg"), b"\xff\xd8\xff\xe0 no picture")
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures, code=3)
        (state,) = self.view("go broken.jpg\nloupe\nstate\nscreenshot broken.png")
        self.assertEqual(state["photos"], 3)
        self.assertTrue(state["current"]["failed"])
        self.assertEqual(state["view"], "loupe")
        self.image("broken.png")

    def test_raw_and_jpeg_are_one_photo(self):
        self.some_pictures(3)
        shot = pictures.family_member(4, 1, (320, 240))
        pictures.write(self.path_of("SHOT.CR2"), pictures.fake_raw(shot))
        pictures.write(self.path_of("SHOT.JPG"), pictures.jpeg_bytes(shot))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        all_of_them, with_raw = self.view("go SHOT.JPG\nkey 4\nstate\nfilter raw\nstate")
        self.assertEqual(all_of_them["photos"], 4)
        self.assertEqual(all_of_them["counts"]["with_raw"], 1)
        self.assertEqual(with_raw["names"], ["SHOT.JPG"])
        self.assertEqual(self.names(self.list("--where", "rating = 4")), ["SHOT.CR2", "SHOT.JPG"])

    def test_an_empty_folder_one_picture_and_a_folder_that_is_not_there(self):
        (state,) = self.view("state\nscreenshot empty.png")
        self.assertEqual(state["photos"], 0)
        (state,) = self.view("state", paths=[self.path("nowhere")])
        self.assertEqual(state["photos"], 0)
        self.assertTrue(self.problems(state))
        self.some_pictures(1)
        (state,) = self.view("right\nleft\ndown\nselect-all\nstate")
        self.assertEqual((state["photos"], state["selected"]), (1, 1))

    def test_a_folder_that_grows_and_vanishes_while_it_is_shown(self):
        self.indexed_pictures(3)
        new = pictures.family_member(5, 1, (320, 240))
        process = self.start_viewer("--script", self.script("""
            state
            until-photos 4
            state
        """), self.pictures)
        self.wait_for(lambda: os.path.exists(self.state_files[0]))
        pictures.save(new, self.path_of("new.jpg"), quality=90)
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        self.assertEqual(process.wait(300), 0, self.log())
        self.assertIn("new.jpg", self.read(self.state_files[1])["names"])

    def test_a_folder_that_vanishes_while_it_is_shown(self):
        self.indexed_pictures(6)
        away, gone = self.path("away"), self.path("gone")
        process = self.start_viewer("--script", self.script(f"""
            state
            until-file {gone}
            loupe
            right
            right
            zoom-100
            key 4
            compare
            grid
            state
            reload
            state
        """), self.pictures)
        self.wait_for(lambda: os.path.exists(self.state_files[0]))
        os.rename(self.pictures, away)
        pictures.write(gone, b"")
        self.assertEqual(process.wait(300), 0, self.log())
        without, again = self.read(self.state_files[1]), self.read(self.state_files[2])
        # What the library knows is still to be seen, and to be decided on.
        self.assertEqual(without["photos"], 6)
        self.assertEqual(without["counts"]["least_stars"][4], 1)
        self.assertTrue(self.problems(again), "the folder is not there, and that is said")
        os.rename(away, self.pictures)
        (back,) = self.view("state")
        self.assertEqual(back["photos"], 6)
        self.assertEqual(back["counts"]["least_stars"][4], 1)


    def test_a_picture_that_comes_back_is_read_again(self):
        self.indexed_pictures(3)
        away, gone, back = self.path("away"), self.path("gone"), self.path("back")
        process = self.start_viewer("--script", self.script(f"""
            loupe
            state
            until-file {gone}
            right
            zoom-100
            state
            until-file {back}
            sleep 3
            zoom-fit
            zoom-100
            state
        """), self.pictures)
        self.wait_for(lambda: os.path.exists(self.state_files[0]))
        os.rename(self.pictures, away)
        pictures.write(gone, b"")
        self.wait_for(lambda: os.path.exists(self.state_files[1]))
        os.rename(away, self.pictures)
        pictures.write(back, b"")
        self.assertEqual(process.wait(300), 0, self.log())
        _, without, again = [self.read(file)["views"]["loupe"] for file in self.state_files]
        self.assertIn("No such file", without["failure"])
        self.assertEqual(again["failure"], "")
        self.assertTrue(again["whole"])


class Culling(ViewerCase):
    def test_stars_flags_and_labels_are_decisions_in_the_library(self):
        self.indexed_pictures(6)
        (state,) = self.view("""
            key 3
            key p
            key x
            key 6
            state
        """)
        # Each decision went on to the next photo.
        self.assertEqual(state["current"]["name"], "04.jpg")
        rows = {os.path.basename(row["path"]): row for row in self.list()}
        self.assertEqual(rows["00.jpg"]["rating"], 3)
        self.assertEqual(rows["01.jpg"]["flag"], "pick")
        self.assertEqual(rows["02.jpg"]["flag"], "reject")
        self.assertEqual(rows["03.jpg"]["label"], "Red")
        self.assertTrue(all(os.path.exists(self.path_of(name)) for name in rows), "a reject deletes nothing")

    def test_a_group_action_is_one_step_of_undo_and_redo(self):
        self.indexed_pictures(9)
        rated, undone, redone = self.view("""
            select-all
            key 4
            state
            key ctrl+z
            state
            key ctrl+shift+z
            state
        """)
        self.assertEqual(rated["counts"]["least_stars"][4], 9)
        self.assertEqual(undone["counts"]["least_stars"][1], 0)
        self.assertEqual(redone["counts"]["least_stars"][4], 9)
        self.assertEqual(len(self.list("--where", "rating = 4")), 9)

    def test_going_on_when_the_filter_takes_the_photo_away(self):
        self.indexed_pictures(6)
        before, after = self.view("""
            filter unrated
            go 02.jpg
            state
            key 5
            state
        """)
        self.assertEqual(before["shown"], 6)
        self.assertEqual(after["shown"], 5)
        self.assertEqual(after["current"]["name"], "03.jpg")

    def test_filters_count_live_and_narrow(self):
        self.indexed_pictures(9)
        self.kalon("rate", self.path_of("00.jpg"), self.path_of("01.jpg"), "--as", "4")
        self.kalon("flag", self.path_of("01.jpg"), "--as", "pick")
        one, both, none = self.view("""
            filter stars 3
            state
            filter flag pick
            state
            filter-off
            state
        """)
        self.assertEqual(one["names"], ["00.jpg", "01.jpg"])
        self.assertEqual(one["counts"]["picks"], 1)
        self.assertEqual(both["names"], ["01.jpg"])
        self.assertEqual(both["counts"]["least_stars"][0], 1)
        self.assertEqual(none["shown"], 9)

    def test_every_part_of_the_filter(self):
        """What each leaves is what the library's own expressions find (`kalon list --where`)."""
        self.indexed_pictures(6)
        pictures.save(pictures.picture(30), self.path_of("other.png"))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        self.kalon("label", self.path_of("02.jpg"), self.path_of("other.png"), "--as", "Red")
        table = pictures.write(self.path("table.csv"), ("path,place,taste\n" + "".join(
            f"{self.path_of(f'{number:02}.jpg')},{'Rome' if number % 2 else 'Oslo'},{number / 2}\n" for number in range(6))).encode())
        self.kalon("attributes", "import", table, "--columns", "place")
        self.kalon("scores", "import", table, "--score-column", "taste")
        for (lines, where) in ((["filter label Red"], "label = Red"), (["filter format png"], "format = png"),
                               (["filter text OTHER.P"], 'name ~ "*other.p*"'), (["filter attribute place=Rome"], "place = Rome"),
                               (["filter text oslo"], "place = Oslo"), (["filter score taste", "filter low 1.5"], "taste >= 1.5"),
                               (["filter score taste", "filter low 1", "filter high 2"], "taste >= 1 and taste <= 2"),
                               (["filter format jpeg", "filter label Red"], "format = jpeg and label = Red")):
            (state,) = self.view("\n".join([*lines, "state"]))
            self.assertEqual(sorted(state["names"]), sorted(self.names(self.list("--where", where))), lines)
            self.assertNotIn(len(state["names"]), (0, 7), lines)
        (state,) = self.view("sort-by taste\nsort-descending\nstate")
        self.assertEqual(state["names"], ["05.jpg", "04.jpg", "03.jpg", "02.jpg", "01.jpg", "00.jpg", "other.png"])

    def test_the_filter_language_of_the_library(self):
        self.indexed_pictures(6)
        (state,) = self.view('where name ~ "0[2-4].jpg"\nstate')
        self.assertEqual(state["names"], ["02.jpg", "03.jpg", "04.jpg"])
        (state,) = self.view("where nonsense === 3\nstate")
        self.assertEqual(state["shown"], 6)
        self.assertTrue(self.problems(state))

    def test_sorting(self):
        self.indexed_pictures(6)
        down, taken = self.view("""
            sort-descending
            state
            sort-by captured
            state
        """)
        self.assertEqual(down["names"], ["05.jpg", "04.jpg", "03.jpg", "02.jpg", "01.jpg", "00.jpg"])
        self.assertEqual(taken["names"], down["names"])

    def test_a_second_viewer_and_the_command_line_are_seen_at_once(self):
        self.indexed_pictures(3)
        watching = self.start_viewer("--script", self.script("""
            state
            until-stars 00.jpg 5
            state
        """), self.pictures)
        states = self.state_files
        self.wait_for(lambda: os.path.exists(states[0]))
        self.view("key 5")
        self.assertEqual(watching.wait(300), 0, self.log())
        self.assertEqual(self.read(states[1])["current"]["stars"], 5)


class Drawing(ViewerCase):
    def test_cells_show_the_pictures(self):
        """The mean colour of each cell is that of its picture, as Pillow reads it."""
        self.indexed_pictures(6, (256, 192))
        (state,) = self.view("cell 240\npanels\nfilter-bar\nstate\nscreenshot grid.png")
        self.assertEqual(state["views"]["grid"]["columns"], 5)
        image = self.image("grid.png")
        self.assertEqual(image.size, (1280, 800))
        means = []
        for name in state["names"]:
            source = pictures.Image.open(self.path_of(name)).convert("RGB").resize((1, 1), pictures.Image.BOX).getpixel((0, 0))
            means.append(source)
        layout = state["views"]["grid"]
        for place, mean in zip(layout["places"], means):
            left, top, right, bottom = place
            seen = image.crop((left, top, right, bottom)).resize((1, 1), pictures.Image.BOX).getpixel((0, 0))
            # JPEG thumbnails, their scaling, and a badge at a corner.
            self.assertLess(max(abs(a - b) for a, b in zip(seen, mean)), 12, (place, seen, mean))

    def test_idle_draws_nothing(self):
        self.indexed_pictures(3)
        first, second = self.view("state\nsleep 2\nstate")
        self.assertEqual(first["photos"], 3)
        # The two frames of the second line itself, and of the wait.
        self.assertLessEqual(second["frame_milliseconds"]["idle_frames"], 0)

    def test_two_times_the_pixels(self):
        self.indexed_pictures(3)
        (state,) = self.view("state\nscreenshot twice.png", "--scale", "2")
        self.assertEqual(state["scale"], 2)
        self.image("twice.png")
