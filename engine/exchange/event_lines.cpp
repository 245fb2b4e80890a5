#include "exchange/event_lines.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <unordered_set>

#include "base/text.h"
#include "exchange/json_line.h"
#include "exchange/named_columns.h"
#include "exchange/text_file.h"
#include "exchange/text_list.h"

namespace kalon {
namespace {

constexpr std::string_view format_name = "kalon-events";
constexpr int64_t format_version = 1;
constexpr uint64_t lines_between_looks = 4096;  // at whether the work is still wanted

constexpr std::string_view outcome_words[] = {"ranks", "tie", "both_bad", "skip"};

std::string writer_text(uint64_t writer) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(writer));
  return digits;
}

std::string hex_list(const std::vector<Hash128> &hashes) {
  std::string out = "[";
  for (const auto &hash : hashes) out += (out.size() > 1 ? ",\"" : "\"") + hash.hex() + '"';
  return out + ']';
}

std::string_view flag_word(FlagValue flag) {
  return flag == FlagValue::pick ? "pick" : flag == FlagValue::reject ? "reject" : "none";
}

// Adds what an event says to its line.
struct BodyWriter {
  JsonLine &line;

  void text(std::string_view name, const std::string &value) const {
    if (!valid_utf8(value))
      throw Error(Status::corrupt_data, "an event holds a " + std::string(name) + " that is not UTF-8");
    line.add(name, value);
  }
  void operator()(const Vote &vote) const {
    std::string ranks = "[";
    for (auto rank : vote.ranks) ranks += (ranks.size() > 1 ? "," : "") + std::to_string(rank);
    line.add("event", "vote").raw("pictures", hex_list(vote.pictures)).raw("ranks", ranks + "]");
    line.add("outcome", outcome_words[static_cast<size_t>(vote.outcome)]).add("placement_known", vote.placement_known);
    text("annotator", vote.annotator);
    text("criterion", vote.criterion);
    line.add("duration", vote.duration);
    text("session", vote.session);
  }
  void operator()(const Rating &rating) const {
    line.add("event", "rating").add("picture", rating.picture.hex()).add("stars", static_cast<int>(rating.stars));
  }
  void operator()(const Flag &flag) const {
    line.add("event", "flag").add("picture", flag.picture.hex()).add("flag", flag_word(flag.value));
  }
  void operator()(const Label &label) const {
    line.add("event", "label").add("picture", label.picture.hex());
    text("label", label.label);
  }
  void operator()(const Tag &tag) const {
    line.add("event", "tag").add("picture", tag.picture.hex());
    text("tag", tag.tag);
    line.add("added", tag.added);
  }
  void operator()(const Exclude &exclude) const {
    line.add("event", "exclude").add("picture", exclude.picture.hex());
    text("reason", exclude.reason);
    line.add("excluded", exclude.excluded);
  }
  void operator()(const Succeeds &succeeds) const {
    line.add("event", "succeeds").add("picture", succeeds.picture.hex());
    line.add("predecessor", succeeds.predecessor.hex());
    line.add("path", succeeds.path.empty() ? std::string() : file_uri(succeeds.path));
  }
  void operator()(const NotDuplicates &apart) const {
    line.add("event", "not_duplicates").raw("pictures", hex_list(apart.pictures));
  }
  void operator()(const Undo &undo) const { line.add("event", "undo").add("undoes", undo.action.hex()); }
};

// One line at a time, with the members that its kind of event has.
class EventReader {
 public:
  explicit EventReader(const std::string &source)
      : file_(display_text(source)),
        reader_(open_jsonl(source)),
        columns_(*reader_, {std::begin(names), std::end(names)}) {
    if (!next()) throw Error(Status::corrupt_data, "is empty; its first line must name its format", file_);
    if (!columns_.cell(row_, format) || columns_.text(row_, format) != format_name)
      refuse("does not say {\"format\":\"kalon-events\",\"version\":1}, so these are no events of Kalon");
    auto made = integer(version);
    if (made > format_version)
      throw Error(
          Status::unsupported,
          "line 1 says version " + std::to_string(made) + "; this program reads version 1, so a newer one is needed",
          file_);
    if (made < 1) refuse("says version " + std::to_string(made) + ", which never was");
    expect({format, version});
  }

  uint64_t line() const { return row_.number; }
  bool next() {
    if (!reader_->next(row_)) return false;
    columns_.look();
    if (!row_.outcome.ok()) refuse_row(*reader_, row_.number, row_.outcome.text, file_, row_.outcome.status);
    if (auto *unknown = columns_.unknown())
      refuse("has the member \"" + display_text(shorten_utf8(*unknown, 100)) +
             "\", which this program does not know; a newer one may");
    return true;
  }

