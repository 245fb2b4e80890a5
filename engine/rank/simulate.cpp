#include "rank/simulate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/random.h"
#include "base/threads.h"
#include "rank/posterior.h"
#include "rank/rank_correlation.h"
#include "rank/reliability.h"
#include "rank/standings.h"

namespace kalon {
namespace {

constexpr int64_t differences_looked_at = 1000;

double normal(Random &random) {
  double radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return radius * std::cos(2 * std::numbers::pi * random.unit());
}

void require_valid(const StudyPlan &plan) {
  auto require = [](bool holds, const char *why) {
    if (!holds) throw Error(Status::invalid_argument, why);
  };
  auto is_share = [](double value) { return value >= 0 && value <= 1; };
  require(plan.items >= 2 && plan.items <= 1'000'000, "a study has 2 to 1000000 items");
  require(plan.votes >= 1 && plan.votes <= 100'000'000, "a study has 1 to 100000000 votes");
  require(plan.checkpoints >= 1 && plan.checkpoints <= plan.votes, "there are 1 checkpoint to as many as votes");
  require(plan.sd >= 0 && std::isfinite(plan.sd), "the spread of the utilities must be a number of 0 or more");
  require(plan.tie_rate >= 0 && plan.tie_rate < 1, "the rate of ties must be at least 0 and below 1");
  require(is_share(plan.slips), "the share of slips must lie between 0 and 1");
  require(plan.annotators >= 1 && plan.annotators <= 100'000, "there are 1 to 100000 annotators");
  require(plan.careless >= 0 && plan.adversarial >= 0 && plan.careless <= plan.annotators - plan.adversarial,
          "there cannot be more careless and adversarial annotators than annotators");
  require(plan.groups >= 0 && plan.groups <= plan.items, "there cannot be more groups than items");
  require(std::abs(plan.score_correlation) <= 1, "a correlation lies between -1 and 1");
  require(plan.batch >= 1 && plan.most_asked >= 0 && plan.top >= 1, "batch and top are 1 or more");
  require(plan.level > 0 && plan.level < 1 && plan.certainty > 0.5 && plan.certainty < 1,
          "level and certainty are probabilities");
  require(plan.seeds >= 1 && plan.seeds <= 10'000, "there are 1 to 10000 seeds");
  require(!plan.find_reliability || plan.estimator.kind == EstimatorKind::bayes,
          "the reliability of annotators is found by the estimator bayes");
  require(plan.estimator.kind != EstimatorKind::bradley_terry || plan.estimator.prior_variance.has_value(),
          "bradley-terry needs a prior variance in a simulation, because few votes have no greatest likelihood");
}

// Whether a strategy's next pair may depend on the latest votes by way of the estimator.
bool follows_estimate(StrategyKind kind) {
  return kind != StrategyKind::random && kind != StrategyKind::same_score && kind != StrategyKind::same_cluster;
}

class Simulation {
 public:
  Simulation(const StudyPlan &plan, uint64_t seed)
      : plan_(plan), people_(Random(seed).next()), lots_(Random(seed + Random::step).next()) {
    Random random(seed + 2 * Random::step);
    auto items = static_cast<size_t>(plan.items);
    for (size_t i = 0; i < items; ++i) {
      double value = normal(random), other = normal(random), r = plan.score_correlation;
      truth_.push_back(plan.sd * value);
      if (r != 0) scores_.push_back(r * value + std::sqrt(1 - r * r) * other);
      if (plan.groups > 0) groups_.push_back(static_cast<int32_t>(static_cast<int64_t>(i) % plan.groups));
    }
    for (int64_t i = 0; i < std::min(differences_looked_at, plan.items * (plan.items - 1) / 2); ++i) {
      auto a = static_cast<int32_t>(random.below(items));
      auto b = static_cast<int32_t>((static_cast<uint64_t>(a) + 1 + random.below(items - 1)) % items);
      differences_.push_back({a, b});
    }
    history_.items = static_cast<int32_t>(plan.items);
    history_.annotators = plan.annotators;
    asked_ = pending_ = PairCounts(history_.items);
    options_ = plan.estimator;
    options_.seed = seed;
  }

  Study run(Task &task) {
    Study study;
    auto strategy = make_strategy(plan_.strategy);
    fit(task);
    for (int64_t checkpoint = 1; checkpoint <= plan_.checkpoints; ++checkpoint) {
      bool done = !vote_until(plan_.votes * checkpoint / plan_.checkpoints, *strategy, task);
      fit(task);
      auto measured = measure();
      // What is done stays as it is.
      int64_t last = done ? plan_.checkpoints : checkpoint;
      for (; checkpoint <= last; ++checkpoint) {
        study.at.push_back(measured);
        task.advance();
      }
      --checkpoint;
    }
    study.votes = given();
    return study;
  }

 private:
  int64_t given() const { return static_cast<int64_t>(history_.comparisons.size()); }

  void fit(Task &task) {
    task.throw_if_cancelled();
    Task own;  // phases of the fit are nobody's business
    if (plan_.find_reliability && plan_.annotators > 1 && given() > 0) {
      auto found = estimate_reliability(history_, options_, {}, Agreements::unwanted, own);
      estimator_ = std::move(found.estimator);
      options_.annotator_scales = std::move(found.scales);
    } else {
      estimator_ = make_estimator(options_);
      estimator_->fit(history_, own);
    }
    fitted_ = given();
  }

  // Whether the strategy had pairs for so many votes.
  bool vote_until(int64_t votes, Strategy &strategy, Task &task) {
    bool follows = follows_estimate(plan_.strategy.kind);
    while (given() < votes) {
      task.throw_if_cancelled();
      Survey survey{*estimator_, history_, asked_, pending_, {}, groups_, scores_, plan_.most_asked};
      auto pairs = strategy.next(survey, std::min(plan_.batch, votes - given()), lots_);
      if (pairs.empty()) return false;
      for (auto pair : pairs) {
        auto vote = answer(pair);
        history_.comparisons.push_back(vote);
        asked_.add(pair.a, pair.b);
        if (follows) estimator_->add(vote);
      }
      // What only a fit finds (the spread of the utilities) is found anew as votes become a tenth more.
      if (follows && given() - fitted_ >= std::max<int64_t>(8, fitted_ / 10)) fit_between(task);
    }
    return true;
  }

  void fit_between(Task &task) {
    task.throw_if_cancelled();
    Task own;
    estimator_->fit(history_, own);
    fitted_ = given();
  }

  Comparison answer(ItemPair pair) {
    Comparison vote;
    vote.left = pair.a;
    vote.right = pair.b;
    if (people_.below(2) == 0) std::swap(vote.left, vote.right);
    vote.annotator = static_cast<int32_t>(people_.below(static_cast<uint64_t>(plan_.annotators)));
    double chance = people_.unit(), slip = people_.unit();
    bool careless = vote.annotator < plan_.careless || slip < plan_.slips;
    bool adversarial = !careless && vote.annotator < plan_.careless + plan_.adversarial;
    double difference = careless ? 0 : truth_[static_cast<size_t>(vote.left)] - truth_[static_cast<size_t>(vote.right)];
    // Davidson: left : right : tie = e^(d/2) : e^(-d/2) : nu; nu = 2 r / (1 - r) makes r the rate of ties at d = 0.
    double left = std::exp(difference / 2), right = 1 / left, tie = 2 * plan_.tie_rate / (1 - plan_.tie_rate);
    double all = left + right + tie;
    if (!std::isfinite(all)) left = left > 1 ? 1 : 0, right = 1 - left, tie = 0, all = 1;
    vote.verdict = chance * all < left ? Verdict::left : chance * all < left + right ? Verdict::right : Verdict::tie;
    if (adversarial && vote.verdict != Verdict::tie)
      vote.verdict = vote.verdict == Verdict::left ? Verdict::right : Verdict::left;
    return vote;
  }

  StudyMeasures measure() const {
    StudyMeasures found;
    auto posterior = posterior_of(*estimator_);
    auto means = posterior.means;
    found.spearman = spearman_correlation(means, truth_);
    found.kendall = kendall_correlation(means, truth_);
    auto order = order_by_mean(means, {}), best = order_by_mean(truth_, {});
    size_t top = static_cast<size_t>(std::min(plan_.top, plan_.items));
    std::vector<uint8_t> is_best(order.size());
    for (size_t i = 0; i < top; ++i) is_best[static_cast<size_t>(best[i])] = 1;
    for (size_t i = 0; i < top; ++i)
      found.top_recall += is_best[static_cast<size_t>(order[i])] / static_cast<double>(top);
    if (plan_.groups > 0) found.winner_accuracy = winners_found(order, best);
    if (posterior.variances.empty()) return found;
    double settled = 0, covered = 0;
    for (size_t i = 0; i + 1 < order.size(); ++i)
      settled += probability_better(posterior, order[i], order[i + 1]) >= plan_.certainty ? 1 : 0;
    found.settled = settled / static_cast<double>(order.size() - 1);
    double z = normal_quantile((1 + plan_.level) / 2);
    for (auto [a, b] : differences_) {
      auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
      double error = means[i] - means[j] - (truth_[i] - truth_[j]) * posterior.unit;
      covered += std::abs(error) <= z * std::sqrt(posterior.difference_variance(a, b)) ? 1 : 0;
    }
    found.coverage = covered / static_cast<double>(differences_.size());
    return found;
  }

  std::optional<double> winners_found(const std::vector<int32_t> &order, const std::vector<int32_t> &best) const {
    auto groups = static_cast<size_t>(plan_.groups);
    auto first_of_each = [&](const std::vector<int32_t> &items) {
      std::vector<int32_t> first(groups, -1);
      for (int32_t item : items) {
        int32_t &winner = first[static_cast<size_t>(groups_[static_cast<size_t>(item)])];
        if (winner < 0) winner = item;
      }
      return first;
    };
    auto found = first_of_each(order), truly = first_of_each(best);
    double right = 0, of = 0;
    for (size_t g = 0; g < groups; ++g) {
      if (static_cast<int64_t>(g) + plan_.groups >= plan_.items) break;  // alone, as are all after it
      ++of;
      right += found[g] == truly[g] ? 1 : 0;
    }
    return of > 0 ? std::optional(right / of) : std::nullopt;
  }

  const StudyPlan &plan_;
  Random people_, lots_;
  std::vector<double> truth_, scores_;
  std::vector<int32_t> groups_;
  std::vector<ItemPair> differences_;
  VoteHistory history_;
  PairCounts asked_, pending_;
  EstimatorOptions options_;
  std::unique_ptr<Estimator> estimator_;
  int64_t fitted_ = 0;
};

constexpr std::array<std::pair<StudyMeasure, std::string_view>, 6> measure_names{
    {{StudyMeasure::spearman, "spearman"},
     {StudyMeasure::kendall, "kendall"},
     {StudyMeasure::top_recall, "top-recall"},
     {StudyMeasure::settled, "settled"},
     {StudyMeasure::coverage, "coverage"},
     {StudyMeasure::winner_accuracy, "winner-accuracy"}}};

constexpr double low_share = 0.05, high_share = 0.95;
constexpr double rounding = 1e-9;  // a share of .8 is a sum of tenths

// By linear interpolation, as numpy.quantile; nothing where it takes part in a value that is none.
std::optional<double> quantile_of(const std::vector<std::optional<double>> &sorted, double share) {
  double at = share * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(at);
  double part = at - static_cast<double>(below);
  if (!sorted[below]) return std::nullopt;
  if (part == 0) return sorted[below];
  if (!sorted[below + 1]) return std::nullopt;
  return *sorted[below] + part * (*sorted[below + 1] - *sorted[below]);
}

// Behind the last vote of all studies the curve would only repeat itself.
void end_with_pairs(StudyCurve &curve) {
  int64_t most = 0;
  for (const auto &study : curve.studies) most = std::max(most, study.votes);
  if (most >= curve.votes.back()) return;
  auto last = std::lower_bound(curve.votes.begin(), curve.votes.end(), most) - curve.votes.begin();
  auto checkpoints = static_cast<size_t>(last) + 1;
  curve.votes.resize(checkpoints);
  curve.votes.back() = most;
  for (auto &study : curve.studies) study.at.resize(checkpoints);
  curve.out_of_pairs = most;
}

void sort_with_none_last(std::vector<std::optional<double>> &values) {
  std::sort(values.begin(), values.end(),
            [](const auto &a, const auto &b) { return a.has_value() && (!b.has_value() || *a < *b); });
}

}  // namespace

std::string_view study_measure_name(StudyMeasure measure) {
  for (auto [known, name] : measure_names)
    if (known == measure) return name;
  throw Error(Status::internal, "no such measure");
}

std::optional<StudyMeasure> study_measure_named(std::string_view name) {
  for (auto [measure, known] : measure_names)
    if (known == name) return measure;
  return std::nullopt;
}

std::optional<double> measure_of(const StudyMeasures &measures, StudyMeasure measure) {
  switch (measure) {
    case StudyMeasure::spearman:
      return measures.spearman;
    case StudyMeasure::kendall:
      return measures.kendall;
    case StudyMeasure::top_recall:
      return measures.top_recall;
    case StudyMeasure::settled:
      return measures.settled;
    case StudyMeasure::coverage:
      return measures.coverage;
    case StudyMeasure::winner_accuracy:
      return measures.winner_accuracy;
  }
  return std::nullopt;
}

StudyCurve simulate_studies(const StudyPlan &plan, Task &task) {
  require_valid(plan);
  StudyCurve curve;
  for (int64_t checkpoint = 1; checkpoint <= plan.checkpoints; ++checkpoint)
    curve.votes.push_back(plan.votes * checkpoint / plan.checkpoints);
  curve.studies.resize(static_cast<size_t>(plan.seeds));
  task.phase("simulating", static_cast<uint64_t>(plan.seeds * plan.checkpoints));
  parallel_for(plan.seeds, [&](int64_t number) {
    // Far apart, or the streams of one study would be those of the next.
    uint64_t seed = Random(plan.first_seed + static_cast<uint64_t>(number)).next();
    curve.studies[static_cast<size_t>(number)] = Simulation(plan, seed).run(task);
  });
  end_with_pairs(curve);
  return curve;
}

std::optional<Spread> spread_at(const StudyCurve &curve, size_t checkpoint, StudyMeasure measure) {
  std::vector<std::optional<double>> values;
  for (const auto &study : curve.studies) values.push_back(measure_of(study.at.at(checkpoint), measure));
  sort_with_none_last(values);
  if (values.empty() || !values.back()) return std::nullopt;
  return Spread{*quantile_of(values, low_share), *quantile_of(values, 0.5), *quantile_of(values, high_share)};
}

VotesNeeded votes_needed(const StudyCurve &curve, StudyMeasure measure, double wanted) {
  VotesNeeded found;
  std::vector<std::optional<double>> needed;
  for (const auto &study : curve.studies) {
    double votes_before = 0, before = 0;
    needed.emplace_back();
    for (size_t i = 0; i < study.at.size(); ++i) {
      auto now = measure_of(study.at[i], measure);
      if (!now) break;
      auto votes = static_cast<double>(curve.votes[i]);
      if (*now >= wanted - rounding) {
        double part = *now > before ? std::clamp((wanted - before) / (*now - before), 0.0, 1.0) : 1;
        needed.back() = votes_before + part * (votes - votes_before);
        ++found.reached;
        break;
      }
      votes_before = votes;
      before = *now;
    }
  }
  if (needed.empty()) return found;
  sort_with_none_last(needed);
  found.low = quantile_of(needed, low_share);
  found.median = quantile_of(needed, 0.5);
  found.high = quantile_of(needed, high_share);
  return found;
}

}  // namespace kalon
