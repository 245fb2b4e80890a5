#pragma once
// What every coverage-guided target shares: refusals are fine, anything else ends the run.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

// A promise of the parser; said and ended when broken.
inline void promise(bool kept, const char *what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

template <class Parse>
int refusing(Parse parse) {
  try {
    parse();
  } catch (const kalon::Error &) {  // said what is wrong
  }
  return 0;
}

// The input as a file that lies in memory alone.
class InputFile {
 public:
  InputFile(const uint8_t *data, size_t size) : descriptor_(::memfd_create("input", 0)) {
    for (size_t written = 0; written < size;) {
      ssize_t count = ::write(descriptor_, data + written, size - written);
      if (count <= 0) std::abort();
      written += static_cast<size_t>(count);
    }
  }
  ~InputFile() { ::close(descriptor_); }
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};
