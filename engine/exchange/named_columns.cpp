#include "exchange/named_columns.h"

#include <algorithm>

#include "base/text.h"
#include "exchange/value_text.h"

namespace kalon {

NamedColumns::NamedColumns(const TableReader &reader, std::vector<std::string_view> names)
    : reader_(reader), names_(std::move(names)), columns_(names_.size(), none) {
  find();
}

void NamedColumns::find() {
  for (; seen_ < reader_.columns().size(); ++seen_) {
    auto name = ascii_lower(trimmed(reader_.columns()[seen_]));
    auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) {
      if (unknown_ == none) unknown_ = seen_;
    } else if (auto &column = columns_[static_cast<size_t>(found - names_.begin())]; column == none) {
      column = seen_;
    }
  }
}

}  // namespace kalon
