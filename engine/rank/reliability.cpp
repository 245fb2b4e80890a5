#include "rank/reliability.h"

#include <algorithm>
#include <cmath>

#include "rank/bayes.h"
#include "rank/scale_likelihood.h"

namespace kalon {
namespace {

// What is thought of the spread of scales about 1 before anybody's votes are seen, and as how many people's that
// counts.
constexpr double prior_deviation = 0.4, prior_people = 1;
constexpr double largest_scale = 8;

// Of all scales about 1.
struct Spread {
  double variance = prior_deviation * prior_deviation;
};

// What is left of the information when the utilities have to be found too. The draws know it only roughly: never less
// than this share.
double observed_information(const ScaleSums &sums, double least) {
  return std::max(sums.information - sums.missing(), least * sums.information);
}

// One step towards the mode, or so much of it.
void step(std::vector<ScaleParameters> &parameters, const std::vector<ScaleSums> &sums,
          const std::vector<OwnVotes> &votes, double part, Spread &spread) {
  // People's scales hang together: steps of each by itself that are longer than this make them swing.
  constexpr double surest_step = 0.5;
  double squares = 0, people = 0;
  for (size_t i = 0; i < parameters.size(); ++i) {
    auto &own = parameters[i];
    if (!votes[i].compared) continue;
    double information = observed_information(sums[i], surest_step) + 1 / spread.variance;
    double slope = sums[i].slope() - (own.scale - 1) / spread.variance;
    double change = std::clamp(part * slope / information, -0.7, 0.7);
    own.scale = std::clamp(own.scale + change, -largest_scale, largest_scale);
    if (sums[i].ties > 0 && sums[i].expected_ties > 0)
      own.ties = std::clamp(own.ties * sums[i].ties / sums[i].expected_ties, 1e-6, 1e6);
    own.deviation = 1 / std::sqrt(information);
    squares += (own.scale - 1) * (own.scale - 1) + 1 / information;
    ++people;
  }
  spread.variance = (prior_people * prior_deviation * prior_deviation + squares) / (prior_people + people);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// The usual annotator's scale is 1: the median of those who are not far worse than most. Utilities and scales can trade
// a common factor, and the refit of the utilities follows.
// Returns what the scales were divided by.
double normalise(std::vector<ScaleParameters> &parameters, const std::vector<OwnVotes> &votes) {
  std::vector<double> scales;
  for (size_t i = 0; i < parameters.size(); ++i)
    if (votes[i].compared) scales.push_back(parameters[i].scale);
  auto middle = scales.begin() + static_cast<int64_t>(scales.size() / 2);
  std::nth_element(scales.begin(), middle, scales.end());
  constexpr double least = 0.25;
  double most = *middle;
  if (most < least) return 1;
  std::erase_if(scales, [&](double scale) { return scale < most / 2; });
  double usual = median(scales);
  for (size_t i = 0; i < parameters.size(); ++i)
    if (votes[i].compared) parameters[i].scale /= usual;
  return usual;
}

// Whether nothing changed that matters beside what is not known anyway.
bool settled(const std::vector<ScaleParameters> &before, const std::vector<ScaleParameters> &after) {
  constexpr double small_change = 0.02, small_part = 0.15;
  for (size_t i = 0; i < before.size(); ++i)
    if (std::abs(after[i].scale - before[i].scale) > std::max(small_change, small_part * after[i].deviation))
      return false;
  return true;
}

std::vector<double> scales_of(const std::vector<ScaleParameters> &parameters) {
  std::vector<double> scales;
  for (const auto &own : parameters) scales.push_back(own.scale);
  return scales;
}

// The posterior that is looked for. All fits but the last are of a cheaper kind: beyond a few items their covariance
// is sampled, which draws are made of anyway, and once the variance of the prior is about known it is kept. Vectors
// tell of pictures, hardly of people, and cost most of the time.
class Fits {
 public:
  Fits(EstimatorOptions options, Task &task)
      : options_(std::move(options)), given_(options_.prior_variance), task_(task) {
    options_.kind = EstimatorKind::bayes;
  }

  std::unique_ptr<Estimator> cheap(const VoteHistory &history, const std::vector<ScaleParameters> &parameters) {
    constexpr int32_t full_up_to = 200;
    options_.annotator_scales = scales_of(parameters);
    options_.prior_variance = given_ ? given_ : variance_;
    auto options = options_;
    options.vectors.reset();
    auto estimator = make_bayes(options, full_up_to);
    estimator->fit(history, task_);
    return estimator;
  }
  std::unique_ptr<Estimator> last(const VoteHistory &history, const std::vector<ScaleParameters> &parameters) {
    options_.annotator_scales = scales_of(parameters);
    options_.prior_variance = given_;
    auto estimator = make_estimator(options_);
    estimator->fit(history, task_);
    return estimator;
  }
  // Keeps the variance of the prior that is most likely for this posterior; scales were divided by `usual` since.
  void keep_variance(const Estimator &estimator, double usual) {
    auto means = estimator.means(), variances = estimator.variances();
    if (means.empty()) return;
    double sum = 0;
    for (size_t i = 0; i < means.size(); ++i) sum += means[i] * means[i] + variances[i];
    variance_ = std::clamp(usual * usual * sum / static_cast<double>(means.size()), 1e-3, 1e3);
  }

 private:
  EstimatorOptions options_;
  std::optional<double> given_, variance_;
  Task &task_;
};

// With votes that weigh less where an annotator has more of them than the median.
VoteHistory with_equal_say(VoteHistory history, const std::vector<OwnVotes> &votes) {
  std::vector<size_t> counts;
  for (const auto &own : votes)
    if (own.count() > 0) counts.push_back(own.count());
  auto middle = counts.begin() + static_cast<int64_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  std::vector<float> factors;
  for (const auto &own : votes)
    factors.push_back(own.count() > *middle ? static_cast<float>(*middle) / static_cast<float>(own.count()) : 1.0F);
  for (auto &vote : history.comparisons) vote.weight *= factors[static_cast<size_t>(vote.annotator)];
  for (auto &vote : history.orderings) vote.weight *= factors[static_cast<size_t>(vote.annotator)];
  return history;
}

// votes: the information of the votes alone. Others' scales may make a few votes look sure; they are no judgement.
Judgement judge(const AnnotatorReliability &annotator, double votes) {
  constexpr uint64_t fewest = 10;  // a slip of the hand may be half of fewer
  constexpr double enough = 0.5;
  if (annotator.votes < fewest) return Judgement::too_few_votes;
  if (annotator.interval.upper < 0) return Judgement::adversarial;
  if (annotator.interval.upper < enough) return Judgement::careless;
  double lower = annotator.scale - normal_95 / std::sqrt(votes);
  return std::min(lower, annotator.interval.lower) > 0 ? Judgement::good : Judgement::too_few_votes;
}

// How often one annotator's votes for one of two items are for the one that stands higher without them.
Share agreement_left_out(const VoteHistory &history, const OwnVotes &own, int32_t annotator,
                         const std::vector<ScaleParameters> &parameters, Fits &fits) {
  VoteHistory others;
  others.items = history.items;
  others.annotators = history.annotators;
  for (const auto &vote : history.comparisons)
    if (vote.annotator != annotator) others.comparisons.push_back(vote);
  for (const auto &vote : history.orderings)
    if (vote.annotator != annotator) {
      others.orderings.push_back(vote);
      others.orderings.back().after = 0;  // what came before what does not matter to a fit
    }
  auto estimator = fits.cheap(others, parameters);
  auto means = estimator->means();
  uint64_t same = 0, asked = 0;
  for (auto i : own.comparisons) {
    const auto &vote = history.comparisons[i];
    double difference = means[static_cast<size_t>(vote.left)] - means[static_cast<size_t>(vote.right)];
    if (vote.verdict == Verdict::tie || difference == 0) continue;
    ++asked;
    same += (difference > 0) == (vote.verdict == Verdict::left) ? 1 : 0;
  }
  return share_of(same, asked);
}

// The same with each vote alone left out of the posterior: what it did to the mean of its difference is taken back.
Share agreement_of_each(const VoteHistory &history, const OwnVotes &own, const ScaleParameters &parameters,
                        const PosteriorPoints &points) {
  uint64_t same = 0, asked = 0;
  for (auto i : own.comparisons) {
    const auto &vote = history.comparisons[i];
    if (vote.verdict == Verdict::tie) continue;
    const float *left = points.deviations(vote.left), *right = points.deviations(vote.right);
    double variance = 0;
    for (size_t j = 0; j < points.draws(); ++j) {
      double deviation = static_cast<double>(left[j]) - static_cast<double>(right[j]);
      variance += deviation * deviation / static_cast<double>(points.draws());
    }
    double mean = points.mean(vote.left) - points.mean(vote.right), verdict = static_cast<double>(vote.verdict);
    // By the difference instead of by the scale.
    auto own_part = comparison_derivatives(parameters.scale, mean, parameters.ties, verdict);
    constexpr double largest_part = 0.9;
    double part = std::min(largest_part, vote.weight * own_part.information * variance);
    double without = mean - vote.weight * own_part.slope * variance / (1 - part);
    if (without == 0) continue;
    ++asked;
    same += (without > 0) == (verdict > 0) ? 1 : 0;
  }
  return share_of(same, asked);
}

std::vector<Share> gold_answers(const VoteHistory &history, std::span<const GoldPair> gold) {
  auto count = static_cast<size_t>(history.annotators);
  std::vector<uint64_t> right(count), asked(count);
  auto key = [](int32_t a, int32_t b) {
    return static_cast<uint64_t>(std::min(a, b)) << 32 | static_cast<uint32_t>(std::max(a, b));
  };
  std::vector<std::pair<uint64_t, int32_t>> better;
  for (const auto &pair : gold) better.emplace_back(key(pair.better, pair.worse), pair.better);
  std::sort(better.begin(), better.end());
  for (const auto &vote : history.comparisons) {
    if (better.empty() || !tells_order(vote.verdict)) continue;
    auto own = key(vote.left, vote.right);
    auto found = std::lower_bound(better.begin(), better.end(), std::pair(own, int32_t{0}));
    if (found == better.end() || found->first != own) continue;
    auto annotator = static_cast<size_t>(vote.annotator);
    ++asked[annotator];
    right[annotator] +=
        found->second == (vote.verdict == Verdict::left ? vote.left : vote.right) ? vote.verdict != Verdict::tie : 0;
  }
  std::vector<Share> result;
  for (size_t i = 0; i < count; ++i) result.push_back(share_of(right[i], asked[i]));
  return result;
}

// PosteriorPoints of a posterior that a pass over the votes can afford.
int64_t draws_for(size_t votes, double evaluations, int64_t most) {
  return std::clamp<int64_t>(static_cast<int64_t>(evaluations / (2 * static_cast<double>(votes) + 1)), 4, most);
}

bool can_leave_out(const VoteHistory &history, size_t votes, size_t annotators) {
  constexpr int32_t most_items = 500;
  constexpr size_t most_votes = 250'000;  // over all refits
  return history.items <= most_items && votes * annotators <= most_votes;
}

}  // namespace

std::string_view judgement_name(Judgement judgement) {
  switch (judgement) {
    case Judgement::good:
      return "good";
    case Judgement::careless:
      return "careless";
    case Judgement::adversarial:
      return "adversarial";
    case Judgement::too_few_votes:
      return "too few votes";
    case Judgement::alone:
      return "alone";
  }
  return "";
}

Reliability estimate_reliability(const VoteHistory &history, const EstimatorOptions &options,
                                 std::span<const GoldPair> gold, Agreements agreements, Task &task) {
  require_valid(history);
  auto votes = votes_by_annotator(history);
  size_t all = 0, compared = 0;
  for (const auto &own : votes) {
    all += own.count();
    compared += own.compared ? 1 : 0;
  }
  Reliability result;
  std::vector<ScaleParameters> parameters(votes.size());
  Spread spread;
  Fits fits(options, task);
  if (compared >= 2) {
    for (size_t i = 0; i < votes.size(); ++i) {
      auto ties = std::count_if(votes[i].comparisons.begin(), votes[i].comparisons.end(),
                                [&](uint32_t vote) { return history.comparisons[vote].verdict == Verdict::tie; });
      auto others = static_cast<double>(votes[i].comparisons.size()) - static_cast<double>(ties);
      parameters[i].ties = 2 * static_cast<double>(ties) / std::max(1.0, others);
    }
    constexpr int first_steps = 3, whole_rounds = 3, most_rounds = 10;
    auto draws = draws_for(all, 2e6, 16);
    auto move = [&](const Estimator &estimator, int steps, double part) {
      PosteriorPoints points(estimator, draws, options.seed);
      for (int i = 0; i < steps; ++i)
        step(parameters, sums_of(history, votes, points, parameters, task), votes, part, spread);
      fits.keep_variance(estimator, normalise(parameters, votes));
    };
    move(*fits.cheap(with_equal_say(history, votes), parameters), first_steps, 1);
    for (bool is_settled = false; !is_settled && result.rounds < most_rounds; ++result.rounds) {
      auto before = parameters;
      // Draws differ from fit to fit; shorter and shorter steps average over them (Robbins and Monro 1951).
      double part = 1.0 / std::max(1, result.rounds - whole_rounds + 2);
      move(*fits.cheap(history, parameters), 1, part);
      is_settled = settled(before, parameters);
    }
  }
  result.estimator = fits.last(history, parameters);
  result.scales = scales_of(parameters);

  auto gold_shares = gold_answers(history, gold);
  bool leave_out = compared >= 2 && can_leave_out(history, all, votes.size());
  std::vector<ScaleSums> sums;
  std::unique_ptr<PosteriorPoints> points;
  if (compared >= 2) {
    points = std::make_unique<PosteriorPoints>(*fits.cheap(history, parameters), draws_for(all, 4e6, 64), options.seed);
    sums = sums_of(history, votes, *points, parameters, task);
  }
  for (size_t i = 0; i < votes.size(); ++i) {
    AnnotatorReliability annotator;
    annotator.votes = votes[i].count();
    annotator.gold = gold_shares[i];
    if (compared >= 2 && votes[i].compared) {
      annotator.scale = parameters[i].scale;
      constexpr double least_known = 0.2;
      double information = observed_information(sums[i], least_known);
      double half = normal_95 / std::sqrt(information + 1 / spread.variance);
      annotator.interval = {annotator.scale - half, annotator.scale + half};
      annotator.judgement = judge(annotator, information);
      annotator.left_out = leave_out;
      if (agreements == Agreements::wanted)
        annotator.agreement = leave_out
                                  ? agreement_left_out(history, votes[i], static_cast<int32_t>(i), parameters, fits)
                                  : agreement_of_each(history, votes[i], parameters[i], *points);
    }
    result.annotators.push_back(annotator);
  }
  return result;
}

}  // namespace kalon
