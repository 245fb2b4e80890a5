#pragma once
// How the processor rounds, which a plugin must leave as it found it.

#include <cfenv>
#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "check.h"

namespace kalon::check {

class FloatingPoint {
 public:
  void require_unchanged(const char *by) const {
    require(std::fegetround() == rounding_, std::string(by) + " leaves another rounding mode");
    require(control() == control_, std::string(by) + " leaves flush-to-zero or other control bits changed");
  }

 private:
  // Without the bits that tell of what happened.
  static uint32_t control() {
#if defined(__SSE__)
    return _mm_getcsr() & 0xffc0u;
#else
    return 0;
#endif
  }
  int rounding_ = std::fegetround();
  uint32_t control_ = control();
};

}  // namespace kalon::check
