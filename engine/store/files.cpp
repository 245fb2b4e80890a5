// Rows of files: by path, by id, by picture.

#include <algorithm>

#include "base/text.h"
#include "store/changes.h"
#include "store/database.h"
#include "store/spellings.h"
#include "store/state.h"

namespace kalon {
namespace {

using layout::key_of;

constexpr size_t longest_path = 65535;

std::optional<FileRow> row_at_key(const Reader::State &state, std::string_view key) {
  std::string_view record;
  if (!state.get(layout::files, key, record)) return std::nullopt;
  records::Aligned memory;
  FileView view;
  if (!records::decode(record, memory, view)) damaged(state, "files");
  return row_of(view);
}

// The row whose path has exactly these bytes.
std::optional<FileRow> row_at(const Reader::State &state, std::string_view path) {
  if (path.empty() || path.size() > longest_path) return std::nullopt;
  auto row = row_at_key(state, layout::path_key(path));
  if (row && row->path != path) damaged(state, "files");  // a hash of 128 bits met twice
  return row;
}

using Visit = std::function<bool(const FileView &)>;

bool give(const Reader::State &state, std::string_view record, records::Aligned &memory, const Visit &visit) {
  FileView view;
  if (!records::decode(record, memory, view)) damaged(state, "files");
  return visit(view);
}

// Walks keys in order from the first one that is not less than start, and gives records in order of paths.
class PathScan {
 public:
  PathScan(const Reader::State &state, const Visit &visit)
      : state_(state), visit_(visit), cursor_(state.use(), state.table(layout::files)) {}

  // All paths that begin with prefix, and come after `after`. False when visit said stop.
  bool run(std::string_view prefix, std::string_view after) {
    std::string_view start = after > prefix ? after : prefix;
    // Long paths with one prefix are keyed by hash: start with the first of them.
    bool more = cursor_.seek(start.substr(0, layout::path_prefix));
    while (more) {
      if (!may_begin_with(cursor_.key, prefix)) return true;
      if (layout::long_path_key(cursor_.key)) {
        if (!group(prefix, after, more)) return false;
        continue;
      }
      if (writer_) key_ = cursor_.key;  // visit may write, and then the cursor's views are gone
      bool wanted = (cursor_.key > after || after.empty()) && cursor_.key.starts_with(prefix);
      if (wanted && !give(state_, cursor_.value, memory_, visit_)) return false;
      more = step();
    }
    return true;
  }

 private:
  static bool may_begin_with(std::string_view key, std::string_view prefix) {
    size_t length = std::min(prefix.size(), layout::path_prefix);
    return key.substr(0, length) == prefix.substr(0, length);
  }

  bool step() {
    if (!writer_) return cursor_.next();
    key_ += '\0';
    return cursor_.seek(key_);
  }

  // All long paths that share their first bytes, sorted by the rest of theirs.
  bool group(std::string_view prefix, std::string_view after, bool &more) {
    std::string shared(cursor_.key.substr(0, layout::path_prefix));
    std::vector<std::pair<std::string, std::string>> members;  // path, key
    while (more && layout::long_path_key(cursor_.key) && cursor_.key.starts_with(shared)) {
      FileView view;
      if (!records::decode(cursor_.value, memory_, view)) damaged(state_, "files");
      if (view.path.starts_with(prefix) && view.path > after) members.emplace_back(view.path, cursor_.key);
      key_ = cursor_.key;
      more = cursor_.next();
    }
    std::string last = key_;
    std::sort(members.begin(), members.end());
    for (const auto &[path, key] : members) {
      std::string_view record;
      if (!state_.get(layout::files, key, record)) damaged(state_, "files");
      if (!give(state_, record, memory_, visit_)) return false;
    }
    if (writer_) {
      last += '\0';
      key_ = last;
      more = cursor_.seek(key_);
    }
    return true;
  }

