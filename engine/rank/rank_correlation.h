#pragma once
// How well two rankings of the same items agree.

#include <span>

namespace kalon {

// Both of the same length. 0 where one of them tells no items apart, or there are fewer than two.

// Spearman's: Pearson's of the ranks, those of equal values being their mean, in [-1, 1]. [any]
double spearman_correlation(std::span<const double> a, std::span<const double> b);
// Kendall's tau-b, in [-1, 1], by Knight's method (1966), in O(n log n). [any]
double kendall_correlation(std::span<const double> a, std::span<const double> b);

}  // namespace kalon
