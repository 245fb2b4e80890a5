// Pick-a-Pic files as votes.

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "exchange/named_columns.h"
#include "exchange/pickapic.h"
#include "exchange/table.h"
#include "exchange/time_text.h"
#include "exchange/value_text.h"

namespace kalon {
namespace {

enum Name : size_t {
  uid_0,
  uid_1,
  url_0,
  url_1,
  label_0,
  label_1,
  best,
  has_label,
  caption,
  created_at,
  annotator,
  user_id,
  criterion,
  certainty
};
const std::vector<std::string_view> names = {
    "image_0_uid", "image_1_uid", "image_0_url", "image_1_url", "label_0", "label_1",   "best_image_uid",
    "has_label",   "caption",     "created_at",  "annotator",   "user_id", "criterion", "certainty"};

class Reader {
 public:
  explicit Reader(const std::string &path)
      : file_(display_text(path)), table_(open_table(path)), columns_(*table_, names) {
    // Only what is read here, so that the pictures in the file need not even be looked at.
    std::vector<size_t> wanted;
    for (size_t i = 0; i < table_->columns().size(); ++i)
      if (std::find(names.begin(), names.end(), ascii_lower(trimmed(table_->columns()[i]))) != names.end())
        wanted.push_back(i);
    if (!table_->more_columns_may_come()) table_->only(wanted);
  }

  uint64_t read(const TakeVote &take, Task &task) {
    if (!table_->more_columns_may_come()) require_columns();
    if (auto count = table_->row_count()) task.set_total(*count);
    uint64_t votes = 0, rows = 0;
    while (table_->next(row_)) {
      if (rows++ % 1024 == 0) task.throw_if_cancelled();
      if (!row_.outcome.ok()) refuse(row_.outcome.text, row_.outcome.status);
      columns_.look();
      if (rows == 1) require_columns();
      task.advance();
      auto read = vote();
      if (read.left() == read.right()) continue;  // are_different: false
      take(std::move(read));
      ++votes;
    }
    return votes;
  }

 private:
  [[noreturn]] void refuse(const std::string &text, Status status = Status::corrupt_data) const {
    refuse_row(*table_, row_.number, text, file_, status);
  }

  void require_columns() const {
    auto need = [&](std::initializer_list<Name> any) {
      std::string missing;
      for (auto name : any) {
        if (columns_.has(name)) return;
        missing += (missing.empty() ? "" : " or ") + std::string(names[name]);
      }
      throw Error(
          Status::corrupt_data,
          "has no column " + missing + "; Pick-a-Pic files have image_0_uid, image_1_uid, label_0, label_1 and caption",
          file_);
    };
    need({uid_0, url_0});
    need({uid_1, url_1});
    need({label_0, best});
  }

  std::string item(Name uid, Name url) const {
    auto text = columns_.text(row_, uid);
    if (text.empty()) text = columns_.text(row_, url);
    if (text.empty()) refuse("names no picture in " + std::string(names[uid]));
    return std::string(text);
  }

  std::optional<double> number(Name name) const {
    auto text = trimmed(columns_.text(row_, name));
    if (text.empty()) return std::nullopt;
    auto value = number_in(text);
    if (!value) refuse("has " + display_text(text.substr(0, 40)) + " for a number in " + std::string(names[name]));
    return value;
  }

  Verdict verdict(const std::string &left, const std::string &right) const {
    auto has = ascii_lower(trimmed(columns_.text(row_, has_label)));
    if (has == "false" || has == "0" || has == "0.0") return Verdict::skip;
    auto first = number(label_0), second = number(label_1);
    if (!first && !second) {
      auto uid = columns_.text(row_, best);
      if (uid == left) return Verdict::left;
      if (uid == right) return Verdict::right;
      if (ascii_lower(trimmed(uid)) == "tie") return Verdict::tie;
      refuse(uid.empty() ? "has no label" : "has a best_image_uid that is neither of its pictures nor \"tie\"");
    }
    double a = first ? *first : 1 - *second, b = second ? *second : 1 - *first;
    if (a == 1 && b == 0) return Verdict::left;
    if (a == 0 && b == 1) return Verdict::right;
    if (a == 0.5 && b == 0.5) return Verdict::tie;
    refuse("has the labels " + number_text(a) + " and " + number_text(b) +
           "; 1 and 0, 0 and 1, or 0.5 and 0.5 are known");
  }

  std::optional<int64_t> time() const {
    auto text = trimmed(columns_.text(row_, created_at));
    if (text.empty()) return std::nullopt;
    auto time = time_from_text(text);
    if (!time) refuse("has " + display_text(text.substr(0, 40)) + " for a time in created_at");
    return time;
  }

  VoteRow vote() const {
    VoteRow vote;
    vote.line = row_.number;
    vote.items = {item(uid_0, url_0), item(uid_1, url_1)};
    vote.verdict = verdict(vote.left(), vote.right());
    vote.placement_known = false;  // the published sets do not say whether sides were kept
    vote.prompt = columns_.text(row_, caption);
    vote.time = time();
    vote.annotator = columns_.text(row_, annotator);
    if (vote.annotator.empty()) vote.annotator = columns_.text(row_, user_id);
    vote.criterion = columns_.text(row_, criterion);
    vote.certainty = number(certainty);
    if (vote.certainty && !(*vote.certainty >= 0 && *vote.certainty <= 1)) refuse("has a certainty outside of 0 to 1");
    return vote;
  }

  std::string file_;
  std::unique_ptr<TableReader> table_;
  NamedColumns columns_;
  TableRow row_;
};

}  // namespace

uint64_t read_pickapic(const std::string &path, const TakeVote &take, Task &task) {
  task.phase("reading votes");
  return Reader(path).read(take, task);
}

}  // namespace kalon
