"""What lies where after `cmake --install`, that it runs there and after the folder was moved, and what its manual says."""
import pathlib
import re
import shutil

import installation
from installation import SOURCE, Installation

MODELS = SOURCE / "build/models"
GLYPHS = {"-": "-", "e": "\\", "(aq": "'", "(ga": "`", "(ha": "^", "(ti": "~"}  # groff_char(7)


class Prefix(Installation):
    @classmethod
    def before_moving(cls):
        cls.at_first = cls.run_command(cls.first / "bin/kalon", "--json", "models").stdout

    def test_what_lies_where(self):
        found = installation.contents(self.prefix)
        headers, template = SOURCE / "sdk/include/kalon", SOURCE / "sdk/template"
        expected = {"bin/kalon", "lib/libkalon.so", "lib/pkgconfig/kalon-sdk.pc", "share/man/man1/kalon.1",
                    "share/man/man1/kalon-sort.1", "share/bash-completion/completions/kalon", "share/doc/kalon/copyright",
                    "share/doc/kalon/plugin-authors.md", "bin/kalon-plugin-check", "share/man/man1/kalon-plugin-check.1"}
        expected |= {f"lib/cmake/KalonSDK/{name}" for name in
                     ("KalonSDKConfig.cmake", "KalonSDKConfigVersion.cmake", "KalonAddPlugin.cmake", "plugin.version")}
        expected |= {f"include/kalon/{path.relative_to(headers)}" for path in headers.rglob("*.h*")}
        expected |= {f"share/kalon/template/{path.name}" for path in template.iterdir() if path.is_file()}
        expected |= {f"lib/kalon/plugins/{path.stem}.{suffix}"
                     for path in (SOURCE / "plugins").rglob("kalon-*.json") for suffix in ("so", "json")}
        worker = SOURCE / "plugins/models/python"
        expected |= {f"lib/kalon/python/{path.relative_to(worker)}" for path in [worker / "worker.py", *worker.glob("kalon_worker/*.py")]}
        expected |= {f"share/kalon/examples/python/{path.name}" for path in worker.glob("examples/*.py")}
        expected |= {f"lib/kalon/models/{path.name}" for path in MODELS.glob("*.*") if path.suffix in (".onnx", ".json")}
        self.assertEqual(expected - found, set())
        known = ("include/", "lib/kalon/plugins/", "lib/kalon/python/", "lib/kalon/models/")
        self.assertEqual({path for path in found if path.startswith(known)} - expected, set())
        soname = installation.dynamic(self.prefix / "lib/libkalon.so", "SONAME")
        self.assertEqual(len(soname), 1)
        self.assertRegex(soname[0], r"\Alibkalon\.so\.\d+\Z")
        self.assertIn(f"lib/{soname[0]}", found)

    def test_the_plugin_for_eye_of_gnome(self):
        if not (installation.build_folder() / "lib/eog").exists():
            self.skipTest("it was not built: its headers are not installed")
        [library] = self.prefix.glob("lib/**/eog/plugins/kalon-eog/libkalon-eog.so")
        self.assertTrue(library.with_name("kalon-eog.plugin").exists())
        self.assertEqual([name for name in installation.exported(library) if not name.startswith("_")], ["peas_register_types"])
        needed = installation.dynamic(library, "NEEDED")
        self.assertIn("libpeas-1.0.so.0", needed)
        self.assertFalse([name for name in needed if name.startswith(("libkalon", "libOpenImageIO", "libstdc++"))], needed)

    def test_it_runs_where_it_is_and_where_it_is_moved(self):
        self.assertIn('"descriptor"', self.at_first)
        self.assertEqual(self.kalon("--json", "models").stdout, self.at_first)
        plugins = {row["id"]: row for row in self.rows("plugins") if "id" in row}
        self.assertGreaterEqual(len(plugins), 7)
        for name, row in plugins.items():
            self.assertEqual(row["state"], "available", row)
            self.assertIn(str(self.prefix), str(row), name)

    def test_it_does_its_job(self):
        folder, _ = self.blocks(6)
        library = ["--library", self.top / "library"]
        self.kalon(*library, "index", folder, "--model", "descriptor")
        self.kalon(*library, "sort", folder, "--model", "descriptor", "--to", self.top / "sorted")
        self.assertEqual(len([path for path in (self.top / "sorted").glob("*.png") if path.name[0].isdigit()]), 6)

    def test_nothing_remembers_where_it_was_built(self):
        for path in installation.elf_files(self.prefix):
            self.assertEqual(installation.dynamic(path, "RUNPATH") + installation.dynamic(path, "RPATH"), [], path)
        places = [str(place).encode() for place in (SOURCE, installation.build_folder(), self.first)]
        for folder in ("lib/cmake", "lib/pkgconfig", "share"):
            for path in filter(pathlib.Path.is_file, (self.prefix / folder).rglob("*")):
                self.assertFalse([place for place in places if place in path.read_bytes()], path)

    def test_only_the_entries_are_exported(self):
        for path in [self.prefix / "lib/libkalon.so", *(self.prefix / "lib/kalon/plugins").glob("*.so")]:
            entry = "kalon_engine_entry" if path.name == "libkalon.so" else "kalon_plugin_entry"
            self.assertEqual(installation.exported(path), [entry], path)


class Manual(Installation):
    def commands(self, *command):
        """Every command with its help text."""
        text = self.kalon(*command, "--help").stdout
        yield command, text
        below = text.partition("Subcommands:\n")[2]
        for name in re.findall(r"^  ([a-z][a-z-]*) ", below, re.MULTILINE):
            yield from self.commands(*command, name)

    def test_every_command_has_its_page(self):
        pages = {path.name for path in (self.prefix / "share/man/man1").iterdir()}
        seen = set()
        for command, text in self.commands():
            name = "-".join(["kalon", *command]) + ".1"
            seen.add(name)
            page = re.sub(r"\\(-|e|\(..)", lambda mark: GLYPHS[mark[1]], (self.prefix / "share/man/man1" / name).read_text())
            self.assertIn(text.splitlines()[0].rstrip("."), page, name)
            for option in re.findall(r"^  ((?:-|[A-Z])\S+)", text, re.MULTILINE):
                self.assertRegex(page, rf"(?m)^\.B {re.escape(option)}( |$)", name)
        others = {f"{program.name}.1" for program in (self.prefix / "bin").iterdir()}
        self.assertEqual(pages - seen - others, set())
        self.assertGreater(len(seen), 20)

    def test_the_pages_are_sound(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        for path in sorted((self.prefix / "share/man/man1").iterdir()):
            done = self.run_command("groff", "-man", "-Tutf8", "-Kutf8", "-ww", path)
            self.assertEqual(done.stderr, "", path)


if __name__ == "__main__":
    installation.main()
