// The commands about what does not belong among the rest: outliers, and the filters kept of them.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdio>
#include <limits>
#include <memory>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

struct Options {
  std::vector<std::string> reference;
  std::string vectors, method, covariance, components, filter, save, scores, histogram, drop;
  double quantile = 0, threshold = 0, regularisation = 0;
  int64_t limit = 20, neighbours = 0, pca = 0, restarts = 0, iterations = 0, seed = 1;
  bool as_is = false, overwrite = false;
};

CLI::Validator number_between(double low, double high, const char *wanted) {
  auto check = [low, high, message = std::string(wanted)](std::string &text) -> std::string {
    double value = 0;
    const auto *end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end && value >= low && value <= high ? std::string() : message;
  };
  return CLI::Validator(check, "");
}

json outlier_parameters(CommandSet &set, const Options &options) {
  const auto *sub = set.app().get_subcommand("outliers");
  auto given = [&](const char *name) { return sub->count(name) > 0; };
  bool of_a_file = given("--vectors");
  json parameters = of_a_file ? json::object() : set.narrowed();
  if (of_a_file) {
    for (const char *other : {"PATH", "--where", "--model", "--crop", "--scores"})
      if (given(other))
        usage_error("--vectors is about the rows of a file, not about pictures: " + std::string(other) +
                    " does not go with it");
    if (options.reference.size() > 1) usage_error("--reference takes one file beside --vectors");
    set.invocation().method = "outlier_vectors";
    set.invocation().access = Access::none;
    parameters["vectors"] = uri(options.vectors);
  } else {
    if (given("--save") || given("--scores")) set.invocation().access = Access::write;
    set.put_model(parameters);
    if (given("--scores")) parameters["scores"] = options.scores;
  }
  if (given("--reference"))
    parameters["reference"] = of_a_file ? json(uri(options.reference.front())) : uris(options.reference);
  // Names in a library; files beside --vectors.
  if (given("--filter")) parameters["filter"] = of_a_file ? uri(options.filter) : options.filter;
  if (given("--save")) parameters["save"] = of_a_file ? uri(options.save) : options.save;
  if (given("--method")) parameters["method"] = options.method;
  if (given("--neighbours")) parameters["neighbours"] = options.neighbours;
  if (given("--components")) parameters["components"] = options.components;
  if (given("--covariance")) parameters["covariance"] = options.covariance;
  if (given("--pca")) parameters["pca"] = options.pca;
  if (given("--restarts")) parameters["restarts"] = options.restarts;
  if (given("--iterations")) parameters["iterations"] = options.iterations;
  if (given("--regularisation")) parameters["regularisation"] = options.regularisation;
  if (given("--seed")) parameters["seed"] = options.seed;
  if (given("--as-is")) parameters["as_is"] = true;
  if (given("--quantile")) parameters["quantile"] = options.quantile;
  if (given("--threshold")) parameters["threshold"] = options.threshold;
  if (given("--histogram")) parameters["histogram"] = uri(options.histogram);
  if (given("--overwrite")) parameters["overwrite"] = true;
  // Programs get all rows unless they ask for fewer; people the strangest ones.
  bool all = set.app().count("--json") > 0 && !given("--limit");
  parameters["limit"] = all ? 0 : options.limit;
  return parameters;
}

