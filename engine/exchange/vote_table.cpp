#include "exchange/vote_table.h"

#include <unordered_map>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "exchange/csv_text.h"
#include "exchange/text_file.h"
#include "exchange/text_list.h"
#include "exchange/value_text.h"
#include "exchange/vote_row_parser.h"

namespace kalon {
namespace {

constexpr uint64_t rows_between_looks = 4096;  // at whether the work is still wanted

// Votes by their ids, so that one that comes again is known.
class Delivered {
 public:
  Delivered(const TableReader &reader, std::string file) : reader_(reader), file_(std::move(file)) {}

  // False for the same vote once more; throws for another vote of the same id.
  bool is_new(const VoteRow &vote, std::string_view id) {
    if (id.empty()) return true;
    auto content = content_of(vote);
    auto [seen, is_new] = seen_.try_emplace(hash_of(id), Seen{content, vote.line});
    if (!is_new && seen->second.content != content)
      refuse_row(reader_, vote.line,
                 "has the id " + display_text(shorten_utf8(id, 100)) + " of " + std::string(reader_.unit()) + " " +
                     std::to_string(seen->second.line) + " and is another vote; give every vote an id of its own",
                 file_);
    return is_new;
  }

 private:
  struct Seen {
    uint64_t content, line;
  };
  uint64_t content_of(const VoteRow &vote) {
    text_.clear();
    auto add = [&](std::string_view part) { (text_ += part) += '\0'; };
    for (const auto &item : vote.items) add(item);
    for (auto rank : vote.ranks) add(std::to_string(rank));
    add(verdict_word(vote.verdict));
    add(vote.annotator);
    add(vote.criterion);
    uint64_t part = 0;
    auto hash = hash_of(text_);
    std::copy_n(hash.bytes.begin(), sizeof part, reinterpret_cast<uint8_t *>(&part));
    return part;
  }

  const TableReader &reader_;
  std::string file_, text_;
  std::unordered_map<Hash128, Seen> seen_;
};

// Names, numbered in the order of their first appearance.
class Numbering {
 public:
  int32_t operator()(const std::string &name) {
    auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    names_.push_back(name);
    return numbers_.emplace(name, static_cast<int32_t>(names_.size() - 1)).first->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::unordered_map<std::string, int32_t> numbers_;
  std::vector<std::string> names_;
};

class TableBuilder {
 public:
  explicit TableBuilder(const std::optional<std::string> &criterion) : wanted_(criterion) {}

  void add(const VoteRow &vote) {
    auto criterion = static_cast<size_t>(criterion_(vote.criterion));
    if (criterion == counts_.size()) counts_.push_back(0);
    ++counts_[criterion];
    if (wanted_ && vote.criterion != *wanted_) return;
    bool pair = vote.is_pair();
    if (!pair && vote.ranks.empty()) {
      ++table_.without_order;
      return;
    }
    auto &history = table_.history;
    auto annotator = annotator_(vote.annotator);
    auto weight = static_cast<float>(vote.weight);
    if (pair) {
      // Left before right: the order in which arguments are evaluated is not said.
      auto left = item_(vote.left()), right = item_(vote.right());
      history.comparisons.push_back({left, right, vote.verdict, annotator, weight});
      return;
    }
    auto &ordering = history.orderings.emplace_back();
    for (const auto &name : vote.items) ordering.items.push_back(item_(name));
    ordering.ranks = vote.ranks;
    ordering.annotator = annotator;
    ordering.weight = weight;
    ordering.after = history.comparisons.size();
  }

  VoteTable finish(uint64_t repeated) {
    table_.items = item_.take();
    table_.annotators = annotator_.take();
    if (table_.annotators.empty()) table_.annotators.emplace_back();
    auto criteria = criterion_.take();
    for (size_t i = 0; i < criteria.size(); ++i) table_.criteria.emplace_back(std::move(criteria[i]), counts_[i]);
    table_.history.items = static_cast<int32_t>(table_.items.size());
    table_.history.annotators = static_cast<int32_t>(table_.annotators.size());
    table_.repeated = repeated;
    return std::move(table_);
  }

 private:
  std::optional<std::string> wanted_;
  VoteTable table_;
  Numbering item_, annotator_, criterion_;
  std::vector<uint64_t> counts_;
};

constexpr std::string_view columns[] = {"left",      "right",  "outcome", "items",    "ranks",           "annotator",
                                        "criterion", "weight", "time",    "duration", "placement_known", "certainty",
                                        "prompt",    "id"};

void append_row(std::string &line, const VoteRow &vote, char separator) {
  bool pair = vote.is_pair();
  std::string ranks;
  for (auto rank : vote.ranks) ranks += (ranks.empty() ? "[" : ",") + std::to_string(rank);
  append_csv_cell(line, pair ? vote.left() : std::string(), separator);
  auto cell = [&](std::string_view text) {
    line += separator;
    append_csv_cell(line, text, separator);
  };
  cell(pair ? vote.right() : std::string());
  cell(ranks.empty() ? verdict_word(vote.verdict) : std::string_view());
  cell(pair ? std::string() : json_array_of(vote.items));
  cell(ranks.empty() ? ranks : ranks + ']');
  cell(vote.annotator);
  cell(vote.criterion);
  cell(vote.weight == 1 ? std::string() : number_text(vote.weight));
  cell(vote.time ? format_utc(*vote.time) : std::string());
  cell(vote.duration ? seconds_text(*vote.duration) : std::string());
  cell(vote.placement_known ? "true" : "false");
  cell(vote.certainty ? number_text(*vote.certainty) : std::string());
  cell(vote.prompt);
  cell(vote.id);
}

}  // namespace

VoteRowCounts read_vote_rows(const std::string &path, const TakeVote &take, Task &task) {
  auto file = display_text(path);
  auto reader = open_table(path);
  task.phase("reading votes", reader->row_count().value_or(0));
  VoteRowParser parser(path, *reader, file);
  Delivered delivered(*reader, file);
  VoteRowCounts counts;
  TableRow row;
  VoteRow vote;
  for (uint64_t rows = 1; reader->next(row); ++rows) {
    if (rows % rows_between_looks == 0) {
      task.throw_if_cancelled();
      task.advance(rows_between_looks);
    }
    if (!parser.parse(row, vote)) continue;
    if (!delivered.is_new(vote, parser.id(row))) {
      ++counts.repeated;
      continue;
    }
    ++counts.votes;
    take(std::move(vote));
  }
  return counts;
}

VoteTable read_vote_table(const std::string &path, const std::optional<std::string> &criterion, Task &task) {
  TableBuilder builder(criterion);
  auto counts = read_vote_rows(
      path, [&](VoteRow &&vote) { builder.add(vote); }, task);
  return builder.finish(counts.repeated);
}

void write_vote_table(const std::string &path, const GiveVotes &votes, Task &task) {
  task.phase("writing votes");
  char separator = ascii_lower(path).ends_with(".tsv") ? '\t' : ',';
  TextFile file(path);
  std::string line;
  for (auto name : columns) line += (line.empty() ? "" : std::string(1, separator)) + std::string(name);
  file.line(line);
  votes([&](const VoteRow &vote) {
    task.throw_if_cancelled();
    line.clear();
    append_row(line, vote, separator);
    file.line(line);
    task.advance();
  });
  file.finish();
}

}  // namespace kalon
