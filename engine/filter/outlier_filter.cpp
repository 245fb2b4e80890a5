#include "filter/outlier_filter.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <unordered_map>

#include "base/random.h"
#include "base/threads.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr std::string_view method_names[] = {"combined", "mahalanobis", "knn", "gmm"};
constexpr int64_t most_kept_rows = 20000;
constexpr int64_t most_components = 16, rows_of_component = 100;
constexpr int64_t most_directions = 64, rows_of_direction = 8;
constexpr int64_t rows_per_part = 1024;
// Of squares of the dimension: a covariance of so many values takes half a gigabyte, and a few copies are needed.
constexpr int64_t longest_row = 8192, most_covariance_values = int64_t{1} << 27;

bool has_ellipsoid(OutlierMethod method) {
  return method == OutlierMethod::combined || method == OutlierMethod::mahalanobis;
}
bool has_neighbours(OutlierMethod method) {
  return method == OutlierMethod::combined || method == OutlierMethod::knn;
}

std::vector<Hash128> row_hashes(MatrixView rows) {
  std::vector<Hash128> hashes(static_cast<size_t>(rows.rows));
  parallel_for((rows.rows + rows_per_part - 1) / rows_per_part, [&](int64_t part) {
    for (int64_t r = part * rows_per_part; r < std::min(rows.rows, (part + 1) * rows_per_part); ++r)
      hashes[static_cast<size_t>(r)] = hash_of(ByteView(reinterpret_cast<const uint8_t *>(rows.row(r)),
                                                        static_cast<size_t>(rows.dimension) * sizeof(float)));
  });
  return hashes;
}

bool all_equal(MatrixView rows) {
  for (int64_t r = 1; r < rows.rows; ++r)
    if (!std::equal(rows.row(r), rows.row(r) + rows.dimension, rows.row(0))) return false;
  return true;
}

std::vector<float> directions_of(MatrixView rows) {
  std::vector<float> values(rows.data, rows.data + rows.rows * rows.dimension);
  if (auto row = make_unit_length(values.data(), rows.rows, rows.dimension); row >= 0)
    throw Error(Status::invalid_argument,
                "row " + std::to_string(row) + " holds nothing but zeros: it has no direction to be compared by");
  return values;
}

// Means of squared distances halved, which between unit vectors is the cosine distance.
double mean_cosine_distance(const float *distances, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += 0.5 * static_cast<double>(distances[i]) * static_cast<double>(distances[i]);
  return sum / static_cast<double>(count);
}

// own[i]: the row of base that is query i itself, left out for it; -1: none.
std::vector<double> neighbour_distances(MatrixView base, MatrixView queries, std::span<const int32_t> own, int64_t k,
                                        Task &task) {
  bool any = std::any_of(own.begin(), own.end(), [](int32_t row) { return row >= 0; });
  auto found = nearest(base, queries, static_cast<int>(k + (any ? 1 : 0)), task);
  std::vector<double> means(static_cast<size_t>(queries.rows));
  std::vector<float> distances(static_cast<size_t>(found.k));
  for (int64_t q = 0; q < queries.rows; ++q) {
    const int32_t *rows = &found.rows[static_cast<size_t>(q * found.k)];
    const float *all = &found.distances[static_cast<size_t>(q * found.k)];
    int64_t count = 0;
    for (int64_t i = 0; i < found.k && count < k; ++i)
      if (rows[i] != own[static_cast<size_t>(q)]) distances[static_cast<size_t>(count++)] = all[i];
    means[static_cast<size_t>(q)] = mean_cosine_distance(distances.data(), count);
  }
  return means;
}

std::vector<double> distances_among(MatrixView rows, int64_t k, Task &task) {
  auto found = nearest_others(rows, static_cast<int>(k), task);
  std::vector<double> means(static_cast<size_t>(rows.rows));
  for (int64_t r = 0; r < rows.rows; ++r)
    means[static_cast<size_t>(r)] = mean_cosine_distance(&found.distances[static_cast<size_t>(r * k)], found.k);
  return means;
}

