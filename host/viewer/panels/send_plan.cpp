#include "panels/send_plan.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

constexpr std::array<std::string_view, 4> kind_names = {"hardlink", "symlink", "copy", "trash"};

std::string_view name_in(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view stem_of(std::string_view path) {
  auto name = name_in(path);
  auto dot = name.rfind('.');
  return path.substr(0, path.size() - name.size() + (dot == std::string_view::npos || dot == 0 ? name.size() : dot));
}

int rank(const SendLine &line) {
  return line.problem() ? 0 : line.fate == "left" ? 1 : 2;
}

}  // namespace

std::string_view send_kind_name(SendKind kind) {
  return kind_names[static_cast<size_t>(kind)];
}

bool send_kind_named(std::string_view name, SendKind &kind) {
  auto found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return false;
  kind = static_cast<SendKind>(found - kind_names.begin());
  return true;
}

bool SendLine::renamed() const {
  return !name.empty() && name != name_in(path);
}

void SendPlan::take(SendKind kind, std::string_view row) {
  auto json = nlohmann::json::parse(row, nullptr, false);
  if (!json.is_object()) return;
  auto text = [&](const char *name) {
    auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  SendLine line;
  line.path = path_of(text("uri"));
  if (line.path.empty()) return;
  line.fate = text("fate");
  line.message = text("message");
  // The trash names files as it likes; people find them there by where they were.
  if (kind != SendKind::trash && line.fate != "left" && line.fate != "failed") line.name = text("name");
  line.other_kind = kind == SendKind::hardlink && text("action") == "symlink";
  if (auto found = json.find("sidecars"); found != json.end() && found->is_array()) line.sidecars = found->size();
  lines.push_back(std::move(line));
}

void SendPlan::finish(std::string_view summary) {
  going = left = failed = sidecars = 0;
  for (const auto &line : lines) {
    ++(line.problem() ? failed : line.fate == "left" ? left : going);
    sidecars += line.sidecars;
  }
  auto json = nlohmann::json::parse(summary, nullptr, false);
  if (json.is_object()) {
    if (auto found = json.find("bytes"); found != json.end() && found->is_number_unsigned()) bytes = *found;
    if (auto found = json.find("operation"); found != json.end() && found->is_number_unsigned()) operation = *found;
    undoable = operation > 0;
  }
  std::ranges::stable_sort(lines, {}, rank);
}

std::vector<std::string> files_to_send(const Catalogue &catalogue, std::span<const ItemIndex> items) {
  std::vector<std::string> paths;
  for (auto index : items) {
    const auto &item = catalogue.item(index);
    paths.push_back(item.path);
    for (const auto &other : item.others)
      if (stem_of(other) == stem_of(item.path)) paths.push_back(other);
  }
  return paths;
}

std::string folder_from_text(std::string_view text, std::string_view home, std::string_view working_folder) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::string folder;
  if (text.empty()) return folder;
  if (text.starts_with("file://"))
    folder = path_of(text);
  else if (text == "~" || text.starts_with("~/"))
    folder = std::string(home) + std::string(text.substr(1));
  else if (text.front() != '/')
    folder = std::string(working_folder) + "/" + std::string(text);
  else
    folder = text;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

std::string send_parameters(SendKind kind, std::span<const std::string> paths, std::string_view folder, bool sidecars,
                            bool numbered, bool dry_run) {
  std::string text = "{\"paths\":[";
  for (size_t i = 0; i < paths.size(); ++i) {
    if (i > 0) text += ',';
    text += json_text(uri_of(paths[i]));
  }
  text += "],\"dry_run\":";
  text += dry_run ? "true" : "false";
  if (kind != SendKind::trash) {
    text += ",\"to\":" + json_text(uri_of(folder)) + ",\"link\":\"" + std::string(send_kind_name(kind)) + "\"";
    text += std::string(",\"sidecars\":") + (sidecars ? "true" : "false");
    text += std::string(",\"numbered\":") + (numbered ? "true" : "false");
  }
  return text + "}";
}

}  // namespace kalon::viewer
