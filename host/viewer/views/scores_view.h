#pragma once
// Numbers of pictures: how they are spread, what a threshold lets through, which are the best and the worst, and stars
// that they suggest.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "views/scores_column.h"
#include "views/view.h"
#include "widgets/histogram_plot.h"

namespace kalon::viewer {

class ScoresView : public View {
 public:
  std::string_view name() const override { return "scores"; }
  std::string_view title() const override { return "Scores"; }
  void draw(Context &context, const Area &area) override;
  void enter(Context &context) override;
  void describe(const Context &context, nlohmann::json &state) const override;
  bool busy() const override { return job_running_; }

  // ---- what commands do
  void set_column(Context &context, std::string name);
  void set_threshold(Context &context, bool high, std::optional<double> value);
  // The active threshold goes on by so many different values.
  void step(Context &context, int steps);
  void set_active(bool high) { high_active_ = high; }
  bool high_active() const { return high_active_; }
  void set_logarithmic(Context &context, bool logarithmic);
  bool logarithmic() const { return logarithmic_; }
  void set_low_is_best(Context &context, bool low);
  bool low_is_best(const Context &context) const;
  void suggest(Context &context, std::string column);  // empty: the present one
  void forget_suggestions(Context &context);
  // Rates those of the targets that nobody rated, as suggested.
  void accept(Context &context);
  // Starts a job that makes a column: "outliers", or "rank" of a session.
  void score_outliers(Context &context);
  void score_rank(Context &context, const std::string &session);
  const std::string &column() const { return column_; }

 private:
  void take_column(const Context &context, std::string name);
  Thresholds thresholds(const Context &context) const;
  void apply(Context &context, const Thresholds &thresholds);
  std::vector<std::string> columns(const Context &context) const;
  void choose_column(Context &context);
  void make(Context &context, std::string title, std::string method, std::string parameters, std::string column);

  void draw_empty(Context &context, const Area &area);
  void draw_top(Context &context, const Area &area);
  void draw_side(Context &context, const Area &area);
  void draw_rows(Context &context, const Area &area);
  void draw_row(Context &context, const char *title, const std::vector<ItemIndex> &items, const Area &area,
                std::optional<size_t> threshold_before);

  std::string column_, made_column_;  // made_column_: is chosen once it is there
  ScoresColumn figures_;
  HistogramPlot plot_;
  bool logarithmic_ = false, high_active_ = false, job_running_ = false;
  std::string suggested_from_;
  std::array<size_t, 6> suggested_{};  // how many get so many stars
  size_t drawn_columns_ = 0;           // thumbnails of a row, for describe()
};

}  // namespace kalon::viewer
