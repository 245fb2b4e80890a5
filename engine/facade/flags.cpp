#include "facade/flags.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/text.h"
#include "facade/photo_attributes.h"

namespace kalon {
namespace {

// The newer of what was decided on a file's photo and on its own picture.
template <class Find>
auto newest_of(const FileView &file, const Find &find) {
  auto decided = find(file.photo);
  if (file.picture == file.photo) return decided;
  auto own = find(file.picture);
  return own && (!decided || own->time > decided->time) ? own : decided;
}

bool named(const Attribute &attribute, std::string_view name) {
  return attribute.name.size() == name.size() && ascii_lower(attribute.name) == name;
}

void put(std::vector<Attribute> &known, std::string_view name, std::string value) {
  std::erase_if(known, [&](const Attribute &attribute) { return named(attribute, name); });
  known.push_back({std::string(name), std::move(value), true});
}

}  // namespace

std::string_view flag_name(FlagValue value) {
  return value == FlagValue::pick ? "pick" : value == FlagValue::reject ? "reject" : "none";
}

std::optional<FlagValue> flag_named(std::string_view name) {
  for (auto value : {FlagValue::none, FlagValue::pick, FlagValue::reject})
    if (flag_name(value) == name) return value;
  return std::nullopt;
}

void put_decisions(const Reader &reader, const FileView &file, std::vector<Attribute> &known) {
  if (auto flag = newest_of(file, [&](const Hash128 &of) { return reader.flag(of); }))
    put(known, "flag", std::string(flag_name(flag->value)));
  if (auto rating = newest_of(file, [&](const Hash128 &of) { return reader.rating(of); })) {
    auto before = flag_of(file, known);
    put(known, "rating", std::to_string(rating->value));
    if (flag_of(file, known) != before) known.push_back({"flag", std::string(flag_name(before))});
  }
  if (auto label = newest_of(file, [&](const Hash128 &of) { return reader.label(of); }))
    put(known, "label", std::move(label->value));
}

FlagValue flag_of(const FileView &file, const std::vector<Attribute> &known) {
  if (auto flag = flag_named(ascii_lower(value_of(file, known, "flag")))) return *flag;
  return std::strtod(std::string(value_of(file, known, "rating")).c_str(), nullptr) < 0 ? FlagValue::reject
                                                                                        : FlagValue::none;
}

std::optional<GivenRating> rating_of(const FileView &file, const std::vector<Attribute> &known) {
  auto found = std::find_if(known.begin(), known.end(), [](const auto &each) { return named(each, "rating"); });
  auto text = found != known.end() ? std::string_view(found->value) : file.attribute("rating").value_or("");
  double stars = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stars);
  if (error != std::errc() || end != text.data() + text.size() || !(stars >= 0 && stars <= 5)) return std::nullopt;
  return GivenRating{stars, found == known.end() ? "file" : found->decided ? "person" : "import"};
}

}  // namespace kalon
