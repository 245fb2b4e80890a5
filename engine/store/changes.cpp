#include "store/changes.h"

#include <algorithm>

#include "store/database.h"

namespace kalon {
namespace {

using layout::Key;
using layout::key_of;

// Notes that are kept. A host that was away for longer lists anew.
constexpr uint64_t most_notes = 32768;

uint64_t revision_after(uint64_t revision) {
  return std::max<uint64_t>(revision, 1) + 1;  // as State::take_number() counts
}

// Those that a table with the numbers of files has of a picture or photo.
void add_files(const Reader::State &state, layout::Table table, const Hash128 &of, std::vector<uint64_t> &files) {
  database::Cursor cursor(state.use(), state.table(table));
  for (bool more = cursor.exact(key_of(of).view()); more; more = cursor.next_value())
    files.push_back(layout::read_number<uint64_t>(cursor.value));
}

}  // namespace

namespace changes {

void note(Reader::State &state, uint64_t file) {
  state.rows_changed = true;
  // What is more than is kept will not be looked up.
  if (state.noted_changes > most_notes) return;
  auto revision = revision_after(state.number(layout::revision_key));
  bool is_new =
      database::insert(state.use(), state.table(layout::changed_files), Key().number(revision).number(file).view(), {});
  state.noted_changes += is_new ? 1 : 0;
}

void move_photo(Reader::State &state, const FileRow *old, const FileRow &row) {
  bool shared = old && shares_photo(old->picture, old->photo), shares = shares_photo(row.picture, row.photo);
  if (old && (old->photo != row.photo || old->picture != row.picture)) {
    std::vector<uint64_t> left;
    for (auto table : {layout::pictures, layout::photos}) add_files(state, table, old->photo, left);
    for (uint64_t file : left) note(state, file);
  }
  if (shared && (!shares || old->photo != row.photo))
    database::remove_pair(state.use(), state.table(layout::photos), key_of(old->photo).view(), key_of(row.id).view());
  if (shares && !(shared && old->photo == row.photo))
    database::insert(state.use(), state.table(layout::photos), key_of(row.photo).view(), key_of(row.id).view());
}

void finish(Reader::State &state) {
  if (!state.rows_changed) return;
  state.take_number(layout::revision_key);
  auto table = state.table(layout::changed_files);
  if (state.noted_changes > most_notes) return database::clear(state.use(), table);
  // Whole revisions go, so that those of which the first is known are known altogether.
  while (database::count(state.use(), table) > most_notes) {
    Key oldest;
    {
      database::Cursor cursor(state.use(), table);
      if (!cursor.first()) return;
      oldest.number(layout::read_number<uint64_t>(cursor.key));
    }
    database::remove_prefix(state.use(), table, oldest.view());
  }
}

}  // namespace changes

std::optional<std::vector<uint64_t>> Reader::changed_files(uint64_t since, uint64_t most) const {
  uint64_t now = revision();
  std::vector<uint64_t> files;
  if (state_->table(layout::changed_files) == database::no_table) return std::nullopt;
  if (since == now) return files;
  database::Cursor cursor(state_->use(), state_->table(layout::changed_files));
  auto first = revision_after(since);
  if (since > now || !cursor.first() || layout::read_number<uint64_t>(cursor.key) > first) return std::nullopt;
  for (bool more = cursor.seek(key_of(first).view()); more; more = cursor.next()) {
    files.push_back(layout::read_number<uint64_t>(cursor.key, sizeof first));
    if (files.back() == changes::all_files || files.size() > most_notes) return std::nullopt;
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  if (files.size() > most) return std::nullopt;
  return files;
}

std::vector<uint64_t> Reader::files_of_photo(const Hash128 &photo) const {
  auto files = files_of(photo);
  add_files(*state_, layout::photos, photo, files);
  return files;
}

}  // namespace kalon