void add_outliers(CommandSet &set) {
  auto options = std::make_shared<Options>();
  auto *sub = set.command("outliers", "Find the pictures that do not belong among the others", Access::read, "outliers",
                          [&set, options] { return outlier_parameters(set, *options); });
  set.add_paths(sub, "Only pictures inside these folders");
  sub->add_option("--reference", options->reference,
                  "Measure against the pictures in this folder instead of against one another; may be repeated")
      ->type_name("PATH")
      ->allow_extra_args(false);
  sub->add_option("--method", options->method,
                  "How: combined (default: the mean of the places by the two that follow), mahalanobis (distance by "
                  "the shrunk covariance), knn (mean cosine distance to the nearest), gmm (how unlikely a mixture of "
                  "Gaussians makes it)")
      ->check(one_of({"combined", "mahalanobis", "knn", "gmm"}))
      ->type_name("combined|mahalanobis|knn|gmm");
  sub->add_option("--quantile", options->quantile,
                  "Call outliers what is stranger than this share of the reference (or of the pictures themselves); "
                  "default .99")
      ->check(number_between(0, 1, "takes a share from 0 to 1"))
      ->type_name("SHARE");
  constexpr double any = std::numeric_limits<double>::max();
  sub->add_option("--threshold", options->threshold, "Call outliers what scores more than this")
      ->check(number_between(-any, any, "takes a number"))
      ->type_name("SCORE");
  sub->add_option("--limit", options->limit, "List at most so many, the strangest first; 0: all; default 20")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
  sub->add_option("--neighbours", options->neighbours, "How many neighbours count; default 10")
      ->transform(whole_number(1, 1000))
      ->type_name("N");
  sub->add_option(
         "--components", options->components,
         "gmm: how many Gaussians, or a range of which the best by BIC is taken, as 1-16; default: one for "
         "each hundred pictures, at most 16. Without --pca they are fitted in a space that follows from the most "
         "(more components, fewer dimensions), so that 1-8 and 1-16 may differ also where they choose the "
         "same; --pca N fixes it")
      ->type_name("N|A-B");
  sub->add_option("--covariance", options->covariance, "gmm: shape of the Gaussians; default: full")
      ->check(one_of({"full", "tied", "diagonal", "spherical"}))
      ->type_name("full|tied|diagonal|spherical");
  sub->add_option("--pca", options->pca,
                  "gmm: look along so many principal components; 0: at the vectors as they are; default: one for each "
                  "eight pictures of a Gaussian, at most 64")
      ->transform(whole_number(0, 1 << 20))
      ->type_name("N");
  sub->add_option("--restarts", options->restarts, "gmm: starts, of which the likeliest end is taken; default 3")
      ->transform(whole_number(1, 1000))
      ->type_name("N");
  sub->add_option("--iterations", options->iterations, "gmm: at most so many in each start; default 100")
      ->transform(whole_number(1, 1000000))
      ->type_name("N");
  sub->add_option("--regularisation", options->regularisation, "gmm: what is added to each variance; default 1e-6")
      ->check(number_between(0, 1e30, "takes a number from 0"))
      ->type_name("X");
  sub->add_option("--seed", options->seed, "Seed of the starts; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
  sub->add_flag("--as-is", options->as_is, "Take vectors as they are; else each is scaled to length 1 first");
  sub->add_option("--histogram", options->histogram, "Draw how the scores are distributed into a PNG")
      ->type_name("FILE.png");
  sub->add_option("--scores", options->scores,
                  "Keep the scores as a column of this name, for `kalon list --where 'NAME > .99'`")
      ->type_name("NAME");
  sub->add_option("--save", options->save, "Keep what was fitted, with its threshold, under a name (or in a file)")
      ->type_name("NAME");
  sub->add_option("--filter", options->filter, "Use what was kept under this name (or in this file) again")
      ->type_name("NAME");
  sub->add_flag("--overwrite", options->overwrite, "Replace a file, filter or column that exists");
  sub->add_option("--vectors", options->vectors,
                  "Score the rows of a NumPy file (N x D, float16, float32 or float64) instead; needs no library; "
                  "--reference, --save and --filter then name files")
      ->type_name("FILE.npy");
  sub->footer(
      "What is strange here:               kalon outliers ~/Pictures\n"
      "What is unlike my good ones:        kalon outliers ~/New --reference ~/Good --quantile .95\n"
      "Keep that measure:                  kalon outliers ~/New --reference ~/Good --save good\n"
      "and use it on what comes later:     kalon outliers ~/Newer --filter good --scores strange\n"
      "                                    kalon list --where 'strange > .99'\n"
      "How many kinds of picture are here: kalon outliers --method gmm --components 1-16 --histogram scores.png\n\n"
      "Scores of combined are places from 0 to 1: .99 is stranger than 99 % of the reference. Scores of the other "
      "methods\n"
      "mean nothing for another model or set: prefer --quantile to --threshold. A picture of the reference is "
      "measured\n"
      "against the others, never against itself.");
  set.add_where(sub);
  set.add_model(sub);
}

void add_filters(CommandSet &set) {
  auto options = std::make_shared<Options>();
  auto *sub = set.app().add_subcommand("filters", "List or drop what `outliers --save` kept");
  sub->require_subcommand(0, 1);
  auto *drop = sub->add_subcommand("drop", "Forget a filter; pictures and scores stay");
  drop->add_option("NAME", options->drop, "The filter's name")->required();
  sub->final_callback([&set, options, drop] {
    set.invocation().method = "filters";
    set.invocation().access = drop->count() > 0 ? Access::write : Access::read;
    set.invocation().parameters = dumped(drop->count() > 0 ? json{{"drop", options->drop}} : json::object());
  });
  sub->footer("A filter is used again with `kalon outliers --filter NAME`.");
}

std::string shortened(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.4g", value);
  return digits;
}

void outlier_row(const json &row, const Invocation &) {
  if (text(row, "type") == "table") {
    std::printf("components %4s  parameters %8s  AIC %14.1f  BIC %14.1f  iterations %4s%s%s\n",
                text(row, "components").c_str(), text(row, "parameters").c_str(), number(row, "aic"),
                number(row, "bic"), text(row, "iterations").c_str(), row.value("converged", true) ? "" : " (not done)",
                row.value("chosen", false) ? "  <- chosen" : "");
    return;
  }
  std::string parts;
  if (row.contains("mahalanobis") && row.contains("knn"))
    parts = "  (mahalanobis " + shortened(number(row, "mahalanobis_left_out")) + ", neighbours " +
            shortened(number(row, "knn")) + ")";
  char score[48];
  std::snprintf(score, sizeof score, row.contains("knn") ? "%.4f" : "%.6g", number(row, "score"));
  std::printf("%5s  %-7s  %s%s  %s\n", text(row, "rank").c_str(), row.value("outlier", false) ? "outlier" : "", score,
              parts.c_str(), row.contains("path") ? text(row, "path").c_str() : ("row " + text(row, "row")).c_str());
}

void outlier_summary(const json &summary, const Invocation &invocation, uint64_t) {
  bool pictures = invocation.method == "outliers";
  auto scored = count(summary, "scored"), outliers = count(summary, "outliers"), listed = count(summary, "listed");
  auto counted = [&](uint64_t number) {
    return plural(number, pictures ? "picture" : "vector", pictures ? "pictures" : "vectors");
  };
  std::string against =
      summary.value("of_themselves", false) ? "themselves" : "a reference of " + grouped(count(summary, "reference"));
  std::string threshold = "more than " + shortened(number(summary, "threshold"));
  if (summary.contains("quantile")) threshold += " (quantile " + shortened(number(summary, "quantile")) + ")";
  line(grouped(outliers) + " of " + counted(scored) + (outliers == 1 || scored == 1 ? " scores " : " score ") +
       threshold + ", measured by " + text(summary, "method") + " against " + against + ".");
  if (listed < outliers)
    line(grouped(outliers - listed) + (outliers - listed == 1 ? " more is" : " more are") +
         " not listed; --limit 0 lists all.");
  for (const auto &note : summary.value("notes", json::array()))
    if (note.is_string()) line("Note: " + printable(note.get<std::string>()) + ".");
  if (auto missing = count(summary, "without_vector"); missing > 0)
    line(counted(missing) + (missing == 1 ? " has" : " have") + " no vector yet and " +
         (missing == 1 ? "was" : "were") + " left out; run `kalon index FOLDER`.");
  if (summary.contains("histogram_path")) line("Histogram: " + text(summary, "histogram_path"));
  if (summary.contains("saved"))
    line("Filter kept: " + text(summary, summary.contains("saved_path") ? "saved_path" : "saved"));
  if (summary.contains("scores")) line("Scores kept as the column " + text(summary, "scores") + ".");
}

void filter_row(const json &row, const Invocation &) {
  if (row.contains("status")) return line(text(row, "name") + ": " + text(row, "message"));
  std::string fit = text(row, "method");
  if (row.contains("components")) fit += " of " + text(row, "components") + " " + text(row, "covariance");
  auto threshold = shortened(number(row, "threshold"));
  if (row.contains("quantile")) threshold += " (quantile " + shortened(number(row, "quantile")) + ")";
  std::printf("%-16s  %-12s  %s vectors of %s, threshold %s, %s, fitted %s\n", text(row, "name").c_str(), fit.c_str(),
              grouped(count(row, "reference")).c_str(), text(row, "model").c_str(), threshold.c_str(),
              file_size(count(row, "bytes")).c_str(), shorter_time(text(row, "fitted")).c_str());
}

void filter_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (summary.contains("dropped")) return line("Dropped the filter " + text(summary, "dropped") + ".");
  if (rows == 0 && !invocation.quiet) say("No filter was kept yet: `kalon outliers --save NAME` keeps one.\n");
}

}  // namespace

void add_outlier_commands(CommandSet &set) {
  add_outliers(set);
  add_filters(set);
}

void add_outlier_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["outliers"] = {outlier_row, outlier_summary, false};
  renderers["outlier_vectors"] = {outlier_row, outlier_summary, false};
  renderers["filters"] = {filter_row, filter_summary, false};
}

}  // namespace kalon::cli
