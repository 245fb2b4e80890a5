// Tasks for Label Studio, with their annotations.

#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "exchange/json_line.h"
#include "exchange/label_studio.h"
#include "exchange/text_file.h"
#include "exchange/value_text.h"
#include "exchange/vote_row_parser.h"

namespace kalon {
namespace {

// One annotation, as it is held until its task is written.
struct Ballot {
  uint32_t task = 0;
  Verdict verdict = Verdict::skip;
  bool placement_known = true;
  uint32_t annotator = 0;
  float weight = 1;
  int64_t time = unknown, duration = unknown;
  Hash128 id;
  static constexpr int64_t unknown = INT64_MIN;
};

struct Compared {
  const PictureRow *left, *right;
  uint32_t criterion, prompt;
  bool operator==(const Compared &) const = default;
};

struct ComparedHash {
  size_t operator()(const Compared &one) const {
    size_t hash = 0;
    for (uint64_t part : {reinterpret_cast<uint64_t>(one.left), reinterpret_cast<uint64_t>(one.right),
                          uint64_t{one.criterion} << 32 | one.prompt})
      hash = (hash ^ part) * 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 29);
  }
};

// Texts, each held once.
class Texts {
 public:
  uint32_t operator()(const std::string &text) {
    return numbers_.try_emplace(text, static_cast<uint32_t>(numbers_.size())).first->second;
  }
  std::vector<const std::string *> by_number() const {
    std::vector<const std::string *> texts(numbers_.size());
    for (const auto &[text, number] : numbers_) texts[number] = &text;
    return texts;
  }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
};

// As a part of a query, in which + would be a space.
std::string percent_encoded(std::string_view path) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    auto byte = static_cast<uint8_t>(c);
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c == '.' || c == '~' || c == '/';
    if (plain)
      out += c;
    else
      out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

class Ballots {
 public:
  Ballots(const FindPicture &find, std::string root, ExportResult &result)
      : find_(find), root_(root.ends_with('/') ? root : root + "/"), result_(result), failed_(result) {}

  void add(const VoteRow &vote) {
    if (vote.is_pair()) return add(vote, 0, 1, vote.verdict, true);
    auto pairs = pairs_of(vote);
    if (pairs.empty()) ++result_.without_order;
    for (const auto &pair : pairs) add(vote, pair.left, pair.right, pair.verdict, false);
  }

  void write(TextFile &file, bool members, Task &task) {
    // Sorted by task, in each as they came.
    std::vector<uint64_t> begins(tasks_.size() + 1);
    for (const auto &ballot : ballots_) ++begins[ballot.task + 1];
    for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    std::vector<uint32_t> order(ballots_.size());
    auto places = begins;
    for (size_t i = 0; i < ballots_.size(); ++i) order[places[ballots_[i].task]++] = static_cast<uint32_t>(i);
    annotators_by_number_ = annotators_.by_number();
    texts_by_number_ = texts_.by_number();
    file.write("[");
    for (size_t number = 0; number < tasks_.size(); ++number) {
      task.throw_if_cancelled();
      std::string annotations = "[";
      for (auto at = begins[number]; at < begins[number + 1]; ++at)
        annotations += (annotations.size() > 1 ? "," : "") + annotation(ballots_[order[at]], order[at], members);
      JsonLine line;
      line.raw("data", data(tasks_[number])).raw("annotations", annotations + "]");
      file.write((number > 0 ? ",\n" : "\n") + line.str());
      task.advance();
    }
    file.line("\n]");
    result_.rows = ballots_.size();
  }
  size_t tasks() const { return tasks_.size(); }

 private:
  void add(const VoteRow &vote, size_t left_slot, size_t right_slot, Verdict verdict, bool own_id) {
    const auto *left = usable(vote.items[left_slot]), *right = usable(vote.items[right_slot]);
    if (!left || !right) {
      ++result_.lost;
      return;
    }
    if (ballots_.size() == UINT32_MAX) throw Error(Status::limit_exceeded, "more than four billion votes");
    const auto &prompt = !vote.prompt.empty() ? vote.prompt : !left->prompt.empty() ? left->prompt : right->prompt;
    Compared compared{left, right, texts_(vote.criterion), texts_(prompt)};
    auto [found, is_new] = numbers_.try_emplace(compared, static_cast<uint32_t>(tasks_.size()));
    if (is_new) tasks_.push_back(compared);
    Ballot ballot;
    ballot.task = found->second;
    ballot.verdict = verdict;
    ballot.placement_known = vote.placement_known;
    ballot.annotator = annotators_(vote.annotator);
    ballot.weight = static_cast<float>(vote.weight);
    if (vote.time) ballot.time = *vote.time;
    if (vote.duration) ballot.duration = *vote.duration;
    if (auto id = Hash128::from_hex(vote.id); own_id && id) ballot.id = *id;
    ballots_.push_back(ballot);
  }

