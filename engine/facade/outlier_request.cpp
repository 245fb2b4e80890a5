#include "facade/outlier_request.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include "base/file.h"
#include "base/text.h"
#include "exchange/histogram.h"
#include "facade/output.h"
#include "image/codec.h"

namespace kalon {
namespace {

constexpr double usual_share = 0.99;
constexpr int64_t most_components = 1024, most_neighbours = 1000;

// "16" or "1-16".
std::pair<int64_t, int64_t> component_range(const std::string &text) {
  auto wrong = [&]() -> Error {
    return {Status::invalid_argument,
            "must be a number of components from 1 to " + std::to_string(most_components) + ", or a range as 1-16",
            "parameter components"};
  };
  auto number = [&](const char *&from, const char *end) {
    int64_t value = 0;
    auto [next, error] = std::from_chars(from, end, value);
    if (error != std::errc() || value < 1 || value > most_components) throw wrong();
    from = next;
    return value;
  };
  const char *from = text.data(), *end = from + text.size();
  int64_t first = number(from, end), last = first;
  if (from != end) {
    if (*from != '-') throw wrong();
    last = number(++from, end);
  }
  if (from != end || last < first) throw wrong();
  return {first, last};
}

std::string described(const OutlierFilter &filter) {
  switch (filter.method) {
    case OutlierMethod::combined:
      return "mean of the places by Mahalanobis distance and by " + std::to_string(filter.neighbours) + " neighbours";
    case OutlierMethod::mahalanobis:
      return "Mahalanobis distance";
    case OutlierMethod::knn:
      return "mean cosine distance to " + std::to_string(filter.neighbours) + " neighbours";
    default:
      return "negative log-likelihood by " +
             (filter.mixture->components == 1
                  ? "one Gaussian"
                  : "a mixture of " + std::to_string(filter.mixture->components) + " Gaussians");
  }
}

// A file that says to be another kind of picture than it is would not open.
void require_png_name(const std::string &path) {
  constexpr std::string_view others[] = {".jpg",  ".jpeg", ".jpe",  ".jfif", ".gif", ".bmp", ".tif", ".tiff",
                                         ".webp", ".avif", ".heic", ".heif", ".jxl", ".jp2", ".ppm", ".pgm",
                                         ".pnm",  ".tga",  ".exr",  ".ico",  ".svg", ".pdf", ".ps",  ".eps"};
  auto extension = ascii_lower(std::filesystem::path(path).extension().native());
  if (std::find(std::begin(others), std::end(others), extension) != std::end(others))
    throw Error(Status::invalid_argument, "the histogram is written as PNG: name a file that ends in .png",
                display_text(path));
}

void write_histogram(const OutlierRequest &request, const OutlierAnswer &answer, const std::string &items, Task &task) {
  task.phase("histogram");
  const auto &filter = answer.filter;
  auto count = answer.scores.score.size();
  auto counted = items.substr(0, items.size() - (count == 1 ? 1 : 0));  // "1 picture"
  HistogramOptions options;
  options.title = "Outliers by " + std::string(outlier_method_name(filter.method));
  options.subtitle = grouped(count) + " " + counted +
                     (answer.of_themselves ? " among themselves"
                                           : " against a reference of " + grouped(static_cast<uint64_t>(filter.rows)));
  options.axis = described(filter);
  options.threshold = filter.threshold;
  options.items = counted;
  options.reference_items = "reference, scaled";
  std::span<const double> reference;
  if (!answer.of_themselves) reference = filter.score.scores();
  auto png = encode_png(draw_histogram(answer.scores.score, reference, options));
  if (request.overwrite)
    write_file_atomically(request.histogram, png);
  else
    write_new_file(request.histogram, png);
}

void add_fit(JsonObject &summary, const OutlierAnswer &answer) {
  const auto &filter = answer.filter;
  summary.add("dimension", filter.dimension);
  if (filter.ellipsoid) summary.add("shrinkage", filter.ellipsoid->shrinkage);
  if (filter.neighbours > 0) summary.add("neighbours", filter.neighbours);
  if (!filter.mixture) return;
  summary.add("components", filter.mixture->components);
  summary.add("covariance", covariance_kind_name(filter.mixture->kind));
  summary.add("pca", filter.components ? filter.components->kept : 0);
  if (filter.components) summary.add("pca_share", filter.components->share);
  for (const auto &row : answer.table)
    if (row.components == filter.mixture->components)
      summary.add("parameters", row.parameters)
          .add("log_likelihood", row.log_likelihood)
          .add("aic", row.aic)
          .add("bic", row.bic)
          .add("iterations", row.iterations)
          .add("converged", row.converged);
}

}  // namespace

OutlierRequest outlier_request_from(const Parameters &parameters) {
  OutlierRequest request;
  auto &options = request.options;
  auto given = [&](const char *name) {
    if (request.of_the_fit.empty()) request.of_the_fit = name;
  };
  if (auto method = parameters.text("method"); !method.empty()) {
    options.method = outlier_method_from(method);
    given("method");
  }
  // What belongs to one kind of method is no answer to another.
  auto belongs = [&](const char *name, bool to_mixtures) {
    given(name);
    if ((options.method == OutlierMethod::gmm) == to_mixtures &&
        (to_mixtures || options.method != OutlierMethod::mahalanobis))
      return;
    throw Error(Status::invalid_argument,
                to_mixtures ? "is for mixtures alone: say method gmm too" : "is for the methods combined and knn alone",
                std::string("parameter ") + name);
  };
  if (auto count = parameters.integer("neighbours", 0, 1, most_neighbours); count > 0) {
    options.neighbours = count;
    belongs("neighbours", false);
  }
  if (auto range = parameters.text("components"); !range.empty()) {
    std::tie(options.fewest_components, options.most_components) = component_range(range);
    belongs("components", true);
  }
  if (auto kind = parameters.text("covariance"); !kind.empty()) {
    options.mixture.kind = covariance_kind_from(kind);
    belongs("covariance", true);
  }
  if (auto kept = parameters.integer("pca", -1, 0, 1 << 20); kept >= 0) {
    options.principal_components = kept;
    belongs("pca", true);
  }
  if (auto restarts = parameters.integer("restarts", 0, 1, 1000); restarts > 0) {
    options.mixture.restarts = static_cast<int>(restarts);
    belongs("restarts", true);
  }
  if (auto iterations = parameters.integer("iterations", 0, 1, 1000000); iterations > 0) {
    options.mixture.iterations = static_cast<int>(iterations);
    belongs("iterations", true);
  }
  if (auto ridge = parameters.number("regularisation", -1, 0, 1e30); ridge >= 0) {
    options.mixture.regularisation = ridge;
    belongs("regularisation", true);
  }
  if (parameters.flag("as_is")) {
    options.unit_length = false;
    given("as_is");
  }
  options.seed = static_cast<uint64_t>(parameters.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  if (double share = parameters.number("quantile", -1, 0, 1); share >= 0) request.quantile = share;
  constexpr double any = std::numeric_limits<double>::max();
  if (double value = parameters.number("threshold", HUGE_VAL, -any, any); value != HUGE_VAL) request.threshold = value;
  if (request.quantile && request.threshold)
    throw Error(Status::invalid_argument, "quantile and threshold say the same in two ways: give one of them");
  request.limit = static_cast<uint64_t>(parameters.integer("limit", 0, 0, std::numeric_limits<int64_t>::max()));
  request.histogram = parameters.path("histogram");
  request.overwrite = parameters.flag("overwrite");
  require_png_name(request.histogram);
  refuse_unwritable(request.histogram, request.overwrite);
  return request;
}

void refuse_unwritable(const std::string &path, bool overwrite) {
  if (path.empty()) return;
  refuse_existing(path, overwrite);
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::path(path).parent_path(), error))
    throw Error(Status::not_found, "there is no folder of this name to write a file into",
                display_text(std::filesystem::path(path).parent_path().native()));
}

