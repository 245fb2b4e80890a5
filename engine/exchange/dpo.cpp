#include "exchange/dpo.h"

#include <optional>
#include <string_view>

#include "base/hash.h"
#include "base/text.h"
#include "exchange/json_line.h"
#include "exchange/named_columns.h"
#include "exchange/table.h"
#include "exchange/text_file.h"
#include "exchange/value_text.h"

namespace kalon {
namespace {

void add_real(JsonLine &line, std::string_view name, std::optional<double> value) {
  if (value)
    line.add(name, *value);
  else
    line.null(name);
}

enum Name : size_t { chosen, rejected, prompt, label, weight, annotator, criterion, id };
const std::vector<std::string_view> names = {"chosen", "rejected",  "prompt",    "label",
                                             "weight", "annotator", "criterion", "id"};

}  // namespace

ExportResult export_dpo(const std::string &path, const PairSource &source, Task &task) {
  ExportResult result;
  FailedPictures failed(result);
  // A column is in every row or in none, for readers that take the columns from the first rows.
  bool people = false, criteria = false, ids = false;
  source.votes([&](const VoteRow &vote) {
    people |= !vote.annotator.empty();
    criteria |= !vote.criterion.empty();
    ids |= !vote.id.empty() && vote.is_pair();
  });
  TextFile file(path);
  task.phase("writing votes");
  each_pair(source, result, failed, task, [&](const ExportedPair &pair) {
    const auto &better = pair.chosen(), &worse = pair.rejected();
    JsonLine line;
    line.add("prompt", pair.prompt()).add("chosen", better.path).add("rejected", worse.path);
    line.add("label", pair.tie() ? 0.5 : 1.0);
    add_real(line, "margin", better.mean && worse.mean ? std::optional(*better.mean - *worse.mean) : std::nullopt);
    bool swapped = pair.verdict == Verdict::right;
    add_real(line, "certainty", pair.certainty && swapped ? 1 - *pair.certainty : pair.certainty);
    line.add("weight", pair.vote.weight);
    if (people) line.add("annotator", pair.vote.annotator);
    if (criteria) line.add("criterion", pair.vote.criterion);
    // The pairs of a vote over several are votes of their own to whoever reads them.
    if (ids) line.add("id", pair.vote.is_pair() ? pair.vote.id : std::string());
    file.line(line.str());
    ++result.rows;
  });
  file.finish();
  return result;
}

uint64_t read_dpo(const std::string &path, const TakeVote &take, Task &task) {
  task.phase("reading votes");
  auto file = display_text(path);
  auto table = open_table(path);
  NamedColumns columns(*table, names);
  TableRow row;
  uint64_t votes = 0;
  auto require_columns = [&] {
    for (auto name : {chosen, rejected})
      if (!columns.has(name))
        throw Error(Status::corrupt_data,
                    "has no column " + std::string(names[name]) + "; preference files have prompt, chosen and rejected",
                    file);
  };
  if (!table->more_columns_may_come()) require_columns();
  while (table->next(row)) {
    if (votes % 1024 == 0) task.throw_if_cancelled();
    auto refuse = [&](const std::string &text, Status status = Status::corrupt_data) {
      refuse_row(*table, row.number, text, file, status);
    };
    if (!row.outcome.ok()) refuse(row.outcome.text, row.outcome.status);
    columns.look();
    if (votes == 0) require_columns();
    auto number = [&](Name name, double otherwise) {
      auto text = trimmed(columns.text(row, name));
      if (text.empty()) return otherwise;
      auto value = number_in(text);
      if (!value) refuse("has " + display_text(text.substr(0, 40)) + " for a number in " + std::string(names[name]));
      return *value;
    };
    VoteRow vote;
    vote.line = row.number;
    vote.placement_known = false;
    vote.items = {std::string(columns.text(row, chosen)), std::string(columns.text(row, rejected))};
    if (vote.left().empty() || vote.right().empty()) refuse("needs pictures in chosen and in rejected");
    vote.prompt = columns.text(row, prompt);
    vote.annotator = columns.text(row, annotator);
    vote.criterion = columns.text(row, criterion);
    if (auto hash = Hash128::from_hex(columns.text(row, id)); hash && !hash->none()) vote.id = hash->hex();
    vote.weight = number(weight, 1);
    if (!(vote.weight > 0)) refuse("has a weight that is not above 0");
    double preferred = number(label, 1);
    if (preferred != 1 && preferred != 0.5) refuse("has a label other than 1 and 0.5");
    vote.verdict = preferred == 1 ? Verdict::left : Verdict::tie;
    take(std::move(vote));
    ++votes;
    task.advance();
  }
  return votes;
}

ExportResult export_rewards(const std::string &path, const GivePictures &pictures, Task &task) {
  ExportResult result;
  FailedPictures failed(result);
  bool prompts = false, deviations = false;
  pictures([&](const PictureRow &picture) {
    prompts |= !picture.prompt.empty();
    deviations |= picture.sd.has_value();
  });
  TextFile file(path);
  task.phase("writing scores");
  pictures([&](const PictureRow &picture) {
    if (task.done() % 256 == 0) task.throw_if_cancelled();
    task.advance();
    if (!picture.score) {
      ++result.without_order;
      return;
    }
    if (auto outcome = nameable(picture); !outcome.ok()) {
      failed.add(picture.path.empty() ? picture.id : picture.path, std::move(outcome));
      ++result.lost;
      return;
    }
    JsonLine line;
    line.add("image", picture.path);
    if (prompts) line.add("prompt", picture.prompt);
    line.add("score", *picture.score);
    if (deviations) add_real(line, "sd", picture.sd);
    file.line(line.str());
    ++result.rows;
  });
  file.finish();
  return result;
}

}  // namespace kalon
