// Method "changes": which rows of `list` may have changed since, for hosts that show a library others write to.

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "facade/action_texts.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/rows.h"

namespace kalon {
namespace {

constexpr size_t most_rows = 20000;       // of an answer; a host that has missed more lists again
constexpr uint64_t most_events = 100000;  // that are read for it

// A state of the library, as far as rows of files go.
struct Position {
  uint64_t snapshot = 0, revision = 0, events = 0;
  std::optional<EventKey> last;  // the newest event
  bool operator==(const Position &) const = default;
};

Position position_of(const Reader &reader) {
  return {reader.snapshot(), reader.revision(), reader.event_count(), reader.last_event()};
}

// "SNAPSHOT.REVISION.EVENTS.KEY", all hexadecimal.
std::string cursor_text(const Position &position) {
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, "%llx.%llx.%llx.", static_cast<unsigned long long>(position.snapshot),
                static_cast<unsigned long long>(position.revision), static_cast<unsigned long long>(position.events));
  std::string text = numbers;
  if (position.last)
    for (char c : position.last->bytes) {
      constexpr char digits[] = "0123456789abcdef";
      text += digits[static_cast<unsigned char>(c) >> 4];
      text += digits[static_cast<unsigned char>(c) & 15];
    }
  return text;
}

Position position_in(std::string_view text) {
  Position position;
  bool good = true;
  auto number = [&](std::string_view digits) {
    uint64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    good = good && error == std::errc() && end == digits.data() + digits.size();
    return value;
  };
  for (auto *member : {&position.snapshot, &position.revision, &position.events}) {
    auto dot = text.find('.');
    good = good && dot != std::string_view::npos;
    if (!good) break;
    *member = number(text.substr(0, dot));
    text.remove_prefix(dot + 1);
  }
  EventKey key;
  good = good && (text.empty() || text.size() == 2 * key.bytes.size());
  if (good && !text.empty()) {
    for (size_t i = 0; i < key.bytes.size(); ++i) key.bytes[i] = static_cast<char>(number(text.substr(2 * i, 2)));
    position.last = key;
  }
  if (!good || position.last.has_value() != (position.events > 0))
    throw Error(Status::invalid_argument, "is no cursor that `changes` gave", "parameter since");
  return position;
}

// What may have changed since a position.
class Changes {
 public:
  Changes(const Reader &reader, const Position &since) : reader_(reader) {
    all_ = !read_events(since) || !read_files(since.revision);
  }
  bool all() const { return all_; }  // it cannot be told, or is too much
  bool votes() const { return votes_; }
  const std::unordered_set<uint64_t> &files() const { return files_; }

 private:
  bool read_events(const Position &since) {
    if (since.last && !reader_.has_event(*since.last)) return false;  // a cursor of another library
    auto now = reader_.event_count();
    if (now == since.events) return true;
    uint64_t fresh = 0;
    bool few = true;
    auto take = [&](const Event &event) {
      ++fresh;
      return few = take_event(event);
    };
    if (since.last)
      reader_.scan_events(*since.last, take);
    else
      reader_.scan_events(take);
    // Others that came in from elsewhere stand before the newest of then.
    return few && since.events + fresh == now && take_undone();
  }

  bool take_event(const Event &event) {
    if (++events_ > most_events) return false;
    if (const auto *undo = std::get_if<Undo>(&event.body)) {
      if (seen_.insert(undo->action).second) undone_.push_back(undo->action);
      return true;
    }
    votes_ = votes_ || std::holds_alternative<Vote>(event.body);
    if (std::holds_alternative<Vote>(event.body) || std::holds_alternative<NotDuplicates>(event.body)) return true;
    for (const auto &picture : pictures_of(event))
      if (!take_picture(picture)) return false;
    return true;
  }

  // What was taken back, or came back with an undo that was taken back.
  bool take_undone() {
    bool few = true;
    while (few && !undone_.empty()) {
      auto action = undone_.back();
      undone_.pop_back();
      reader_.scan_action(action, [&](const Event &event) { return few = take_event(event); });
    }
    return few;
  }

  bool read_files(uint64_t revision) {
    auto changed = reader_.changed_files(revision, most_rows);
    if (!changed) return false;
    return std::all_of(changed->begin(), changed->end(), [&](uint64_t file) { return take_file(file); });
  }

  bool take_picture(const Hash128 &picture) {
    if (!pictures_.insert(picture).second) return true;
    for (uint64_t file : reader_.files_of_photo(picture))
      if (!take_file(file)) return false;
    return true;
  }

  // With the others of its photo.
  bool take_file(uint64_t file) {
    if (!files_.insert(file).second) return true;
    if (files_.size() > most_rows) return false;
    Hash128 photo;
    reader_.visit_file(file, [&](const FileView &view) { photo = view.photo; });
    return photo.none() || take_picture(photo);
  }

  const Reader &reader_;
  std::unordered_set<uint64_t> files_;
  std::unordered_set<Hash128> pictures_, seen_;
  std::vector<Hash128> undone_;
  uint64_t events_ = 0;
  bool votes_ = false, all_ = false;
};

std::vector<std::string> rows_of(const Reader &reader, const Choice &choice,
                                 const std::unordered_set<uint64_t> &files) {
  std::vector<std::string> rows;
  if (files.empty()) return rows;
  ChoiceFilter filter(reader, choice);
  Exclusions exclusions(reader);
  std::vector<std::pair<std::string, std::string>> by_path;
  for (uint64_t id : files)
    reader.visit_file(id, [&](const FileView &file) {
      if (filter.in_folders(file.path))
        by_path.emplace_back(file.path,
                             file_row_json(file, exclusions.holds(file.picture, file.photo), known_of(reader, file)));
    });
  std::sort(by_path.begin(), by_path.end());
  for (auto &[path, row] : by_path) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

Ending run_changes(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto text = parameters.text("since");
  auto choice = choice_of_folders(parameters);
  parameters.reject_unknown();
  std::vector<std::string> rows;
  JsonObject summary;
  bool unchanged = true, all = false, votes = false;
  {
    auto reader = call.library().read();
    auto now = position_of(reader);
    summary.add("cursor", cursor_text(now));
    if (auto since = text.empty() ? now : position_in(text); since != now) {
      Changes changes(reader, since);
      unchanged = false;
      all = changes.all();
      votes = all || changes.votes();
      if (!all) rows = rows_of(reader, choice, changes.files());
    }
  }
  for (const auto &row : rows) call.rows.row(row);
  summary.add("unchanged", unchanged).add("all", all).add("votes", votes);
  return {Status::ok, summary.str()};
}

}  // namespace kalon