  const PictureRow *usable(const std::string &item) {
    const auto *picture = find_(item);
    if (!picture)
      failed_.add(item, {Status::not_found, "is a picture that is not known"});
    else if (picture->path.empty())
      failed_.add(item, {Status::not_found, "no file of it is known"});
    else if (!picture->path.starts_with(root_))
      failed_.add(picture->path, {Status::invalid_argument, "lies outside of the folder that Label Studio serves"});
    else
      return picture;
    return nullptr;
  }

  std::string data(const Compared &compared) const {
    JsonLine line;
    auto url = [&](const PictureRow &picture) {
      return "/data/local-files/?d=" + percent_encoded(std::string_view(picture.path).substr(root_.size()));
    };
    line.add("left", url(*compared.left)).add("right", url(*compared.right));
    if (!compared.left->id.empty()) line.add("left_id", compared.left->id);
    if (!compared.right->id.empty()) line.add("right_id", compared.right->id);
    if (const auto &criterion = *texts_by_number_[compared.criterion]; !criterion.empty())
      line.add("criterion", criterion);
    if (const auto &prompt = *texts_by_number_[compared.prompt]; !prompt.empty()) line.add("prompt", prompt);
    return line.str();
  }

  std::string annotation(const Ballot &ballot, uint64_t number, bool members) const {
    bool known_time = ballot.time != Ballot::unknown, known_duration = ballot.duration != Ballot::unknown;
    const auto &annotator = *annotators_by_number_[ballot.annotator];
    bool side = ballot.verdict == Verdict::left || ballot.verdict == Verdict::right;
    std::string word(verdict_word(ballot.verdict));
    JsonLine ours;
    ours.add("verdict", word);
    if (!ballot.id.none()) ours.add("id", ballot.id.hex());
    if (!annotator.empty()) ours.add("annotator", annotator);
    if (known_time) ours.add("time", ballot.time);
    if (known_duration) ours.add("duration", ballot.duration);
    ours.add("placement_known", ballot.placement_known);
    if (ballot.weight != 1) ours.add("weight", static_cast<double>(ballot.weight));
    JsonLine result;
    result.add("id", ballot.id.none() ? "vote" + std::to_string(number + 1) : ballot.id.hex());
    // The tag Pairwise is its own object.
    result.add("from_name", side ? "pw" : "verdict").add("to_name", side ? "pw" : "left");
    result.add("type", side ? "pairwise" : "choices").add("origin", "manual");
    result.raw("value", side ? R"({"selected":")" + word + R"("})" : R"({"choices":[")" + word + R"("]})");
    result.raw("kalon", ours.str());
    JsonLine line;
    line.raw("result", "[" + result.str() + "]").add("was_cancelled", ballot.verdict == Verdict::skip);
    line.add("ground_truth", false);
    if (known_time) line.add("created_at", format_utc(ballot.time));
    if (known_duration) line.raw("lead_time", seconds_text(ballot.duration));
    if (members && !annotator.empty()) {
      JsonLine person;
      line.raw("completed_by", person.add("email", annotator).str());
    }
    return line.str();
  }

  const FindPicture &find_;
  std::string root_;
  ExportResult &result_;
  FailedPictures failed_;
  std::unordered_map<Compared, uint32_t, ComparedHash> numbers_;
  std::vector<Compared> tasks_;
  std::vector<Ballot> ballots_;
  Texts annotators_, texts_;
  std::vector<const std::string *> annotators_by_number_, texts_by_number_;
};

}  // namespace

ExportResult write_label_studio(const std::string &path, const GiveVotes &votes, const FindPicture &find,
                                const LabelStudioWriting &writing, Task &task) {
  if (!writing.root.starts_with('/'))
    throw Error(Status::invalid_argument, "the folder that Label Studio serves must be an absolute path", writing.root);
  task.phase("reading votes");
  ExportResult result;
  Ballots ballots(find, writing.root, result);
  votes([&](const VoteRow &vote) {
    task.throw_if_cancelled();
    ballots.add(vote);
    task.advance();
  });
  task.phase("writing tasks", ballots.tasks());
  TextFile file(path);
  ballots.write(file, writing.annotators_are_members, task);
  file.finish();
  return result;
}

std::string_view label_studio_config() {
  return R"(<View>
  <Header value="Which one is better? Click on it."/>
  <Pairwise name="pw" toName="left,right"/>
  <View style="display: flex; gap: 1em">
    <View style="flex: 1"><Image name="left" value="$left"/></View>
    <View style="flex: 1"><Image name="right" value="$right"/></View>
  </View>
  <Choices name="verdict" toName="left" choice="single" showInline="true">
    <Choice value="tie"/>
    <Choice value="both_bad"/>
    <Choice value="skip"/>
  </Choices>
</View>
)";
}

}  // namespace kalon
