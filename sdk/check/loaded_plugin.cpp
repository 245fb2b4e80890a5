#include "loaded_plugin.h"

#include <dlfcn.h>

#include <iterator>

#include "check_host.h"

namespace kalon::check {

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
  static const kalon_entry *done = nullptr;
  if (done) return *done;
  const auto &entry = opened_entry(subject);
  Text error;
  auto status = entry.init(&chosen_host(subject), error.get());
  if (status == KALON_MISSING_FEATURE && !offers_services() && !error.str().empty())
    throw Skipped("does not work without the host's services: " + error.str());
  require(status == KALON_OK, "init() gives " + status_text(status) + ": " + error.str());
  done = &entry;
  return entry;
}

void require_memory_given_back(const Subject &subject) {
  initialised(subject).shutdown();
  require(host_bytes_in_use() == 0,
          "keeps " + std::to_string(host_bytes_in_use()) + " bytes of the host's memory after shutdown()");
  require_no_host_faults();
}

namespace {

template <class Factory>
const Factory &factory(const Subject &subject, const char *kind, const char *id) {
  if (subject.kind != kind) throw Skipped("is no " + std::string(kind));
  const auto *table = static_cast<const Factory *>(initialised(subject).get_factory(id));
  require(table != nullptr, std::string("has no factory ") + id + ", which its manifest promises");
  return *table;
}

// A function of the plugin as a host calls it. Which one it is comes from the plugin's own table.
template <class Factory, const Factory **table, auto member>
struct Called;
template <class Factory, const Factory **table, class Result, class... Arguments,
          Result (*Factory::*member)(Arguments...)>
struct Called<Factory, table, member> {
  static Result function(Arguments... arguments) {
    Call call;
    return ((*table)->*member)(arguments...);
  }
};

const kalon_model_factory *model_table;
template <auto member>
constexpr auto model_call = Called<kalon_model_factory, &model_table, member>::function;

const kalon_decoder_factory *decoder_table;
template <auto member>
constexpr auto decoder_call = Called<kalon_decoder_factory, &decoder_table, member>::function;

}  // namespace

const kalon_model_factory &model_factory(const Subject &subject) {
  const auto &table = factory<kalon_model_factory>(subject, "model", KALON_MODEL_FACTORY);
  require(table.count && table.describe && table.describe_output && table.create && table.run && table.destroy,
          "a function of its model factory is null");
  static kalon_model_factory called;
  model_table = &table;
  called = table;
  called.create = model_call<&kalon_model_factory::create>;
  called.run = model_call<&kalon_model_factory::run>;
  called.destroy = model_call<&kalon_model_factory::destroy>;
  return called;
}

const kalon_decoder_factory &decoder_factory(const Subject &subject) {
  const auto &table = factory<kalon_decoder_factory>(subject, "decoder", KALON_DECODER_FACTORY);
  require(table.open && table.info && table.metadata && table.read && table.close,
          "a function of its decoder factory is null");
  static kalon_decoder_factory called;
  decoder_table = &table;
  called = {decoder_call<&kalon_decoder_factory::open>,
            decoder_call<&kalon_decoder_factory::info>,
            decoder_call<&kalon_decoder_factory::metadata>,
            table.scale ? decoder_call<&kalon_decoder_factory::scale> : nullptr,
            decoder_call<&kalon_decoder_factory::read>,
            decoder_call<&kalon_decoder_factory::close>};
  return called;
}

}  // namespace kalon::check