  const Reader::State &state_;
  const Visit &visit_;
  database::Cursor cursor_;
  records::Aligned memory_;
  bool writer_ = state_.writes;
  std::string key_;
};

// Whether anything is stored as this path or below it.
bool holds(const Reader::State &state, const std::string &folder) {
  std::string_view ignored;
  if (state.get(layout::files, layout::path_key(folder), ignored)) return true;
  bool any = false;
  Visit first = [&](const FileView &) {
    any = true;
    return false;
  };
  PathScan(state, first).run(folder + "/", {});
  return any;
}

void require_path(const FileRow &row) {
  if (row.path.empty() || row.path.size() > longest_path || row.path.find('\0') != std::string::npos)
    throw Error(Status::invalid_argument, "a file's path must have 1 to 65535 bytes, none of them zero",
                display_text(row.path.substr(0, 300)));
}

void store(Reader::State &state, const FileRow &row) {
  database::put(state.use(), state.table(layout::files), layout::path_key(row.path), records::encode(row));
}

FileRow require_file(const Reader &reader, uint64_t id) {
  auto row = reader.file(id);
  if (!row) throw Error(Status::not_found, "no file has the number " + std::to_string(id));
  return *std::move(row);
}

}  // namespace

uint64_t Reader::file_count() const {
  return database::count(state_->use(), state_->table(layout::files));
}

std::optional<FileRow> Reader::file_at(std::string_view path) const {
  if (auto row = row_at(*state_, path)) return row;
  std::optional<FileRow> vanished;
  for (const std::string &spelling : spellings_of(*state_, path)) {
    auto row = row_at(*state_, spelling);
    if (row && !row->vanished) return row;
    if (row && !vanished) vanished = std::move(row);
  }
  return vanished;
}

std::optional<FileRow> Reader::file(uint64_t id) const {
  std::string_view key;
  if (!state_->get(layout::ids, key_of(id).view(), key)) return std::nullopt;
  auto row = row_at_key(*state_, key);
  if (!row || row->id != id) damaged(*state_, "ids");
  return row;
}

std::vector<uint64_t> Reader::files_of(const Hash128 &picture) const {
  std::vector<uint64_t> ids;
  database::Cursor cursor(state_->use(), state_->table(layout::pictures));
  auto key = key_of(picture);
  for (bool more = cursor.exact(key.view()); more; more = cursor.next_value())
    ids.push_back(layout::read_number<uint64_t>(cursor.value));
  return ids;
}

void Reader::visit_file_at(std::string_view path, const std::function<void(const FileView &)> &visit) const {
  std::string_view record;
  if (!path.empty() && path.size() <= longest_path && state_->get(layout::files, layout::path_key(path), record)) {
    records::Aligned memory;
    FileView view;
    if (!records::decode(record, memory, view) || view.path != path) damaged(*state_, "files");
    return visit(view);
  }
  if (auto row = file_at(path)) visit_file(row->id, visit);  // spelt in another way
}

void Reader::visit_file(uint64_t id, const std::function<void(const FileView &)> &visit) const {
  std::string_view key, record;
  if (!state_->get(layout::ids, key_of(id).view(), key)) return;
  records::Aligned memory;
  FileView view;
  if (!state_->get(layout::files, key, record) || !records::decode(record, memory, view) || view.id != id)
    damaged(*state_, "ids");
  visit(view);
}

void Reader::scan_files(std::string_view folder, std::string_view after, const Visit &visit) const {
  if (folder.empty()) {
    PathScan(*state_, visit).run({}, after);
    return;
  }
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  if (folder == "/") {
    PathScan(*state_, visit).run("/", after);
    return;
  }
  std::vector<std::string> folders{std::string(folder)};
  if (!holds(*state_, folders.front())) folders = spellings_of(*state_, folder);
  for (const std::string &spelling : folders) {
    if (spelling > after) {
      std::string_view record;
      records::Aligned memory;
      if (state_->get(layout::files, layout::path_key(spelling), record) && !give(*state_, record, memory, visit))
        return;
    }
    if (!PathScan(*state_, visit).run(spelling + "/", after)) return;
  }
}

void Writer::put_file(FileRow &row) {
  require_path(row);
  Reader::State &state = *state_;
  MDB_txn *transaction = state.use();
  std::string key = layout::path_key(row.path);
  bool has_picture = !row.picture.none();
  auto old = row_at(state, row.path);
  if (old) {
    row.id = old->id;
    bool had_picture = !old->picture.none();
    if (had_picture && old->picture != row.picture)
      database::remove_pair(transaction, state.table(layout::pictures), key_of(old->picture).view(),
                            key_of(row.id).view());
    has_picture = has_picture && old->picture != row.picture;
  } else {
    row.id = state.take_number(layout::next_file_key);
    database::append(transaction, state.table(layout::ids), key_of(row.id).view(), key);
    remember_spellings(state, row.path);
  }
  if (has_picture)
    database::insert(transaction, state.table(layout::pictures), key_of(row.picture).view(), key_of(row.id).view());
  changes::move_photo(state, old ? &*old : nullptr, row);
  changes::note(state, row.id);
  database::put(transaction, state.table(layout::files), key, records::encode(row));
}

void Writer::set_vanished(uint64_t id, bool vanished) {
  FileRow row = require_file(*this, id);
  if (row.vanished == vanished) return;
  changes::note(*state_, id);
  row.vanished = vanished;
  store(*state_, row);
}

void Writer::set_photo(uint64_t id, const Hash128 &photo) {
  FileRow row = require_file(*this, id);
  if (row.photo == photo) return;
  FileRow old = row;
  row.photo = photo;
  changes::move_photo(*state_, &old, row);
  changes::note(*state_, id);
  store(*state_, row);
}

// ---- attributes that were imported

std::vector<Attribute> Reader::attributes(const Hash128 &picture) const {
  std::vector<Attribute> attributes;
  std::string_view record;
  if (state_->get(layout::attributes, key_of(picture).view(), record) && !records::decode(record, attributes))
    damaged(*state_, "attributes");
  return attributes;
}

bool Reader::any_attributes() const {
  return database::count(state_->use(), state_->table(layout::attributes)) > 0;
}

void Reader::scan_attributes(const Hash128 &from,
                             const std::function<bool(const Hash128 &, const std::vector<Attribute> &)> &visit) const {
  std::vector<Attribute> attributes;
  database::Cursor cursor(state_->use(), state_->table(layout::attributes));
  for (bool more = cursor.seek(key_of(from).view()); more; more = cursor.next()) {
    if (!records::decode(cursor.value, attributes)) damaged(*state_, "attributes");
    if (!visit(layout::read_hash(cursor.key), attributes)) return;
  }
}

void Writer::put_attributes(const Hash128 &picture, const std::vector<Attribute> &attributes) {
  std::vector<Attribute> merged = this->attributes(picture);
  for (const Attribute &attribute : attributes) {
    auto same =
        std::find_if(merged.begin(), merged.end(), [&](const Attribute &a) { return a.name == attribute.name; });
    if (same == merged.end())
      merged.push_back(attribute);
    else
      same->value = attribute.value;
  }
  if (merged.empty()) return;
  changes::note(*state_, changes::all_files);
  database::put(state_->use(), state_->table(layout::attributes), key_of(picture).view(), records::encode(merged));
}

bool Writer::remove_attribute(const Hash128 &picture, std::string_view name) {
  auto left = attributes(picture);
  auto wanted = ascii_lower(name);
  if (std::erase_if(left, [&](const Attribute &attribute) { return ascii_lower(attribute.name) == wanted; }) == 0)
    return false;
  changes::note(*state_, changes::all_files);
  if (left.empty())
    database::remove(state_->use(), state_->table(layout::attributes), key_of(picture).view());
  else
    database::put(state_->use(), state_->table(layout::attributes), key_of(picture).view(), records::encode(left));
  return true;
}

}  // namespace kalon