  Event event() {
    Event event;
    event.id = hash(id);
    event.action = hash(action);
    event.time = integer(time);
    event.writer = writer_number();
    auto number = integer(sequence);
    if (number < 0 || number > std::numeric_limits<uint32_t>::max()) refuse("has a sequence out of range");
    event.sequence = static_cast<uint32_t>(number);
    if (event.time == std::numeric_limits<int64_t>::max()) refuse("has a time out of range");
    auto kind = text(kind_of_event);
    if (kind == "vote")
      event.body = vote();
    else if (kind == "exclude")
      event.body = exclude();
    else if (kind == "undo")
      event.body = undo();
    else
      event.body = other(kind);
    return event;
  }

 private:
  enum Column : size_t {
    id,
    action,
    time,
    writer,
    sequence,
    kind_of_event,
    pictures,
    ranks,
    outcome,
    placement_known,
    annotator,
    criterion,
    duration,
    session,
    picture,
    reason,
    excluded,
    undoes,
    stars,
    flag,
    label,
    tag,
    added,
    predecessor,
    path,
    format,
    version,
    count_of_columns
  };
  static constexpr std::string_view names[] = {
      "id",       "action",          "time",      "writer",    "sequence", "event",   "pictures", "ranks",
      "outcome",  "placement_known", "annotator", "criterion", "duration", "session", "picture",  "reason",
      "excluded", "undoes",          "stars",     "flag",      "label",    "tag",     "added",    "predecessor",
      "path",     "format",          "version"};

  [[noreturn]] void refuse(const std::string &text) const { refuse_row(*reader_, row_.number, text, file_); }

