#include "catalogue.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "failure.h"
#include "network.h"
#include "onnx_file.h"

namespace onednn {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_models = 256, max_files = 4096;

// Something of this library, whose address tells where it lies.
const char here = 0;

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

bool is_absolute(const std::string &folder) {
  return !folder.empty() && folder[0] == '/';
}

std::vector<std::string> manifests_in(const std::string &folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && paths.size() < max_files;
       entry.increment(error))
    if (entry->path().extension() == ".json") paths.push_back(entry->path().native());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// From what the file declares of its values, else by reading all of it.
void fill_in_dimensions(ModelManifest &manifest) {
  auto complete = [&] {
    return std::all_of(manifest.outputs.begin(), manifest.outputs.end(), [](const auto &o) { return o.dimension > 0; });
  };
  if (complete()) return;
  auto shapes = read_declared_shapes(manifest.onnx_path);
  for (auto &output : manifest.outputs) {
    auto found = shapes.find(output.tensor);
    if (output.dimension > 0 || found == shapes.end() || found->second.empty()) continue;
    Shape rest(found->second.begin() + 1, found->second.end());
    bool known = std::all_of(rest.begin(), rest.end(), [](int64_t size) { return size > 0; });
    if (known) output.dimension = static_cast<uint32_t>(std::min<int64_t>(count_of(rest), UINT32_MAX));
  }
  if (!complete()) {
    std::vector<std::string> names;
    for (const auto &output : manifest.outputs) names.push_back(output.tensor);
    auto sizes = Network(read_onnx_file(manifest.onnx_path), manifest.input, names, 1).output_sizes();
    for (size_t i = 0; i < sizes.size(); ++i)
      if (manifest.outputs[i].dimension == 0) manifest.outputs[i].dimension = static_cast<uint32_t>(sizes[i]);
  }
  constexpr uint32_t max_dimension = 1 << 20;
  for (const auto &output : manifest.outputs)
    if (output.dimension > max_dimension)
      too_large("its output \"" + output.name + "\" has more than " + std::to_string(max_dimension) + " values");
}

void check_onnx_file(const ModelManifest &manifest) {
  std::error_code error;
  if (!fs::is_regular_file(manifest.onnx_path, error))
    throw Failure(KALON_NOT_FOUND, "its file " + fs::path(manifest.onnx_path).filename().native() +
                                       " is missing; fetch the model again");
}

}  // namespace

std::vector<std::string> model_folders(const Report &report) {
  std::vector<std::string> folders;
  std::string list = environment("KALON_MODEL_PATH");
  for (size_t begin = 0; begin <= list.size();) {
    size_t end = std::min(list.find(':', begin), list.size());
    std::string folder = list.substr(begin, end - begin);
    begin = end + 1;
    if (is_absolute(folder))
      folders.push_back(folder);
    else if (!folder.empty())
      report("the folder " + folder + " of KALON_MODEL_PATH is not searched: only absolute paths are");
  }
  std::string data = environment("XDG_DATA_HOME"), home = environment("HOME");
  if (!is_absolute(data)) data = is_absolute(home) ? home + "/.local/share" : "";
  if (!data.empty()) folders.push_back(data + "/kalon/models");
  Dl_info info{};
  if (dladdr(&here, &info) && info.dli_fname && is_absolute(info.dli_fname))
    folders.push_back((fs::path(info.dli_fname).parent_path().parent_path() / "models").native());
  return folders;
}

std::vector<ModelManifest> find_models(const std::vector<std::string> &folders, const Report &report) {
  std::vector<ModelManifest> models;
  std::set<std::string> ids;
  for (const auto &folder : folders)
    for (const auto &path : manifests_in(folder)) {
      try {
        ModelManifest manifest = read_manifest(path);
        if (ids.count(manifest.id)) continue;
        if (models.size() >= max_models) too_large("there are too many models");
        check_onnx_file(manifest);
        fill_in_dimensions(manifest);
        ids.insert(manifest.id);
        models.push_back(std::move(manifest));
      } catch (const std::exception &exception) {
        report("the model of " + path + " is left out: " + exception.what());
      }
    }
  return models;
}

}  // namespace onednn
