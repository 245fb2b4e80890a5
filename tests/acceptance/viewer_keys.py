"""Keys that a person changes, profiles of other programs, the palette and the help sheet: all made from one table."""
import subprocess

from viewer_case import VIEWER, ViewerCase


class Keys(ViewerCase):
    def test_a_key_that_is_taken_is_asked_about(self):
        self.indexed_pictures(3)
        settings = self.path("keys.json")
        asked, kept, taken = self.view("""
            keys
            keys-bind flag-pick X
            state
            keys-keep
            state
            keys-bind flag-pick X
            keys-take
            state
        """, settings=settings)
        offered = asked["overlays"]["keys"]["offered"]
        self.assertEqual((offered["command"], offered["chord"], offered["held_by"]), ("flag-pick", "X", ["flag-reject"]))
        self.assertEqual(kept["overlays"]["keys"]["own"], [])
        self.assertTrue(taken["overlays"]["keys"]["own"])
        # X picks from now on, in the next viewer too, and rejects no more.
        self.view("key X", settings=settings)
        self.assertEqual(self.names(self.list("--where", "flag = pick")), ["00.jpg"])
        self.assertEqual(self.list("--where", "flag = reject"), [])
        # What was changed is set back.
        self.view("keys\nkeys-reset\nkey Escape\nlast\nkey X", settings=settings)
        self.assertEqual(self.names(self.list("--where", "flag = reject")), ["02.jpg"])

    def test_keys_of_other_programs(self):
        """As their manuals have them: Photo Mechanic's T tags, darktable's R rejects, Lightroom's and Kalon's X."""
        self.indexed_pictures(4)
        for profile, key, flag in (("Photo Mechanic", "T", "pick"), ("darktable", "R", "reject"), ("Lightroom", "X", "reject"),
                                   ("Lightroom", "P", "pick"), ("Kalon", "X", "reject")):
            self.view(f"keys-profile {profile}\nkey {key}\nkeys-profile Kalon")
            self.assertEqual(self.names(self.list("--where", f"flag = {flag}")), ["00.jpg"], (profile, key))
            self.kalon("flag", self.path_of("00.jpg"), "--as", "none")

    def test_no_profile_has_a_key_twice(self):
        self.indexed_pictures(1)
        for profile in ("Kalon", "Lightroom", "darktable", "Photo Mechanic"):
            (state,) = self.view(f"keys-profile {profile}\nkeys\nstate")
            self.assertEqual(state["overlays"]["keys"]["profile"], profile)
            self.assertEqual(state["overlays"]["keys"]["doubled"], [])

    def test_the_palette_finds_by_a_few_letters_and_runs(self):
        self.indexed_pictures(3)
        found, done = self.view("key ctrl+p\ntype four stars\nstate\nkey Enter\nstate")
        self.assertEqual(found["overlays"]["palette"]["query"], "four stars")
        self.assertEqual(done["counts"]["least_stars"][4], 1)

    def test_the_help_sheet_has_every_key(self):
        """Held against the list of the command line."""
        self.indexed_pictures(1)
        # A key of the grid hides what it does elsewhere: in the grid's sheet, not in that of the loupe.
        rows = {}
        for state in self.view("help\nstate\nkey Escape\nloupe\nhelp\nstate", size=(1400, 950)):
            for section in state["overlays"]["help"]["sections"]:
                rows |= section["rows"]
        listed = subprocess.run([VIEWER, "--settings", "", "--commands"], env=self.environment, capture_output=True, text=True,
                                check=True).stdout.splitlines()[1:]
        for line in listed:
            if line[34:36].strip():
                continue  # what takes a long argument, whose keys are on the next line
            usage, keys, title = line[:34].strip(), line[36:54].strip(), line[56:].rpartition(" (")[0] or line[56:]
            if keys:
                self.assertIn(title.strip(), rows, line)
