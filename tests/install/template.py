"""The template, copied out of an installation, built by its own README, and run on pictures."""
import json
import pathlib
import re
import shutil

import numpy

import installation
from installation import Installation

WARNINGS = "-Wall -Wextra -Wpedantic -Werror"
MODELS = ("colour-grid", "colour-grid-c")


class Template(Installation):
    def setUp(self):
        self.copy = self.top / self.id().rsplit(".", 1)[1]
        shutil.copytree(self.prefix / "share/kalon/template", self.copy)

    def configure(self, *arguments, code=0, **more):
        return self.run_command("cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", *arguments,
                                cwd=self.copy, code=code, **more)

    def check_plugin(self, library):
        self.assertEqual(installation.exported(library), ["kalon_plugin_entry"], library)
        self.run_command(self.prefix / "bin/kalon-plugin-check", library)

    def check_models(self, plugins, models):
        """That the program lists them, and that their vectors are the colours of the pictures' blocks."""
        self.assertLessEqual(set(models), {row["id"] for row in self.rows("--plugins", plugins, "models") if "id" in row})
        folder, colours = self.blocks()
        for model in models:
            library = ["--plugins", plugins, "--library", self.copy / f"library of {model}"]
            self.kalon(*library, "index", folder, "--model", model)
            self.kalon(*library, "export", "vectors", "--model", model, "--to", self.copy / f"{model}.npy")
            vectors = numpy.load(self.copy / f"{model}.npy")
            ids = [json.loads(line) for line in (self.copy / f"{model}.jsonl").read_text().splitlines()]
            order = [int(re.search(r"(\d\d)\.png", json.dumps(row))[1]) for row in ids]
            # A mean of equal bytes is exact; what remains is the rounding of a quotient to single precision.
            numpy.testing.assert_allclose(vectors, colours[order], rtol=0, atol=1e-7)
            self.kalon(*library, "sort", folder, "--model", model, "--to", self.copy / f"by {model}")
            placed = [path for path in (self.copy / f"by {model}").glob("*.png") if path.name[0].isdigit()]
            self.assertEqual(len(placed), len(colours))

    def build_by(self, c, cpp):
        if not shutil.which(cpp):
            self.skipTest(f"{cpp} is not installed")
        self.configure(CC=c, CXX=cpp, CFLAGS=WARNINGS, CXXFLAGS=WARNINGS)
        self.run_command("cmake", "--build", "build", cwd=self.copy)
        plugins = self.copy / "build/plugins"
        self.assertEqual(installation.contents(plugins), {f"{model}.{suffix}" for model in MODELS for suffix in ("so", "json")})
        for model in MODELS:
            self.check_plugin(plugins / f"{model}.so")
        self.check_models(plugins, MODELS)

    def test_by_gcc(self):
        self.build_by("gcc", "g++")
        # And into the prefix, for everybody.
        shutil.copytree(self.prefix / "lib/kalon/plugins", self.top / "plugins of before", symlinks=True)
        try:
            self.run_command("cmake", "--install", "build", "--prefix", self.prefix, cwd=self.copy)
            self.assertIn("colour-grid-c", self.kalon("models").stdout)
        finally:
            shutil.rmtree(self.prefix / "lib/kalon/plugins")
            (self.top / "plugins of before").rename(self.prefix / "lib/kalon/plugins")

    def test_by_clang(self):
        self.build_by("clang", "clang++")

    def test_the_commands_of_its_readme(self):
        readme = (self.copy / "README.md").read_text()
        with_cmake, plain, see = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
        # pkg-config and a shell's words have no way with blanks.
        (self.top / "prefix").symlink_to(self.prefix)
        folder, _ = self.blocks()
        (self.top / "home").mkdir(exist_ok=True)
        folder.rename(self.top / "home/Pictures")
        places = {"PKG_CONFIG_PATH": f"{self.top}/prefix/lib/pkgconfig", "CMAKE_PREFIX_PATH": str(self.prefix),
                  "PATH": f"{self.prefix}/bin:{self.environment['PATH']}"}
        done = self.run_command("sh", "-euxc", with_cmake + plain + see, cwd=self.copy, **places)
        self.assertIn("colour-grid-c", done.stdout)
        self.assertTrue((self.top / "home/by-colour").is_dir())
        self.check_plugin(self.copy / "plain/colour-grid-c.so")
        self.check_models(self.copy / "plain", ["colour-grid-c"])


