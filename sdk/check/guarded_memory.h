#pragma once
// Buffers between pages that nobody may touch.

#include <cstddef>
#include <cstring>
#include <vector>

namespace kalon::check {

// Whether an address lies in a guard page, or in a buffer that is only to be read. Async-signal-safe.
bool is_guard(const void *address);

// Bytes that end where a guard page begins; before them lies another.
class GuardedMemory {
 public:
  explicit GuardedMemory(size_t bytes);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory &) = delete;
  GuardedMemory &operator=(const GuardedMemory &) = delete;

  void *data() const { return data_; }
  void make_read_only();
  void make_unreachable();  // neither to be read

 private:
  void protect(int protection);

  char *pages_;
  size_t length_, bytes_;
  void *data_;
};

template <class Value>
class GuardedArray {
 public:
  explicit GuardedArray(size_t count) : count_(count), memory_(count * sizeof(Value)) {}
  explicit GuardedArray(const std::vector<Value> &values) : GuardedArray(values.size()) {
    if (!values.empty()) std::memcpy(data(), values.data(), values.size() * sizeof(Value));
  }
  Value *data() const { return static_cast<Value *>(memory_.data()); }
  std::vector<Value> values() const { return {data(), data() + count_}; }
  void make_read_only() { memory_.make_read_only(); }
  void make_unreachable() { memory_.make_unreachable(); }

 private:
  size_t count_;
  GuardedMemory memory_;
};

}  // namespace kalon::check
