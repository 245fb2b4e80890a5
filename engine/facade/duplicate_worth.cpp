#include "facade/duplicate_worth.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "facade/flags.h"
#include "facade/photo_attributes.h"

namespace kalon {
namespace {

constexpr int rejected = -1, untouched = 0, described = 1;  // n stars: described + n

int judgement_of(const FileView &file, const std::vector<Attribute> &imported) {
  auto flag = flag_of(file, imported);
  double stars = std::strtod(std::string(value_of(file, imported, "rating")).c_str(), nullptr);
  if (!std::isfinite(stars)) stars = 0;
  if (flag == FlagValue::reject) return rejected;
  if (stars >= 1) return described + static_cast<int>(std::min(stars, 5.0));
  if (flag == FlagValue::pick) return described;
  for (const char *name : {"label", "keywords", "caption", "title"})
    if (!value_of(file, imported, name).empty()) return described;
  return untouched;
}

int judgement_in(int8_t worth) {
  return (worth - (worth & 1)) / 2;
}

}  // namespace

int8_t worth_of(const FileView &file, const std::vector<Attribute> &imported) {
  int dated = file.capture_time != unknown_time ? 1 : 0;
  return static_cast<int8_t>(judgement_of(file, imported) * 2 + dated);
}

std::string worth_text(int8_t kept, int8_t other) {
  int better = judgement_in(kept), worse = judgement_in(other);
  if (better == worse) return "has the date of the shot";
  if (worse == rejected) return "the other is rejected";
  if (better == described) return "labelled or described";
  auto text = "rated " + std::to_string(better - described);
  return worse > described ? text + " against " + std::to_string(worse - described) : text;
}

}  // namespace kalon
