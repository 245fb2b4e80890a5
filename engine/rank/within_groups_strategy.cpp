// The best few of each group, with few votes: bursts of which one picture is kept.

#include <algorithm>
#include <cmath>

#include "rank/askable.h"
#include "rank/beliefs.h"
#include "rank/expected_information.h"
#include "rank/pair_policies.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

constexpr double wrong_side = 0.05;  // a place is settled when it is less likely than that to be a wrong one
constexpr size_t looked_at = 24;     // members in doubt among which the next pair is chosen
constexpr size_t most_near = 256;    // members near the border whose doubt is computed

// One group after the other, each until it is settled or has no pair left. With variances: the pair that tells most of
// the members that may be on the wrong side of the border. Without: a knockout, in which a member leaves when so many
// are known to be better, itself or through others, as are to be kept.
class WithinGroups : public Strategy {
 public:
  explicit WithinGroups(int64_t keep) : keep_(static_cast<size_t>(keep)) {
    if (keep < 1) throw Error(Status::invalid_argument, "there must be one picture or more to keep of each group");
  }
  std::string_view name() const override { return "within-groups"; }

  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &) override {
    refresh(survey);
    PairBatch batch(survey, count);
    for (bool apart : {true, false})
      // A pair of each group in turn, so that a batch is of several before it is of one alone.
      for (bool found = true; found && !batch.full();) {
        found = false;
        for (size_t g = 0; g < done_.size() && !batch.full(); ++g) {
          if (done_[g]) continue;
          bool open = false;
          auto pair = choose(survey, batch, members_.of(static_cast<int64_t>(g)), apart, open);
          done_[g] = !open;
          if (!pair) continue;
          batch.take(pair->a, pair->b);
          found = true;
        }
      }
    return batch.release();
  }

  std::optional<int64_t> left(const Survey &survey) const override {
    WithinGroups now(static_cast<int64_t>(keep_));
    now.refresh(survey);
    bool certain = !survey.estimator.variances().empty();
    PairBatch batch(survey, 1);
    int64_t sum = 0;
    for (size_t g = 0; g < now.done_.size(); ++g) {
      auto members = now.members_.of(static_cast<int64_t>(g));
      bool open = false;
      now.choose(survey, batch, members, false, open);
      if (open && certain) return std::nullopt;  // who knows
      if (open) sum += static_cast<int64_t>(now.survivors_of(members).size() - keep_);
    }
    return sum;
  }

 private:
  void refresh(const Survey &survey) {
    if (survey.groups.empty()) throw Error(Status::invalid_argument, "within-groups needs groups of pictures");
    beliefs_.refresh(survey);
    auto groups = group_members(survey.groups, survey.candidates);
    bool same =
        groups.starts == members_.starts && groups.members == members_.members && most_asked_ == survey.most_asked;
    members_ = std::move(groups);
    most_asked_ = survey.most_asked;
    auto size = static_cast<size_t>(members_.groups());
    if (!same) votes_.assign(size, -1), done_.assign(size, 0);
    if (survey.estimator.variances().empty()) find_better(survey);
    // What was settled stays so until there are other votes on it: a refit that moves all items a little reopens
    // nothing.
    for (size_t g = 0; g < size; ++g) {
      int64_t votes = 0;
      for (int32_t item : members_.of(static_cast<int64_t>(g))) votes += survey.asked.of_item(item);
      if (votes != votes_[g]) done_[g] = 0;
      votes_[g] = votes;
    }
  }

  // Who was preferred to whom within groups.
  void find_better(const Survey &survey) {
    better_.assign(static_cast<size_t>(survey.history.items), {});
    auto prefer = [&](int32_t winner, int32_t loser) {
      int32_t group = survey.groups[static_cast<size_t>(winner)];
      if (group < 0 || group != survey.groups[static_cast<size_t>(loser)]) return;
      if (is_candidate(survey, winner) && is_candidate(survey, loser))
        better_[static_cast<size_t>(loser)].push_back(winner);
    };
    for (const auto &vote : survey.history.comparisons) {
      if (vote.verdict == Verdict::left) prefer(vote.left, vote.right);
      if (vote.verdict == Verdict::right) prefer(vote.right, vote.left);
    }
    for (const auto &vote : survey.history.orderings)
      for (size_t i = 0; vote.items.size() <= 16 && i < vote.items.size(); ++i)
        for (size_t j = 0; j < vote.items.size(); ++j)
          if (vote.ranks[i] < vote.ranks[j]) prefer(vote.items[i], vote.items[j]);
  }

  // Items that are known to be better, itself left out; no more than are to be kept, for then it is out.
  std::vector<int32_t> known_better(int32_t item) const {
    std::vector<int32_t> found;
    for (size_t next = 0; next <= found.size(); ++next) {
      int32_t from = next == 0 ? item : found[next - 1];
      for (int32_t other : better_[static_cast<size_t>(from)]) {
        if (other == item || std::find(found.begin(), found.end(), other) != found.end()) continue;
        found.push_back(other);
        if (found.size() >= keep_) return found;
      }
    }
    return found;
  }

  struct Survivor {
    int32_t item;
    std::vector<int32_t> better;
  };
  std::vector<Survivor> survivors_of(std::span<const int32_t> members) const {
    std::vector<Survivor> found;
    for (int32_t item : members) {
      auto better = known_better(item);
      if (better.size() < keep_) found.push_back({item, std::move(better)});
    }
    return found;
  }

  // `open`: whether the group has a pair that ought to be asked, now or when it is no longer with somebody.
  std::optional<ItemPair> choose(const Survey &survey, const PairBatch &batch, std::span<const int32_t> members,
                                 bool apart, bool &open) const {
    open = false;
    if (members.size() <= keep_) return std::nullopt;
    auto look_at = [&](int32_t a, int32_t b) {
      open = open || !asked_too_often(survey, a, b);
      return batch.allows(a, b) && (!apart || (batch.is_free(a) && batch.is_free(b)));
    };
    return survey.estimator.variances().empty() ? choose_knockout(members, look_at) : choose_telling(members, look_at);
  }

  template <class LookAt>
  std::optional<ItemPair> choose_knockout(std::span<const int32_t> members, const LookAt &look_at) const {
    auto survivors = survivors_of(members);
    if (survivors.size() <= keep_) return std::nullopt;
    // Those nearest to leaving meet first.
    std::stable_sort(survivors.begin(), survivors.end(),
                     [](const auto &a, const auto &b) { return a.better.size() > b.better.size(); });
    auto knows = [](const Survivor &loser, int32_t winner) {
      return std::find(loser.better.begin(), loser.better.end(), winner) != loser.better.end();
    };
    for (size_t i = 0; i < survivors.size(); ++i)
      for (size_t j = i + 1; j < survivors.size(); ++j) {
        const auto &a = survivors[i], &b = survivors[j];
        if (!knows(a, b.item) && !knows(b, a.item) && look_at(a.item, b.item)) return ItemPair{a.item, b.item};
      }
    return std::nullopt;
  }

  template <class LookAt>
  std::optional<ItemPair> choose_telling(std::span<const int32_t> members, const LookAt &look_at) const {
    struct Doubtful {
      int32_t item, other;  // the first on the other side of the border
      double deviations, doubt;
    };
    std::vector<int32_t> order(members.begin(), members.end());
    auto better = [&](int32_t a, int32_t b) {
      double of_a = beliefs_.mean(a), of_b = beliefs_.mean(b);
      return of_a > of_b || (of_a == of_b && a < b);
    };
    auto border = order.begin() + static_cast<std::ptrdiff_t>(keep_);
    std::nth_element(order.begin(), border, order.end(), better);
    int32_t last = *std::max_element(order.begin(), border, better), first = *border;
    // The nearest to the border in standard deviations, whatever the covariances are: few need to be looked at closely.
    std::vector<Doubtful> doubtful;
    for (size_t i = 0; i < order.size(); ++i) {
      int32_t item = order[i], other = i < keep_ ? first : last;
      double spread = std::sqrt(beliefs_.variance(item)) + std::sqrt(beliefs_.variance(other));
      double distance = std::abs(beliefs_.mean(item) - beliefs_.mean(other));
      doubtful.push_back({item, other, distance > 0 ? distance / spread : 0, 0});
    }
    size_t near = std::min(most_near, doubtful.size());
    std::nth_element(doubtful.begin(), doubtful.begin() + static_cast<std::ptrdiff_t>(near) - 1, doubtful.end(),
                     [](const auto &a, const auto &b) { return a.deviations < b.deviations; });
    doubtful.resize(near);
    double most = 0;
    for (auto &[item, other, deviations, doubt] : doubtful) {
      double distance = std::abs(beliefs_.mean(item) - beliefs_.mean(other));
      doubt = probability_above(-distance, beliefs_.difference_variance(item, other));
      most = std::max(most, doubt);
    }
    if (most <= wrong_side) return std::nullopt;
    std::sort(doubtful.begin(), doubtful.end(), [](const auto &a, const auto &b) {
      return a.doubt > b.doubt || (a.doubt == b.doubt && a.item < b.item);
    });
    std::optional<ItemPair> best;
    double worth_most = -1;
    for (size_t i = 0; i < doubtful.size() && (i < looked_at || !best); ++i)
      for (size_t j = 0; j < i; ++j) {
        const auto &a = doubtful[i], &b = doubtful[j];
        if (!look_at(a.item, b.item)) continue;
        double worth = (a.doubt + b.doubt) * expected_information(beliefs_.mean(a.item) - beliefs_.mean(b.item),
                                                                  beliefs_.difference_variance(a.item, b.item));
        if (worth > worth_most) worth_most = worth, best = {a.item, b.item};
      }
    return best;
  }

  size_t keep_;
  Beliefs beliefs_;
  GroupMembers members_;
  std::vector<std::vector<int32_t>> better_;  // by item: who won against it
  std::vector<int64_t> votes_;                // by group: on its members, when it was last looked at
  std::vector<uint8_t> done_;                 // by group
  int64_t most_asked_ = 1;
};

}  // namespace

std::unique_ptr<Strategy> make_within_groups(const StrategyOptions &options) {
  return std::make_unique<WithinGroups>(options.keep);
}

}  // namespace kalon
