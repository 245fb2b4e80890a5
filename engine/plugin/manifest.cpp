#include "plugin/manifest.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

using Json = nlohmann::json;

constexpr uint64_t max_manifest_bytes = 1 << 20;
constexpr size_t most_unknown = 8;  // names of fields that are told
constexpr size_t max_list = 256;    // formats, extensions, magics, capabilities, models

[[noreturn]] void reject(const std::string &reason) {
  throw Error(Status::unsupported, reason);
}

bool is_word(std::string_view text, std::string_view extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.find(c) != extra.npos;
  });
}

// One object of the manifest, with its name for messages.
class Fields {
 public:
  // known: fields of this object. A name outside it is most likely misspelt; it is told and otherwise ignored, so that
  // later revisions may add fields.
  Fields(const Json &json, std::string where, std::initializer_list<std::string_view> known)
      : json_(json), where_(std::move(where)) {
    if (!json.is_object()) reject(where_ + " must be an object");
    for (const auto &[key, value] : json.items())
      if (std::find(known.begin(), known.end(), key) == known.end())
        unknown_.push_back(display_text(shorten_utf8(key, 64)));
  }

  std::vector<std::string> unknown() const { return unknown_; }

  const Json *find(const char *name) const {
    auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

  const Json &need(const char *name) const {
    const Json *value = find(name);
    if (!value) reject(where_ + " lacks \"" + name + '"');
    return *value;
  }

  std::string text(const char *name, size_t max_bytes) const { return text_of(need(name), label(name), max_bytes); }

  uint64_t number(const char *name, uint64_t max) const {
    const Json &value = need(name);
    if (!value.is_number_unsigned() || value.get<uint64_t>() > max)
      reject(label(name) + " must be a whole number from 0 to " + std::to_string(max));
    return value.get<uint64_t>();
  }

  bool flag(const char *name) const {
    const Json *value = find(name);
    if (!value) return false;
    if (!value->is_boolean()) reject(label(name) + " must be true or false");
    return value->get<bool>();
  }

  // An optional array; empty when absent.
  std::vector<Json> list(const char *name) const {
    const Json *value = find(name);
    if (!value) return {};
    if (!value->is_array() || value->size() > max_list)
      reject(label(name) + " must be an array of at most " + std::to_string(max_list) + " items");
    return value->get<std::vector<Json>>();
  }

  std::string label(const char *name) const { return where_ + " \"" + name + '"'; }

  static std::string text_of(const Json &value, const std::string &label, size_t max_bytes) {
    if (!value.is_string()) reject(label + " must be a text");
    auto text = value.get<std::string>();
    if (text.empty() || text.size() > max_bytes)
      reject(label + " must have 1 to " + std::to_string(max_bytes) + " bytes");
    // Texts are shown on terminals.
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
      reject(label + " must not hold control characters");
    return text;
  }

 private:
  const Json &json_;
  std::string where_;
  std::vector<std::string> unknown_;
};

Bytes from_hex(const std::string &hex, const std::string &label) {
  Bytes bytes;
  auto digit = [&](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    reject(label + " must be pairs of lower-case hex digits");
  };
  if (hex.size() % 2) reject(label + " must be pairs of lower-case hex digits");
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return bytes;
}

FormatClaim::Magic read_magic(const Json &json, const std::string &where, std::vector<std::string> &unknown) {
  Fields fields(json, where, {"offset", "hex"});
  FormatClaim::Magic magic;
  magic.offset = fields.number("offset", magic_window - 1);
  magic.bytes = from_hex(fields.text("hex", 2 * magic_window), fields.label("hex"));
  if (magic.offset + magic.bytes.size() > magic_window)
    reject(where + " reaches past the first " + std::to_string(magic_window) + " bytes of a file");
  for (auto &name : fields.unknown()) unknown.push_back(name);
  return magic;
}

FormatClaim read_format(const Json &json, const std::string &where, std::vector<std::string> &unknown) {
  Fields fields(json, where, {"name", "extensions", "magic", "extension_first"});
  FormatClaim format;
  format.name = fields.text("name", 15);  // kalon_picture_info.format
  if (!is_word(format.name, "-_")) reject(fields.label("name") + " must be of a-z, 0-9, - and _");
  for (const Json &item : fields.list("extensions")) {
    auto extension = Fields::text_of(item, fields.label("extensions"), 16);
    if (!is_word(extension, "-_"))
      reject(fields.label("extensions") + " must be lower case and without the dot: \"" + extension + '"');
    format.extensions.push_back(std::move(extension));
  }
  for (const Json &item : fields.list("magic"))
    format.magics.push_back(read_magic(item, where + " \"magic\"", unknown));
  format.extension_first = fields.flag("extension_first");
  if (format.extensions.empty() && format.magics.empty()) reject(where + " has neither extensions nor magic");
  if (format.extension_first && format.extensions.empty())
    reject(where + " puts its extension first but has no extensions");
  for (auto &name : fields.unknown()) unknown.push_back(name);
  return format;
}

Concurrency read_concurrency(const Fields &fields) {
  auto text = fields.text("concurrency", 32);
  if (text == "parallel") return Concurrency::parallel;
  if (text == "serial_per_instance") return Concurrency::serial_per_instance;
  if (text == "serial_per_process") return Concurrency::serial_per_process;
  reject(fields.label("concurrency") + " must be parallel, serial_per_instance or serial_per_process");
}

void check_abi(const Fields &fields, std::vector<std::string> &unknown) {
  Fields abi(fields.need("abi"), "\"abi\"", {"major", "minor"});
  auto major = abi.number("major", UINT16_MAX), minor = abi.number("minor", UINT16_MAX);
  if (major != KALON_ABI_MAJOR || minor > KALON_ABI_MINOR)
    reject("was made for revision " + std::to_string(major) + '.' + std::to_string(minor) +
           " of the plugin contract; this engine has " + std::to_string(KALON_ABI_MAJOR) + '.' +
           std::to_string(KALON_ABI_MINOR));
  for (auto &name : abi.unknown()) unknown.push_back(name);
}

// A model in Python. Where it lies is the user's choice, as it is never loaded into this process.
void read_script(const Fields &fields, Manifest &manifest) {
  if (manifest.info.kind != "model") reject("is a script but no model");
  if (fields.find("library")) reject("names a library and a script");
  manifest.is_script = true;
  auto path_of = [&](const char *name) {
    auto path = path_from_uri(fields.text(name, 8192));
    if (path.empty() || path[0] != '/') reject(fields.label(name) + " must be an absolute path or a file:// URI");
    try {
      stat_file(path);
    } catch (const Error &error) {
      reject(fields.label(name) + ": " + error.message() + ": " + display_text(path));
    }
    return path;
  };
  manifest.file = path_of("script");
  manifest.interpreter = fields.find("interpreter") ? path_of("interpreter") : "/usr/bin/python3";
  manifest.info.script = manifest.file;
  manifest.info.interpreter = manifest.interpreter;
  const Json *described = fields.find("described");
  if (!described) return;
  Fields known(*described, "\"described\"", {"script_hash", "models", "parameters"});
  manifest.script_hash = known.text("script_hash", 32);
  manifest.script_models = known.need("models").dump();
  if (const Json *parameters = known.find("parameters")) manifest.info.parameters = plugin_parameters_from(*parameters);
}

// Plain file names only: a manifest must not reach into other folders.
std::string library_path(const Fields &fields, const std::filesystem::path &manifest) {
  auto name = fields.text("library", 255);
  if (name.find('/') != name.npos) reject(fields.label("library") + " must be a file name without slashes");
  auto expected = manifest.stem().native() + ".so";
  if (name != expected) reject(fields.label("library") + " must be named like the manifest: " + display_text(expected));
  auto path = (manifest.parent_path() / name).native();
  try {
    stat_file(path);
  } catch (const Error &error) {
    reject("its library " + name + ": " + error.message());
  }
  return path;
}

void read_weights(const Fields &fields, Manifest &manifest) {
  const Json *weights = fields.find("weights");
  if (!weights) return;
  if (!weights->is_object() || weights->size() > max_list)
    reject(fields.label("weights") + " must be an object of model ids and hashes");
  for (const auto &[id, hash] : weights->items()) {
    auto text = Fields::text_of(hash, fields.label("weights"), 32);
    if (text.size() != 32 || from_hex(text, fields.label("weights")).empty())
      reject(fields.label("weights") + " must hold 32 hex digits for each model");
    manifest.weights[id] = text;
  }
}

void read_fields(const Json &json, Manifest &manifest) {
  PluginInfo &info = manifest.info;
  Fields fields(json, "the manifest",
                {"manifest", "id", "kind", "library", "script", "interpreter", "described", "abi", "version", "licence",
                 "summary", "concurrency", "capabilities", "formats", "weights", "worker", "deadline", "parameters"});
  // The id first: a rejected plugin is listed under it.
  auto id = fields.text("id", 128);
  if (!is_word(id, "._-")) reject(fields.label("id") + " must be of a-z, 0-9, dots, - and _");
  info.id = id;
  if (fields.number("manifest", UINT32_MAX) != 1)
    reject("its manifest is of a newer form than this engine knows (\"manifest\" must be 1)");
  auto unknown = fields.unknown();
  info.version = fields.text("version", 64);
  info.licence = fields.text("licence", 128);
  info.summary = fields.text("summary", 1024);
  info.kind = fields.text("kind", 32);
  if (info.kind != "decoder" && info.kind != "model") reject("is of an unknown kind: \"" + info.kind + '"');
  bool is_script = fields.find("script") != nullptr;
  if (!is_script) check_abi(fields, unknown);
  info.concurrency = read_concurrency(fields);
  for (const Json &item : fields.list("capabilities"))
    info.capabilities.push_back(Fields::text_of(item, fields.label("capabilities"), 64));
  auto formats = fields.list("formats");
  if (info.kind == "decoder" && formats.empty()) reject("is a decoder without formats");
  if (info.kind != "decoder" && !formats.empty()) reject("has formats but is no decoder");
  for (size_t i = 0; i < formats.size(); ++i)
    info.formats.push_back(read_format(formats[i], "format " + std::to_string(i + 1), unknown));
  read_weights(fields, manifest);
  if (const Json *parameters = fields.find("parameters")) {
    if (info.kind != "model") reject("has parameters, which only models can take");
    if (is_script) reject("has parameters, which a script names itself, in describe()");
    info.parameters = plugin_parameters_from(*parameters);
  }
  manifest.worker = fields.flag("worker");
  if (fields.find("deadline")) manifest.deadline_seconds = static_cast<double>(fields.number("deadline", 86'400));
  if (manifest.deadline_seconds < 1) reject(fields.label("deadline") + " must be at least 1 second");
  if (is_script)
    read_script(fields, manifest);
  else
    manifest.file = library_path(fields, info.manifest);
  if (unknown.size() > most_unknown) {
    log(LogLevel::warning, "plugin manifest " + display_text(info.manifest) + ": " + std::to_string(unknown.size()) +
                               " fields are unknown; the first of them are told");
    unknown.resize(most_unknown);
  }
  for (const auto &name : unknown)
    log(LogLevel::warning,
        "plugin manifest " + display_text(info.manifest) + ": the field \"" + name + "\" is unknown and was ignored");
}

Manifest judge(const std::string &path, const std::function<Bytes()> &text) {
  Manifest manifest;
  manifest.info.manifest = path;
  manifest.info.id = display_text(std::filesystem::path(path).stem().native());
  try {
    auto bytes = text();
    auto json = Json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) reject("its manifest is not valid JSON");
    read_fields(json, manifest);
  } catch (const Error &error) {
    manifest.info.state = PluginState::rejected;
    manifest.info.reason = error.message();
    manifest.info.formats.clear();
  }
  return manifest;
}

}  // namespace

Json described_script(const std::string &hash, const std::vector<ModelInfo> &models,
                      const std::vector<PluginParameter> &parameters) {
  Json list = Json::array();
  for (const auto &model : models) list.push_back(to_json(model));
  Json described = {{"script_hash", hash}, {"models", std::move(list)}};
  if (!parameters.empty()) described["parameters"] = to_json(parameters);
  return described;
}

void note_script_models(const std::string &manifest, const std::string &hash, const std::vector<ModelInfo> &models,
                        const std::vector<PluginParameter> &parameters) {
  try {
    auto bytes = read_file(manifest, max_manifest_bytes);
    auto json = Json::parse(bytes.begin(), bytes.end());
    json["described"] = described_script(hash, models, parameters);
    auto text = json.dump(2) + "\n";
    write_file_atomically(manifest, bytes_of(text));
  } catch (const std::exception &error) {
    log(LogLevel::info,
        "plugin manifest " + display_text(manifest) + " keeps what its script said before: " + error.what());
  }
}

Manifest read_manifest(const std::string &path) {
  return judge(path, [&] { return read_file(path, max_manifest_bytes); });
}

Manifest judge_manifest(const std::string &path, ByteView text) {
  return judge(path, [&] {
    if (text.size() > max_manifest_bytes) reject("its manifest would be too long");
    return Bytes(text.begin(), text.end());
  });
}

}  // namespace kalon