void refuse_fitting_again(const OutlierRequest &request, bool reference) {
  if (request.of_the_fit.empty() && !reference) return;
  throw Error(Status::invalid_argument,
              "a filter was fitted already: " + (reference ? std::string("a reference") : request.of_the_fit) +
                  " does not go with it",
              "parameter filter");
}

void set_threshold(OutlierFilter &filter, const OutlierRequest &request, bool used_again) {
  if (request.threshold) {
    filter.threshold = *request.threshold;
    filter.quantile.reset();
  } else if (request.quantile || !used_again) {
    filter.quantile = request.quantile.value_or(usual_share);
    filter.threshold = filter.score.quantile(*filter.quantile);
  }
}

OutlierAnswer fitted_answer(MatrixView reference, MatrixView rows, bool of_themselves, const OutlierRequest &request,
                            Task &task) {
  // Told before a long fit rather than after it.
  if (!of_themselves && rows.dimension != reference.dimension)
    throw Error(Status::invalid_argument, "vectors of " + std::to_string(rows.dimension) +
                                              " values cannot be compared with a reference of " +
                                              std::to_string(reference.dimension) + " values");
  auto fit = fit_outlier_filter(reference, request.options, task);
  OutlierAnswer answer{std::move(fit.filter), {},           std::move(fit.table), std::move(fit.mixture),
                       std::move(fit.notes),  of_themselves};
  answer.scores = of_themselves ? std::move(fit.own) : score_rows(answer.filter, rows, task);
  set_threshold(answer.filter, request, false);
  return answer;
}

