// How many votes the vectors of items save: votes on random pairs until the fitted order has rank correlation .9 with
// the true one, with the vectors and without them, and the correlation after 1,000 votes. The taste is simulated on
// real vectors: utilities of standard deviation 2, of whose variance the vectors explain the share rho linearly,
// logistic noise.
//   bench_vector_prior VECTORS.npy [--seeds N] [--items N] [--json]
// Two kinds of taste: "likeness", items are liked for their likeness to some pictures and disliked for that to others
// (16 of them, normal factors); "direction", a random direction in the space of the vectors, in which each is as likely
// as any other.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "base/clock.h"
#include "base/threads.h"
#include "rank/bayes_with_vectors.h"
#include "rank/posterior_mode.h"
#include "rank/prior_variance.h"
#include "rank/rank_correlation.h"

using namespace kalon;

namespace {

struct Table {
  int64_t rows = 0, dimension = 0;
  std::vector<float> values;
};

// Just enough of the format for float32 files written by numpy.save.
Table read_vectors(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  char start[10];
  file.read(start, sizeof start);
  if (!file || std::memcmp(start, "\x93NUMPY\x01", 7) != 0) throw Error(Status::corrupt_data, "not a .npy file", path);
  std::string header(static_cast<unsigned char>(start[8]) + 256u * static_cast<unsigned char>(start[9]), ' ');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  Table table;
  size_t shape = header.find("'shape': (");
  if (header.find("'<f4'") == std::string::npos || shape == std::string::npos ||
      std::sscanf(header.c_str() + shape, "'shape': (%ld, %ld)", &table.rows, &table.dimension) != 2)
    throw Error(Status::unsupported, "an N x D float32 array in C order is needed", path);
  table.values.resize(static_cast<size_t>(table.rows * table.dimension));
  file.read(reinterpret_cast<char *>(table.values.data()),
            static_cast<std::streamsize>(table.values.size() * sizeof(float)));
  if (!file) throw Error(Status::corrupt_data, "the file ends too early", path);
  return table;
}

void standardise(std::vector<double> &values) {
  double mean = 0, squares = 0;
  for (double value : values) mean += value / static_cast<double>(values.size());
  for (double &value : values) {
    value -= mean;
    squares += value * value;
  }
  for (double &value : values) value /= std::sqrt(squares / static_cast<double>(values.size()));
}

struct Trial {
  std::vector<double> truth;
  VoteHistory votes;  // as many as may be needed
};

constexpr size_t most_votes = 40000;

Trial make_trial(const Table &table, bool likeness, double rho, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  auto items = static_cast<size_t>(table.rows), dimension = static_cast<size_t>(table.dimension);
  std::vector<double> lengths(items), mean(dimension), weights(dimension), explained(items), own(items);
  for (size_t i = 0; i < items; ++i) {
    for (size_t j = 0; j < dimension; ++j)
      lengths[i] += std::pow(static_cast<double>(table.values[i * dimension + j]), 2);
    lengths[i] = std::sqrt(lengths[i]);
    for (size_t j = 0; j < dimension; ++j)
      mean[j] += static_cast<double>(table.values[i * dimension + j]) / lengths[i] / static_cast<double>(items);
  }
  if (likeness) {
    for (int k = 0; k < 16; ++k) {
      auto item = static_cast<size_t>(generator() % items);
      double factor = normal(generator);
      for (size_t j = 0; j < dimension; ++j)
        weights[j] += factor * (static_cast<double>(table.values[item * dimension + j]) / lengths[item] - mean[j]);
    }
  } else {
    for (double &weight : weights) weight = normal(generator);
  }
  for (size_t i = 0; i < items; ++i) {
    for (size_t j = 0; j < dimension; ++j)
      explained[i] += weights[j] * static_cast<double>(table.values[i * dimension + j]) / lengths[i];
    own[i] = normal(generator);
  }
  standardise(explained);
  standardise(own);
  Trial trial;
  trial.truth.resize(items);
  for (size_t i = 0; i < items; ++i) trial.truth[i] = std::sqrt(rho) * explained[i] + std::sqrt(1 - rho) * own[i];
  standardise(trial.truth);
  for (double &value : trial.truth) value *= 2;
  trial.votes.items = static_cast<int32_t>(items);
  while (trial.votes.comparisons.size() < most_votes) {
    auto left = static_cast<int32_t>(generator() % items), right = static_cast<int32_t>(generator() % items);
    if (left == right) continue;
    double difference = trial.truth[static_cast<size_t>(left)] - trial.truth[static_cast<size_t>(right)];
    bool won = uniform(generator) < 1 / (1 + std::exp(-difference));
    trial.votes.comparisons.push_back({left, right, won ? Verdict::left : Verdict::right});
  }
  return trial;
}

struct Found {
  double correlation = 0, share = 0;
};

// The mode after some of the votes, with the design and without.
Found fitted(const Trial &trial, size_t votes, const MixedDesign *design) {
  Task task;
  VoteHistory some{trial.votes.items, 1, {}, {}};
  some.comparisons.assign(trial.votes.comparisons.begin(),
                          trial.votes.comparisons.begin() + static_cast<int64_t>(votes));
  VoteGraph graph = make_vote_graph(some, {});
  if (design) {
    Taste taste = fit_taste(graph, *design, {}, task);
    return {spearman_correlation(taste.utilities, trial.truth), taste.variances.share()};
  }
  Mode mode = start_of(graph);
  double variance = fit_prior_variance(graph, 1, mode, task);
  find_mode(graph, variance, 1e-6, mode, task);
  return {spearman_correlation(mode.utilities, trial.truth)};
}

// Votes at which the correlation reaches .9, by logarithm between tries.
double votes_needed(const Trial &trial, const MixedDesign *design, double guess) {
  constexpr double wanted = 0.9;
  std::map<double, double> tried;  // correlation by log(votes)
  auto look = [&](double at) {
    at = std::clamp(at, std::log(20.0), std::log(static_cast<double>(most_votes)));
    return tried[at] = fitted(trial, static_cast<size_t>(std::lround(std::exp(at))), design).correlation;
  };
  double at = std::log(guess);
  for (int step = 0; step < 12; ++step) {
    look(at);
    auto above = std::find_if(tried.begin(), tried.end(), [&](auto &one) { return one.second >= wanted; });
    if (above == tried.end()) {
      at = tried.rbegin()->first + 0.3;
    } else if (above == tried.begin()) {
      at = above->first - 0.3;
    } else {
      auto below = std::prev(above);
      at = below->first + (above->first - below->first) * (wanted - below->second) / (above->second - below->second);
      if (above->first - below->first < 0.08 || std::abs(above->second - wanted) < 0.001 ||
          std::abs(below->second - wanted) < 0.001 || step > 7)
        return std::exp(at);
    }
  }
  return std::exp(at);
}

void print(const std::string &what, double measured, const char *unit, double target, bool json) {
  if (json) {
    std::printf("{\"name\": \"%s\", \"measured\": %.4f, \"unit\": \"%s\", \"target\": ", what.c_str(), measured, unit);
    if (target > 0)
      std::printf("%g}\n", target);
    else
      std::printf("null}\n");
  } else {
    std::printf("%-76s %9.3f %s", what.c_str(), measured, unit);
    if (target > 0) std::printf("  target <= %g: %s", target, measured <= target ? "met" : "MISSED");
    std::printf("\n");
  }
  std::fflush(stdout);
}

int run(int count, char **arguments) {
  std::string file;
  int64_t seeds = 20, items = 2000;
  bool json = false;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    if (argument == "--json")
      json = true;
    else if (argument == "--seeds" && i + 1 < count)
      seeds = std::stoll(arguments[++i]);
    else if (argument == "--items" && i + 1 < count)
      items = std::stoll(arguments[++i]);
    else if (file.empty())
      file = argument;
    else
      throw Error(Status::invalid_argument, "unknown option " + argument);
  }
  Table table = read_vectors(file);
  table.rows = std::min(table.rows, items);
  Task task;
  double start = monotonic_seconds();
  Features features = make_features({table.values.data(), table.rows, table.dimension}, {}, task);
  double prepared = monotonic_seconds() - start;
  MixedDesign design(features);

