"""The viewer built with address and undefined-behaviour sanitizers: a tour of all views, panels and dialogs by
command and pointer, and what can go wrong around them. Any other area of the viewer runs the same way: README.md says how."""
import os
import unittest

import numpy

import pictures
from viewer_case import SANITIZED, VIEWER, ViewerCase, ours
from viewer_robust import Failures, Person, Pixels  # noqa: F401  run here with this viewer

VIEWS = ("grid", "loupe", "compare", "compare-four", "order", "map", "groups", "scores", "rank")
PANELS = ("filter", "information", "leaderboard", "history", "plugins", "tasks")


def load_tests(_, tests, __):
    if SANITIZED and os.path.exists(VIEWER):
        return tests
    missing = unittest.FunctionTestCase(lambda: unittest.TestCase().skipTest("not built: `assets/build.sh fuzz kalon_viewer` builds it"))
    return unittest.TestSuite([missing])


class Findings(unittest.TestCase):
    def test_what_is_a_finding_and_what_is_not(self):
        leak = "Direct leak of 8 byte(s) in 1 object(s) allocated from:\n    #0 0x1 in calloc (/build/bin/kalon-viewer+0x1)\n"
        head = "==1==ERROR: LeakSanitizer: detected memory leaks\n\n"
        mesa, own = leak + "    #1 0x2  (<unknown module>)\n", leak + "    #1 0x3 in draw /host/viewer/views/grid.cpp:3:4\n"
        self.assertEqual(ours(head + mesa), [])
        self.assertEqual(ours(head + mesa + own), [own])
        overflow = "==1==ERROR: AddressSanitizer: heap-buffer-overflow"
        undefined = "grid.cpp:3:4: runtime error: signed integer overflow"
        self.assertEqual((ours(overflow), ours(undefined)), ([overflow], [undefined]))
        self.assertEqual(ours(undefined + "\n" + head + mesa), [undefined + "\n==1=="])
        gave_up = ("Tracer caught signal 11: addr=0x5b0 pc=0x55 sp=0x7f\n==1==LeakSanitizer has encountered a fatal error.\n"
                   "==1==HINT: For debugging, try setting environment variable LSAN_OPTIONS=verbosity=1:log_threads=1\n"
                   "==1==HINT: LeakSanitizer does not work under ptrace (strace, gdb, etc)\n")
        self.assertEqual(ours(gave_up), [])
        self.assertEqual(ours(undefined + "\n" + gave_up), [undefined + "\n"])


class Tour(ViewerCase):
    def visit(self, script, *arguments, **how):
        states = self.view(script + "\nstate", *arguments, **how)
        self.assertEqual(self.problems(states[-1]), [])
        return states[-1]

    def test_every_view_below_a_pointer_that_goes_everywhere(self):
        self.indexed_pictures(9)
        lines = ["rank-new t annotator=ann", "wait"]
        for view in VIEWS:
            lines += [view, "wait", *(f"move {x} {y}" for y in (8, 60, 200, 420, 590) for x in (40, 330, 620, 790)),
                      "scroll 400 300 2", "scroll 400 300 -1", "drag 300 300 420 330", "click 200 320 shift", "click 300 320 ctrl",
                      "click 350 300 right", "key Right", "key Down", "key +", "key -", "key Home", "key End", "key 3", "key Ctrl+Z"]
        lines += ["theme-light", "scale-up", "resize 700 500", "grid", "theme-dark", "scale-reset", "lights-out", "loupe", "lights-out"]
        self.view("\n".join(lines), size=(800, 600))

    def test_every_panel_and_dialog(self):
        self.indexed_pictures(9)
        lines = []
        for panel in PANELS:
            lines += [f"panel {panel}", "move 700 300", "wait", f"panel {panel}"]
        lines += ["palette zo", "palette-step 1", "palette-step -1", "key Escape", "help", "key PageDown", "key Escape", "keys",
                  "keys-profile darktable", "keys-bind rate-5 F8", "keys-reset rate-5", "key Escape",
                  "open-dialog", "open-type " + self.top, "open-step 1", "open-complete", "key Escape",
                  "select-all", "send-preview " + self.path("out"), "send-confirm", "wait", "undo", "wait", "trash", "send-cancel",
                  "go 03.jpg", "trash", "send-confirm", "wait", "undo", "wait",
                  "task-page duplicates", "task-set level 0.8", "task-reset", "task-start", "wait", "start-outliers", "key Escape",
                  "history", "history-turn 0", "plugins", "forget-tasks"]
        self.view("\n".join(lines), size=(800, 600))

    def test_culling_filters_stacks_and_sorting(self):
        self.indexed_pictures(12)
        state = self.visit("""
            select-range 5
            rate-4
            flag-pick
            label-red
            label my own words
            undo
            redo
            filter stars 2
            filter flag pick
            filter text 0
            where rating >= 1 and name ~ "0*"
            filter-off
            sort-by-stars
            sort-descending
            sort-by pixels
            stack-similar 0.3
            wait
            stacks-open-all
            stacks-close-all
            unstack
            stack-none
            exclude
            filter excluded
            include
            score-outliers
            wait
            scores
            score-column outlier_score
            threshold 0.2
            threshold-up
            score-log
            threshold-off
            suggest-stars
            select-all
            accept-suggestions
            undo
            rank-new t annotator=ann
            vote left
            vote tie
            vote skip
            rank-undo
            rank-size 4
            vote 1
            rank-order on
            vote-2
            vote-1
            rank-order-done
            rank-columns
            leaderboard
            rank-table
            wait
            grid
            sort-by-rank
        """, size=(800, 600))
        self.assertEqual(state["photos"], 12)

    def test_pictures_that_are_none_large_ones_and_folders_that_come_and_go(self):
        pictures.save(pictures.picture(1, (3000, 40)), self.path_of("wide.png"), compress_level=1)
        pictures.save(pictures.picture(2, (1, 1)), self.path_of("dot.png"))
        pictures.save(pictures.picture(3, (300, 200)).convert("CMYK"), self.path_of("cmyk.jpg"))
        pictures.save(pictures.picture(4, (300, 200)).convert("L"), self.path_of("grey.png"))
        for number, data in enumerate((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", numpy.random.RandomState(5).bytes(4000))):
            pictures.write(self.path_of(f"broken{number}.jpg"), data)
        self.view("""
            wait
            loupe
            zoom-100
            right
            right
            zoom 8
            right
            zoom-fit
            right
            show-clipping
            show-histogram
            right
            right
            compare
            compare-next
            flip
            promote
            open /nowhere/at/all
            open-library
            reload
        """, size=(800, 600))