  std::string text(Column column) const {
    auto *cell = columns_.cell(row_, column);
    if (!cell) refuse("has no member \"" + std::string(names[column]) + "\"");
    return cell->text;
  }
  [[noreturn]] void wrong(Column column, const std::string &given, const char *needed) const {
    std::string shown;
    append_json_string(shown, shorten_utf8(given, 100));
    refuse("has the " + std::string(names[column]) + " " + shown + "; it must be " + needed);
  }
  Hash128 hash(Column column) const {
    auto given = text(column);
    auto hash = Hash128::from_hex(given);
    if (!hash || hash->none()) wrong(column, given, "32 hex digits that are not all 0");
    return *hash;
  }
  std::vector<Hash128> hashes(Column column) const {
    auto given = text(column);
    auto list = given.starts_with('[') ? texts_in(given) : std::nullopt;
    if (!list) wrong(column, given, "an array of ids");
    std::vector<Hash128> hashes;
    for (const auto &one : *list) {
      auto hash = Hash128::from_hex(one);
      if (!hash || hash->none()) wrong(column, one, "an array of ids of 32 hex digits");
      hashes.push_back(*hash);
    }
    return hashes;
  }
  int64_t integer(Column column) const {
    auto given = text(column);
    int64_t value = 0;
    auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
    if (error != std::errc() || end != given.data() + given.size()) wrong(column, given, "a whole number");
    return value;
  }
  uint64_t writer_number() const {
    auto given = text(writer);
    uint64_t value = 0;
    auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value, 16);
    if (given.size() != 16 || error != std::errc() || end != given.data() + given.size())
      wrong(writer, given, "16 hex digits");
    return value;
  }
  bool truth(Column column) const {
    auto given = text(column);
    if (given != "true" && given != "false") wrong(column, given, "true or false");
    return given == "true";
  }
  // Refuses members that this line must not have. Those that every event has are expected anyway.
  void expect(std::initializer_list<Column> own) const {
    bool is_event = columns_.cell(row_, kind_of_event) != nullptr;
    for (size_t column = 0; column < count_of_columns; ++column)
      if (columns_.cell(row_, column) && !(is_event && column <= kind_of_event) &&
          std::find(own.begin(), own.end(), static_cast<Column>(column)) == own.end())
        refuse("has the member \"" + std::string(names[column]) + "\", which does not belong to it");
  }

  Vote vote() {
    expect({pictures, ranks, outcome, placement_known, annotator, criterion, duration, session});
    Vote vote;
    vote.pictures = hashes(pictures);
    if (vote.pictures.size() < 2) refuse("is a vote over fewer than two pictures");
    auto word = text(outcome);
    auto known = std::find(std::begin(outcome_words), std::end(outcome_words), word);
    if (known == std::end(outcome_words)) wrong(outcome, word, "ranks, tie, both_bad or skip");
    vote.outcome = static_cast<VoteOutcome>(known - std::begin(outcome_words));
    auto order = text(ranks);
    auto given = order.starts_with('[') ? ranks_in(order) : std::nullopt;
    if (!given) wrong(ranks, order, "an array of numbers from 1 to 65535");
    bool ordered = vote.outcome == VoteOutcome::ranks;
    if (given->size() != (ordered ? vote.pictures.size() : 0))
      refuse(ordered ? "needs one rank for each picture" : "has ranks, and an outcome that has none");
    vote.ranks = std::move(*given);
    vote.placement_known = truth(placement_known);
    vote.annotator = text(annotator);
    vote.criterion = text(criterion);
    vote.duration = integer(duration);
    if (vote.duration < 0) refuse("took less than no time");
    vote.session = text(session);
    return vote;
  }
  Exclude exclude() {
    expect({picture, reason, excluded});
    return {hash(picture), text(reason), truth(excluded)};
  }
  Undo undo() {
    expect({undoes});
    return {hash(undoes)};
  }
  decltype(Event::body) other(const std::string &kind) {
    if (kind == "rating") {
      expect({picture, stars});
      auto given = integer(stars);
      if (given < 0 || given > 5) refuse("has a rating that is not of 0 to 5 stars");
      return Rating{hash(picture), static_cast<int8_t>(given)};
    }
    if (kind == "flag") {
      expect({picture, flag});
      auto word = text(flag);
      for (auto value : {FlagValue::none, FlagValue::pick, FlagValue::reject})
        if (word == flag_word(value)) return Flag{hash(picture), value};
      wrong(flag, word, "pick, none or reject");
    }
    if (kind == "label") {
      expect({picture, label});
      return Label{hash(picture), text(label)};
    }
    if (kind == "tag") {
      expect({picture, tag, added});
      auto name = text(tag);
      if (name.empty()) refuse("has a tag without a name");
      return Tag{hash(picture), name, truth(added)};
    }
    if (kind == "succeeds") {
      expect({picture, predecessor, path});
      auto uri = text(path);
      if (!uri.empty() && !uri.starts_with("file:///")) wrong(path, uri, "a file URI");
      return Succeeds{hash(picture), hash(predecessor), uri.empty() ? std::string() : path_from_uri(uri)};
    }
    if (kind == "not_duplicates") {
      expect({pictures});
      NotDuplicates apart{hashes(pictures)};
      if (apart.pictures.size() < 2) refuse("tells fewer than two pictures apart");
      return apart;
    }
    wrong(kind_of_event, kind, "one that this program knows; a newer one may know more");
  }

  std::string file_;
  std::unique_ptr<TableReader> reader_;
  NamedColumns columns_;
  TableRow row_;
};

}  // namespace

struct EventLines::Work {
  TextFile file;
  EventKinds kinds;
  uint64_t written = 0;
  std::unordered_set<Hash128> actions;  // written, so that their undos are too
};

EventLines::EventLines(const std::string &path, EventKinds kinds) : work_(new Work{TextFile(path), kinds, 0, {}}) {
  JsonLine header;
  header.add("format", format_name).add("version", format_version);
  work_->file.line(header.str());
}

EventLines::~EventLines() = default;

void EventLines::add(const Event &event) {
  auto &work = *work_;
  if (work.kinds == EventKinds::ranking) {
    const auto *undo = std::get_if<Undo>(&event.body);
    bool wanted = std::holds_alternative<Vote>(event.body) || std::holds_alternative<Exclude>(event.body) ||
                  (undo && work.actions.contains(undo->action));
    if (!wanted) return;
    work.actions.insert(event.action);
  }
  JsonLine line;
  line.add("id", event.id.hex()).add("action", event.action.hex()).add("time", event.time);
  line.add("writer", writer_text(event.writer)).add("sequence", event.sequence);
  std::visit(BodyWriter{line}, event.body);
  work.file.line(line.str());
  ++work.written;
}

void EventLines::finish() {
  work_->file.finish();
}

uint64_t EventLines::written() const {
  return work_->written;
}

void read_event_lines(const std::string &path, const std::function<void(Event &&event, uint64_t line)> &take,
                      Task &task) {
  task.phase("reading events");
  EventReader reader(path);
  for (uint64_t count = 1; reader.next(); ++count) {
    if (count % lines_between_looks == 0) task.throw_if_cancelled();
    task.advance();
    take(reader.event(), reader.line());
  }
}

}  // namespace kalon
