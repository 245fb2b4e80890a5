#include "facade/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "arrange/k_means.h"
#include "base/text.h"
#include "facade/photo_attributes.h"
#include "facade/rows.h"
#include "rank/maximum_likelihood.h"
#include "rank/reliability.h"

namespace kalon {
namespace {

constexpr size_t fewest_new_votes = 8;  // between two fits
constexpr size_t new_share = 10;        // a fit after so many votes that a tenth of them are new

std::vector<double> column_of(const Reader &reader, const std::string &name, const VotedPhotos &votes) {
  auto column = reader.score_column(name);
  if (!column)
    throw Error(Status::not_found, "there is no column of scores of this name; `kalon scores` lists them",
                display_text(name));
  std::vector<double> values(static_cast<size_t>(votes.items()), std::numeric_limits<double>::quiet_NaN());
  for (size_t item = 0; item < values.size(); ++item)
    if (auto score = reader.score(column->id, votes.photos()[item].key.picture)) values[item] = *score;
  return values;
}

// With reliability, votes of annotators count by how far they can be relied on.
std::unique_ptr<Estimator> fitted_estimator(const EstimatorSettings &settings, const VotedPhotos &votes,
                                            const std::optional<ItemVectors> &vectors, Task &task) {
  auto options = settings.options;
  const auto &history = votes.history();
  options.vectors = vectors;
  if (settings.reliability && history.annotators > 1)
    return estimate_reliability(history, options, {}, Agreements::unwanted, task).estimator;
  auto estimator = make_estimator(options);
  try {
    estimator->fit(history, task);
  } catch (const NoGreatestLikelihood &none) {
    throw none.named([&](int32_t item) { return display_text(name_of(votes.photo(item).path)); });
  }
  return estimator;
}

}  // namespace

Ranking::Ranking(std::string session, RankingSettings settings)
    : session_(session),
      settings_(std::move(settings)),
      votes_(settings_.criterion, std::move(session)),
      strategy_(make_strategy(settings_.strategy)),
      random_(settings_.estimator.options.seed) {}

Ranking::Vectors Ranking::vectors_for(const MethodCall &call, const Reader &reader,
                                      const EstimatorSettings &settings) const {
  using Use = EstimatorSettings::Vectors;
  if (settings.vectors == Use::never) return {};
  bool needed = settings.vectors == Use::always;
  std::optional<Space> space;
  try {
    space = chosen_space(call, reader, settings.space);
  } catch (const Error &error) {
    if (needed || error.status() != Status::not_found) throw;
    return {};
  }
  auto found = vectors_of(reader, *space, votes_.photos());
  if (found.photos.empty()) {
    if (!needed) return {};
    throw Error(Status::not_found, "no photo of this session has a vector of it; run `kalon index FOLDER`",
                space->key.model);
  }
  Vectors vectors;
  vectors.dimension = static_cast<int64_t>(found.dimension);
  vectors.values.assign(static_cast<size_t>(votes_.items() * vectors.dimension), 0);
  for (size_t row = 0; row < found.photos.size(); ++row)
    if (auto item = votes_.item_of(found.photos[row].photo))
      std::copy_n(found.values.begin() + static_cast<ptrdiff_t>(row) * vectors.dimension, vectors.dimension,
                  vectors.values.begin() + *item * vectors.dimension);
  return vectors;
}

void Ranking::read_columns(const MethodCall &call, const Reader &reader) {
  groups_.clear();
  scores_.clear();
  auto kind = settings_.strategy.kind;
  if (kind == StrategyKind::same_score && !settings_.scores.empty())
    scores_ = column_of(reader, settings_.scores, votes_);
  if (kind == StrategyKind::same_prompt) {
    std::vector<std::string> values;
    for (const auto &photo : votes_.photos())
      values.push_back(photo.path.empty() ? std::string() : attribute_of(reader, photo, settings_.attribute));
    groups_ = numbered(values);
  }
  if ((kind == StrategyKind::within_groups || kind == StrategyKind::same_cluster) && !settings_.groups.empty()) {
    std::vector<std::string> values;
    for (double number : column_of(reader, settings_.groups, votes_))
      values.push_back(std::isfinite(number) ? std::to_string(number) : std::string());
    groups_ = numbered(values);
  } else if (kind == StrategyKind::same_cluster) {
    auto found = vectors_of(reader, chosen_space(call, reader, settings_.estimator.space), votes_.photos());
    drop_zeros(found);
    if (found.photos.empty())
      throw Error(Status::not_found, "no photo of this session has a vector; run `kalon index FOLDER`", session_);
    KMeansOptions options;
    options.clusters = std::min<int64_t>(settings_.clusters, static_cast<int64_t>(found.photos.size()));
    options.seed = settings_.estimator.options.seed;
    auto clusters = k_means(view_of(found), options, call.task);
    groups_.assign(static_cast<size_t>(votes_.items()), -1);
    for (size_t row = 0; row < found.photos.size(); ++row)
      if (auto item = votes_.item_of(found.photos[row].photo))
        groups_[static_cast<size_t>(*item)] = clusters.grouping.group[row];
  }
}

void Ranking::refresh(const MethodCall &call, const Reader &reader) {
  auto change = votes_.refresh(reader, settings_.choice, call.task);
  const auto &history = votes_.history();
  if (change == VotedPhotos::Change::anew || !complete_) {
    complete_ = false;
    asked_ = PairCounts::of(history);
    counted_ = VotesTaken::all_of(history);
    estimator_.reset();
    questionnaire_.reset();
    strategy_ = make_strategy(settings_.strategy);
    vectors_ = vectors_for(call, reader, settings_.estimator);
    read_columns(call, reader);
    complete_ = true;
    return;
  }
  if (history.items > asked_.items()) {  // a photo that only a vote names came in
    asked_ = PairCounts::of(history);
    counted_ = VotesTaken::all_of(history);
    auto items = static_cast<size_t>(history.items);
    if (!groups_.empty()) groups_.resize(items, -1);
    if (!scores_.empty()) scores_.resize(items, std::numeric_limits<double>::quiet_NaN());
    vectors_.values.resize(vectors_.values.empty() ? 0 : items * static_cast<size_t>(vectors_.dimension), 0);
    estimator_.reset();  // it borrows them
  }
  counted_.take(history, asked_);
}

Estimator &Ranking::refitted(const MethodCall &call) {
  const auto &history = votes_.history();
  estimator_ = fitted_estimator(settings_.estimator, votes_, vectors_.items(), call.task);
  fitted_ = taken_ = VotesTaken::all_of(history);
  return *estimator_;
}

std::unique_ptr<Estimator> Ranking::fitted(const EstimatorSettings &settings, const MethodCall &call) {
  other_vectors_ = vectors_for(call, call.library().read(), settings);
  return fitted_estimator(settings, votes_, other_vectors_.items(), call.task);
}

Survey Ranking::survey(const Estimator &estimator, const PairCounts &pending,
                       std::span<const uint8_t> candidates) const {
  return {estimator, votes_.history(), asked_, pending, candidates, groups_, scores_};
}

Questionnaire &Ranking::questionnaire(uint64_t first_vote) {
  if (!questionnaire_) {
    auto options = settings_.questions;
    options.first_vote = first_vote;
    questionnaire_.emplace(options);
  }
  return *questionnaire_;
}

Estimator &Ranking::estimator(const MethodCall &call) {
  if (!estimator_) return refitted(call);
  size_t fitted = fitted_.votes();
  if (votes_.votes() - fitted > std::max(fewest_new_votes, fitted / new_share)) return refitted(call);
  taken_.take(votes_.history(), *estimator_);
  return *estimator_;
}

std::shared_ptr<OpenLibrary> open_library(const std::string &folder, const OpenOptions &options) {
  auto open = std::make_shared<OpenLibrary>();
  open->library = Library::open(folder, options);
  open->thumbnails = ThumbnailCache::open(*open->library);
  open->rankings = std::make_shared<Rankings>();
  return open;
}

void Rankings::forget(const std::string &name) {
  std::lock_guard lock(mutex_);
  kept_.erase(ascii_lower(name));
}

std::shared_ptr<Ranking> Rankings::of_session(const std::string &name, int64_t created, RankingSettings settings) {
  std::lock_guard lock(mutex_);
  auto &kept = kept_[ascii_lower(name)];
  if (!kept.ranking || kept.created != created) kept = {created, std::make_shared<Ranking>(name, std::move(settings))};
  return kept.ranking;
}

}  // namespace kalon
