#pragma once
// The part of orderings in likelihood.h, a sequence at a time, each in time linear in its size.

#include <span>

#include "rank/likelihood.h"

namespace kalon {

// e^u of each item, relative to the greatest, 1 / the sum over the set that it was chosen from (0: it was not chosen),
// and the sum of its shares in all choices. Spans are by place in the sequence. [any]
void choice_shares(const Choices &choices, const Choices::Sequence &sequence, std::span<const double> utilities,
                   std::span<double> likes, std::span<double> per_set, std::span<double> shares);
double choice_value(const Choices &choices, const Choices::Sequence &sequence, std::span<const double> utilities);
// By place, without weight and factor: H's diagonal; H x; and H as an entry of two places.
void choice_diagonal(const Choices &choices, const Choices::Sequence &sequence, const Curvature &curvature,
                     std::span<double> diagonal);
void choice_multiply(const Choices &choices, const Choices::Sequence &sequence, const Curvature &curvature,
                     std::span<const double> x, std::span<double> to);
double choice_coupling(const Choices &choices, const Choices::Sequence &sequence, const Curvature &curvature,
                       int32_t place_a, int32_t place_b);

}  // namespace kalon