class AddPlugin(Template):
    """What authors get wrong is told when it is built, not when it is loaded."""

    # Those of the template itself are run by their own class.
    test_by_gcc = test_by_clang = test_the_commands_of_its_readme = None

    def replace(self, file, old, new):
        text = (self.copy / file).read_text()
        self.assertIn(old, text)
        (self.copy / file).write_text(text.replace(old, new))

    def only_c(self):
        (self.copy / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.20)\nproject(plain LANGUAGES C)\nfind_package(KalonSDK REQUIRED)\n"
            "kalon_add_plugin(colour-grid-c SOURCES colour_grid.c)\n")

    def test_a_manifest_of_another_name(self):
        self.replace("colour-grid.json", "colour-grid.so", "colour_grid.so")
        self.assertIn('must be "colour-grid.so"', " ".join(self.configure(code=1).stderr.split()))

    def test_a_manifest_of_another_revision(self):
        self.replace("colour-grid.json", '"major": 1', '"major": 77')
        self.assertIn("built with the headers of revision", " ".join(self.configure(code=1).stderr.split()))

    def test_a_missing_symbol(self):
        self.only_c()
        self.replace("colour_grid.c", "static void shut_down(void) {}",
                     "void missing(void);\nstatic void shut_down(void) { missing(); }")
        self.configure()
        done = self.run_command("cmake", "--build", "build", cwd=self.copy, code=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("undefined reference to `missing'", done.stdout)

    def test_c_alone_under_a_sanitizer(self):
        # Its symbols come from the program; that the library lacks them is no error then.
        self.only_c()
        self.configure("-DCMAKE_C_COMPILER=clang" if shutil.which("clang") else "-DCMAKE_C_COMPILER=gcc", CFLAGS="-fsanitize=address")
        self.run_command("cmake", "--build", "build", cwd=self.copy)

    def test_a_linked_folder(self):
        # As /lib is a link to /usr/lib, beside which there is no include.
        self.only_c()
        (self.copy / "lib").symlink_to(self.prefix / "lib")
        self.run_command("cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-DKalonSDK_DIR={self.copy}/lib/cmake/KalonSDK",
                         cwd=self.copy)
        self.run_command("cmake", "--build", "build", cwd=self.copy)

    def test_another_revision_of_the_sdk(self):
        self.replace("CMakeLists.txt", "find_package(KalonSDK REQUIRED)", "find_package(KalonSDK 77 REQUIRED)")
        self.assertIn("KalonSDK", self.configure(code=1).stderr)


HOST = """
#include <cstdio>
#include <kalon/kalon.hpp>

int main() {
  auto engine = kalon::host::Engine::load(ENGINE, "a program of others", "1.0");
  engine.configure("{}");
  kalon::host::Task task(engine, nullptr, "models", "{}");
  while (!task.pump(-1, [](std::string_view row) { std::printf("%.*s\\n", static_cast<int>(row.size()), row.data()); })) {
  }
  return task.progress().status == KALON_OK ? 0 : 1;
}
"""


class Host(Installation):
    """A program on top of the engine, outside of the tree."""

    def test_it_finds_the_engine(self):
        folder = self.top / "host"
        folder.mkdir()
        (folder / "host.cpp").write_text(HOST)
        (folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.20)\nproject(host LANGUAGES CXX)\nfind_package(KalonSDK REQUIRED)\n"
            "add_executable(host host.cpp)\ntarget_link_libraries(host PRIVATE Kalon::SDK ${CMAKE_DL_LIBS})\n"
            "target_compile_features(host PRIVATE cxx_std_17)\n"
            'target_compile_definitions(host PRIVATE ENGINE="${KalonSDK_ENGINE}")\n')
        self.run_command("cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", cwd=folder,
                         CXXFLAGS=WARNINGS)
        self.run_command("cmake", "--build", "build", cwd=folder)
        models = [json.loads(line) for line in self.run_command(folder / "build/host").stdout.splitlines()]
        self.assertIn("descriptor", {row["id"] for row in models})
        (self.top / "prefix").symlink_to(self.prefix)
        engine = self.run_command("pkg-config", "--variable=engine", "kalon-sdk",
                                  PKG_CONFIG_PATH=f"{self.top}/prefix/lib/pkgconfig").stdout.strip()
        self.assertTrue(pathlib.Path(engine).samefile(self.prefix / "lib/libkalon.so"), engine)


if __name__ == "__main__":
    installation.main()
