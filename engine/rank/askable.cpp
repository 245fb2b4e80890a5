#include "rank/askable.h"

namespace kalon {

std::vector<int32_t> candidates_of(const Survey &survey) {
  std::vector<int32_t> items;
  items.reserve(static_cast<size_t>(survey.history.items));
  for (int32_t item = 0; item < survey.history.items; ++item)
    if (is_candidate(survey, item)) items.push_back(item);
  return items;
}

PairBatch::PairBatch(const Survey &survey, int64_t count)
    : survey_(survey), count_(count), busy_(static_cast<size_t>(survey.history.items)), chosen_(survey.history.items) {
  for (int32_t item = 0; item < survey.history.items; ++item)
    busy_[static_cast<size_t>(item)] = times_pending(survey, item) > 0;
}

bool PairBatch::allows(int32_t a, int32_t b) const {
  return may_be_asked(survey_, a, b) && chosen_.of(a, b) == 0;
}

void PairBatch::take(int32_t a, int32_t b) {
  pairs_.push_back({a, b});
  chosen_.add(a, b);
  busy_[static_cast<size_t>(a)] = busy_[static_cast<size_t>(b)] = 1;
}

}  // namespace kalon
