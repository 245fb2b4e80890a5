"""The package of Debian's form: what it holds and needs, and that dpkg installs and removes it, in a folder of its own."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import installation
from installation import SOURCE, Installation, build_folder


def lines_of(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True,
                          env=dict(os.environ, LC_ALL="C")).stdout.splitlines()


def packages_to_run():
    """The section of what Kalon runs on, without the photographs that end it."""
    text = (SOURCE / "assets/debian-packages.txt").read_text()
    section = re.search(r"^\[run\]\n(.*?)^# photographs", text, re.DOTALL | re.MULTILINE)[1]
    return {line for line in section.split("\n") if line and not line.startswith("#")}


class Package(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="kalon-package-"))).resolve()
        done = subprocess.run(["cpack", "--config", str(build_folder() / "CPackConfig.cmake"), "-G", "DEB", "-B", str(cls.top)],
                              cwd=cls.top, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        [cls.package] = cls.top.glob("*.deb")
        cls.fields = dict(re.findall(r"^(\S+): (.*)$", "\n".join(lines_of("dpkg-deb", "--field", cls.package)), re.MULTILINE))
        # What dpkg-shlibdeps found, without versions and without the name that stands for libspdlog with a revision of fmt.
        cls.depends = {re.sub(r" \(.*| \|.*", "", one) for one in cls.fields["Depends"].split(", ")}

    def test_what_it_says(self):
        [architecture] = lines_of("dpkg", "--print-architecture")
        self.assertEqual((self.fields["Package"], self.fields["Architecture"]), ("kalon", architecture))
        self.assertRegex(self.fields["Version"], r"\A\d+\.\d+\.\d+\Z")
        self.assertTrue(self.fields["Maintainer"] and self.fields["Description"])
        self.assertEqual(self.package.name, f"kalon_{self.fields['Version']}_{architecture}.deb")

    def test_what_it_holds(self):
        found = {}
        for line in lines_of("dpkg-deb", "--contents", self.package):
            mode, owner, _, _, _, path = line.split(None, 5)
            self.assertEqual(owner, "root/root", line)
            self.assertRegex(mode, r"\A(l|[-d]rw[-x]r-[-x]r-[-x])", line)
            found[path.split(" -> ")[0].removeprefix("./")] = mode
        self.assertTrue(all(path == "" or path.startswith("usr/") for path in found), found)
        for path in ("bin/kalon", "lib/libkalon.so", "lib/kalon/plugins/kalon-jpeg.so", "lib/kalon/plugins/kalon-jpeg.json",
                     "include/kalon/plugin.h", "lib/cmake/KalonSDK/KalonSDKConfig.cmake", "lib/pkgconfig/kalon-sdk.pc",
                     "share/man/man1/kalon.1", "share/doc/kalon/copyright", "share/kalon/template/CMakeLists.txt"):
            self.assertIn(f"usr/{path}", found)
        self.assertEqual([path for path in found if "eog" in path], [], "a plugin of another program is no part of the package")
        self.assertEqual(found["usr/bin/kalon"][:10], "-rwxr-xr-x")

    def test_what_it_needs(self):
        # Of every library that a file of it names, whose package dpkg knows, independently of dpkg-shlibdeps.
        root = self.top / "unpacked"
        subprocess.run(["dpkg-deb", "--extract", self.package, root], check=True)
        files = list(installation.elf_files(root))
        self.assertGreater(len(files), 8)
        needed = {name for path in files for name in installation.dynamic(path, "NEEDED")} - {path.name for path in files}
        self.assertGreater(len(needed), 20)
        owners = {}
        for line in lines_of("dpkg-query", "--search", *(f"*/{name}" for name in needed)):
            packages, path = line.rsplit(": ", 1)
            owners.setdefault(os.path.basename(path), set()).update(re.sub(r":.*", "", one) for one in packages.split(", "))
        provided = set(self.depends)
        for line in lines_of("dpkg-query", "--show", "-f", "${Package}\t${Provides}\n"):
            package, provides = line.split("\t")
            if {re.sub(r" \(.*", "", one) for one in provides.split(", ")} & self.depends:
                provided.add(package)
        for name in sorted(needed):
            self.assertTrue(owners.get(name, set()) & provided, f"{name} of {owners.get(name)} is not in Depends: {self.depends}")
        self.assertEqual(packages_to_run() - provided, set(), "assets/debian-packages.txt and the package differ")

    def test_it_is_installed_and_removed(self):
        if os.geteuid() != 0:
            self.skipTest("dpkg gives files to root, which needs root; what the package holds was looked at unpacked")
        root = self.top / "root"
        for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "var/log"):
            (root / folder).mkdir(parents=True)
        for file in ("status", "available"):
            (root / "var/lib/dpkg" / file).touch()

        def dpkg(*arguments):
            # Scripts run outside of the folder, which has no shell.
            done = subprocess.run(["dpkg", f"--root={root}", "--force-not-root", "--force-depends", "--force-script-chrootless",
                                   f"--log={self.top}/dpkg.log", *map(str, arguments)], capture_output=True, text=True,
                                  env=installation.environment(self.top))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout

        def installed():
            return {path for path in installation.contents(root) if not path.startswith("var/")}

        dpkg("--install", self.package)
        self.assertIn("Status: install ok installed", dpkg("--status", "kalon"))
        models = subprocess.run([root / "usr/bin/kalon", "--json", "models"], env=installation.environment(self.top),
                                capture_output=True, text=True)
        self.assertEqual(models.returncode, 0, models.stderr)
        self.assertIn('"descriptor"', models.stdout)
        self.assertIn("usr/bin/kalon", installed())
        # Once more, over itself.
        dpkg("--install", self.package)
        dpkg("--purge", "kalon")
        self.assertEqual(installed(), set())
        self.assertFalse((root / "usr").exists())


if __name__ == "__main__":
    installation.main()
