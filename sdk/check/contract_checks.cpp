// What every plugin promises, whatever its kind.

#include <kalon/plugin.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "check.h"
#include "check_host.h"
#include "elf_symbols.h"
#include "floating_point.h"
#include "loaded_plugin.h"
#include "parameter_checks.h"

namespace kalon::check {
namespace {

using nlohmann::json;

std::string text_of(const json &manifest, const char *name) {
  auto found = manifest.find(name);
  require(found != manifest.end() && found->is_string() && !found->get_ref<const std::string &>().empty(),
          std::string("its \"") + name + "\" is missing, or no text");
  return found->get<std::string>();
}

void manifest(const Subject &subject) {
  auto manifest = json::parse(subject.manifest_text, nullptr, false);
  require(manifest.is_object(), "is no JSON object");
  require(manifest.value("manifest", json()) == 1, "its \"manifest\" must be 1");
  for (const char *name : {"id", "version", "licence", "summary"}) text_of(manifest, name);
  auto kind = text_of(manifest, "kind"), concurrency = text_of(manifest, "concurrency");
  require(kind == "model" || kind == "decoder", "its \"kind\" is neither model nor decoder");
  require(concurrency == "parallel" || concurrency == "serial_per_instance" || concurrency == "serial_per_process",
          "its \"concurrency\" is none of parallel, serial_per_instance, serial_per_process");
  auto library = text_of(manifest, "library");
  require(library == std::filesystem::path(subject.library).filename(),
          "its \"library\" is " + library + ", another file");
  require_declared_parameters(subject);
  auto abi = manifest.value("abi", json::object());
  require(abi.value("major", json()) == KALON_ABI_MAJOR && abi.value("minor", json()).is_number_integer(),
          "its \"abi\" is not that of this contract, " + std::to_string(KALON_ABI_MAJOR) + "." +
              std::to_string(KALON_ABI_MINOR));
}

void exports(const Subject &subject) {
  std::string others;
  size_t count = 0;
  bool entry = false;
  std::vector<std::string> symbols;
  try {
    symbols = exported_symbols(subject.library);
  } catch (const std::runtime_error &error) {
    throw Fault(error.what());
  }
  for (const auto &name : symbols) {
    if (name == "kalon_plugin_entry") {
      entry = true;
      continue;
    }
    if (++count <= 5) others += (others.empty() ? "" : ", ") + name;
  }
  require(entry, "does not export kalon_plugin_entry");
  require(count == 0, "exports " + std::to_string(count) + " more: " + others +
                          "; hide them (-fvisibility=hidden and the version script, as kalon_add_plugin does)");
}

void loads(const Subject &subject) {
  if (!::dlopen(subject.library.c_str(), RTLD_NOW | RTLD_LOCAL))
    throw Fault(std::string("cannot be loaded: ") + ::dlerror());
}

void entry(const Subject &subject) {
  opened_entry(subject);
}

void init(const Subject &subject) {
  initialised(subject);
}

void init_refused(const Subject &subject) {
  const auto &entry = opened_entry(subject);
  auto host = chosen_host(subject);
  host.abi_major = KALON_ABI_MAJOR + 1;
  Text error;
  require(entry.init(&host, error.get()) != KALON_OK, "init() takes a host of another revision of the contract");
  // Whoever was refused may be asked all the same, and asked without a place for the text.
  require(entry.init(&host, nullptr) != KALON_OK, "init() takes a host of another revision, the second time");
  entry.get_factory(KALON_MODEL_FACTORY);
}

void unknown_factory(const Subject &subject) {
  const auto &entry = initialised(subject);
  require(entry.get_factory("kalon.no.such.kind/9") == nullptr, "gives a table for an id that it cannot know");
  require(entry.get_factory("") == nullptr, "gives a table for an empty id");
}

void silent(const Subject &subject) {
  // Standard output belongs to the program, which may speak a protocol there.
  int file = ::memfd_create("output", MFD_CLOEXEC);
  ::dup2(file, STDOUT_FILENO);
  initialised(subject);
  ::fflush(nullptr);
  require(::lseek(file, 0, SEEK_END) == 0, "writes to standard output");
}

void floating_point(const Subject &subject) {
  FloatingPoint before;
  initialised(subject);
  before.require_unchanged("init()");
}

}  // namespace

std::vector<Check> contract_checks() {
  return {{"manifest", "the manifest says what the engine needs to know, and is about this library", manifest},
          {"exports", "nothing but kalon_plugin_entry is exported", exports},
          {"loads", "every symbol that it needs is there", loads},
          {"entry", "the entry has its magic number, size, revision and functions", entry},
          {"init", "init() succeeds with a host of this revision", init},
          {"init-refused", "init() refuses a host of another revision, and survives it", init_refused},
          {"unknown-factory", "an unknown factory is null", unknown_factory},
          {"silent", "init() writes nothing to standard output", silent},
          {"floating-point", "init() leaves rounding and flush-to-zero alone", floating_point}};
}

}  // namespace kalon::check