// Into score and log_likelihood. squares: of each row what lies outside of the principal components; own: as for
// MixtureDensity.
void mixture_scores(const OutlierFilter &filter, MatrixView seen, const std::vector<double> &squares,
                    const std::vector<uint8_t> &own, OutlierScores &scores, Task &task) {
  scores.score.resize(own.size());
  scores.log_likelihood.resize(own.size());
  MixtureDensity(*filter.mixture)
      .left_out_log_likelihoods(seen, own, filter.rows, scores.log_likelihood, scores.score, task);
  for (double &value : scores.score) value = -value;
  if (!filter.components || filter.components->kept == filter.dimension) return;
  double variance = filter.components->rest, share = 1 / static_cast<double>(filter.rows - 1);
  auto others = static_cast<double>(filter.dimension - filter.components->kept);
  for (size_t r = 0; r < own.size(); ++r) {
    LeftOutDistance distance{squares[r] / variance, 0};
    double constant = others * std::log(2 * std::numbers::pi * variance);
    scores.log_likelihood[r] -= 0.5 * (distance.square + constant);
    if (own[r] != 0) distance = round_distance_left_out(distance.square, share, others);
    scores.score[r] += 0.5 * (distance.square + distance.log_determinant + constant);
  }
}

class Fitting {
 public:
  Fitting(MatrixView rows, const OutlierOptions &options, Task &task) : rows_(rows), options_(options), task_(task) {}

  OutlierFit run() {
    check();
    filter_.method = options_.method;
    filter_.unit_length = options_.unit_length;
    filter_.rows = rows_.rows;
    filter_.dimension = rows_.dimension;
    filter_.members = row_hashes(rows_);
    if (has_ellipsoid(options_.method)) measure_ellipsoid();
    if (has_neighbours(options_.method)) measure_neighbours();
    if (options_.method == OutlierMethod::gmm) measure_mixture();
    if (options_.method == OutlierMethod::combined) {
      own_.score.resize(static_cast<size_t>(rows_.rows));
      for (size_t r = 0; r < own_.score.size(); ++r)
        own_.score[r] = 0.5 * (filter_.mahalanobis.position(own_.left_out[r]) + filter_.knn.position(own_.knn[r]));
    }
    filter_.score = ScoreScale(own_.score);
    return std::move(fit_);
  }

 private:
  void check() {
    if (rows_.rows < 2)
      throw Error(Status::invalid_argument, "nothing is strange among fewer than two; there " +
                                                std::string(rows_.rows == 1 ? "is one vector" : "are none"));
    if (has_neighbours(options_.method) && options_.neighbours < 1)
      throw Error(Status::invalid_argument, "at least one neighbour is needed");
    if (has_neighbours(options_.method) && rows_.rows <= options_.neighbours)
      throw Error(Status::invalid_argument, std::to_string(options_.neighbours) + " neighbours need at least " +
                                                std::to_string(options_.neighbours + 1) + " vectors, and there are " +
                                                std::to_string(rows_.rows) +
                                                "; name fewer with --neighbours, or use --method mahalanobis");
    require_finite(rows_, task_);
    if (all_equal(rows_))
      throw Error(Status::invalid_argument, "all " + std::to_string(rows_.rows) +
                                                " vectors are equal, so that nothing tells what is usual among them");
  }

  void require_length(const char *what) {
    if (rows_.dimension <= longest_row) return;
    throw Error(Status::limit_exceeded, "vectors of " + std::to_string(rows_.dimension) + " values are too long for " +
                                            what + ", which takes at most " + std::to_string(longest_row) +
                                            "; --method knn takes any");
  }

  void measure_ellipsoid() {
    require_length("a covariance");
    task_.phase("covariance");
    filter_.ellipsoid = fit_ledoit_wolf(rows_, task_);
    task_.phase("distances", static_cast<uint64_t>(rows_.rows));
    Mahalanobis distances(*filter_.ellipsoid);
    if (distances.ridge() > 0)
      fit_.notes.push_back(
          "the covariance had no inverse and was regularised: distances outside of what the vectors "
          "span are very large");
    own_.mahalanobis = distances.squared(rows_, task_);
    for (double &value : own_.mahalanobis) {
      own_.left_out.push_back(std::sqrt(squared_without_itself(value, rows_.rows, filter_.ellipsoid->shrinkage)));
      value = std::sqrt(value);
    }
    filter_.mahalanobis = ScoreScale(own_.left_out);
    if (options_.method == OutlierMethod::mahalanobis) own_.score = own_.left_out;
  }

