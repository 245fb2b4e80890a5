#pragma once
// Pick and reject: what people decided in Kalon, and what files say where nobody did.

#include <optional>
#include <string_view>

#include "store/library.h"

namespace kalon {

std::string_view flag_name(FlagValue value);  // "pick", "reject", "none"
std::optional<FlagValue> flag_named(std::string_view name);

// The newest decision about a file: flags are given to photos, so that the RAW and the picture of one shot share
// theirs; one that the file's own picture was given before it joined a photo counts too. [any]
std::optional<FlagValue> decided_flag(const Reader &reader, const Hash128 &picture, const Hash128 &photo);

// What a file is taken for: the attribute `flag`, else reject where the rating is below 0. known: what is known of the
// picture beyond its file, which covers the file's own attributes. [any]
FlagValue flag_of(const FileView &file, const std::vector<Attribute> &known);

}  // namespace kalon
