#include "shell/settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "library/catalogue.h"

namespace kalon::viewer {
namespace {

using nlohmann::json;

constexpr size_t most_recent = 12;

// A member is taken when it is of the kind that is expected; what a person wrote otherwise counts as not written.
template <class Value>
void take(const json &object, const char *name, Value &value) {
  auto found = object.find(name);
  if (found == object.end()) return;
  try {
    value = found->get<Value>();
  } catch (const json::exception &) {
  }
}

// To a new file, to the disk, and then in the place of the old one.
std::string write_whole(const std::string &file, const std::string &text) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), error);
  auto fresh = file + "." + std::to_string(::getpid());
  auto failed = [&] {
    std::string why = std::strerror(errno);
    ::unlink(fresh.c_str());
    return why;
  };
  int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed();
  size_t written = 0;
  while (written < text.size()) {
    auto size = ::write(descriptor, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) {
      auto why = failed();
      ::close(descriptor);
      return why;
    }
    written += static_cast<size_t>(size);
  }
  bool whole = ::fsync(descriptor) == 0;
  whole = ::close(descriptor) == 0 && whole;
  if (!whole || ::rename(fresh.c_str(), file.c_str()) != 0) return failed();
  return {};
}

}  // namespace

Settings::Settings(std::string file) : file_(std::move(file)) {
  if (!file_.empty()) {
    std::ifstream stream(file_, std::ios::binary);
    std::stringstream content;
    content << stream.rdbuf();
    auto object = json::parse(content.str(), nullptr, false);
    if (object.is_object()) {
      take(object, "theme", theme);
      take(object, "key_profile", key_profile);
      if (auto keys = object.find("keys"); keys != object.end() && keys->is_array())
        for (const auto &key : *keys)
          if (key.is_object()) {
            Binding binding;
            take(key, "chord", binding.chord);
            take(key, "command", binding.command);
            if (!binding.chord.empty()) own_keys.push_back(std::move(binding));
          }
      take(object, "interface_scale", interface_scale);
      take(object, "extra_font", extra_font);
      take(object, "cell", cell);
      take(object, "auto_advance", auto_advance);
      take(object, "show_badges", show_badges);
      take(object, "show_names", show_names);
      take(object, "sort_by", sort_by);
      take(object, "sort_descending", sort_descending);
      take(object, "score_column", score_column);
      take(object, "annotator", annotator);
      take(object, "panels", panels);
      take(object, "recent", recent);
      for (auto &path : recent)
        if (auto bytes = path_of(path); !bytes.empty()) path = std::move(bytes);
      take(object, "window_width", window_width);
      take(object, "window_height", window_height);
      take(object, "more", more);
    } else if (stream) {
      std::error_code error;
      std::filesystem::rename(file_, file_ + ".damaged", error);
    }
  }
  interface_scale = std::clamp(interface_scale, 0.5, 4.0);
  cell = std::clamp(cell, 40, 640);
  window_width = std::clamp(window_width, 480, 16384);
  window_height = std::clamp(window_height, 320, 16384);
  if (recent.size() > most_recent) recent.resize(most_recent);
  saved_ = text();
}

std::string Settings::text() const {
  // Paths may be no UTF-8, URIs always are.
  json keys = json::array(), opened = json::array();
  for (const auto &path : recent) opened.push_back(uri_of(path));
  for (const auto &binding : own_keys) keys.push_back({{"chord", binding.chord}, {"command", binding.command}});
  return json{{"theme", theme},
              {"key_profile", key_profile},
              {"keys", keys},
              {"interface_scale", interface_scale},
              {"extra_font", extra_font},
              {"cell", cell},
              {"auto_advance", auto_advance},
              {"show_badges", show_badges},
              {"show_names", show_names},
              {"sort_by", sort_by},
              {"sort_descending", sort_descending},
              {"score_column", score_column},
              {"annotator", annotator},
              {"panels", panels},
              {"recent", opened},
              {"window_width", window_width},
              {"window_height", window_height},
              {"more", more}}
             .dump(2, ' ', false, json::error_handler_t::replace) +
         "\n";
}

bool Settings::save(std::string *why) {
  auto now = text();
  if (file_.empty() || now == saved_) return true;
  auto failure = write_whole(file_, now);
  if (why) *why = failure;
  if (!failure.empty()) return false;
  saved_ = std::move(now);
  return true;
}

}  // namespace kalon::viewer
