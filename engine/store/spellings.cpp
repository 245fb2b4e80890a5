#include "store/spellings.h"

#include <algorithm>

#include "base/text.h"
#include "store/database.h"
#include "store/state.h"

namespace kalon {
namespace {

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

// False when it is there already.
bool remember(Reader::State &state, std::string_view path) {
  if (ascii(path) || !valid_utf8(path)) return true;  // nothing to store; the folders above may still need it
  auto key = layout::key_of(hash_of(nfc(path))).hash(hash_of(path));
  return database::insert(state.use(), state.table(layout::spellings), key.view(), path);
}

std::string_view parent(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

void remember_spellings(Reader::State &state, std::string_view path) {
  if (ascii(path)) return;
  remember(state, path);
  std::string_view folder = parent(path);
  if (folder == state.indexed_folder) return;
  // A folder that is known was stored together with all folders above it.
  for (std::string_view above = folder; !ascii(above) && remember(state, above); above = parent(above)) {
  }
  state.indexed_folder = folder;
}

std::vector<std::string> spellings_of(const Reader::State &state, std::string_view path) {
  std::vector<std::string> spellings;
  std::string composed = nfc(path);
  Hash128 hash = hash_of(composed);
  auto key = layout::key_of(hash);
  database::Cursor cursor(state.use(), state.table(layout::spellings));
  for (bool more = cursor.seek(key.view()); more && cursor.key.starts_with(key.view()); more = cursor.next())
    if (nfc(cursor.value) == composed) spellings.emplace_back(cursor.value);
  std::sort(spellings.begin(), spellings.end());
  return spellings;
}

}  // namespace kalon
