#pragma once
// Figures of a column of numbers: how they are spread, where a threshold lies among them, which stars they suggest.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kalon::viewer {

// How many values lie in each of so many parts of equal width between low and high; the last one has its upper end too,
// as numpy.histogram has it. Where all values are equal, the range is one unit about them.
struct Bins {
  double low = 0, high = 1;
  std::vector<uint32_t> counts;
  double edge(size_t bin) const {
    return bin == counts.size() ? high
                                : low + (high - low) / static_cast<double>(counts.size()) * static_cast<double>(bin);
  }
};
// NaN and infinite values do not count.
Bins bins_of(std::span<const double> values, size_t bins);
// Counted in the same parts; values beyond them do not count.
std::vector<uint32_t> counts_in(std::span<const double> values, const Bins &bins);

// How many parts a spread is drawn in: twice as many as numpy's "auto" gives (Freedman and Diaconis, or Sturges where
// that is more), since a threshold is looked for in them, and from 24 to 160. sorted: ascending.
size_t suggested_bins(std::span<const double> sorted);

// The linear interpolation between the values about it that numpy.quantile gives by default. sorted: ascending, not
// empty. share: 0..1.
double quantile_of(std::span<const double> sorted, double share);

// How many values lie within the thresholds, both included.
size_t passing(std::span<const double> sorted, std::optional<double> low, std::optional<double> high);
// The value of the column nearest to this one, if it is at most so far from it; else the same.
double snapped(std::span<const double> sorted, double value, double reach);
// So many different values of the column further up (or down, below 0), stopping at its ends. sorted: not empty.
double stepped(std::span<const double> sorted, double value, int steps);

// What a column suggests: of those that have a value the upper tenth five stars, the next two tenths four, the middle
// four tenths three, then two, and the lowest tenth one. Equal values get equal stars, by the middle of their places.
// low_is_best: the lowest get five. sorted: ascending, not empty.
int suggested_stars(std::span<const double> sorted, double value, bool low_is_best);

// Round numbers within a range, about so many, for an axis.
std::vector<double> axis_ticks(double low, double high, size_t about);

}  // namespace kalon::viewer
