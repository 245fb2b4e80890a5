#pragma once
// Numbers as people read them, and small drawings of them, for pages of tables. All results are HTML. [any]

#include <string>
#include <string_view>
#include <vector>

namespace kalon {

// With a point whatever the locale; a minus sign of its own; "–" for what is not finite.
std::string fixed(double value, int places);
// "87 %"; of a share in [0, 1]. 100 and 0 are told only where they are exact.
std::string percent(double share);
// "1.4 s", "95 s", "12 min".
std::string seconds_text(double seconds);
// "p < 0.001" or "p = 0.03".
std::string chance_text(double probability);

// Where a drawing of a number begins and ends, and where it has a thin line to compare with.
struct MarkScale {
  double from = 0, to = 1;
  std::vector<double> lines;
};

// A point on a line that reaches from lower to upper, cut where the scale ends.
std::string interval_mark(const MarkScale &scale, double lower, double value, double upper);
// A box from the lower to the upper quartile with a line at the median.
std::string quartile_mark(const MarkScale &scale, double lower, double median, double upper);
// Parts side by side that share the width; each is a number of something, 0 or more.
std::string split_mark(const std::vector<double> &parts);

// CSS of these.
std::string_view mark_style();

}  // namespace kalon
