#include "exchange/report_marks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace kalon {
namespace {

constexpr double width = 130, height = 18, middle = height / 2;  // pixels

// For attributes of a drawing.
std::string coordinate(double value) {
  std::array<char, 32> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1).ptr;
  return {text.data(), end};
}

double place(const MarkScale &scale, double value) {
  double share = (value - scale.from) / (scale.to - scale.from);
  return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) * width : 0;
}

std::string rectangle(std::string_view name, double x, double y, double wide, double high) {
  return "<rect class=" + std::string(name) + " x=" + coordinate(x) + " y=" + coordinate(y) +
         " width=" + coordinate(wide) + " height=" + coordinate(high) + "></rect>";
}

std::string drawing(const std::string &content) {
  return "<svg class=mark width=" + coordinate(width) + " height=" + coordinate(height) + " viewBox=\"-3 0 " +
         coordinate(width + 6) + " " + coordinate(height) + "\" aria-hidden=true>" + content + "</svg>";
}

std::string ground(const MarkScale &scale) {
  auto text = rectangle("ground", 0, middle - 0.5, width, 1);
  for (double line : scale.lines) text += rectangle("ground", place(scale, line) - 0.5, 1, 1, height - 2);
  return text;
}

}  // namespace

std::string fixed(double value, int places) {
  if (!std::isfinite(value)) return "–";
  std::array<char, 64> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(value), std::chars_format::fixed, places);
  if (end.ec != std::errc()) return "–";
  std::string digits(text.data(), end.ptr);
  bool zero = digits.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? "−" + digits : digits;
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "–";
  double hundredths = share * 100;
  if (share > 0 && hundredths < 1) return "&lt; 1 %";
  if (share < 1 && hundredths > 99) return "&gt; 99 %";
  return fixed(hundredths, 0) + " %";
}

std::string seconds_text(double seconds) {
  constexpr double longest = 99.5, minute = 60;
  if (seconds < longest) return fixed(seconds, seconds < 9.95 ? 1 : 0) + " s";
  return fixed(seconds / minute, 0) + " min";
}

std::string chance_text(double probability) {
  if (probability < 0.001) return "p &lt; 0.001";
  return "p = " + fixed(probability, probability < 0.01 ? 3 : 2);
}

std::string interval_mark(const MarkScale &scale, double lower, double value, double upper) {
  double left = place(scale, lower), right = place(scale, upper);
  return drawing(ground(scale) + rectangle("reach", left, middle - 2, std::max(1.0, right - left), 4) +
                 "<circle class=point cx=" + coordinate(place(scale, value)) + " cy=" + coordinate(middle) +
                 " r=4></circle>");
}

std::string quartile_mark(const MarkScale &scale, double lower, double median, double upper) {
  double left = place(scale, lower), right = place(scale, upper);
  return drawing(ground(scale) + rectangle("reach", left, middle - 5, std::max(1.0, right - left), 10) +
                 rectangle("point", place(scale, median) - 1, middle - 7, 2, 14));
}

std::string split_mark(const std::vector<double> &parts) {
  double sum = 0;
  for (double part : parts) sum += part;
  std::string text;
  double at = 0;
  for (size_t i = 0; i < parts.size() && sum > 0; ++i) {
    double own = parts[i] / sum * width;
    text += rectangle("part" + std::to_string(i), at, 3, own, height - 6);
    at += own;
  }
  return drawing(text);
}

std::string_view mark_style() {
  return R"css(
.mark{vertical-align:middle;margin:0 .5rem 0 0;flex:none}
.mark .ground{fill:var(--line)}
.mark .reach{fill:var(--accent);opacity:.42}
.mark .point{fill:var(--accent)}
.mark .part0{fill:var(--accent)}
.mark .part1{fill:var(--line)}
.mark .part2{fill:var(--quiet)}
)css";
}

}  // namespace kalon
