#include "exchange/vote_pairs.h"

#include "base/text.h"

namespace kalon {
namespace {

constexpr uint64_t votes_between_looks = 256;  // for a cancellation

bool differ(const std::string &left, const std::string &right) {
  return !left.empty() && !right.empty() && left != right;
}

}  // namespace

std::vector<SlotPair> pairs_of(const VoteRow &vote) {
  if (vote.ranks.size() != vote.items.size()) {
    if (vote.is_pair() && tells_order(vote.verdict)) return {{0, 1, vote.verdict}};
    return {};
  }
  std::vector<SlotPair> pairs;
  for (size_t i = 0; i < vote.ranks.size(); ++i)
    for (size_t j = i + 1; j < vote.ranks.size(); ++j)
      if (vote.ranks[i] != vote.ranks[j])
        pairs.push_back({i, j, vote.ranks[i] < vote.ranks[j] ? Verdict::left : Verdict::right});
  return pairs;
}

std::string ExportedPair::prompt() const {
  if (!vote.prompt.empty()) return vote.prompt;
  return differ(left.prompt, right.prompt) ? std::string() : left.prompt.empty() ? right.prompt : left.prompt;
}

void FailedPictures::add(const std::string &name, Outcome outcome) {
  if (seen_.insert(name).second) result_.failed.emplace_back(name, std::move(outcome));
}

void each_pair(const PairSource &source, ExportResult &result, FailedPictures &failed, Task &task,
               const std::function<void(const ExportedPair &)> &take) {
  double least = source.least_certainty.value_or(0.5);
  if (!(least >= 0.5 && least <= 1)) throw Error(Status::invalid_argument, "a certainty lies between 0.5 and 1");
  auto find = [&](const std::string &item) {
    const auto *picture = source.find(item);
    Outcome outcome = picture ? nameable(*picture) : Outcome{Status::not_found, "is a picture that is not known"};
    if (outcome.ok()) return picture;
    failed.add(picture && !picture->path.empty() ? picture->path : item, std::move(outcome));
    return static_cast<const PictureRow *>(nullptr);
  };
  uint64_t number = 0;
  source.votes([&](const VoteRow &vote) {
    if (number++ % votes_between_looks == 0) task.throw_if_cancelled();
    task.advance();
    auto pairs = pairs_of(vote);
    if (pairs.empty()) ++result.without_order;
    for (const auto &pair : pairs) {
      if (pair.verdict == Verdict::tie && !source.ties) {
        ++result.ties;
        continue;
      }
      const auto *left = find(vote.items[pair.left]), *right = find(vote.items[pair.right]);
      if (!left || !right) {
        ++result.lost;
        continue;
      }
      auto certainty = source.certainty ? source.certainty(*left, *right)
                       : vote.is_pair() ? vote.certainty
                                        : std::optional<double>();
      if (source.least_certainty) {
        bool settled_at_all = certainty && settled(*certainty, least) && pair.verdict != Verdict::tie;
        bool left_wins = pair.verdict == Verdict::left;
        if (!settled_at_all || (left_wins ? *certainty : 1 - *certainty) < least) {
          ++(settled_at_all ? result.contradicted : result.unsettled);
          continue;
        }
      }
      if (vote.prompt.empty() && differ(left->prompt, right->prompt) && !source.mixed_prompts) {
        ++result.mixed_prompts;
        continue;
      }
      take({vote, *left, *right, pair.verdict, certainty, number});
    }
  });
}

Outcome nameable(const PictureRow &picture) {
  if (picture.path.empty()) return {Status::not_found, "no file of it is known"};
  if (!valid_utf8(picture.path))
    return {Status::unsupported, "its path is not UTF-8; rename it"};
  return {};
}

}  // namespace kalon