  void measure_neighbours() {
    filter_.neighbours = options_.neighbours;
    std::vector<float> unit;
    MatrixView directions = rows_;
    if (!options_.unit_length) {
      unit = directions_of(rows_);
      directions.data = unit.data();
    }
    int64_t k = options_.neighbours;
    Random random(options_.seed);
    filter_.base_rows = random_sample(rows_.rows, options_.keep ? most_kept_rows : rows_.rows, random);
    if (!options_.keep) {
      own_.knn = distances_among(directions, k, task_);
      filter_.base_values = std::move(unit);
      filter_.borrowed = rows_;
    } else {
      keep(directions);
      std::vector<int32_t> places(static_cast<size_t>(rows_.rows), -1);
      for (size_t i = 0; i < filter_.base_rows.size(); ++i)
        places[static_cast<size_t>(filter_.base_rows[i])] = static_cast<int32_t>(i);
      own_.knn = neighbour_distances(filter_.base(), directions, places, k, task_);
      if (static_cast<int64_t>(filter_.base_rows.size()) < rows_.rows)
        fit_.notes.push_back("the filter keeps " + std::to_string(filter_.base_rows.size()) + " of " +
                             std::to_string(rows_.rows) + " vectors to find neighbours among");
    }
    filter_.knn = ScoreScale(own_.knn);
    if (options_.method == OutlierMethod::knn) own_.score = own_.knn;
  }

  void keep(MatrixView directions) {
    filter_.base_values.resize(filter_.base_rows.size() * static_cast<size_t>(rows_.dimension));
    float *to = filter_.base_values.data();
    for (int32_t row : filter_.base_rows)
      for (int64_t j = 0; j < rows_.dimension; ++j) *to++ = kept_step * std::round(directions.row(row)[j] / kept_step);
  }

  void measure_mixture() {
    int64_t n = rows_.rows, most = options_.most_components, fewest = options_.fewest_components;
    if (most == 0) most = fewest = std::clamp<int64_t>(n / rows_of_component, 1, most_components);
    int64_t kept = options_.principal_components;
    if (kept < 0) {
      kept = std::clamp<int64_t>(n / std::max<int64_t>(1, most * rows_of_direction), 1, most_directions);
      if (kept >= rows_.dimension) kept = 0;
    }
    Projection projected;
    MatrixView seen = rows_;
    if (kept > 0) {
      require_length("principal components");
      task_.phase("principal components");
      filter_.components = fit_principal_components(rows_, kept, task_);
      filter_.components->rest += options_.mixture.regularisation;
      if (kept < rows_.dimension && !(filter_.components->rest > 0))
        throw Error(Status::invalid_argument, "the vectors do not vary beyond " + std::to_string(kept) +
                                                  " principal components: take fewer, or more regularisation");
      projected = project(rows_, *filter_.components, task_);
      seen = {projected.values.data(), n, kept};
    }
    int64_t values = covariance_values(options_.mixture.kind, most, seen.dimension);
    if (values > most_covariance_values)
      throw Error(Status::limit_exceeded,
                  std::to_string(most) + " " + std::string(covariance_kind_name(options_.mixture.kind)) +
                      " covariances of vectors of " + std::to_string(seen.dimension) + " values would take " +
                      std::to_string(values >> 27) + " GB; use --pca, fewer components or a simpler covariance");
    auto mixture_options = options_.mixture;
    mixture_options.seed = options_.seed;
    auto choice = choose_mixture(seen, fewest, most, mixture_options, task_);
    note_mixture(choice.best);
    fit_.table = std::move(choice.table);
    filter_.mixture = choice.best.mixture;
    fit_.mixture = std::move(choice.best);
    mixture_scores(filter_, seen, projected.squares, std::vector<uint8_t>(static_cast<size_t>(n), 1), own_, task_);
  }

  void note_mixture(const MixtureFit &fit) {
    if (!fit.converged)
      fit_.notes.push_back("the mixture still changed after " + std::to_string(fit.iterations) +
                           " iterations; more can be allowed with --iterations");
    if (fit.mixture.kind != CovarianceKind::full) return;
    auto weak = std::count_if(fit.mixture.weights.begin(), fit.mixture.weights.end(), [&](double weight) {
      return weight * static_cast<double>(rows_.rows) <= static_cast<double>(fit.mixture.dimension);
    });
    if (weak > 0)
      fit_.notes.push_back(std::to_string(weak) + " of " + std::to_string(fit.mixture.components) +
                           " components hold too few vectors for a full covariance in " +
                           std::to_string(fit.mixture.dimension) +
                           " dimensions, which rests on the regularisation: fewer components, a smaller --pca or "
                           "another --covariance serve better");
  }

  MatrixView rows_;
  const OutlierOptions &options_;
  Task &task_;
  OutlierFit fit_;
  OutlierFilter &filter_ = fit_.filter;
  OutlierScores &own_ = fit_.own;
};

}  // namespace

std::string_view outlier_method_name(OutlierMethod method) {
  return method_names[static_cast<size_t>(method)];
}

