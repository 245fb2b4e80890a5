#include "exchange/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "base/text.h"
#include "exchange/sheet_text.h"

namespace kalon {
namespace {

constexpr int width = 1200, height = 640;
constexpr int left = 84, right = width - 40, top = 128, bottom = height - 84;
constexpr Colour8 ground{22, 23, 26}, grid{42, 44, 49}, axis_colour{92, 95, 103};
constexpr Colour8 title_colour{242, 242, 244}, quiet{146, 149, 157}, label_colour{176, 179, 187};
constexpr Colour8 usual{92, 143, 190}, strange{232, 143, 72}, reference_colour{214, 216, 221},
    threshold_colour{242, 242, 244};
constexpr int most_bars = 80, fewest_bars = 12;
// A tail longer than this many quartile distances hides everything else.
constexpr double longest_tail = 8;

void fill(RgbImage &image, int x0, int y0, int x1, int y1, Colour8 colour, int coverage = 255) {
  for (int y = std::max(0, y0); y < std::min(height, y1); ++y)
    for (int x = std::max(0, x0); x < std::min(width, x1); ++x) blend(image.row(y) + 3 * x, colour, coverage);
}

// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `step`.
double round_step(double step) {
  double power = std::pow(10, std::floor(std::log10(step)));
  for (double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

// Shortest text that tells numbers of this spacing apart.
std::string number_text(double value, double step) {
  char text[48];
  double size = std::max(std::abs(value), step);
  if (size >= 1e7 || size < 1e-4) {
    std::snprintf(text, sizeof text, "%.3g", std::abs(value) < step * 1e-6 ? 0.0 : value);
    return text;
  }
  int digits = 0;
  for (double scaled = step; digits < 8 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled; scaled *= 10)
    ++digits;
  std::snprintf(text, sizeof text, "%.*f", digits, std::abs(value) < step * 1e-6 ? 0.0 : value);
  return text;
}

double quantile(const std::vector<double> &sorted, double share) {
  return sorted[static_cast<size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
}

// Equal intervals; the first and the last may stand for all that lies further out.
struct Bins {
  double low = 0, step = 1;
  int count = 1;
  bool cut_low = false, cut_high = false;
  int of(double value) const {
    return static_cast<int>(std::clamp(std::floor((value - low) / step), 0.0, static_cast<double>(count - 1)));
  }
  double high() const { return low + step * count; }
};

Bins choose_bins(const std::vector<double> &sorted) {
  double least = sorted.front(), most = sorted.back();
  double quartiles = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  Bins bins;
  if (quartiles > 0) {
    double floor = quantile(sorted, 0.25) - longest_tail * quartiles;
    double ceiling = quantile(sorted, 0.75) + longest_tail * quartiles;
    if (most > ceiling) most = ceiling, bins.cut_high = true;
    if (least < floor) least = floor, bins.cut_low = true;
  }
  double range = most - least;
  if (!(range > 1e-12 * std::max(std::abs(least), std::abs(most)))) {
    range = std::max(1e-6, std::abs(least) * 0.1);
    least -= range / 2;
    most = least + range;
  }
  // D. Freedman, P. Diaconis (1981): twice the quartile distance by the cube root of the number.
  double wanted = quartiles > 0 ? 2 * quartiles / std::cbrt(static_cast<double>(sorted.size())) : range / 30;
  bins.step = round_step(std::clamp(wanted, range / most_bars, range / fewest_bars));
  bins.low = std::floor(least / bins.step + 1e-9) * bins.step;
  bins.count = std::max(1, static_cast<int>(std::ceil((most - bins.low) / bins.step - 1e-9)));
  return bins;
}

std::vector<double> counted(std::span<const double> values, const Bins &bins, double weight,
                            const std::function<bool(double)> &counts_here) {
  std::vector<double> counts(static_cast<size_t>(bins.count), 0.0);
  for (double value : values)
    if (counts_here(value)) counts[static_cast<size_t>(bins.of(value))] += weight;
  return counts;
}

class Plot {
 public:
  Plot(std::span<const double> values, std::span<const double> reference, const HistogramOptions &options)
      : values_(values), reference_(reference), options_(options), image_(width, height) {
    for (size_t i = 0; i < image_.data.size(); i += 3) {
      image_.data[i] = ground.red;
      image_.data[i + 1] = ground.green;
      image_.data[i + 2] = ground.blue;
    }
  }

  RgbImage draw() {
    write(left, 50, options_.title, {Weight::bold, 26, title_colour});
    write(left, 78, options_.subtitle, {Weight::regular, 15, quiet});
    std::vector<double> all(values_.begin(), values_.end());
    all.insert(all.end(), reference_.begin(), reference_.end());
    if (all.empty()) {
      write(left, (top + bottom) / 2, "Nothing to count.", {Weight::regular, 15, quiet});
      return std::move(image_);
    }
    if (options_.threshold) all.push_back(*options_.threshold);
    std::sort(all.begin(), all.end());
    bins_ = choose_bins(all);
    auto beyond = [&](double value) { return options_.threshold && value > *options_.threshold; };
    usual_ = counted(values_, bins_, 1, [&](double value) { return !beyond(value); });
    strange_ = counted(values_, bins_, 1, beyond);
    if (!reference_.empty())
      outline_ =
          counted(reference_, bins_,
                  values_.empty() ? 1 : static_cast<double>(values_.size()) / static_cast<double>(reference_.size()),
                  [](double) { return true; });
    highest_ = 1;
    for (const auto *heights : {&usual_, &strange_, &outline_})
      for (double count : *heights) highest_ = std::max(highest_, count);
    draw_grid();
    draw_bars();
    draw_outline();
    draw_axis();
    draw_threshold();
    draw_legend();
    return std::move(image_);
  }

 private:
  double write(double x, int baseline, const std::string &text, const TextStyle &style) {
    return painter_.draw(image_, x, baseline, painter_.elided(text, style, right - x), style);
  }
  void write_right(double x, int baseline, const std::string &text, const TextStyle &style) {
    painter_.draw(image_, x - painter_.width(text, style), baseline, text, style);
  }

  double x_of(double value) const {
    double share = (value - bins_.low) / (bins_.step * bins_.count);
    return left + std::clamp(share, 0.0, 1.0) * (right - left);
  }
  int edge(int bin) const { return left + static_cast<int>(std::lround(double(bin) * (right - left) / bins_.count)); }
  int y_of(double count) const {
    return bottom - static_cast<int>(std::lround(count / (highest_ * 1.06) * (bottom - top)));
  }

  void draw_grid() {
    double step = std::max(1.0, round_step(highest_ / 5));
    TextStyle style{Weight::regular, 13, quiet};
    for (double count = step; y_of(count) >= top; count += step) {
      fill(image_, left, y_of(count), right, y_of(count) + 1, grid);
      write_right(left - 12, y_of(count) + 5, number_text(count, step), style);
    }
  }

  void draw_bars() {
    int gap = (right - left) / bins_.count >= 8 ? 2 : 1;
    for (int bin = 0; bin < bins_.count; ++bin) {
      int x0 = edge(bin) + gap, x1 = edge(bin + 1), cut = x1;
      // An interval that the threshold cuts has a bar on each side of it.
      if (options_.threshold) cut = std::clamp(static_cast<int>(std::lround(x_of(*options_.threshold))), x0, x1);
      bar(x0, std::max(cut, x0 + 2), usual_[static_cast<size_t>(bin)], usual);
      bar(std::min(cut, x1 - 2), x1, strange_[static_cast<size_t>(bin)], strange);
    }
  }

  void bar(int x0, int x1, double count, Colour8 colour) {
    if (count > 0) fill(image_, x0, std::min(y_of(count), bottom - 3), x1, bottom, colour);  // a single one is seen too
  }

  void draw_outline() {
    int before = bottom;
    for (int bin = 0; bin < static_cast<int>(outline_.size()); ++bin) {
      double count = outline_[static_cast<size_t>(bin)];
      int y = count > 0 ? std::min(y_of(count), bottom - 3) : bottom;
      fill(image_, edge(bin), std::min(y, before), edge(bin) + 2, std::max(y, before) + 2, reference_colour, 200);
      fill(image_, edge(bin) + 2, y, edge(bin + 1), y + 2, reference_colour, 200);
      before = y;
    }
    if (!outline_.empty()) fill(image_, right - 2, before, right, bottom, reference_colour, 200);
  }

  void draw_axis() {
    fill(image_, left, bottom, right, bottom + 2, axis_colour);
    double range = bins_.step * bins_.count, step = round_step(range / 9);
    TextStyle style{Weight::regular, 13, label_colour};
    for (double value = std::ceil(bins_.low / step - 1e-9) * step; value <= bins_.high() + step * 1e-9; value += step) {
      int x = static_cast<int>(std::lround(x_of(value)));
      fill(image_, x, bottom + 2, x + 1, bottom + 8, axis_colour);
      auto text = number_text(value, step);
      double half = painter_.width(text, style) / 2;
      painter_.draw(image_, std::clamp(x - half, 4.0, width - 2 * half - 4), bottom + 25, text, style);
    }
    TextStyle name{Weight::regular, 14, quiet};
    write(left, bottom + 54, options_.axis, name);
    std::string beyond;
    if (bins_.cut_high) beyond = "the last bar holds all that lies further out";
    if (bins_.cut_low)
      beyond = bins_.cut_high ? "the outer bars hold all that lies further out"
                              : "the first bar holds all that lies further out";
    write_right(right, bottom + 54, beyond, name);
  }

  void draw_threshold() {
    if (!options_.threshold) return;
    int x = static_cast<int>(std::lround(x_of(*options_.threshold)));
    for (int y = top - 14; y < bottom; ++y)
      if (y / 5 % 2 == 0) fill(image_, x, y, x + 2, y + 1, threshold_colour, 210);
    auto beyond =
        std::count_if(values_.begin(), values_.end(), [&](double value) { return value > *options_.threshold; });
    auto text = "threshold " + number_text(*options_.threshold, round_step(bins_.step / 20)) + ": " + grouped(beyond) +
                " beyond";
    TextStyle style{Weight::regular, 14, threshold_colour};
    double size = painter_.width(text, style);
    bool on_the_left = x + 8 + size > right;
    painter_.draw(image_, on_the_left ? x - 6 - size : x + 8, top - 18, text, style);
  }

  void draw_legend() {
    TextStyle style{Weight::regular, 14, label_colour};
    double x = right;
    auto entry = [&](const std::string &text, Colour8 colour, int thickness) {
      x -= painter_.width(text, style);
      painter_.draw(image_, x, 50, text, style);
      auto mark = static_cast<int>(x) - 28;
      fill(image_, mark, 45 - thickness / 2, mark + 20, 45 + (thickness + 1) / 2, colour);
      x = mark - 24;
    };
    if (!outline_.empty()) entry(options_.reference_items, reference_colour, 2);
    if (options_.threshold) entry("beyond the threshold", strange, 12);
    entry(grouped(values_.size()) + " " + options_.items, usual, 12);
  }

  std::span<const double> values_, reference_;
  const HistogramOptions &options_;
  RgbImage image_;
  TextPainter painter_;
  Bins bins_;
  std::vector<double> usual_, strange_, outline_;  // heights by interval
  double highest_ = 1;
};

}  // namespace

RgbImage draw_histogram(std::span<const double> values, std::span<const double> reference,
                        const HistogramOptions &options) {
  return Plot(values, reference, options).draw();
}

}  // namespace kalon
