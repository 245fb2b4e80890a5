#include "views/scores_view.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <nlohmann/json.hpp>

#include "library/decisions.h"
#include "library/opening.h"
#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr const char *column_setting = "scores.column", *log_setting = "scores.logarithmic";

std::string direction_setting(const std::string &column) {
  return "scores.direction." + column;
}

}  // namespace

std::vector<std::string> ScoresView::columns(const Context &context) const {
  std::vector<std::string> names;
  for (const auto &column : context.catalogue.columns())
    if (column.numeric && column.known > 0 && column.name != column_names::suggested_stars &&
        column.name != ScoresColumn::megapixels && column.name != ScoresColumn::megabytes &&
        column.name != ScoresColumn::stars)
      names.push_back(column.name);
  std::sort(names.begin(), names.end());
  for (auto name : {ScoresColumn::megapixels, ScoresColumn::megabytes, ScoresColumn::stars}) names.emplace_back(name);
  return names;
}

// The column that was looked at last, or what is most likely wanted.
void ScoresView::choose_column(Context &context) {
  auto names = columns(context);
  auto there = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (!made_column_.empty() && there(made_column_)) {
    set_column(context, made_column_);
    made_column_.clear();
  }
  if (!column_.empty() && there(column_)) return;
  auto last = context.settings.more.find(column_setting);
  if (last != context.settings.more.end() && there(last->second)) {
    take_column(context, last->second);
    return;
  }
  for (std::string_view name : {column_names::rank_mean, column_names::outliers})
    if (there(name)) {
      take_column(context, std::string(name));
      return;
    }
  take_column(context, names.front());
}

void ScoresView::enter(Context &context) {
  auto log = context.settings.more.find(log_setting);
  logarithmic_ = log != context.settings.more.end() && log->second == "on";
}

// ---- what commands do

Thresholds ScoresView::thresholds(const Context &context) const {
  const auto &filter = context.shown.filter();
  if (filter.score != column_) return {};
  return {filter.low, filter.high};
}

void ScoresView::apply(Context &context, const Thresholds &thresholds) {
  auto filter = context.shown.filter();
  filter.low = thresholds.low;
  filter.high = thresholds.high;
  filter.score = thresholds.low || thresholds.high ? column_ : std::string();
  if (!(filter == context.shown.filter())) context.shown.set_filter(std::move(filter));
}

void ScoresView::take_column(const Context &context, std::string name) {
  column_ = std::move(name);
  // Steps hide what is bad.
  high_active_ = low_is_best(context);
}

void ScoresView::set_column(Context &context, std::string name) {
  auto names = columns(context);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    context.say("There are no numbers called \"" + name + "\".");
    return;
  }
  if (name != column_) {
    // A threshold means something for its own column only.
    if (!column_.empty()) apply(context, {});
    take_column(context, std::move(name));
  }
  context.settings.more[column_setting] = column_;
  figures_.update(context.catalogue, context.shown, column_);
}

void ScoresView::set_threshold(Context &context, bool high, std::optional<double> value) {
  choose_column(context);
  auto now = thresholds(context);
  (high ? now.high : now.low) = value;
  if (now.low && now.high && *now.low > *now.high) (high ? now.low : now.high) = value;
  high_active_ = high;
  apply(context, now);
}

void ScoresView::step(Context &context, int steps) {
  figures_.update(context.catalogue, context.shown, column_);
  if (!figures_.there()) return;
  const auto &values = figures_.values();
  auto now = thresholds(context);
  auto &moved = high_active_ ? now.high : now.low;
  if (!moved) {
    // From its end, where it lets everything through.
    if (high_active_ ? steps > 0 : steps < 0) return;
    moved = high_active_ ? values.back() : values.front();
  }
  double before = *moved;
  moved = stepped(values, before, steps);
  bool stays = *moved == before, at_end = high_active_ ? *moved >= values.back() : *moved <= values.front();
  if (at_end && (stays || (high_active_ ? steps > 0 : steps < 0))) moved.reset();
  if (now.low && now.high && *now.low > *now.high) return;
  apply(context, now);
}

void ScoresView::set_logarithmic(Context &context, bool logarithmic) {
  logarithmic_ = logarithmic;
  context.settings.more[log_setting] = logarithmic ? "on" : "off";
}

bool ScoresView::low_is_best(const Context &context) const {
  auto found = context.settings.more.find(direction_setting(column_));
  if (found != context.settings.more.end()) return found->second == "down";
  return column_ == column_names::outliers;  // strange is seldom good
}

void ScoresView::set_low_is_best(Context &context, bool low) {
  context.settings.more[direction_setting(column_)] = low ? "down" : "up";
  high_active_ = low;
}

void ScoresView::suggest(Context &context, std::string column) {
  choose_column(context);
  if (!column.empty()) {
    set_column(context, column);
    if (column_ != column) return;
  }
  figures_.update(context.catalogue, context.shown, column_);
  suggested_ = {};
  context.catalogue.put_column(column_names::suggested_stars);
  const auto &values = figures_.values();
  bool down = low_is_best(context);
  for (size_t i = 0; i < values.size(); ++i) {
    int stars = suggested_stars(values, values[i], down);
    context.catalogue.set_number(column_names::suggested_stars, figures_.items()[i], stars);
    ++suggested_[static_cast<size_t>(stars)];
  }
  suggested_from_ = column_;
  context.say("Stars are suggested from " + column_ + ". Nothing is rated until you accept them.");
}

