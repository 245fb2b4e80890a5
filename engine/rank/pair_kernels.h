#pragma once
// The loops over entries of pairs in which a fit spends its time.

#include <cstdint>

namespace kalon {

// What is summed of each entry; see likelihood.h. All arrays have `count` entries.
struct EntryRun {
  const double *difference = nullptr;  // of utilities, this less the other
  const float *net = nullptr, *votes = nullptr, *scale = nullptr, *blur = nullptr;
  int64_t count = 0;
  double tie_rate = 0;
};

// The derivative by this item's utility, and minus the second derivative. [any]
void entry_slopes(const EntryRun &run, double *gradient, float *weight);
// The log likelihood without the ties' log(tie_rate).
void entry_values(const EntryRun &run, double *value);
// The mixed derivative by this item's utility and log(tie_rate), and what all votes of the entry take a tie's
// probability to be.
void entry_ties(const EntryRun &run, double *mixed, double *expected, double *spread);

// How much less the difference to each other item of a row counts within its curve (bayes.h): `diagonal` is H's by
// item, `own` that of the row's item, `least` the prior's precision.
void entry_blurs(const int32_t *other, const float *weight, const float *scale, int64_t count, const double *diagonal,
                 double own, double least, float *blur);

// to[c] += weight * rows[other * 16 + c] for sixteen c, over a row of entries.
void add_weighted_rows(const int32_t *other, const float *weight, int64_t count, const float *rows, float *to);

}  // namespace kalon