JsonObject write_outliers(const MethodCall &call, const OutlierRequest &request, const OutlierAnswer &answer,
                          const std::string &items, const std::function<void(size_t, JsonObject &)> &identify) {
  const auto &filter = answer.filter;
  const auto &scores = answer.scores;
  if (!request.histogram.empty()) write_histogram(request, answer, items, call.task);
  for (const auto &row : answer.table)
    call.rows.row(JsonObject()
                      .add("type", "table")
                      .add("components", row.components)
                      .add("parameters", row.parameters)
                      .add("log_likelihood", row.log_likelihood)
                      .add("aic", row.aic)
                      .add("bic", row.bic)
                      .add("iterations", row.iterations)
                      .add("converged", row.converged)
                      .add("chosen", row.components == filter.mixture->components)
                      .str());
  std::vector<uint32_t> order(scores.score.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return scores.score[a] != scores.score[b] ? scores.score[a] > scores.score[b] : a < b;
  });
  uint64_t outliers = 0, listed = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    size_t i = order[rank];
    bool beyond = scores.score[i] > filter.threshold;
    outliers += beyond;
    if (request.limit > 0 && listed >= request.limit) continue;
    ++listed;
    JsonObject row;
    row.add("rank", rank + 1).add("score", scores.score[i]);
    if (!scores.mahalanobis.empty())
      row.add("mahalanobis", scores.mahalanobis[i]).add("mahalanobis_left_out", scores.left_out[i]);
    if (!scores.knn.empty()) row.add("knn", scores.knn[i]);
    if (!scores.log_likelihood.empty()) row.add("log_likelihood", scores.log_likelihood[i]);
    row.add("outlier", beyond);
    identify(i, row);
    call.rows.row(row.str());
  }
  JsonObject summary;
  summary.add("method", outlier_method_name(filter.method)).add("scored", order.size()).add("listed", listed);
  summary.add("reference", filter.rows).add("of_themselves", answer.of_themselves);
  summary.add("outliers", outliers).add("threshold", filter.threshold);
  if (filter.quantile) summary.add("quantile", *filter.quantile);
  add_fit(summary, answer);
  if (!answer.notes.empty()) {
    std::vector<std::string> notes;
    for (const auto &note : answer.notes) notes.push_back(json_string(note));
    summary.raw("notes", json_array(notes));
  }
  if (!request.histogram.empty())
    summary.add("histogram", file_uri(request.histogram)).add("histogram_path", request.histogram);
  return summary;
}

}  // namespace kalon