  struct Case {
    bool likeness;
    double rho, target;
  };
  bool timed = false;
  for (auto [likeness, rho, target] :
       {Case{false, 1, 0.12}, {false, 0.9, 0.25}, {false, 0, 1.05}, {true, 1, 0.12}, {true, 0.9, 0.25}}) {
    std::string name =
        rho == 0 ? "rho 0" : std::string(likeness ? "likeness" : "direction") + (rho == 1 ? ", rho 1" : ", rho .9");
    std::vector<double> with(static_cast<size_t>(seeds)), without(with), early(with), early_without(with), share(with);
    parallel_for(seeds, [&](int64_t s) {
      auto place = static_cast<size_t>(s);
      Trial trial = make_trial(table, likeness, rho, static_cast<uint64_t>(s) + 1);
      Found found = fitted(trial, 1000, &design);
      early[place] = found.correlation;
      share[place] = found.share;
      early_without[place] = fitted(trial, 1000, nullptr).correlation;
      without[place] = votes_needed(trial, nullptr, 9000);
      with[place] = votes_needed(trial, &design, rho == 0 ? 9000 : likeness ? 500 : rho == 1 ? 1100 : 2000);
    });
    double ratio = 0, needed = 0, needed_without = 0, mean = 0, mean_without = 0, mean_share = 0,
           n = static_cast<double>(seeds);
    for (size_t s = 0; s < with.size(); ++s) {
      ratio += std::log(with[s] / without[s]) / n;
      needed += std::log(with[s]) / n;
      needed_without += std::log(without[s]) / n;
      mean += early[s] / n;
      mean_without += early_without[s] / n;
      mean_share += share[s] / n;
    }
    print(name + ": votes to rank correlation .9, with / without vectors", std::exp(ratio), "", target, json);
    print(name + ": votes with vectors", std::round(std::exp(needed)), "", 0, json);
    print(name + ": votes without", std::round(std::exp(needed_without)), "", 0, json);
    print(name + ": correlation after 1,000 votes, with vectors", mean, "", 0, json);
    print(name + ": correlation after 1,000 votes, without", mean_without, "", 0, json);
    print(name + ": share found after 1,000 votes", mean_share, "", 0, json);
    if (timed) continue;
    timed = true;
    Trial trial = make_trial(table, likeness, rho, 1);
    trial.votes.comparisons.resize(2000);
    EstimatorOptions options;
    options.vectors = ItemVectors{table.values.data(), table.dimension};
    BayesWithVectors estimator(options);
    estimator.fit(trial.votes, task);
    double middle = monotonic_seconds();
    estimator.fit(trial.votes, task);
    double fit = monotonic_seconds() - middle;
    middle = monotonic_seconds();
    for (int32_t k = 0; k < 20; ++k) estimator.add(Comparison{k, k + 100, Verdict::left});
    double one = (monotonic_seconds() - middle) / 20;
    print("features of " + std::to_string(table.rows) + " x " + std::to_string(table.dimension), prepared, "s", 0,
          json);
    print("fit of 2,000 votes with all covariances, features known", fit, "s", 0, json);
    print("one more vote", 1e3 * one, "ms", 0, json);
  }
  return 0;
}

}  // namespace

int main(int count, char **arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench_vector_prior: %s\n", error.what());
    return 1;
  }
}
