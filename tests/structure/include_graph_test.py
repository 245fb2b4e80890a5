"""The reader of the include graph, tried on made-up trees: each kind of violation is found, and a sound tree passes."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import include_graph

SOUND = {
    "CMakeLists.txt": "",
    "CMakePresets.json": "{}",
    "LICENSE": "",
    "README.md": "Kalon",
    "assets/setup.sh": "",
    "tests/CMakeLists.txt": "",
    "engine/CMakeLists.txt": "kalon_room(base LIBRARIES a::b)\n"
                             "kalon_room(image BELOW base LIBRARIES c::d)\n"
                             "kalon_room(store BELOW base)\n"
                             "kalon_room(metadata BELOW base image) # reads blocks\n",
    "engine/base/README.md": "The ground.",
    "engine/base/text.h": "#include <string>\n",
    "engine/base/text.cpp": '#include "base/text.h"\n#include <spdlog/spdlog.h>\n',
    "engine/image/README.md": "Pixels.",
    "engine/image/pixels.h": '#include <kalon/plugin.h>\n#include "base/text.h"\n',
    "engine/image/pixels.cpp": '#include "image/pixels.h"\n',
    "engine/store/README.md": "Rows.",
    "engine/store/rows.h": '#include <nlohmann/json_fwd.hpp>\n#include "base/text.h"\n',
    "engine/store/verify.h": '#include "schema_generated.h"\n',
    "engine/store/rows.cpp": '#include "store/verify.h"\n#include "store/rows.h"\n',
    "engine/metadata/README.md": "Words.",
    "engine/metadata/words.cpp": '#include "image/pixels.h"\n#include "base/text.h"\n'
                                 '// #include "facade/entry.h"\n/* #include "store/rows.h"\n*/\n'
                                 'const char *text = "\\n#include \\"store/rows.h\\"";\n'
                                 'const char *raw = R"(\n#include "store/rows.h"\n)";\n',
    "sdk/include/kalon/abi.h": "#include <stdint.h>\n",
    "sdk/include/kalon/plugin.h": '#include "abi.h"\n',
    "plugins/decoders/jpeg/README.md": "JPEG.",
    "plugins/decoders/jpeg/jpeg.cpp": '#include <kalon/plugin.h>\n#include "../shared/exif.h"\n#include "part.h"\n',
    "plugins/decoders/jpeg/part.h": "",
    "plugins/decoders/shared/README.md": "What decoders share.",
    "plugins/decoders/shared/exif.h": "#include <kalon/plugin.h>\n",
    "plugins/decoders/png/README.md": "PNG.",
    "plugins/decoders/png/chunks.h": "",
    "host/cli/README.md": "The command.",
    "host/cli/main.cpp": "#include <kalon/plugin.h>\n#include <CLI/CLI.hpp>\n",
}


class Trees(unittest.TestCase):
    def faults_of(self, changes=None, git=False):
        with tempfile.TemporaryDirectory() as folder:
            top = Path(folder)
            for name, text in {**SOUND, **(changes or {})}.items():
                if text is None:
                    continue
                (top / name).parent.mkdir(parents=True, exist_ok=True)
                (top / name).write_text(text, encoding="utf-8")
            if git:
                subprocess.run(["git", "init", "--quiet", folder], check=True)
            return include_graph.check(top)[0]

    def assert_one(self, changes, *parts):
        faults = self.faults_of(changes)
        self.assertEqual(len(faults), 1, faults)
        for part in parts:
            self.assertIn(part, faults[0])

    def test_a_sound_tree_has_no_fault(self):
        self.assertEqual(self.faults_of(), [])

    def test_a_host_must_not_know_the_engine(self):
        for spelling in ('"base/text.h"', "<base/text.h>", '"../../engine/base/text.h"', '"engine/base/text.h"'):
            with self.subTest(spelling):
                self.assert_one({"host/cli/main.cpp": f"#include {spelling}\n"}, "host/cli/main.cpp:1", "host must not know engine")

    def test_a_plugin_must_not_know_the_engine(self):
        self.assert_one({"plugins/decoders/png/png.cpp": "\n\n#  include <image/pixels.h>\n"}, "plugins/decoders/png/png.cpp:3",
                        "plugins must not know engine")

    def test_a_line_continued_is_one_line(self):
        self.assert_one({"host/cli/main.cpp": '#include \\\n"base/text.h"\n'}, "host must not know engine")

    def test_lines_keep_their_numbers(self):
        text = '#define LONG \\\n  2\n/*\n\n*/\nint n = 1\'000;\nauto raw = R"x(\n)x";\n#include "base/text.h"\n'
        self.assert_one({"host/cli/main.cpp": text}, "host/cli/main.cpp:9")

    def test_an_include_behind_a_comment_counts(self):
        self.assert_one({"host/cli/main.cpp": '/* text */ #include "base/text.h"\n'}, "host must not know engine")
        self.assert_one({"host/cli/main.cpp": 'const char c = \'"\';\n#include "base/text.h"\n'}, "host must not know engine")

    def test_the_contract_knows_nobody(self):
        self.assert_one({"sdk/include/kalon/kalon.h": '#include "base/text.h"\n'}, "sdk must not know engine")
        self.assert_one({"sdk/include/kalon/kalon.h": '#include "../../../plugins/decoders/png/chunks.h"\n'},
                        "sdk must not know plugins")
        self.assert_one({"host/cli/style.h": "", "sdk/check/main.cpp": '#include "../../host/cli/style.h"\n'},
                        "sdk must not know host")

    def test_the_engine_knows_neither_plugins_nor_hosts(self):
        self.assert_one({"engine/base/text.cpp": '#include "../../plugins/decoders/png/chunks.h"\n'},
                        "engine must not know plugins")

    def test_neighbours_share_only_what_is_shared(self):
        self.assert_one({"plugins/decoders/jpeg/jpeg.cpp": '#include "../png/chunks.h"\n'}, "of a neighbour")
        self.assert_one({"host/viewer/README.md": "Views.", "host/viewer/window.h": "",
                         "host/cli/main.cpp": '#include "../viewer/window.h"\n'}, "of a neighbour")
        self.assertEqual(self.faults_of({"plugins/decoders/jpeg/inner/deep.cpp": '#include "../part.h"\n',
                                         "plugins/decoders/jpeg/inner/README.md": "Inside."}), [])

    def test_a_room_must_not_look_up(self):
        self.assert_one({"engine/store/rows.cpp": '#include "metadata/words.h"\n', "engine/metadata/words.h": ""},
                        "engine/store/rows.cpp:1", "metadata is not below it")

    def test_a_room_must_not_look_across_its_floor(self):
        self.assert_one({"engine/image/pixels.cpp": '#include "store/rows.h"\n'}, "store is not below it")
        self.assert_one({"engine/image/pixels.cpp": '#include "../store/rows.h"\n'}, "store is not below it")

    def test_a_room_includes_only_what_cmake_names_as_below(self):
        self.assert_one({"engine/metadata/words.cpp": '#include "store/rows.h"\n'}, "does not name store")

    def test_cmake_must_agree_with_the_floors(self):
        rooms = SOUND["engine/CMakeLists.txt"]
        self.assert_one({"engine/CMakeLists.txt": rooms.replace("store BELOW base", "store BELOW base image")},
                        "store names image as below it", "stands on floor 1")
        faults = self.faults_of({"engine/CMakeLists.txt": rooms.replace("store BELOW base", "store BELOW base metadata")})
        self.assertEqual(len(faults), 2, faults)  # neither below it nor declared before it
        self.assert_one({"engine/CMakeLists.txt": rooms + "kalon_room(base)\n"}, "base is declared twice")
        self.assert_one({"engine/CMakeLists.txt": rooms + "kalon_room(attic BELOW base)\n"}, "no room attic")
        self.assert_one({"engine/CMakeLists.txt": rooms.replace("kalon_room(store BELOW base)\n", "")},
                        "does not declare the room store")

    def test_a_room_that_nobody_drew(self):
        self.assert_one({"engine/cellar/README.md": "Wine."}, "engine/cellar: the house plan has no such room")

    def test_a_circle_of_files(self):
        self.assert_one({"engine/base/a.h": '#include "base/b.h"\n', "engine/base/b.h": '#include "base/c.h"\n',
                         "engine/base/c.h": '#include "base/a.h"\n'},
                        "circle of files: engine/base/a.h -> engine/base/b.h -> engine/base/c.h -> engine/base/a.h")

    def test_a_circle_of_rooms(self):
        faults = self.faults_of({"engine/base/up.cpp": '#include "image/pixels.h"\n'})
        self.assertIn("circle of rooms: base -> image -> base", faults)

    def test_heavy_headers_stay_out_of_headers(self):
        for heavy in ("OpenImageIO/imageio.h", "dnnl.hpp", "oneapi/dnnl/dnnl.hpp", "nlohmann/json.hpp", "flatbuffers/flatbuffers.h",
                      "lmdb.h", "spdlog/spdlog.h", "CLI/CLI.hpp"):
            with self.subTest(heavy):
                self.assert_one({"engine/base/text.h": f"#include <{heavy}>\n"}, "engine/base/text.h:1", heavy)
                self.assertEqual(self.faults_of({"engine/base/text.cpp": f"#include <{heavy}>\n"}), [])
        self.assert_one({"host/cli/options.hpp": "#include <CLI/CLI.hpp>\n"}, "host/cli/options.hpp:1")

    def test_generated_code_passes_through_no_second_header(self):
        self.assert_one({"engine/store/rows.h": '#include "store/verify.h"\n'}, "engine/store/rows.h:1", "generated")

    def test_a_macro_hides_what_is_included(self):
        self.assert_one({"engine/base/text.cpp": "#include SECRET\n"}, "macro")
        self.assertEqual(self.faults_of({"engine/base/text.cpp": "#include <ft2build.h>\n#include FT_FREETYPE_H\n"}), [])

    def test_every_room_and_plugin_says_what_it_is_for(self):
        self.assert_one({"engine/store/README.md": None}, "engine/store: has no README.md")
        self.assert_one({"engine/store/README.md": " \n"}, "engine/store: has no README.md")
        self.assert_one({"plugins/decoders/jpeg/README.md": None}, "plugins/decoders/jpeg: has no README.md")
        self.assert_one({"host/cli/README.md": None}, "host/cli: has no README.md")

    def test_the_top_level_is_exact(self):
        self.assert_one({"notes.txt": ""}, "notes.txt: does not belong")
        self.assert_one({"docs/page.md": ""}, "docs: does not belong")
        self.assert_one({"LICENSE": None}, "LICENSE: is missing")
        self.assertEqual(self.faults_of({"build/x": "", ".hidden/x": ""}), [])

    def test_git_tells_what_is_built_from_what_is_kept(self):
        self.assertEqual(self.faults_of({"out/x": "", ".gitignore": "/out/\n"}, git=True), [])
        faults = self.faults_of({"out/x": ""}, git=True)
        self.assertEqual(faults, ["out: does not belong at the top level"])

    def test_the_program_fails_on_a_fault_and_on_an_empty_tree(self):
        with tempfile.TemporaryDirectory() as folder:
            script = str(Path(include_graph.__file__))
            run = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn("engine: is missing at the top level", run.stdout)


if __name__ == "__main__":
    unittest.main()
