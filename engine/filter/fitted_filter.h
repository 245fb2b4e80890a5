#pragma once
// Fitted filters as bytes, to be kept and used again.

#include <string>

#include "base/bytes.h"
#include "filter/outlier_filter.h"

namespace kalon {

// What made the vectors of a reference: a filter means nothing for others. Empty for vectors of a file.
struct FilterOrigin {
  std::string model, weights_hash, output, policy, precision;
  int64_t time = 0;  // of the fit, microseconds since 1970
};

// limit_exceeded when it would be larger than 1 GiB. The filter must be one that was fitted to be kept. [any]
Bytes filter_record(const OutlierFilter &filter, const FilterOrigin &origin);

struct StoredFilter {
  OutlierFilter filter;
  FilterOrigin origin;
};

// corrupt_data for bytes that are no filter or are damaged; unsupported for one of a later form. [any]
StoredFilter filter_from_record(ByteView record);

}  // namespace kalon
