#pragma once
// Flags, ratings and labels: what people decided in Kalon, and what was imported or files say where nobody did.

#include <optional>
#include <string_view>
#include <vector>

#include "store/library.h"

namespace kalon {

std::string_view flag_name(FlagValue value);  // "pick", "reject", "none"
std::optional<FlagValue> flag_named(std::string_view name);

// Puts what people decided about a file in place of what is known of it otherwise: the attributes flag, rating and
// label, a cleared label as one without a value. Decisions are on photos, so that the RAW and the picture of one shot
// share theirs; one on the file's own picture from before it joined a photo counts too, and of the two the newer. A
// file that is a reject because of its rating stays one when it is rated. [any]
void put_decisions(const Reader &reader, const FileView &file, std::vector<Attribute> &known);

// What a file is taken for: the attribute `flag`, else reject where the rating is below 0. known: what is known of the
// picture beyond its file, which covers the file's own attributes. [any]
FlagValue flag_of(const FileView &file, const std::vector<Attribute> &known);

// The attribute `rating` where it is a number from 0 to 5, and who gave it: "person", "import" or "file".
struct GivenRating {
  double stars = 0;
  std::string_view by;
};
std::optional<GivenRating> rating_of(const FileView &file, const std::vector<Attribute> &known);

}  // namespace kalon
