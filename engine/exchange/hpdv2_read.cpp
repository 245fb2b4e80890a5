// HPDv2 files as votes, object by object: they are larger than what one would hold.

#include <nlohmann/json.hpp>

#include <algorithm>

#include "exchange/hpdv2.h"
#include "exchange/json_pieces.h"

namespace kalon {
namespace {

using nlohmann::json;

constexpr size_t max_pictures = 1000;  // of one object

class Reader {
 public:
  explicit Reader(const std::string &path) : pieces_(path) {
    if (pieces_.is_object()) pieces_.refuse(1, "begins an object; HPDv2 files are an array of them");
  }

  uint64_t read(const TakeVote &take, Task &task) {
    JsonPieces::Piece piece;
    while (pieces_.next(piece)) {
      if (objects_++ % 256 == 0) task.throw_if_cancelled();
      line_ = piece.line;
      auto object = pieces_.parse(piece);
      if (!object.is_object()) refuse("has something else than a JSON object");
      take_votes(object, take);
      task.advance();
    }
    return votes_;
  }

 private:
  // Files are often a single line.
  [[noreturn]] void refuse(const std::string &text) const {
    pieces_.refuse(line_, text + " (object " + std::to_string(objects_) + " of the file)");
  }

  void take_votes(const json &object, const TakeVote &take) {
    VoteRow vote;
    vote.line = line_;
    vote.placement_known = false;  // they are not said to be in the order in which they were shown
    if (auto found = object.find("prompt"); found != object.end()) {
      if (!is_text(*found)) refuse("has a prompt that is no text");
      vote.prompt = found->get<std::string>();
    }
    auto paths = object.find("file_path");
    if (paths == object.end()) paths = object.find("image_path");
    if (paths == object.end()) refuse("has neither file_path nor image_path; HPDv2 files have one of them");
    if (!paths->is_array() || paths->size() < 2 || paths->size() > max_pictures)
      refuse("needs an array of two or more pictures");
    for (const auto &path : *paths) {
      if (!is_text(path) || path.get_ref<const std::string &>().empty()) refuse("has a picture whose name is no text");
      vote.items.push_back(path.get<std::string>());
    }
    if (auto found = object.find("human_preference"); found != object.end()) {
      auto preferred = numbers(*found, vote.items.size(), "human_preference");
      for (auto number : preferred)
        if (number != 0 && number != 1) refuse("has a number other than 0 and 1 in human_preference");
      bool none = std::find(preferred.begin(), preferred.end(), 1) == preferred.end();
      for (auto &number : preferred) number = number == 1 ? 1 : 2;
      give(vote, preferred, none ? Verdict::both_bad : Verdict::tie, take);
      return;
    }
    auto annotations = object.find("raw_annotations");
    if (annotations != object.end() && !annotations->is_null()) {
      if (!annotations->is_array()) refuse("has raw_annotations that are no array");
      for (const auto &annotation : *annotations) {
        auto rank = annotation.is_object() ? annotation.find("rank") : annotation.end();
        if (!annotation.is_object() || rank == annotation.end()) refuse("has an annotation without rank");
        auto user = annotation.find("user_hash");
        if (user != annotation.end() && !is_text(*user) && !user->is_number_integer() && !user->is_null())
          refuse("has a user_hash that is no text");
        auto one = vote;
        if (user != annotation.end() && !user->is_null())
          one.annotator = user->is_string() ? user->get<std::string>() : user->dump();
        give(one, numbers(*rank, vote.items.size(), "rank"), Verdict::tie, take);
      }
      return;
    }
    auto rank = object.find("rank");
    if (rank == object.end()) refuse("has neither human_preference nor rank nor raw_annotations");
    give(vote, numbers(*rank, vote.items.size(), "rank"), Verdict::tie, take);
  }

  static bool is_text(const json &value) {
    return value.is_string() && value.get_ref<const std::string &>().find('\0') == std::string::npos;
  }

  std::vector<double> numbers(const json &array, size_t count, const char *name) const {
    std::vector<double> values;
    if (array.is_array())
      for (const auto &value : array) {
        if (value.is_number()) values.push_back(value.get<double>());
      }
    if (!array.is_array() || values.size() != count || array.size() != count)
      refuse(std::string("needs a number for each of its ") + std::to_string(count) + " pictures in " + name);
    return values;
  }

  // order: the less the better. of_equals: the verdict when all are equal.
  void give(VoteRow vote, const std::vector<double> &order, Verdict of_equals, const TakeVote &take) {
    bool equal = std::all_of(order.begin(), order.end(), [&](double value) { return value == order.front(); });
    if (equal) {
      vote.verdict = of_equals;
    } else if (vote.is_pair()) {
      vote.verdict = order[0] < order[1] ? Verdict::left : Verdict::right;
    } else {
      auto sorted = order;
      std::sort(sorted.begin(), sorted.end());
      for (double value : order)
        vote.ranks.push_back(
            static_cast<uint16_t>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin() + 1));
    }
    take(std::move(vote));
    ++votes_;
  }

  JsonPieces pieces_;
  uint64_t objects_ = 0, line_ = 1, votes_ = 0;
};

}  // namespace

uint64_t read_hpdv2(const std::string &path, const TakeVote &take, Task &task) {
  task.phase("reading votes");
  return Reader(path).read(take, task);
}

}  // namespace kalon
