// The view of scores: its commands.

#include <charconv>
#include <cmath>

#include "shell/context.h"
#include "shell/parts.h"
#include "views/scores_view.h"

namespace kalon::viewer {
namespace {

constexpr const char *group = "Scores";

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

void add_threshold_commands(Context &context, ScoresView &view) {
  auto &commands = context.commands;
  for (bool high : {false, true})
    commands.add({high ? "threshold-high" : "threshold", high ? "Hide what scores more" : "Hide what scores less",
                  group, "", "VALUE | off",
                  [&view, high](Context &of, std::string_view text) {
                    auto value = number_in(text);
                    if (value || text == "off" || text.empty())
                      view.set_threshold(of, high, value);
                    else
                      of.say("A threshold is a number, or off.");
                  },
                  nullptr, nullptr});
  struct Step {
    const char *name, *title;
    int steps;
  };
  for (const auto &one :
       {Step{"threshold-up", "Threshold one picture up", 1}, Step{"threshold-down", "Threshold one picture down", -1},
        Step{"threshold-up-far", "Threshold ten pictures up", 10},
        Step{"threshold-down-far", "Threshold ten pictures down", -10}})
    commands.add({one.name, one.title, group, "scores", "",
                  [&view, steps = one.steps](Context &of, std::string_view) { view.step(of, steps); }, nullptr,
                  nullptr});
  commands.add({"threshold-other", "Move the other threshold", group, "scores", "low | high",
                [&view](Context &, std::string_view which) {
                  view.set_active(which.empty() ? !view.high_active() : which == "high");
                },
                nullptr, nullptr});
  commands.add({"threshold-off", "Take the thresholds away", group, "", "",
                [&view](Context &of, std::string_view) {
                  view.set_threshold(of, true, std::nullopt);
                  view.set_threshold(of, false, std::nullopt);
                },
                nullptr, nullptr});
}

void add_column_commands(Context &context, ScoresView &view) {
  auto &commands = context.commands;
  commands.add({"scores", "Scores", "View", "", "",
                [](Context &of, std::string_view) { of.interface.show(of, "scores"); }, nullptr,
                [&view](const Context &of) { return of.interface.current() == &view; }});
  commands.add({"score-column", "Which numbers are looked at", group, "", "NAME",
                [&view](Context &of, std::string_view name) { view.set_column(of, std::string(name)); }, nullptr,
                nullptr});
  commands.add({"score-log", "Heights by logarithm", group, "scores", "on | off",
                [&view](Context &of, std::string_view how) {
                  view.set_logarithmic(of, how.empty() ? !view.logarithmic() : how == "on");
                },
                nullptr, [&view](const Context &) { return view.logarithmic(); }});
  commands.add({"score-direction", "Which end is the best", group, "", "up | down",
                [&view](Context &of, std::string_view how) {
                  view.set_low_is_best(of, how.empty() ? !view.low_is_best(of) : how == "down");
                },
                nullptr, [&view](const Context &of) { return view.low_is_best(of); }});
  commands.add({"score-sort", "Sort by the numbers that are looked at", group, "scores", "",
                [&view](Context &of, std::string_view) {
                  of.shown.set_sorting({view.column(), !view.low_is_best(of)});
                  of.interface.show(of, "grid");
                },
                nullptr, nullptr});
}

void add_suggestion_commands(Context &context, ScoresView &view) {
  auto &commands = context.commands;
  commands.add({"suggest-stars", "Suggest stars from scores", group, "", "[COLUMN]",
                [&view](Context &of, std::string_view name) { view.suggest(of, std::string(name)); }, nullptr,
                nullptr});
  commands.add({"accept-suggestions", "Rate the selected ones as suggested", group, "", "",
                [&view](Context &of, std::string_view) { view.accept(of); },
                [](const Context &of) {
                  const auto *column = of.catalogue.column(column_names::suggested_stars);
                  return column && column->known > 0;
                },
                nullptr});
  commands.add({"forget-suggestions", "Forget suggested stars", group, "", "",
                [&view](Context &of, std::string_view) { view.forget_suggestions(of); },
                [](const Context &of) {
                  const auto *column = of.catalogue.column(column_names::suggested_stars);
                  return column && column->known > 0;
                },
                nullptr});
}

void add_job_commands(Context &context, ScoresView &view) {
  auto &commands = context.commands;
  auto writable = [](const Context &of) { return of.session.library() && !of.session.read_only(); };
  commands.add({"score-outliers", "How unusual is each picture?", group, "", "",
                [&view](Context &of, std::string_view) { view.score_outliers(of); }, writable, nullptr});
  commands.add({"score-rank", "Keep the rank as a column of scores", group, "", "[SESSION]",
                [&view](Context &of, std::string_view session) {
                  auto last = of.settings.more.find("rank.session");
                  if (!session.empty())
                    view.score_rank(of, std::string(session));
                  else if (last != of.settings.more.end() && !last->second.empty())
                    view.score_rank(of, last->second);
                  else
                    of.say("Nothing is ranked yet: begin with Rank.");
                },
                writable, nullptr});
}

}  // namespace

void add_scores(Context &context) {
  auto &view = context.interface.add_view<ScoresView>();
  add_column_commands(context, view);
  add_threshold_commands(context, view);
  add_suggestion_commands(context, view);
  add_job_commands(context, view);
}

}  // namespace kalon::viewer
