#include "rank/voting_habits.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "rank/estimator.h"

namespace kalon {
namespace {

constexpr int64_t second = 1'000'000;        // microseconds
constexpr int64_t pause = 30 * 60 * second;  // a longer one ends a session

bool names_one(Verdict verdict) {
  return verdict == Verdict::left || verdict == Verdict::right;
}

struct SidedVote {
  bool left = false;
  double offset = 0;  // log odds of left without a bias
};

// The posterior mode of the log odds of left between equals, under a standard normal prior that keeps them finite.
void correct(SideBias &bias, const std::vector<SidedVote> &votes) {
  double mode = 0, information = 1;
  for (int step = 0; step < 30; ++step) {
    double slope = -mode;
    information = 1;
    for (const auto &vote : votes) {
      double p = 1 / (1 + std::exp(-mode - vote.offset));
      slope += (vote.left ? 1 : 0) - p;
      information += p * (1 - p);
    }
    double change = std::clamp(slope / information, -1.0, 1.0);
    mode += change;
    if (std::abs(change) < 1e-10) break;
  }
  auto share = [](double log_odds) { return 1 / (1 + std::exp(-log_odds)); };
  double half = normal_95 / std::sqrt(information);
  bias.of_equals = share(mode);
  bias.of_equals_interval = {share(mode - half), share(mode + half)};
}

// A quantile by linear interpolation, as NumPy has it; values are put into order as far as needed.
double quantile(std::vector<int64_t> &values, double share) {
  double at = share * static_cast<double>(values.size() - 1);
  auto below = static_cast<int64_t>(at);
  auto place = values.begin() + below;
  std::nth_element(values.begin(), place, values.end());
  auto lower = static_cast<double>(*place);
  if (place + 1 == values.end()) return lower;
  auto upper = static_cast<double>(*std::min_element(place + 1, values.end()));
  return lower + (at - static_cast<double>(below)) * (upper - lower);
}

// Sums of a least-squares line through each session's own middle.
struct Line {
  double xx = 0, xy = 0, yy = 0, freedom = 0, votes = 0;
  uint64_t sessions = 0;

  void add(const Line &other) {
    xx += other.xx;
    xy += other.xy;
    yy += other.yy;
    freedom += other.freedom;
    votes += other.votes;
    sessions += other.sessions;
  }
};

// One annotator's sessions, as they come.
class Sessions {
 public:
  void vote(int64_t time, int64_t duration) {
    if (time <= 0) return;
    // A clock that was set back is no pause, however far.
    if (!begun_ || time - latest_ > pause) end();
    begun_ = true;
    latest_ = time;
    ++place_;
    if (duration <= 0 || duration > pause) return;
    double x = place_ / 100, y = std::log(static_cast<double>(duration));
    // Running means: sums of squares would lose digits over long sessions (Welford 1962).
    ++count_;
    double dx = x - mean_x_, dy = y - mean_y_;
    mean_x_ += dx / count_;
    mean_y_ += dy / count_;
    own_.xx += dx * (x - mean_x_);
    own_.xy += dx * (y - mean_y_);
    own_.yy += dy * (y - mean_y_);
  }

  Line finish() {
    end();
    return line_;
  }

 private:
  void end() {
    if (begun_) ++own_.sessions;
    if (count_ > 0) own_.freedom = count_ - 1;
    own_.votes = count_;
    line_.add(own_);
    own_ = {};
    count_ = mean_x_ = mean_y_ = place_ = 0;
    begun_ = false;
  }

