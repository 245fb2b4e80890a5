"""extension_ids.py and thread_tags.py see what they are there for: each change of a copy of the tree is told.

    contract_text_test.py TOP
"""
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import extension_ids
import thread_tags

TOP = pathlib.Path(__file__).resolve().parents[2]


class Copy(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.top = pathlib.Path(scratch.name)
        for part in ("sdk/include", "engine/plugin", "engine/embed"):
            shutil.copytree(TOP / part, self.top / part)
        (self.top / "tests/structure").mkdir(parents=True)
        shutil.copy(TOP / "tests/structure/abi.txt", self.top / "tests/structure")

    def change(self, file, old, new):
        path = self.top / file
        text = path.read_text()
        self.assertIn(old, text, file)
        path.write_text(text.replace(old, new, 1))

    def assert_told(self, check, *parts):
        faults = [fault for fault in check(self.top)[0] if fault not in self.before]
        self.assertTrue(any(all(part in fault for part in parts) for fault in faults), faults)


class Ids(Copy):
    def setUp(self):
        super().setUp()
        self.before = extension_ids.check(self.top)[0]

    def told(self, *parts):
        self.assert_told(extension_ids.check, *parts)

    def test_a_new_id_in_a_stable_header(self):
        self.change("sdk/include/kalon/kalon.h", '#define KALON_RPC "', '#define KALON_NEW "kalon.new/1"\n#define KALON_RPC "')
        self.told("kalon.new/1", "not in abi.txt")

    def test_another_revision_of_an_id(self):
        self.change("sdk/include/kalon/kalon.h", '"kalon.rpc/1"', '"kalon.rpc/2"')
        self.told("kalon.rpc/2", "not in abi.txt")
        self.told("kalon.rpc/1", "no stable header")

    def test_a_draft_that_a_stable_header_knows(self):
        self.change("sdk/include/kalon/kalon.h", '#include "abi.h"', '#include "abi.h"\n#include "draft/worker.h"')
        self.told("kalon.h includes a draft")
        self.change("sdk/include/kalon/services.h", "/* What", "/* kalon.head/1: What")
        self.told("services.h", "kalon.head/1")

    def test_a_draft_that_nobody_named(self):
        self.change("sdk/include/kalon/draft/README.md", "`kalon.head/1` |", "`kalon.hat/1` |")
        self.told("kalon.head/1", "README.md does not name it")
        self.told("kalon.hat/1", "no draft has it")

    def test_one_id_twice(self):
        self.change("sdk/include/kalon/plugin.h", '"kalon.model/1"', '"kalon.decoder/1"')
        self.told("kalon.decoder/1", "declares")

    def test_bad_forms(self):
        for form in ("kalon.rpc", "kalon.Rpc/1", "kalon.rpc/0", "kalon.rpc/01", "kalon..rpc/1"):
            with self.subTest(form):
                self.setUp()
                self.change("sdk/include/kalon/kalon.h", '"kalon.rpc/1"', f'"{form}"')
                self.told(form, "not of the form")

    def test_an_id_that_no_header_declares(self):
        (self.top / "engine/plugin/new.cpp").write_text('auto id = "kalon.host.wishes/1";\n')
        self.told("engine/plugin/new.cpp", "kalon.host.wishes/1", "no header")
        (self.top / "engine/plugin/new.cpp").write_text('auto id = "kalon.host.log/1";\n')
        self.told("engine/plugin/new.cpp", "written out")


class Tags(Copy):
    def setUp(self):
        super().setUp()
        self.before = thread_tags.check(self.top)[0]
        self.assertEqual(self.before, [])

    def told(self, *parts):
        self.assert_told(thread_tags.check, *parts)

    def test_each_tag_is_missed(self):
        for header in sorted((self.top / "sdk/include/kalon").rglob("*.h")):
            text = header.read_text()
            found = list(thread_tags.functions(text))
            tags = [tag for tag in thread_tags.TAG.finditer(text) if tag.start() > text.index("typedef")]
            self.assertEqual(len(tags), len(found), header)
            for tag, (struct, function, _) in zip(tags, found):
                header.write_text(text[:tag.start()] + text[tag.end():])
                self.told(f"{struct}.{function}", "no thread tag")
                header.write_text(text[:tag.start()] + "[any] [worker]" + text[tag.end():])
                self.told(f"{struct}.{function}", "[any], [worker]")
            header.write_text(text)

    def test_each_guard_is_missed(self):
        path = self.top / "engine/plugin/in_process.cpp"
        text = path.read_text()
        guards = list(re.finditer(r"^ *Call call\(.*?;\n", text, re.MULTILINE))
        self.assertGreaterEqual(len(guards), 9)
        for guard in guards:
            path.write_text(text[:guard.start()] + text[guard.end():])
            self.told("in_process.cpp", "without a Call")
        last = guards[-1]
        for instead in ("{\n" + last.group() + "}\n", "// " + last.group()):  # one that ended before the call, one in a comment
            path.write_text(text[:last.start()] + instead + text[last.end():])
            self.told("in_process.cpp", "run()", "without a Call")

    def test_a_call_elsewhere(self):
        (self.top / "engine/embed/new.cpp").write_text("void go(const kalon_model_factory *factory) {\n  factory->run(0, 0, 0);\n}\n")
        self.told("engine/embed/new.cpp:2", "run()")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