void ScoresView::forget_suggestions(Context &context) {
  if (context.catalogue.column(column_names::suggested_stars))
    context.catalogue.put_column(column_names::suggested_stars);
  suggested_from_.clear();
  suggested_ = {};
}

void ScoresView::accept(Context &context) {
  const auto *column = context.catalogue.column(column_names::suggested_stars);
  if (!column || column->known == 0) {
    context.say("No stars are suggested. Choose a column of scores and let it suggest some.");
    return;
  }
  std::array<std::vector<ItemIndex>, 6> by_stars;
  size_t accepted = 0, rated = 0;
  for (auto item : context.shown.targets()) {
    double stars = column->number(item);
    if (std::isnan(stars)) continue;
    // What anybody said of a picture counts more than what a number suggests.
    if (context.catalogue.item(item).rated_by != RatedBy::nobody) {
      ++rated;
      continue;
    }
    by_stars[static_cast<size_t>(std::clamp(stars, 1.0, 5.0))].push_back(item);
    ++accepted;
  }
  context.decisions.begin_step();
  for (size_t stars = 1; stars < by_stars.size(); ++stars)
    context.decisions.rate(by_stars[stars], static_cast<int>(stars));
  context.decisions.end_step();
  auto text = accepted == 1 ? std::string("One picture was rated as suggested")
                            : count_text(accepted) + " pictures were rated as suggested";
  if (rated > 0) text += "; " + count_text(rated) + (rated == 1 ? " keeps its own rating" : " keep their own ratings");
  context.say(text + ".");
}

void ScoresView::make(Context &context, std::string title, std::string method, std::string parameters,
                      std::string column) {
  if (!context.session.library()) {
    context.complain("Without a library nothing can be scored.");
    return;
  }
  job_running_ = true;
  context.jobs.start(std::move(title), std::move(method), std::move(parameters), nullptr,
                     [this, &context, column](const Answer &answer) {
                       job_running_ = false;
                       if (answer.status == KALON_CANCELLED) return;
                       if (!answer.ok()) {
                         context.complain("No scores were made: " + answer.message);
                         return;
                       }
                       made_column_ = column;
                       context.opening.reload();
                     });
}

void ScoresView::score_outliers(Context &context) {
  std::string parameters = "{\"scores\":" + json_text(column_names::outliers) + ",\"overwrite\":true,\"limit\":1";
  // Each is compared with its neighbours: of a few photos there are no ten. What is left out is no neighbour either.
  constexpr size_t usual_neighbours = 10;
  auto indexed = static_cast<size_t>(std::ranges::count_if(context.catalogue.items(), [](const Item &item) {
    return item.indexed && !item.gone && !item.failed && !item.excluded;
  }));
  if (indexed > 2 && indexed <= usual_neighbours) parameters += ",\"neighbours\":" + std::to_string(indexed - 1);
  const auto &folders = context.opening.paths();
  for (size_t i = 0; i < folders.size(); ++i) parameters += (i ? "," : ",\"paths\":[") + json_text(uri_of(folders[i]));
  parameters += folders.empty() ? "}" : "]}";
  make(context, "How unusual each picture is", "outliers", parameters, std::string(column_names::outliers));
}

void ScoresView::score_rank(Context &context, const std::string &session) {
  // Names of stored columns are of letters, digits and a few signs.
  std::string column = "rank_" + session.substr(0, 50);
  for (char &letter : column)
    if (!std::isalnum(static_cast<unsigned char>(letter)) && letter != '-' && letter != '.') letter = '_';
  make(context, "Rank as scores", "rank_table",
       "{\"session\":" + json_text(session) + ",\"limit\":1,\"as\":" + json_text(column) + "}", column);
}

void ScoresView::describe(const Context &context, nlohmann::json &state) const {
  state["column"] = column_;
  state["columns"] = columns(context);
  auto now = thresholds(context);
  state["low"] = now.low ? nlohmann::json(*now.low) : nlohmann::json();
  state["high"] = now.high ? nlohmann::json(*now.high) : nlohmann::json();
  state["active"] = high_active_ ? "high" : "low";
  state["logarithmic"] = logarithmic_;
  state["low_is_best"] = low_is_best(context);
  state["values"] = figures_.values().size();
  state["passing"] = figures_.there() ? passing(figures_.values(), now.low, now.high) : 0;
  state["shown"] = figures_.shown();
  state["bins"] = figures_.bins().counts;
  state["bins_shown"] = figures_.shown_counts();
  state["suggested_from"] = suggested_from_;
  state["suggested"] = suggested_;
  if (!figures_.there()) return;
  auto names = [&](std::vector<ItemIndex> items) {
    auto list = nlohmann::json::array();
    for (auto item : items) list.push_back(shown_text(name_of(context.catalogue.item(item))));
    return list;
  };
  auto count = std::max<size_t>(1, drawn_columns_), all = figures_.values().size();
  state["lowest"] = names(figures_.about(0, count));
  state["middle"] = names(figures_.about(all / 2, count));
  state["highest"] = names(figures_.about(all, count));
}

}  // namespace kalon::viewer
