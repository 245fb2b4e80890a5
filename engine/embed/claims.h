#pragma once
// Pictures that some file of a run decodes, so that copies of a picture wait for the result instead of decoding it too.

#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "store/rows.h"

namespace kalon {

class Claims {
 public:
  // False when another file has it. [worker]
  bool take(const VectorKey &key) {
    std::lock_guard lock(mutex_);
    return outcomes_.try_emplace(key, std::nullopt).second;
  }
  void settle(const VectorKey &key, const Outcome &outcome) {
    std::lock_guard lock(mutex_);
    outcomes_[key] = outcome;
  }
  // Nothing while it is still being decoded.
  std::optional<Outcome> outcome(const VectorKey &key) {
    std::lock_guard lock(mutex_);
    auto found = outcomes_.find(key);
    // Forgotten claims are those whose vector is stored.
    return found == outcomes_.end() ? Outcome{} : found->second;
  }
  void forget(const VectorKey &key) {
    std::lock_guard lock(mutex_);
    outcomes_.erase(key);
  }

 private:
  struct HashKey {
    size_t operator()(const VectorKey &key) const {
      return std::hash<Hash128>{}(key.picture) ^ std::hash<Hash128>{}(key.render) * 31;
    }
  };

  std::mutex mutex_;
  std::unordered_map<VectorKey, std::optional<Outcome>, HashKey> outcomes_;
};

}  // namespace kalon
