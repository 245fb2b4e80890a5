#pragma once
// A decoder at work: files between guard pages, pixels between guard pages.

#include <kalon/plugin.h>

#include <string>
#include <vector>

#include "check.h"
#include "guarded_memory.h"
#include "loaded_plugin.h"
#include "structs.h"

namespace kalon::check {

using Bytes = std::vector<uint8_t>;

// One file in the decoder, only to be read.
class Open {
 public:
  static constexpr uint64_t most_pixels = 100'000'000;

  Open(const kalon_decoder_factory &factory, const Bytes &bytes, const std::string &path, uint64_t pixels = most_pixels,
       Structs structs = Structs::own);
  ~Open();
  Open(const Open &) = delete;
  Open &operator=(const Open &) = delete;

  kalon_picture_info info() const;
  // The pixels, empty when it failed.
  Bytes read(kalon_status &result) const;
  kalon_decode *get() const { return decode_; }

  kalon_status status;
  Text text;

 private:
  const kalon_decoder_factory &factory_;
  GuardedArray<uint8_t> memory_;
  std::string path_;
  Structs structs_;
  kalon_decode *decode_ = nullptr;
};

// Throws Fault for what info() must not say.
void check_info(const kalon_picture_info &info, const std::string &name);

struct Sample {
  std::string name, path;
  Bytes bytes;
};
// Those that were given and that the manifest claims. Throws Skipped when there are none.
std::vector<Sample> samples(const Subject &subject);

}  // namespace kalon::check
