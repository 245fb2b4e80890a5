#pragma once
// Structs of the contract, which begin with their size.

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "check.h"
#include "guarded_memory.h"
#include "loaded_plugin.h"

namespace kalon::check {

// own: structs of this revision. later: longer ones, with more behind than the plugin knows.
enum class Structs { own, later };

template <class Struct>
Struct sized() {
  Struct value{};
  value.size = sizeof value;
  return value;
}

// A struct of a later revision: longer, with more behind it than the plugin knows, and only to be read.
template <class Struct>
class Later {
 public:
  explicit Later(Struct value) : memory_(std::vector<uint8_t>(sizeof(Struct) + 64, 0xa5)) {
    value.size = sizeof(Struct) + 64;
    std::memcpy(memory_.data(), &value, sizeof value);
    memory_.make_read_only();
  }
  const Struct *get() const { return reinterpret_cast<const Struct *>(memory_.data()); }

 private:
  GuardedArray<uint8_t> memory_;
};

// call(out) fills a struct. Those of other revisions are smaller, and filled as far as they go, or larger, and cleared
// behind what the plugin knows; the size that the caller stated stays.
template <class Struct, class Call>
void require_any_size(const std::string &what, const Call &call) {
  static_assert(std::is_trivially_copyable<Struct>::value, "a struct of the contract");
  auto whole = sized<Struct>();
  require(call(&whole) == KALON_OK, what + " fails");
  const auto *expected = reinterpret_cast<const uint8_t *>(&whole);
  constexpr uint32_t later = 64, own = sizeof(Struct);
  for (uint32_t size : {uint32_t{4}, uint32_t{8}, uint32_t{16}, own / 2 / 8 * 8, own + later}) {
    auto of = " a struct of " + std::to_string(size) + " bytes";
    GuardedArray<uint8_t> memory(std::vector<uint8_t>(size, 0xa5));
    std::memcpy(memory.data(), &size, sizeof size);
    require(call(reinterpret_cast<Struct *>(memory.data())) == KALON_OK, what + " fails with" + of);
    auto bytes = memory.values();
    require(std::memcmp(bytes.data(), &size, sizeof size) == 0, what + " changes the size that the caller stated");
    for (size_t i = sizeof size; i < size; ++i)
      require(bytes[i] == (i < own ? expected[i] : 0), what + " writes" + of + " wrongly at byte " + std::to_string(i));
  }
}

}  // namespace kalon::check
