#include "panels/information_facts.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "library/catalogue.h"

namespace kalon::viewer {
namespace {

using nlohmann::json;

std::string text_of(const json &row, const char *name) {
  auto found = row.find(name);
  if (found == row.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

template <class Number>
Number number_of(const json &row, const char *name) {
  auto found = row.find(name);
  return found != row.end() && found->is_number_unsigned() ? found->get<Number>() : Number{};
}

bool truth_of(const json &row, const char *name) {
  auto found = row.find(name);
  return found != row.end() && found->is_boolean() && found->get<bool>();
}

void set_shot(Shot &shot, const std::string &name, const std::string &value) {
  static const std::pair<const char *, std::string Shot::*> members[] = {{"camera", &Shot::camera},
                                                                         {"lens", &Shot::lens},
                                                                         {"focal_length", &Shot::focal_length},
                                                                         {"aperture", &Shot::aperture},
                                                                         {"exposure_time", &Shot::exposure_time},
                                                                         {"iso", &Shot::iso},
                                                                         {"latitude", &Shot::latitude},
                                                                         {"longitude", &Shot::longitude}};
  for (const auto &[known, member] : members)
    if (name == known && (shot.*member).empty()) shot.*member = value;
}

FileFacts file_of(const json &row) {
  FileFacts file;
  file.path = path_of(text_of(row, "uri"));
  file.format = text_of(row, "format");
  file.size = number_of<uint64_t>(row, "size");
  file.width = number_of<uint32_t>(row, "width");
  file.height = number_of<uint32_t>(row, "height");
  file.message = text_of(row, "message");
  file.vanished = truth_of(row, "vanished");
  if (auto same = row.find("same_picture"); same != row.end() && same->is_array())
    for (const auto &uri : *same)
      if (uri.is_string()) file.copies.push_back(path_of(uri.get<std::string>()));
  return file;
}

void take_row(Facts &facts, const json &row) {
  facts.files.push_back(file_of(row));
  if (facts.excluded_reason.empty()) facts.excluded_reason = text_of(row, "excluded_reason");
  if (auto attributes = row.find("attributes"); attributes != row.end() && attributes->is_object())
    for (const auto &[name, value] : attributes->items()) {
      if (value.is_null()) continue;
      auto text = value.is_string() ? value.get<std::string>() : value.dump();
      set_shot(facts.shot, name, text);
      auto known =
          std::ranges::any_of(facts.attributes, [&, &key = name](const auto &one) { return one.first == key; });
      if (!known) facts.attributes.emplace_back(name, std::move(text));
    }
  if (auto vectors = row.find("vectors"); vectors != row.end() && vectors->is_array())
    for (const auto &vector : *vectors) {
      auto model = vector.is_object() ? text_of(vector, "model") : std::string();
      if (!model.empty() && std::ranges::find(facts.models, model) == facts.models.end()) facts.models.push_back(model);
    }
}

std::string degrees(double value, char positive, char negative) {
  char text[48];
  std::snprintf(text, sizeof text, "%.5f° %c", std::abs(value), value < 0 ? negative : positive);
  return text;
}

bool read(const std::string &text, double limit, double &value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::abs(value) <= limit;
}

char small(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool within(std::string_view text, std::string_view part) {
  auto same = [](char left, char right) { return small(left) == small(right); };
  return part.empty() || std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

std::string exposure_text(const Shot &shot) {
  std::string text;
  auto add = [&](std::string_view before, const std::string &value, std::string_view behind) {
    if (value.empty()) return;
    if (!text.empty()) text += " · ";
    (text += before) += value;
    text += behind;
  };
  add("", shot.focal_length, " mm");
  add("f/", shot.aperture, "");
  add("", shot.exposure_time, " s");
  add("ISO ", shot.iso, "");
  return text;
}

std::string position_text(const Shot &shot) {
  double latitude = 0, longitude = 0;
  if (!read(shot.latitude, 90, latitude) || !read(shot.longitude, 180, longitude)) return {};
  return degrees(latitude, 'N', 'S') + ", " + degrees(longitude, 'E', 'W');
}

Facts facts_of(std::span<const std::string> rows) {
  Facts facts;
  for (const auto &text : rows) {
    auto row = json::parse(text, nullptr, false);
    if (row.is_object()) take_row(facts, row);
  }
  std::ranges::sort(facts.attributes);
  return facts;
}

std::string info_parameters(std::span<const std::string> paths) {
  std::string text = "{\"paths\":[";
  for (const auto &path : paths) {
    if (text.back() != '[') text += ',';
    text += json_text(uri_of(path));
  }
  return text + "]}";
}

bool mentions(const std::pair<std::string, std::string> &attribute, std::string_view text) {
  return within(attribute.first, text) || within(attribute.second, text);
}

}  // namespace kalon::viewer
