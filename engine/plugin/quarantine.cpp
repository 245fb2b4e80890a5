#include "plugin/quarantine.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

namespace kalon {
namespace {

constexpr uint64_t max_note_bytes = 65'536;

// What tells a file from a later version of it; 0 for one that is gone.
nlohmann::json state_of(const std::string &file) {
  try {
    auto stat = stat_file(file);
    return {{"size", stat.size}, {"mtime_ns", stat.mtime_ns}};
  } catch (const Error &) {
    return {{"size", 0}, {"mtime_ns", 0}};
  }
}

}  // namespace

// Ids are words of a-z, 0-9, dots, - and _: file names.
std::string Quarantine::path(const std::string &plugin) const {
  return folder_ + "/" + plugin + ".json";
}

std::optional<std::string> Quarantine::reason(const std::string &plugin, const std::string &file) const {
  if (folder_.empty()) return std::nullopt;
  try {
    auto bytes = read_file(path(plugin), max_note_bytes);
    auto note = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
    if (!note.is_object() || note.value("file", nlohmann::json()) != state_of(file)) return std::nullopt;
    auto found = note.find("reason");
    return found != note.end() && found->is_string() ? display_text(found->get<std::string>())
                                                     : "its note does not say why";
  } catch (const Error &) {
    return std::nullopt;
  }
}

bool Quarantine::put(const std::string &plugin, const std::string &file, const std::string &reason) const {
  if (folder_.empty()) return false;
  nlohmann::json note = {
      {"plugin", plugin}, {"reason", reason}, {"since", format_utc(now_microseconds())}, {"file", state_of(file)}};
  auto text = note.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  try {
    std::filesystem::create_directories(folder_);
    write_file_atomically(path(plugin), {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    return true;
  } catch (const std::exception &error) {
    log(LogLevel::warning, "the quarantine of " + plugin + " is forgotten when this process ends: " + error.what());
    return false;
  }
}

bool Quarantine::release(const std::string &plugin) const {
  if (folder_.empty()) return false;
  std::error_code error;
  bool was_there = std::filesystem::remove(path(plugin), error);
  if (error) throw system_error(error.value(), "cannot be removed", display_text(path(plugin)));
  return was_there;
}

}  // namespace kalon
