#include "panels/open_dialog_paths.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace kalon::viewer {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

std::string text_of_file(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool is_folder(const std::string &path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// "\040" is a space in the table of mounts.
std::string unescaped_mount(std::string_view text) {
  std::string plain;
  const auto octal = [](char digit) { return digit >= '0' && digit <= '7'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

template <class Take>
void for_each_line(std::string_view text, Take take) {
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    take(text.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

std::string joined_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (path.empty() || path.back() != '/') path += '/';
  return path.append(name);
}

std::string parent_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::vector<NamedPath> steps_to(std::string_view path) {
  std::vector<NamedPath> steps{{"/", "/"}};
  for (size_t at = 1; at < path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    if (end > at) steps.push_back({std::string(path.substr(at, end - at)), std::string(path.substr(0, end))});
    at = end + 1;
  }
  return steps;
}

TypedPath typed_path(std::string_view text, std::string_view home, std::string_view current) {
  std::string whole;
  if (text == "~" || text.starts_with("~/")) {
    whole = joined_path(home, text.size() > 2 ? text.substr(2) : std::string_view());
  } else if (text.starts_with('/')) {
    whole = text;
  } else {
    whole = joined_path(current, text);
  }
  const auto slash = whole.rfind('/');
  TypedPath typed{"", whole.substr(slash + 1)};
  if (typed.beginning == "." || typed.beginning == "..") {
    whole += '/';
    typed.beginning.clear();
  }
  // The folder without ".", ".." and doubled slashes.
  std::vector<std::string_view> parts;
  const auto folder = std::string_view(whole).substr(0, whole.rfind('/'));
  for (size_t at = 0; at < folder.size();) {
    const auto end = std::min(folder.find('/', at), folder.size());
    const auto part = folder.substr(at, end - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = end + 1;
  }
  for (const auto part : parts) typed.folder.append("/").append(part);
  if (typed.folder.empty()) typed.folder += '/';
  return typed;
}

bool begins_with(std::string_view name, std::string_view beginning) {
  return name.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), name.begin(),
                                                       [](char one, char other) { return lower(one) == lower(other); });
}

std::string common_beginning(std::span<const std::string> names, std::string_view beginning) {
  const std::string *first = nullptr;
  size_t common = 0;
  for (const auto &name : names) {
    if (!begins_with(name, beginning)) continue;
    if (first == nullptr) {
      first = &name;
      common = name.size();
      continue;
    }
    size_t same = 0;
    while (same < std::min(common, name.size()) && lower((*first)[same]) == lower(name[same])) ++same;
    common = same;
  }
  if (first == nullptr) return {};
  while (common > 0 && common < first->size() && is_continuation((*first)[common])) --common;
  return first->substr(0, common);
}

bool is_picture_name(std::string_view name) {
  static constexpr std::array<std::string_view, 48> endings{
      "3fr", "arw", "avif", "bmp", "cr2",  "cr3",  "crw", "dcr", "dds",  "dng", "dpx",  "erf",
      "exr", "fff", "gif",  "hdr", "heic", "heif", "iiq", "j2k", "jfif", "jp2", "jpe",  "jpeg",
      "jpg", "jxl", "kdc",  "mef", "mos",  "mrw",  "nef", "nrw", "orf",  "pef", "png",  "ppm",
      "psd", "raf", "raw",  "rw2", "rwl",  "sr2",  "srf", "srw", "tga",  "tif", "tiff", "webp"};
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  std::string ending(name.substr(dot + 1));
  std::transform(ending.begin(), ending.end(), ending.begin(), lower);
  return std::binary_search(endings.begin(), endings.end(), ending);
}

std::vector<NamedPath> user_folders(std::string_view user_dirs_text, std::string_view home) {
  std::vector<NamedPath> folders;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> wanted{
      {{"XDG_PICTURES_DIR", "Pictures"}, {"XDG_DESKTOP_DIR", "Desktop"}, {"XDG_DOWNLOAD_DIR", "Downloads"}}};
  for (const auto &[variable, title] : wanted) {
    std::string path = joined_path(home, title);
    for_each_line(user_dirs_text, [&, name = variable](std::string_view line) {
      if (!line.starts_with(name) || line.size() <= name.size() + 1 || line[name.size()] != '=') return;
      auto value = line.substr(name.size() + 1);
      if (value.size() < 2 || value.front() != '"' || value.back() != '"') return;
      value = value.substr(1, value.size() - 2);
      if (value.starts_with("$HOME/")) {
        path = joined_path(home, value.substr(6));
      } else if (value.starts_with('/')) {
        path = value;
      }
    });
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    // A folder that is set to home itself is switched off.
    if (path != home) folders.push_back({std::string(title), path});
  }
  return folders;
}

std::vector<NamedPath> mounted_folders(std::string_view mounts_text) {
  std::vector<NamedPath> folders;
  for_each_line(mounts_text, [&](std::string_view line) {
    const auto begin = line.find(' ');
    if (begin == std::string_view::npos) return;
    const auto end = std::min(line.find(' ', begin + 1), line.size());
    const auto path = unescaped_mount(line.substr(begin + 1, end - begin - 1));
    for (const std::string_view root : {"/media/", "/run/media/", "/mnt/"}) {
      if (path.size() > root.size() && path.starts_with(root)) {
        folders.push_back({path.substr(path.rfind('/') + 1), path});
        break;
      }
    }
  });
  return folders;
}

std::vector<NamedPath> usual_places() {
  const auto variable = [](const char *name) {
    const char *value = std::getenv(name);
    return value != nullptr ? std::string(value) : std::string();
  };
  const auto home = variable("HOME");
  std::vector<NamedPath> places;
  if (!home.empty()) {
    places.push_back({"Home", home});
    auto config = variable("XDG_CONFIG_HOME");
    if (config.empty()) config = joined_path(home, ".config");
    for (auto &folder : user_folders(text_of_file(joined_path(config, "user-dirs.dirs")), home)) {
      if (is_folder(folder.path)) places.push_back(std::move(folder));
    }
  }
  for (auto &folder : mounted_folders(text_of_file("/proc/self/mounts"))) places.push_back(std::move(folder));
  places.push_back({"Computer", "/"});
  return places;
}

}  // namespace kalon::viewer