  Line line_, own_;
  bool begun_ = false;
  int64_t latest_ = 0;
  double place_ = 0, count_ = 0, mean_x_ = 0, mean_y_ = 0;
};

void tell_drift(VotingTimes &times, const Line &line) {
  constexpr double fewest = 30;
  times.sessions = line.sessions;
  if (line.votes < fewest || !(line.xx > 0) || line.freedom < 2) return;
  double slope = line.xy / line.xx;
  double residual = std::max(0.0, line.yy - slope * line.xy) / (line.freedom - 1);
  double half = normal_95 * std::sqrt(residual / line.xx);
  times.drift = std::exp(slope);
  times.drift_interval = {std::exp(slope - half), std::exp(slope + half)};
}

}  // namespace

void require_valid(const VoteCircumstances &circumstances, const VoteHistory &history) {
  auto require = [&](size_t size, const char *name) {
    if (size != 0 && size != history.comparisons.size())
      throw Error(Status::invalid_argument, "one value for each comparison is needed", name);
  };
  require(circumstances.times.size(), "times");
  require(circumstances.durations.size(), "durations");
  require(circumstances.placed.size(), "placed");
}

std::vector<SideBias> side_bias(const VoteHistory &history, std::span<const uint8_t> placed, const Estimator *estimator,
                                std::span<const double> scales) {
  std::vector<std::vector<SidedVote>> votes(static_cast<size_t>(history.annotators) + 1);
  bool corrected = estimator != nullptr && !estimator->variances().empty();
  for (size_t i = 0; i < history.comparisons.size(); ++i) {
    const auto &vote = history.comparisons[i];
    if (!names_one(vote.verdict) || (!placed.empty() && placed[i] == 0)) continue;
    auto annotator = static_cast<size_t>(vote.annotator);
    SidedVote sided{vote.verdict == Verdict::left, 0};
    if (corrected) {
      double scale = scales.empty() ? 1 : scales[annotator];
      auto means = estimator->means();
      double mean = means[static_cast<size_t>(vote.left)] - means[static_cast<size_t>(vote.right)];
      double variance = std::max(0.0, estimator->difference_variance(vote.left, vote.right));
      // The logistic function of a normal variable has nearly the mean of a flatter one of its mean (MacKay 1992).
      sided.offset = scale * mean / std::sqrt(1 + 0.39269908169872415 * scale * scale * variance);
    }
    votes[annotator].push_back(sided);
    votes.back().push_back(sided);
  }
  std::vector<SideBias> result;
  for (const auto &own : votes) {
    SideBias bias;
    auto left = std::count_if(own.begin(), own.end(), [](const SidedVote &vote) { return vote.left; });
    bias.left = share_of(static_cast<uint64_t>(left), own.size());
    bias.probability = fair_coin_probability(bias.left.count, bias.left.of);
    if (corrected && !own.empty()) correct(bias, own);
    result.push_back(bias);
  }
  return result;
}

std::vector<VotingTimes> voting_times(const VoteHistory &history, const VoteCircumstances &circumstances,
                                      double hurry) {
  auto annotators = static_cast<size_t>(history.annotators);
  std::vector<std::vector<int64_t>> durations(annotators + 1);
  std::vector<Sessions> sessions(annotators);
  for (size_t i = 0; i < history.comparisons.size(); ++i) {
    auto annotator = static_cast<size_t>(history.comparisons[i].annotator);
    auto duration = circumstances.durations.empty() ? 0 : circumstances.durations[i];
    if (duration > 0) {
      durations[annotator].push_back(duration);
      durations.back().push_back(duration);
    }
    if (!circumstances.times.empty()) sessions[annotator].vote(circumstances.times[i], duration);
  }
  Line all;
  std::vector<VotingTimes> result;
  for (size_t annotator = 0; annotator <= annotators; ++annotator) {
    VotingTimes times;
    auto &own = durations[annotator];
    times.known = own.size();
    auto hurried = std::count_if(own.begin(), own.end(), [&](int64_t duration) {
      return static_cast<double>(duration) < hurry * static_cast<double>(second);
    });
    times.hurried = share_of(static_cast<uint64_t>(hurried), own.size());
    if (!own.empty()) {
      times.lower_quartile = quantile(own, 0.25) / static_cast<double>(second);
      times.median = quantile(own, 0.5) / static_cast<double>(second);
      times.upper_quartile = quantile(own, 0.75) / static_cast<double>(second);
    }
    auto line = annotator < annotators ? sessions[annotator].finish() : all;
    if (annotator < annotators) all.add(line);
    tell_drift(times, line);
    result.push_back(times);
  }
  return result;
}

}  // namespace kalon
