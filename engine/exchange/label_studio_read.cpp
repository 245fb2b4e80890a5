// Label Studio's export as JSON.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "exchange/json_pieces.h"
#include "exchange/label_studio.h"
#include "exchange/time_text.h"
#include "exchange/value_text.h"
#include "exchange/vote_row_parser.h"

namespace kalon {
namespace {

using nlohmann::json;

constexpr std::string_view local_files = "/data/local-files/?d=";
constexpr size_t most_members = 256;  // of the data of a task in which the names of two pictures are looked for
constexpr double most_seconds = 1e12;

// A member of an object; null where there is none.
const json *member(const json &object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(std::string(name));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const std::string *text_of(const json *value) {
  return value && value->is_string() ? value->get_ptr<const std::string *>() : nullptr;
}

const std::string *text_in(const json &object, std::string_view name) {
  return text_of(member(object, name));
}

// A number or text that names something: a task, an annotation, a person.
std::string name_in(const json &object, std::string_view name) {
  auto *value = member(object, name);
  if (!value) return {};
  if (auto *text = text_of(value)) return *text;
  return value->is_number_integer() ? value->dump() : std::string();
}

bool looks_like_a_picture(const std::string &name) {
  auto lower = ascii_lower(name);
  for (const char *word : {"image", "img", "picture", "photo", "url"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

std::string percent_decoded(std::string_view text) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int high = -1, low = -1;
    if (text[i] == '%' && i + 2 < text.size()) high = digit(text[i + 1]), low = digit(text[i + 2]);
    if (high < 0 || low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

class TaskReader {
 public:
  TaskReader(const JsonPieces &pieces, const LabelStudioReading &reading, const TakeVote &take,
             LabelStudioCounts &counts)
      : pieces_(pieces), reading_(reading), take_(take), counts_(counts) {}

  void read(const JsonPieces::Piece &piece) {
    line_ = piece.line;
    ++counts_.tasks;
    auto task = pieces_.parse(piece);
    auto *data = member(task, "data");
    if (!data || !data->is_object()) refuse("has no data; export from Label Studio as JSON, not as JSON-MIN");
    VoteRow vote;
    find_pictures(*data, vote);
    vote.line = line_;
    if (auto *criterion = text_in(*data, "criterion")) vote.criterion = *criterion;
    if (auto *prompt = text_in(*data, "prompt")) vote.prompt = *prompt;
    for (const char *name : {"annotations", "completions"}) {
      auto *annotations = member(task, name);
      if (!annotations) continue;
      if (!annotations->is_array()) refuse(std::string("has ") + name + " that are no array");
      for (const auto &annotation : *annotations) read_annotation(task, annotation, vote);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string &text) const {
    pieces_.refuse(line_, "begins task " + std::to_string(counts_.tasks) + ", which " + text);
  }

  // ---- what was compared

  using Names = std::pair<std::string, std::string>;

  // Two names that differ in one word alone.
  std::vector<Names> pairs_of_names(const json &data) const {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> words = {
        {{"left", "right"}, {"1", "2"}, {"0", "1"}, {"a", "b"}, {"A", "B"}, {"first", "second"}}};
    std::vector<Names> pairs;
    size_t members = 0;
    for (const auto &[left, right] : words) {
      members = 0;
      for (auto item = data.begin(); item != data.end() && ++members <= most_members; ++item) {
        if (!item->is_string() || item.key().size() > 200) continue;
        for (auto at = item.key().find(left); at != std::string::npos; at = item.key().find(left, at + 1)) {
          auto other = item.key();
          other.replace(at, left.size(), right);
          if (text_in(data, other)) pairs.emplace_back(item.key(), other);
        }
      }
      if (!pairs.empty()) break;
    }
    return pairs;
  }
  Names names_in(const json &data) const {
    if (!reading_.left.empty() || !reading_.right.empty()) return {reading_.left, reading_.right};
    if (text_in(data, "left") && text_in(data, "right")) return {"left", "right"};
    auto pairs = pairs_of_names(data);
    if (pairs.size() > 1) std::erase_if(pairs, [](const Names &names) { return !looks_like_a_picture(names.first); });
    if (pairs.size() == 1) return pairs.front();
    std::string all;
    for (auto item = data.begin(); item != data.end() && all.size() < 300; ++item) {
      all += all.empty() ? "" : ", ";
      append_json_string(all, item.key());
    }
    refuse("does not tell by its names which two pictures it compares; name them. Its data has " +
           (all.empty() ? "nothing" : all));
  }
  void find_pictures(const json &data, VoteRow &vote) const {
    auto [left, right] = names_in(data);
    vote.items = {picture(data, left), picture(data, right)};
    if (vote.left() == vote.right()) refuse("compares a picture with itself");
  }
  std::string picture(const json &data, const std::string &name) const {
    auto *value = text_in(data, name);
    if (!value || value->empty()) {
      std::string shown;
      append_json_string(shown, shorten_utf8(name, 100));
      refuse("has no text " + shown + " in its data");
    }
    if (value->find('\0') != std::string::npos) refuse("has a NUL character in its data");
    if (auto *id = text_in(data, name + "_id"))
      if (auto hash = Hash128::from_hex(*id); hash && !hash->none()) return hash->hex();
    auto at = value->find(local_files);
    if (at == std::string::npos) return *value;
    auto path = percent_decoded(std::string_view(*value).substr(at + local_files.size()));
    if (path.find('\0') != std::string::npos) refuse("has a NUL character in the name of a file");
    path = (reading_.root.ends_with('/') ? reading_.root : reading_.root + "/") + path;
    return valid_utf8(path) ? path : file_uri(path);
  }

  // ---- what was answered

  struct Answer {
    const json *result = nullptr;
    Verdict verdict = Verdict::skip;
    std::string control;  // its name in the configuration
    bool pairwise = false;
  };

  std::vector<Answer> answers_in(const json &annotation) const {
    auto *results = member(annotation, "result");
    if (!results) return {};
    if (!results->is_array()) refuse("has a result that is no array");
    std::vector<Answer> answers;
    for (const auto &result : *results) {
      auto *type = text_in(result, "type");
      auto *value = member(result, "value");
      if (!type || !value) continue;
      const std::string *word = nullptr;
      if (*type == "pairwise") {
        word = text_in(*value, "selected");
        if (!word || (*word != "left" && *word != "right"))
          refuse("has a pairwise result that is neither left nor right");
      } else if (*type == "choices") {
        auto *choices = member(*value, "choices");
        if (choices && choices->is_array() && choices->size() == 1) word = text_of(&choices->front());
      }
      auto verdict = word ? verdict_in(*word) : std::nullopt;
      if (verdict) answers.push_back({&result, *verdict, name_in(result, "from_name"), *type == "pairwise"});
    }
    // A choice counts where there is none of the tag that is meant for it.
    bool pairwise = std::any_of(answers.begin(), answers.end(), [](const Answer &answer) { return answer.pairwise; });
    if (pairwise) std::erase_if(answers, [](const Answer &answer) { return !answer.pairwise; });
    if (!pairwise && answers.size() > 1) answers.resize(1);
    return answers;
  }

  static std::string annotator_of(const json &annotation) {
    auto *person = member(annotation, "completed_by");
    if (!person || !person->is_object()) return name_in(annotation, "completed_by");
    auto email = name_in(*person, "email");
    return email.empty() ? name_in(*person, "id") : email;
  }

  void read_annotation(const json &task, const json &annotation, const VoteRow &compared) {
    if (!annotation.is_object()) refuse("has an annotation that is no object");
    auto *flag = member(annotation, "was_cancelled");
    bool cancelled = flag && flag->is_boolean() && flag->get<bool>();
    auto answers = answers_in(annotation);
    if (cancelled) {
      // One vote that skips, whatever was chosen before.
      if (answers.empty()) answers.emplace_back();
      answers.resize(1);
      answers.front().verdict = Verdict::skip;
    }
    if (answers.empty()) ++counts_.unanswered;
    for (const auto &answer : answers) {
      auto vote = compared;
      vote.verdict = answer.verdict;
      if (!restored(answer, vote)) {
        if (answers.size() > 1) vote.criterion = answer.control;
        vote.annotator = annotator_of(annotation);
        if (auto *time = text_in(annotation, "created_at")) {
          vote.time = time_from_text(*time);
          if (!vote.time) refuse("has an annotation whose created_at is no time");
        }
        if (auto *seconds = member(annotation, "lead_time")) vote.duration = duration_of(*seconds);
        vote.id = id_of(task, annotation, answer, vote);
      }
      ++counts_.votes;
      take_(std::move(vote));
    }
  }

  int64_t duration_of(const json &seconds) const {
    auto value = seconds.is_number() ? seconds.get<double>() : -1;
    if (!(value >= 0 && value <= most_seconds)) refuse("has an annotation whose lead_time is no number of seconds");
    return std::llround(value * 1e6);
  }

  // Takes what was written along with a vote of ours; false where there is nothing, or the answer was changed since.
  bool restored(const Answer &answer, VoteRow &vote) const {
    auto *ours = answer.result ? member(*answer.result, "kalon") : nullptr;
    auto *word = ours ? text_in(*ours, "verdict") : nullptr;
    if (!word || *word != verdict_word(answer.verdict)) return false;
    if (auto *annotator = text_in(*ours, "annotator")) vote.annotator = *annotator;
    if (auto *id = text_in(*ours, "id"))
      if (auto hash = Hash128::from_hex(*id); hash && !hash->none()) vote.id = hash->hex();
    auto *time = member(*ours, "time"), *duration = member(*ours, "duration"), *weight = member(*ours, "weight");
    if (time && time->is_number_integer()) vote.time = time->get<int64_t>();
    if (duration && duration->is_number_integer() && duration->get<int64_t>() >= 0)
      vote.duration = duration->get<int64_t>();
    if (auto *known = member(*ours, "placement_known"); known && known->is_boolean())
      vote.placement_known = known->get<bool>();
    if (weight && weight->is_number()) {
      auto value = weight->get<double>();
      if (!(static_cast<float>(value) > 0) || !std::isfinite(static_cast<float>(value)))
        refuse("has a weight that is no number above 0");
      vote.weight = value;
    }
    return true;
  }

  // The same for the same answer; empty where nothing tells answers apart. Numbers alone would not do: every
  // installation begins its own with 1.
  static std::string id_of(const json &task, const json &annotation, const Answer &answer, const VoteRow &vote) {
    auto number = name_in(annotation, "id");
    if (number.empty()) return {};
    std::string all = "label-studio";
    for (const auto &part :
         {name_in(task, "project"), name_in(task, "id"), number, name_in(annotation, "unique_id"),
          name_in(annotation, "created_at"), answer.result ? name_in(*answer.result, "id") : std::string(), vote.left(),
          vote.right(), vote.criterion, std::string(verdict_word(answer.verdict))})
      append_json_string(all, part);
    return hash_of(all).hex();
  }

  const JsonPieces &pieces_;
  const LabelStudioReading &reading_;
  const TakeVote &take_;
  LabelStudioCounts &counts_;
  uint64_t line_ = 0;
};

}  // namespace

LabelStudioCounts read_label_studio(const std::string &path, const LabelStudioReading &reading, const TakeVote &take,
                                    Task &task) {
  task.phase("reading votes");
  JsonPieces pieces(path);
  if (pieces.is_object()) pieces.refuse(1, "begins an object; Label Studio's export as JSON is an array of tasks");
  LabelStudioCounts counts;
  TaskReader reader(pieces, reading, take, counts);
  for (JsonPieces::Piece piece; pieces.next(piece); task.advance()) {
    task.throw_if_cancelled();
    reader.read(piece);
  }
  return counts;
}

}  // namespace kalon
