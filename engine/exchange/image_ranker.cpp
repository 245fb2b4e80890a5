#include "exchange/image_ranker.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <memory>
#include <set>

#include "base/text.h"
#include "exchange/csv_text.h"
#include "exchange/json_pieces.h"
#include "exchange/named_columns.h"
#include "exchange/text_file.h"
#include "exchange/value_text.h"
#include "exchange/vote_pairs.h"

namespace kalon {
namespace {

constexpr uint64_t rows_between_looks = 4096;  // at whether the work is still wanted
constexpr std::string_view nobody = "None", line_end = "\r\n";

// A CSV file with certain columns, read whole, line by line.
class Lines {
 public:
  Lines(const std::string &path, std::vector<std::string_view> names, size_t needed, Task &task)
      : file_(display_text(path)), reader_(open_csv(path)), columns_(*reader_, names), task_(task) {
    for (size_t i = 0; i < needed; ++i)
      if (!columns_.has(i)) {
        std::string all;
        for (auto name : names) all += (all.empty() ? "" : ", ") + std::string(name);
        refuse_row(*reader_, 1, "has no column " + std::string(names[i]) + "; its columns are " + all, file_);
      }
    task.phase("reading");
  }
  bool next() {
    if (!reader_->next(row_)) return false;
    if (row_.number % rows_between_looks == 0) task_.throw_if_cancelled();
    task_.advance();
    if (!row_.outcome.ok()) refuse_row(*reader_, row_.number, row_.outcome.text, file_, row_.outcome.status);
    return true;
  }
  uint64_t number() const { return row_.number; }
  std::string text(size_t column) const { return std::string(columns_.text(row_, column)); }
  // 0 where the column is not there, or for an optional one empty.
  double real(size_t column, bool optional) const {
    auto given = columns_.text(row_, column);
    if (optional && given.empty()) return 0;
    auto value = number_in(given);
    if (!value) refuse("has " + quoted(given) + " where a number must be");
    return *value;
  }
  uint64_t count(size_t column) const {
    auto given = trimmed(columns_.text(row_, column));
    uint64_t value = 0;
    auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
    if (!given.empty() && (error != std::errc() || end != given.data() + given.size()))
      refuse("has " + quoted(given) + " where a number of votes must be");
    return value;
  }
  [[noreturn]] void refuse(const std::string &text) const { refuse_row(*reader_, row_.number, text, file_); }

 private:
  static std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, shorten_utf8(text, 100));
    return out;
  }
  std::string file_;
  std::unique_ptr<TableReader> reader_;
  NamedColumns columns_;
  Task &task_;
  TableRow row_;
};

// As Python writes round(value, 2).
std::string two_decimals(double value) {
  char digits[400];
  auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 2).ptr;
  std::string text(digits, end);
  if (text.ends_with('0')) text.pop_back();
  return text;
}

// A name in a JSON file.
std::string name_from(const JsonPieces &pieces, uint64_t line, std::string text) {
  if (text.empty()) pieces.refuse(line, "has an empty name");
  if (text.find('\0') != std::string::npos) pieces.refuse(line, "has a name with a NUL character");
  return text;
}

}  // namespace

void read_image_rankings(const std::string &path, const std::function<void(RankedImage &&)> &take, Task &task) {
  Lines lines(path, {"image", "elo", "uncertainty", "upvotes", "downvotes"}, 2, task);
  while (lines.next()) {
    RankedImage image{lines.text(0),  lines.real(1, false), lines.real(2, true),
                      lines.count(3), lines.count(4),       lines.number()};
    if (image.image.empty()) lines.refuse("names no image");
    if (image.sd < 0) lines.refuse("has an uncertainty below 0");
    take(std::move(image));
  }
}

void read_comparisons(const std::string &path, const TakeVote &take,
                      const std::function<void(RemovedImage &&)> &take_removed, Task &task) {
  Lines lines(path, {"winner", "loser"}, 2, task);
  while (lines.next()) {
    auto winner = lines.text(0), loser = lines.text(1);
    if (loser.empty()) lines.refuse("names no loser");
    if (winner.empty()) lines.refuse("names no winner; a picture that was removed has None there");
    if (winner == nobody) {
      take_removed({std::move(loser), {}, lines.number()});
      continue;
    }
    if (winner == loser) lines.refuse("compares a picture with itself");
    VoteRow vote;
    vote.items = {std::move(winner), std::move(loser)};
    vote.verdict = Verdict::left;
    vote.placement_known = false;
    vote.line = lines.number();
    take(std::move(vote));
  }
}

