#pragma once
// An order cut into sections where it makes its largest steps.

#include <cstdint>
#include <span>
#include <vector>

namespace kalon {

// The first position of each section of an order, 0 first; `steps` are the distances between neighbours along it (one
// fewer than its members), none negative. `count` sections (as many as there are members when those are fewer), or with
// 0 as many as suit the steps. The median and deviations are those of the steps that are not 0.
//   - A step may cut when it is at least 1.1 times the median, and at most 2 sqrt(n) steps do.
//   - Where the largest stand out clearly, the least of them at least 1.5 times the next and the median, these cut.
//   - Else those do that lie beyond the median by three (normalised) median absolute deviations, or the sqrt(n) largest
//     ones when that is more; at most 100.
// Larger steps cut first, the earlier one of equals. A cut that would leave a section of one or two is passed over
// unless the steps at both sides of it are far: those that stand out clearly, else those beyond twice the median and
// three deviations. With a given count such cuts are made when no others are left. Nothing has no section. [any]
std::vector<int64_t> sections_of(std::span<const double> steps, int64_t members, int64_t count = 0);

}  // namespace kalon
