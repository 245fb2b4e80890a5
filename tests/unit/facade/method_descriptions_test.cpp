// Defaults that `describe` tells, against those of the options that the methods begin with.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "arrange/bursts.h"
#include "arrange/density_clusters.h"
#include "facade/duplicate_groups.h"
#include "facade/method_descriptions.h"
#include "facade/methods.h"
#include "facade/ranking_settings.h"
#include "filter/outlier_filter.h"
#include "rank/estimator.h"
#include "rank/strategy.h"

using namespace kalon;
using nlohmann::json;

namespace {

// The row of a parameter whose condition, as JSON, holds this text.
json described(const char *method, const char *name, const std::string &when = {}) {
  for (const auto &description : method_descriptions())
    if (describes(description, method) && description.name == name &&
        description.when.find(when) != std::string_view::npos)
      return json::parse(description_row(description, method));
  FAIL(method << " " << name);
  return {};
}

json default_of(const char *method, const char *name, const std::string &when = {}) {
  return described(method, name, when)["default"];
}

}  // namespace

TEST_CASE("described defaults are those of the options", "[facade]") {
  CHECK(default_of("groups", "level", "burst") == BurstOptions().level);
  CHECK(default_of("groups", "gap") == BurstOptions().gap);
  CHECK(default_of("groups", "min_size", "density") == DensityOptions().min_cluster_size);
  CHECK(default_of("duplicates", "level") == DuplicateOptions().level);
  CHECK(default_of("duplicates", "hash") == DuplicateOptions().hash);
  for (int hash : {8, 16, 24}) {
    auto row = described("duplicates", "distance", "\"hash\":" + std::to_string(hash));
    CHECK(row["default"] == default_distance(hash));
    CHECK(row["maximum"] == hash * hash);
  }
  OutlierOptions outliers;
  CHECK(default_of("outliers", "neighbours") == outliers.neighbours);
  CHECK(default_of("outliers", "restarts") == outliers.mixture.restarts);
  CHECK(default_of("outliers", "iterations") == outliers.mixture.iterations);
  CHECK(default_of("outliers", "regularisation") == outliers.mixture.regularisation);

  Parameters none("{}");
  auto settings = ranking_settings_from(none);
  const auto &estimator = settings.estimator.options;
  for (auto [name, value] :
       {std::pair("mu", estimator.mu), std::pair("sigma", estimator.sigma), std::pair("beta", estimator.beta),
        std::pair("tau", estimator.tau), std::pair("draw_probability", estimator.draw_probability),
        std::pair("initial", estimator.initial), std::pair("k_factor", estimator.k_factor),
        std::pair("scale", estimator.scale), std::pair("repeat", settings.questions.repeat_share),
        std::pair("minutes", settings.most_minutes)}) {
    CAPTURE(name);
    CHECK(default_of("rank_start", name).get<double>() == value);
  }
  const auto &strategy = settings.strategy;
  for (auto [name, value] :
       {std::pair<const char *, int64_t>("auto_shuffle", strategy.auto_shuffle),
        std::pair<const char *, int64_t>("top", strategy.top), std::pair<const char *, int64_t>("keep", strategy.keep),
        std::pair<const char *, int64_t>("bins", strategy.bins),
        std::pair<const char *, int64_t>("clusters", settings.clusters),
        std::pair<const char *, int64_t>("overlap", settings.questions.overlap),
        std::pair<const char *, int64_t>("votes", settings.most_votes)}) {
    CAPTURE(name);
    CHECK(default_of("rank_start", name).get<int64_t>() == value);
  }
  CHECK(default_of("rank_start", "attribute") == settings.attribute);
  CHECK(described("rank_start", "strategy")["choices"] == json(strategy_names()));
  CHECK(described("rank_start", "estimator")["choices"] == json(estimator_names()));
}

TEST_CASE("what is described is a method", "[facade]") {
  for (auto method : described_methods()) CHECK(method_named(method).name == method);
}
