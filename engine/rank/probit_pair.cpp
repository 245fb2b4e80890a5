#include "rank/probit_pair.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rank/truncated_normal.h"

namespace kalon {
namespace {

// log(normal x likelihood) as a function of the difference, and its derivatives; it is concave.
struct LogTilted {
  Normal prior;
  ProbitVotes votes;
  double margin, deviation;

  double value(double d) const {
    double t = d / deviation, sum = -0.5 * (d - prior.mean) * (d - prior.mean) / prior.variance;
    if (votes.first > 0) sum += votes.first * log_normal_cumulative(t - margin);
    if (votes.second > 0) sum += votes.second * log_normal_cumulative(-t - margin);
    if (votes.ties > 0) sum += votes.ties * log_probability_within(t, margin);
    return sum;
  }
  // slope, and curvature >= 1 / variance
  std::pair<double, double> derivatives(double d) const {
    double t = d / deviation, slope = 0, curvature = 0;
    auto add = [&](double weight, const Truncation &cut, double sign) {
      slope += weight * sign * cut.v;
      curvature += weight * cut.w;
    };
    if (votes.first > 0) add(votes.first, truncated_above(t - margin), 1);
    if (votes.second > 0) add(votes.second, truncated_above(-t - margin), -1);
    if (votes.ties > 0) add(votes.ties, truncated_within(t, margin), 1);
    return {slope / deviation - (d - prior.mean) / prior.variance,
            curvature / (deviation * deviation) + 1 / prior.variance};
  }
};

// Newton's steps, kept between points of rising and of falling value.
double mode_of(const LogTilted &tilted) {
  double d = tilted.prior.mean, low = -INFINITY, high = INFINITY;
  for (int i = 0; i < 200; ++i) {
    auto [slope, curvature] = tilted.derivatives(d);
    (slope > 0 ? low : high) = d;
    double next = d + slope / curvature;
    if (std::isfinite(low) && std::isfinite(high) && !(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - d) * std::sqrt(curvature) < 1e-3 || next == d) return next;
    d = next;
  }
  return d;
}

// How far from the mode, in one direction, the value has fallen by 40 or more, but not by much more.
double reach(const LogTilted &tilted, double mode, double peak, double step) {
  double most = 9 * std::sqrt(tilted.prior.variance), near = 0, far = std::min(std::abs(step), most);
  double sign = step < 0 ? -1 : 1;
  while (far < most && tilted.value(mode + sign * far) > peak - 40) near = far, far = std::min(2 * far, most);
  for (int i = 0; i < 4; ++i) {
    double middle = 0.5 * (near + far);
    (tilted.value(mode + sign * middle) > peak - 40 ? near : far) = middle;
  }
  return sign * far;
}

Normal by_quadrature(const LogTilted &tilted) {
  double mode = mode_of(tilted), peak = tilted.value(mode);
  double scale = 8 / std::sqrt(tilted.derivatives(mode).second);
  double low = mode + reach(tilted, mode, peak, -scale), high = mode + reach(tilted, mode, peak, scale);
  double mass = 0, first = 0, second = 0;
  auto add = [&](double x, double weight) {
    double part = weight * std::exp(tilted.value(x) - peak);
    x -= mode;
    mass += part, first += part * x, second += part * x * x;
  };
  auto result = [&] {
    first /= mass, second /= mass;
    return Normal{mode + first, std::max(second - first * first, 0.0)};
  };
  // Where the likelihood bends little within the range, the rule of equal steps converges fastest.
  constexpr int steps = 40;
  if (high - low < 3 * tilted.deviation) {
    for (int i = 0; i <= steps; ++i) add(low + (high - low) * i / steps, 1);
    return result();
  }
  // Panels no longer than a sixth of the range, and short ones where the likelihood bends.
  double longest = (high - low) / 6, bends = (tilted.margin + 9) * tilted.deviation, d = low;
  while (d < high) {
    double end = d + longest;
    if (d >= -bends && d < bends)
      end = std::min(end, d + tilted.deviation);
    else if (d < -bends)
      end = std::min(end, -bends);
    if (!(end > d) || end > high) end = high;
    integrate(d, end, add);
    d = end;
  }
  return result();
}

}  // namespace

ProbitModel ProbitModel::of(double beta, double draw_probability) {
  // Equals tie with the probability erf(margin / (2 beta)), which is inverted by halving.
  double low = 0, high = 10;
  for (int i = 0; i < 100; ++i) {
    double middle = 0.5 * (low + high);
    (std::erf(middle) < draw_probability ? low : high) = middle;
  }
  return {2 * beta * beta, draw_probability > 0 ? 2 * beta * high : 0};
}

Normal with_votes(Normal difference, const ProbitVotes &votes, const ProbitModel &model) {
  double total = votes.total(), noise = model.noise_variance;
  if (!(total > 0)) return difference;
  if (total == 1 && (votes.first == 1 || votes.second == 1 || votes.ties == 1)) {
    double variance = difference.variance + noise, deviation = std::sqrt(variance), sign = votes.second == 1 ? -1 : 1;
    auto cut = votes.ties == 1 ? truncated_within(difference.mean / deviation, model.margin / deviation)
                               : truncated_above((sign * difference.mean - model.margin) / deviation);
    return {difference.mean + sign * difference.variance / deviation * cut.v,
            difference.variance * (noise + difference.variance * cut.rest) / variance};
  }
  double deviation = std::sqrt(noise);
  return by_quadrature({difference, votes, model.margin / deviation, deviation});
}

Site site_between(Normal before, Normal after) {
  // A likelihood that is log-concave only ever narrows; what rounding says else is none.
  double variance = std::clamp(after.variance, before.variance * 1e-15, before.variance);
  Site site;
  site.precision = (before.variance - variance) / (before.variance * variance);
  site.shift = (after.mean - before.mean) / before.variance + after.mean * site.precision;
  return site;
}

}  // namespace kalon
