#include "exchange/image_folder.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/file.h"
#include "base/text.h"
#include "exchange/json_line.h"

namespace kalon {
namespace {

// Why a picture cannot be put into a folder; ok when it can.
Outcome placeable(const PictureRow &picture) {
  if (picture.path.empty()) return {Status::not_found, "no file of it is known"};
  if (::access(picture.path.c_str(), R_OK) == 0) return {};
  auto error = system_error(errno, "cannot be read", {});
  return {error.status(), error.message()};
}

// JSON needs names in UTF-8, and `datasets` takes a backslash for a slash: what is not fit for them becomes "_".
std::vector<Placement> numbered(const std::vector<std::string> &paths) {
  auto placements = numbered_placements(paths);
  for (auto &placement : placements) {
    bool utf8 = valid_utf8(placement.name);
    for (char &c : placement.name)
      if (c == '\\' || (!utf8 && static_cast<unsigned char>(c) >= 0x80)) c = '_';
  }
  return placements;
}

// What stands in a row behind the names of the files, without the brackets.
std::string members_of(const JsonLine &line) {
  auto text = line.str();
  return text.substr(1, text.size() - 2);
}

// Names of columns that no attribute may take.
std::string free_name(std::string name, std::unordered_set<std::string> &taken) {
  if (name.empty()) name = "_";
  name = display_text(name);
  while (name.ends_with("file_name") || name.ends_with("file_names") || !taken.insert(name).second) name += '_';
  return name;
}

// The columns of pictures: those that any picture has, so that every row has the same.
class PictureColumns {
 public:
  void look_at(const PictureRow &picture) {
    id_ |= !picture.id.empty();
    prompt_ |= !picture.prompt.empty();
    rank_ |= picture.rank.has_value();
    score_ |= picture.score.has_value();
    mean_ |= picture.mean.has_value();
    sd_ |= picture.sd.has_value();
    for (const auto &[name, value] : picture.attributes)
      if (attributes_.try_emplace(name, order_.size()).second) order_.push_back(name);
  }
  // To be called once all were looked at.
  void name_attributes() {
    std::unordered_set<std::string> taken = {"image", "id", "prompt", "rank", "score", "mean", "sd"};
    for (auto &name : order_) name = free_name(name, taken);
  }
  std::string row(const PictureRow &picture) const {
    JsonLine line;
    if (id_) text(line, "id", picture.id);
    if (prompt_) text(line, "prompt", picture.prompt);
    if (rank_ && picture.rank) line.add("rank", *picture.rank);
    if (rank_ && !picture.rank) line.null("rank");
    if (score_) real(line, "score", picture.score);
    if (mean_) real(line, "mean", picture.mean);
    if (sd_) real(line, "sd", picture.sd);
    std::vector<const std::string *> values(order_.size());
    for (const auto &[name, value] : picture.attributes) values[attributes_.at(name)] = &value;
    for (size_t i = 0; i < order_.size(); ++i)
      if (values[i])
        line.add(order_[i], *values[i]);
      else
        line.null(order_[i]);
    return members_of(line);
  }

 private:
  static void text(JsonLine &line, std::string_view name, const std::string &value) {
    if (value.empty())
      line.null(name);
    else
      line.add(name, value);
  }
  static void real(JsonLine &line, std::string_view name, std::optional<double> value) {
    if (value)
      line.add(name, *value);
    else
      line.null(name);
  }