OutlierMethod outlier_method_from(std::string_view name) {
  auto found = std::find(std::begin(method_names), std::end(method_names), name);
  if (found == std::end(method_names))
    throw Error(Status::invalid_argument, "methods are combined, mahalanobis, knn or gmm", std::string(name));
  return static_cast<OutlierMethod>(found - std::begin(method_names));
}

OutlierFit fit_outlier_filter(MatrixView rows, const OutlierOptions &options, Task &task) {
  return Fitting(rows, options, task).run();
}

OutlierScores score_rows(const OutlierFilter &filter, MatrixView rows, Task &task) {
  if (rows.dimension != filter.dimension)
    throw Error(Status::invalid_argument, "vectors of " + std::to_string(rows.dimension) +
                                              " values cannot be compared with a reference of " +
                                              std::to_string(filter.dimension) + " values");
  require_finite(rows, task);
  auto count = static_cast<size_t>(rows.rows);
  std::unordered_map<Hash128, int32_t> member_rows;
  for (size_t i = 0; i < filter.members.size(); ++i) member_rows.emplace(filter.members[i], static_cast<int32_t>(i));
  std::vector<int32_t> member(count, -1);  // the row of the reference that a row is
  auto hashes = row_hashes(rows);
  for (size_t r = 0; r < count; ++r)
    if (auto found = member_rows.find(hashes[r]); found != member_rows.end()) member[r] = found->second;

  OutlierScores scores;
  if (filter.ellipsoid) {
    task.phase("distances", count);
    scores.mahalanobis = Mahalanobis(*filter.ellipsoid).squared(rows, task);
    for (size_t r = 0; r < count; ++r) {
      double &value = scores.mahalanobis[r];
      scores.left_out.push_back(
          std::sqrt(member[r] < 0 ? value : squared_without_itself(value, filter.rows, filter.ellipsoid->shrinkage)));
      value = std::sqrt(value);
    }
  }
  if (filter.neighbours > 0) {
    std::vector<float> unit;
    MatrixView directions = rows;
    if (!filter.unit_length) {
      unit = directions_of(rows);
      directions.data = unit.data();
    }
    std::vector<int32_t> places(static_cast<size_t>(filter.rows), -1), own(count, -1);
    for (size_t i = 0; i < filter.base_rows.size(); ++i)
      places[static_cast<size_t>(filter.base_rows[i])] = static_cast<int32_t>(i);
    for (size_t r = 0; r < count; ++r)
      if (member[r] >= 0) own[r] = places[static_cast<size_t>(member[r])];
    scores.knn = neighbour_distances(filter.base(), directions, own, filter.neighbours, task);
  }
  switch (filter.method) {
    case OutlierMethod::combined:
      scores.score.resize(count);
      for (size_t r = 0; r < count; ++r)
        scores.score[r] = 0.5 * (filter.mahalanobis.position(scores.left_out[r]) + filter.knn.position(scores.knn[r]));
      break;
    case OutlierMethod::mahalanobis:
      scores.score = scores.left_out;
      break;
    case OutlierMethod::knn:
      scores.score = scores.knn;
      break;
    case OutlierMethod::gmm: {
      Projection projected;
      MatrixView seen = rows;
      if (filter.components) {
        projected = project(rows, *filter.components, task);
        seen = {projected.values.data(), rows.rows, filter.components->kept};
      }
      std::vector<uint8_t> own(count);
      for (size_t r = 0; r < count; ++r) own[r] = member[r] >= 0;
      mixture_scores(filter, seen, projected.squares, own, scores, task);
    }
  }
  return scores;
}

int64_t make_unit_length(float *values, int64_t rows, int64_t dimension) {
  std::atomic<int64_t> zero{rows};
  parallel_for((rows + rows_per_part - 1) / rows_per_part, [&](int64_t part) {
    for (int64_t r = part * rows_per_part; r < std::min(rows, (part + 1) * rows_per_part); ++r) {
      float *row = values + r * dimension;
      double squares = 0;
      for (int64_t j = 0; j < dimension; ++j) squares += static_cast<double>(row[j]) * static_cast<double>(row[j]);
      if (squares == 0) {
        for (int64_t before = zero; r < before && !zero.compare_exchange_weak(before, r);) {
        }
        continue;
      }
      double factor = 1 / std::sqrt(squares);
      for (int64_t j = 0; j < dimension; ++j) row[j] = static_cast<float>(row[j] * factor);
    }
  });
  return zero == rows ? -1 : zero.load();
}

}  // namespace kalon
