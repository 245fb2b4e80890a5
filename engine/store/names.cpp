#include "store/names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "store/where.h"

namespace kalon {
namespace {

constexpr size_t longest_name = 64;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// Words of the filter language, and a column that the host adds to every row.
constexpr std::array<std::string_view, 7> taken = {"and", "or", "not", "is", "known", "unknown", "excluded"};

}  // namespace

void require_name(std::string_view name, std::string_view what) {
  auto refuse = [&](const std::string &why) {
    throw Error(Status::invalid_argument, std::string(what) + " cannot have this name: " + why,
                display_text(shorten_utf8(name, 200)));
  };
  if (name.empty() || name.size() > longest_name || !std::all_of(name.begin(), name.end(), plain))
    refuse("it must be 1 to 64 letters (a-z), digits, _ - or .");
  std::string lower = ascii_lower(name);
  if (std::ranges::count(fixed_columns(), lower) > 0) refuse("every picture has a column of that name");
  if (std::ranges::count(taken, lower) > 0) refuse("the word means something else in filters");
}

}  // namespace kalon