  bool id_ = false, prompt_ = false, rank_ = false, score_ = false, mean_ = false, sd_ = false;
  std::unordered_map<std::string, size_t> attributes_;  // number of each name
  std::vector<std::string> order_;                      // the names of the columns, by number
};

}  // namespace

ImageFolder image_folder_of_pictures(const GivePictures &pictures, Task &task) {
  ImageFolder folder;
  folder.file_columns = {"file_name", ""};
  FailedPictures failed(folder.result);
  PictureColumns columns;
  pictures([&](const PictureRow &picture) { columns.look_at(picture); });
  columns.name_attributes();
  std::vector<std::string> paths;
  task.phase("reading rows");
  pictures([&](const PictureRow &picture) {
    if (task.done() % 256 == 0) task.throw_if_cancelled();
    task.advance();
    if (auto outcome = placeable(picture); !outcome.ok()) {
      failed.add(picture.path.empty() ? picture.id : picture.path, std::move(outcome));
      ++folder.result.lost;
      return;
    }
    auto number = static_cast<uint32_t>(paths.size());
    paths.push_back(picture.path);
    folder.rows.push_back({{number, number}, columns.row(picture)});
  });
  folder.placements = numbered(paths);
  folder.result.rows = folder.rows.size();
  return folder;
}

ImageFolder image_folder_of_pairs(const PairSource &source, Task &task) {
  ImageFolder folder;
  folder.file_columns = {"chosen_file_name", "rejected_file_name"};
  bool scores = false, certainties = false, annotators = false, criteria = false;
  task.phase("reading votes");
  {
    ExportResult counted;
    FailedPictures failed(counted);
    each_pair(source, counted, failed, task, [&](const ExportedPair &pair) {
      scores |= pair.left.score || pair.right.score;
      certainties |= pair.certainty.has_value();
      annotators |= !pair.vote.annotator.empty();
      criteria |= !pair.vote.criterion.empty();
    });
  }
  FailedPictures failed(folder.result);
  std::vector<std::string> paths;
  std::unordered_map<std::string, std::optional<uint32_t>> numbers;  // nothing: it cannot be placed
  auto number_of = [&](const PictureRow &picture) {
    auto [found, is_new] = numbers.try_emplace(picture.path);
    if (!is_new) return found->second;
    if (auto outcome = placeable(picture); !outcome.ok()) {
      failed.add(picture.path, std::move(outcome));
    } else {
      found->second = static_cast<uint32_t>(paths.size());
      paths.push_back(picture.path);
    }
    return found->second;
  };
  task.phase("reading rows");
  each_pair(source, folder.result, failed, task, [&](const ExportedPair &pair) {
    auto chosen = number_of(pair.chosen()), rejected = number_of(pair.rejected());
    if (!chosen || !rejected) {
      ++folder.result.lost;
      return;
    }
    JsonLine line;
    line.add("prompt", pair.prompt()).add("label", pair.tie() ? 0.5 : 1.0);
    auto real = [&](std::string_view name, std::optional<double> value) {
      if (value)
        line.add(name, *value);
      else
        line.null(name);
    };
    if (scores) real("chosen_score", pair.chosen().score), real("rejected_score", pair.rejected().score);
    bool swapped = pair.verdict == Verdict::right;
    if (certainties) real("certainty", pair.certainty && swapped ? 1 - *pair.certainty : pair.certainty);
    if (annotators) line.add("annotator", pair.vote.annotator);
    if (criteria) line.add("criterion", pair.vote.criterion);
    folder.rows.push_back({{*chosen, *rejected}, members_of(line)});
  });
  folder.placements = numbered(paths);
  folder.result.rows = folder.rows.size();
  return folder;
}

std::string metadata_of(const ImageFolder &folder, std::span<const std::pair<Placement, Outcome>> failed) {
  std::unordered_set<std::string> missing;
  for (const auto &[placement, outcome] : failed) missing.insert(placement.name);
  std::string text;
  for (const auto &row : folder.rows) {
    const auto &first = folder.placements[row.files[0]].name, &second = folder.placements[row.files[1]].name;
    if (missing.contains(first) || missing.contains(second)) continue;
    JsonLine names;
    names.add(folder.file_columns[0], first);
    if (!folder.file_columns[1].empty()) names.add(folder.file_columns[1], second);
    auto line = names.str();
    line.pop_back();
    if (!row.columns.empty()) line += ',' + row.columns;
    text += line + "}\n";
  }
  return text;
}

PlacementResult write_image_folder(const std::string &path, const ImageFolder &folder, LinkKind kind,
                                   const std::function<void(std::span<const Placement>)> &record, Task &task) {
  if (folder.rows.empty()) throw Error(Status::invalid_argument, "nothing is left to put into it", display_text(path));
  auto placed = place_files(path, folder.placements, kind, record, task);
  auto text = metadata_of(folder, placed.failed);
  write_new_file(path + '/' + std::string(image_folder_metadata), bytes_of(text));
  return placed;
}

}  // namespace kalon