void read_exclusions(const std::string &path, const std::function<void(RemovedImage &&)> &take, Task &task) {
  JsonPieces pieces(path);
  task.phase("reading");
  for (JsonPieces::Piece piece; pieces.next(piece); task.advance()) {
    task.throw_if_cancelled();
    auto value = pieces.parse(piece);
    auto *text = value.get_ptr<std::string *>();
    RemovedImage removed;
    removed.line = piece.line;
    if (pieces.is_object()) {
      removed.image = std::move(piece.key);
      if (text) removed.reason = std::move(*text);
    } else {
      if (!text) pieces.refuse(piece.line, "has a value that is no name in quotes");
      removed.image = std::move(*text);
    }
    removed.image = name_from(pieces, piece.line, std::move(removed.image));
    take(std::move(removed));
  }
}

void read_skipped_pairs(const std::string &path, const TakeVote &take, Task &task) {
  JsonPieces pieces(path);
  if (pieces.is_object()) pieces.refuse(1, "begins an object; an array of pairs is needed");
  task.phase("reading");
  for (JsonPieces::Piece piece; pieces.next(piece); task.advance()) {
    task.throw_if_cancelled();
    auto value = pieces.parse(piece);
    if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string())
      pieces.refuse(piece.line, "has a value that is no array of two names");
    VoteRow vote;
    for (const auto &name : value) vote.items.push_back(name_from(pieces, piece.line, name.get<std::string>()));
    if (vote.left() == vote.right()) pieces.refuse(piece.line, "pairs a picture with itself");
    vote.verdict = Verdict::skip;
    vote.placement_known = false;
    vote.line = piece.line;
    take(std::move(vote));
  }
}

void write_image_rankings(const std::string &path, const std::vector<RankedImage> &images, Task &task) {
  task.phase("writing image-ranker's files", images.size());
  TextFile file(path);
  file.write("Image,ELO,Uncertainty,Upvotes,Downvotes\r\n");
  std::string line;
  for (const auto &image : images) {
    task.throw_if_cancelled();
    line.clear();
    append_csv_cell(line, image.image);
    line += ',' + two_decimals(image.mean) + ',' + two_decimals(image.sd) + ',' + std::to_string(image.upvotes) + ',' +
            std::to_string(image.downvotes);
    file.write(line.append(line_end));
    task.advance();
  }
  file.finish();
}

ComparisonCounts write_comparisons(const std::string &path, const GiveVotes &votes,
                                   const std::vector<RemovedImage> &removed, Task &task) {
  task.phase("writing image-ranker's files");
  TextFile file(path);
  ComparisonCounts counts;
  std::string line;
  auto write = [&](std::string_view winner, std::string_view loser, bool real) {
    if (real && winner == nobody)
      throw Error(Status::invalid_argument, "a picture named None cannot be written; image-ranker takes it for nobody",
                  display_text(path));
    line.clear();
    append_csv_cell(line, winner);
    line += ',';
    append_csv_cell(line, loser);
    file.write(line.append(line_end));
  };
  file.write("Winner,Loser\r\n");
  votes([&](const VoteRow &vote) {
    task.throw_if_cancelled();
    task.advance();
    auto pairs = pairs_of(vote);
    if (pairs.empty()) ++counts.without_order;
    for (const auto &pair : pairs) {
      if (pair.verdict == Verdict::tie) {
        ++counts.ties;
        continue;
      }
      bool left = pair.verdict == Verdict::left;
      write(vote.items[left ? pair.left : pair.right], vote.items[left ? pair.right : pair.left], true);
      ++counts.lines;
    }
  });
  for (const auto &image : removed) write(nobody, image.image, false);
  file.finish();
  return counts;
}

void write_exclusions(const std::string &path, const std::vector<RemovedImage> &removed, Task &task) {
  task.phase("writing image-ranker's files", removed.size());
  TextFile file(path);
  std::string text = "{";
  for (const auto &image : removed) {
    text += text.size() > 1 || task.done() > 0 ? ",\n" : "\n";
    append_json_string(text, image.image);
    text += ": ";
    append_json_string(text, image.reason.empty() ? std::string_view("excluded") : image.reason);
    file.write(text);
    text.clear();
    task.advance();
  }
  file.write(text + "\n}\n");
  file.finish();
}

void write_skipped_pairs(const std::string &path, const GiveVotes &votes, Task &task) {
  task.phase("writing image-ranker's files");
  std::set<std::pair<std::string, std::string>> pairs;
  votes([&](const VoteRow &vote) {
    task.throw_if_cancelled();
    if (vote.is_pair() && vote.verdict == Verdict::skip)
      pairs.emplace(std::min(vote.left(), vote.right()), std::max(vote.left(), vote.right()));
  });
  TextFile file(path);
  std::string text = "[";
  for (const auto &[first, second] : pairs) {
    text += &first == &pairs.begin()->first ? "\n[" : ",\n[";
    append_json_string(text, first);
    text += ", ";
    append_json_string(text, second);
    text += ']';
    file.write(text);
    text.clear();
  }
  file.write(text + "\n]\n");
  file.finish();
}

}  // namespace kalon
