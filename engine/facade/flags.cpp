#include "facade/flags.h"

#include <cstdlib>
#include <string>

#include "base/text.h"
#include "facade/photo_attributes.h"

namespace kalon {

std::string_view flag_name(FlagValue value) {
  return value == FlagValue::pick ? "pick" : value == FlagValue::reject ? "reject" : "none";
}

std::optional<FlagValue> flag_named(std::string_view name) {
  for (auto value : {FlagValue::none, FlagValue::pick, FlagValue::reject})
    if (flag_name(value) == name) return value;
  return std::nullopt;
}

std::optional<FlagValue> decided_flag(const Reader &reader, const Hash128 &picture, const Hash128 &photo) {
  auto decided = reader.flag(photo);
  if (picture != photo)
    if (auto own = reader.flag(picture); own && (!decided || own->time > decided->time)) decided = own;
  return decided ? std::optional(decided->value) : std::nullopt;
}

FlagValue flag_of(const FileView &file, const std::vector<Attribute> &known) {
  if (auto flag = flag_named(ascii_lower(value_of(file, known, "flag")))) return *flag;
  return std::strtod(std::string(value_of(file, known, "rating")).c_str(), nullptr) < 0 ? FlagValue::reject
                                                                                        : FlagValue::none;
}

}  // namespace kalon
