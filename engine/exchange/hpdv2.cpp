#include "exchange/hpdv2.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "exchange/json_line.h"
#include "exchange/text_file.h"

namespace kalon {
namespace {

template <typename Items, typename Write>
std::string json_array(const Items &items, const Write &write) {
  std::string text = "[";
  for (const auto &item : items) {
    if (text.size() > 1) text += ',';
    write(text, item);
  }
  return text + ']';
}

std::string json_texts(const std::vector<std::string> &items) {
  return json_array(items, [](std::string &text, const std::string &item) { append_json_string(text, item); });
}

template <typename Number>
std::string json_numbers(const std::vector<Number> &items) {
  return json_array(items, [](std::string &text, Number item) { text += std::to_string(item); });
}

// An array with an object a line, so that what is wrong with one can be found.
class ArrayFile {
 public:
  explicit ArrayFile(const std::string &path) : file_(path) { file_.write("["); }
  void add(const JsonLine &object) {
    file_.write(first_ ? "\n" : ",\n");
    file_.write(object.str());
    first_ = false;
  }
  void finish() {
    file_.write("\n]\n");
    file_.finish();
  }

 private:
  TextFile file_;
  bool first_ = true;
};

void write_train(ArrayFile &file, const PairSource &source, ExportResult &result, FailedPictures &failed, Task &task) {
  each_pair(source, result, failed, task, [&](const ExportedPair &pair) {
    std::vector<int> preference = {pair.verdict != Verdict::right, pair.verdict != Verdict::left};
    file.add(JsonLine()
                 .raw("human_preference", json_numbers(preference))
                 .add("prompt", pair.prompt())
                 .raw("file_path", json_texts({pair.left.path, pair.right.path})));
    ++result.rows;
  });
}

// Texts as numbers, in the order in which they come.
class Numbers {
 public:
  uint32_t of(const std::string &text) {
    auto [found, is_new] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(&found->first);
    return found->second;
  }
  const std::string &text(uint32_t number) const { return *texts_[number]; }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<const std::string *> texts_;
};

struct Annotation {
  uint32_t annotator = 0;
  std::vector<uint16_t> ranks;  // by picture of the group
};

// 1 + how many are better: equal ones have the same.
std::vector<uint16_t> ranks_of(const std::vector<uint64_t> &sums) {
  std::vector<uint16_t> ranks;
  for (auto sum : sums)
    ranks.push_back(static_cast<uint16_t>(
        1 + std::count_if(sums.begin(), sums.end(), [&](uint64_t other) { return other < sum; })));
  return ranks;
}

class TestSplit {
 public:
  TestSplit(const PairSource &source, ExportResult &result, FailedPictures &failed)
      : source_(source), result_(result), failed_(failed) {}

  void take(const VoteRow &vote) {
    auto ranks = vote.ranks;
    if (vote.is_pair() && ranks.empty() && tells_order(vote.verdict))
      ranks = {static_cast<uint16_t>(vote.verdict == Verdict::right ? 2 : 1),
               static_cast<uint16_t>(vote.verdict == Verdict::left ? 2 : 1)};
    if (ranks.size() != vote.items.size()) {
      ++result_.without_order;
      return;
    }
    if (vote.is_pair() && ranks[0] == ranks[1] && !source_.ties) {
      ++result_.ties;
      return;
    }
    std::vector<std::pair<uint32_t, uint16_t>> slots;
    std::string prompt = vote.prompt;
    bool lost = false;
    for (size_t i = 0; i < ranks.size(); ++i) {
      const auto *picture = source_.find(vote.items[i]);
      Outcome outcome = picture ? nameable(*picture) : Outcome{Status::not_found, "is a picture that is not known"};
      if (!outcome.ok()) {
        failed_.add(picture && !picture->path.empty() ? picture->path : vote.items[i], std::move(outcome));
        lost = true;
        continue;
      }
      if (prompt.empty()) prompt = picture->prompt;
      slots.emplace_back(pictures_.of(picture->path), ranks[i]);
    }
    if (lost) {
      ++result_.lost;
      return;
    }
    std::sort(slots.begin(), slots.end());
    std::vector<uint32_t> key = {prompts_.of(prompt)};
    Annotation annotation{annotators_.of(vote.annotator), {}};
    for (auto [picture, rank] : slots) {
      key.push_back(picture);
      annotation.ranks.push_back(rank);
    }
    auto [found, is_new] = numbers_.try_emplace(std::move(key), groups_.size());
    if (is_new) groups_.emplace_back();
    groups_[found->second].push_back(std::move(annotation));
    if (is_new) keys_.push_back(&found->first);
  }

  void write(ArrayFile &file, Task &task) {
    task.phase("writing votes", groups_.size());
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (i % 256 == 0) task.throw_if_cancelled();
      file.add(object(*keys_[i], groups_[i]));
      ++result_.rows;
      task.advance();
    }
  }

 private:
  JsonLine object(const std::vector<uint32_t> &key, const std::vector<Annotation> &annotations) const {
    std::vector<std::string> paths;
    for (size_t i = 1; i < key.size(); ++i) paths.push_back(pictures_.text(key[i]));
    std::vector<uint64_t> sums(paths.size());
    for (const auto &annotation : annotations)
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += annotation.ranks[i];
    auto raw = json_array(annotations, [&](std::string &text, const Annotation &annotation) {
      text += JsonLine()
                  .raw("rank", json_numbers(annotation.ranks))
                  .add("user_hash", annotators_.text(annotation.annotator))
                  .str();
    });
    return JsonLine()
        .add("prompt", prompts_.text(key.front()))
        .raw("image_path", json_texts(paths))
        .raw("rank", json_numbers(ranks_of(sums)))
        .raw("raw_annotations", raw);
  }

  const PairSource &source_;
  ExportResult &result_;
  FailedPictures &failed_;
  Numbers prompts_, pictures_, annotators_;
  std::map<std::vector<uint32_t>, size_t> numbers_;  // groups by prompt and pictures
  std::vector<const std::vector<uint32_t> *> keys_;  // by group
  std::vector<std::vector<Annotation>> groups_;
};

void write_test(ArrayFile &file, const PairSource &source, ExportResult &result, FailedPictures &failed, Task &task) {
  TestSplit split(source, result, failed);
  uint64_t votes = 0;
  source.votes([&](const VoteRow &vote) {
    if (votes++ % 256 == 0) task.throw_if_cancelled();
    split.take(vote);
    task.advance();
  });
  split.write(file, task);
}

}  // namespace

ExportResult export_hpdv2(const std::string &path, const PairSource &source, Hpdv2Split split, Task &task) {
  ExportResult result;
  FailedPictures failed(result);
  ArrayFile file(path);
  task.phase(split == Hpdv2Split::train ? "writing votes" : "reading votes");
  (split == Hpdv2Split::train ? write_train : write_test)(file, source, result, failed, task);
  file.finish();
  return result;
}

}  // namespace kalon
