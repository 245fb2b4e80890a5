// What a script says of itself, and what its manifest may say. Scripts themselves: tests/acceptance/script_models.py.
#include <catch2/catch.hpp>

#include <string>

#include "isolation.h"
#include "plugin/manifest.h"
#include "plugin/script_models.h"
#include "unit/plugin/variable.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

TEST_CASE("a script's model is in a manifest that can be read, however long its texts are") {
  Folder folder;
  Variable data("XDG_DATA_HOME", (folder / "data").c_str());
  folder.write("mean.py", R"(class Model:
    @staticmethod
    def describe():
        return {"input": (4, 4), "dimension": 3, "licence": "x" * 2000, "summary": "\u20ac" * 1300}
    def embed(self, pictures):
        return pictures.mean(axis=(1, 2)) / 255
)");
  Registry registry({}, trusting(""));
  auto added = add_script_model(registry, folder / "mean.py", "/usr/bin/python3");
  auto manifest = read_manifest(added.manifest);
  CHECK(manifest.info.reason.empty());
  CHECK(manifest.info.state == PluginState::available);
  CHECK(manifest.info.licence == std::string(128, 'x'));

  // A file where the folder should be is an error of the engine's own kind.
  folder.write("file", "");
  Variable elsewhere("XDG_DATA_HOME", (folder / "file").c_str());
  CHECK_THROWS_AS(add_script_model(registry, folder / "mean.py", "/usr/bin/python3"), Error);
}
