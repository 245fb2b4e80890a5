"""Programs of others on top of the engine, built by gcc and clang from sdk/include alone, and the programs of
sdk/docs/host-authors.md as they stand there."""
import json
import os
import re
import shutil
import unittest

from programs import ENGINE, HERE, SANITIZE, SOURCE, ProgramCase
import pictures

GUIDE = SOURCE / "sdk/docs/host-authors.md"
COUNT, DISTINCT = 3000, 12


class Programs(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.top / "pictures"
        for number in range(DISTINCT):
            pictures.save(pictures.picture(number), cls.folder / f"{number:04}-of-its-own.png")
        # More names of the same files, long ones: a listing that no buffer of the engine holds.
        for number in range(DISTINCT, COUNT):
            os.link(cls.folder / f"{number % DISTINCT:04}-of-its-own.png", cls.folder / f"{number:04}-{'n' * 150}.png")

    def check_host(self, name, standard, *compilers):
        for compiler in filter(shutil.which, compilers):
            if SANITIZE and "clang" in compiler:
                continue  # the runtime of a sanitizer is one compiler's
            with self.subTest(compiler=compiler):
                program = self.built(HERE / name, standard, compiler)
                done = self.run_program(program, ENGINE, self.folder, COUNT, f"{program}.library")
                self.assertEqual(done.stdout + done.stderr, "")

    def test_cpp17(self):
        self.check_host("host_api.cpp", "c++17", "g++", "clang++")

    def test_cpp20(self):
        self.check_host("host_api.cpp", "c++20", "g++", "clang++")

    def test_c(self):
        self.check_host("host_api.c", "c11", "gcc", "clang")

    def test_the_programs_of_the_guide(self):
        blocks = re.findall(r"```(c|cpp)\n(.*?)```", GUIDE.read_text(), re.DOTALL)
        self.assertEqual([language for language, _ in blocks], ["cpp", "cpp", "cpp", "c"])
        few = self.top / "few"
        for number in range(DISTINCT):
            pictures.save(pictures.picture(number), few / f"{number}.png")
        for place, (language, text) in enumerate(blocks):
            source = self.top / f"guide_{place}.{language}"
            source.write_text(text)
            program = self.built(source, *(("c11", "gcc") if language == "c" else ("c++17", "g++")))
            with self.subTest(program=program.name):
                done = self.run_program(program, ENGINE, few, f"{program}.library")
                rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
                paths = sorted(row["path"] for row in rows if "path" in row)
                self.assertEqual(paths, sorted(str(few / f"{number}.png") for number in range(DISTINCT)), done.stdout)
                # Nothing there: a text for people, and an exit code for the shell.
                done = self.run_program(program, ENGINE, self.top / "nothing here", f"{program}.other", code=1)
                self.assertIn("nothing here", done.stderr)


if __name__ == "__main__":
    unittest.main()
