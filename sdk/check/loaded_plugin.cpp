#include "loaded_plugin.h"

#include <dlfcn.h>

#include <cstring>

namespace kalon::check {

kalon_host plain_host() {
  kalon_host host{};
  host.size = sizeof host;
  host.abi_major = KALON_ABI_MAJOR;
  host.abi_minor = KALON_ABI_MINOR;
  host.name = "kalon-plugin-check";
  host.version = "1";
  host.get_extension = [](const kalon_host *, const char *id) -> const void * {
    static const kalon_host_log log{[](const kalon_host *, int32_t, const char *) {}};
    return id && std::strcmp(id, KALON_HOST_LOG) == 0 ? &log : nullptr;
  };
  return host;
}

std::string status_text(kalon_status status) {
  static constexpr const char *names[] = {
      "ok",           "invalid_argument", "unsupported", "missing_feature", "out_of_memory",  "cancelled", "io",
      "corrupt_data", "timeout",          "internal",    "not_found",       "limit_exceeded", "read_only", "busy",
      "partial"};
  bool known = status >= 0 && status < static_cast<kalon_status>(std::size(names));
  return known ? names[status] : "the unknown status " + std::to_string(status);
}

const kalon_entry &opened_entry(const Subject &subject) {
  void *library = ::dlopen(subject.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw Fault(std::string("cannot be loaded: ") + ::dlerror());
  const auto *entry = static_cast<const kalon_entry *>(::dlsym(library, "kalon_plugin_entry"));
  require(entry != nullptr, "exports no kalon_plugin_entry");
  require(entry->magic == KALON_ENTRY_MAGIC, "its entry does not begin with the magic number");
  require(entry->size >= sizeof(kalon_entry), "its entry says to have " + std::to_string(entry->size) +
                                                  " bytes; this revision has " + std::to_string(sizeof(kalon_entry)));
  require(entry->abi_major == KALON_ABI_MAJOR,
          "is of revision " + std::to_string(entry->abi_major) + " of the contract");
  require(entry->init && entry->shutdown && entry->get_factory, "a function of its entry is null");
  return *entry;
}

const kalon_entry &initialised(const Subject &subject) {
  const auto &entry = opened_entry(subject);
  static const kalon_host host = plain_host();
  Text error;
  auto status = entry.init(&host, error.get());
  require(status == KALON_OK, "init() gives " + status_text(status) + ": " + error.str());
  return entry;
}

namespace {

template <class Factory>
const Factory &factory(const Subject &subject, const char *kind, const char *id) {
  if (subject.kind != kind) throw Skipped("is no " + std::string(kind));
  const auto *table = static_cast<const Factory *>(initialised(subject).get_factory(id));
  require(table != nullptr, std::string("has no factory ") + id + ", which its manifest promises");
  return *table;
}

}  // namespace

const kalon_model_factory &model_factory(const Subject &subject) {
  const auto &table = factory<kalon_model_factory>(subject, "model", KALON_MODEL_FACTORY);
  require(table.count && table.describe && table.describe_output && table.create && table.run && table.destroy,
          "a function of its model factory is null");
  return table;
}

const kalon_decoder_factory &decoder_factory(const Subject &subject) {
  const auto &table = factory<kalon_decoder_factory>(subject, "decoder", KALON_DECODER_FACTORY);
  require(table.open && table.info && table.metadata && table.read && table.close,
          "a function of its decoder factory is null");
  return table;
}

}  // namespace kalon::check
