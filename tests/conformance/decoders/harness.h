#pragma once
// Decoder plugins as an engine uses them: through the contract alone.

#include <kalon/plugin.h>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace decoders {

using Bytes = std::vector<uint8_t>;

// The pictures that make_pictures.py makes, once for the whole program; removed at its end.
const std::string &picture_folder();
Bytes read_file(const std::string &path);
Bytes picture(const std::string &name);

struct Options {
  uint64_t max_pixels = uint64_t{500} * 1000 * 1000;
  uint32_t scale_width = 0, scale_height = 0;  // 0: no scale is asked for
  std::string path;                            // empty: that of the picture when there is one
  bool metadata = true;
};

struct Result {
  kalon_status opened = KALON_INTERNAL;
  kalon_status read = KALON_INTERNAL;  // KALON_INTERNAL when it was not reached
  std::string error;
  kalon_picture_info info{};
  Bytes pixels;  // rows tightly packed
  Bytes icc, exif, xmp, properties;

  bool ok() const { return opened == KALON_OK && read == KALON_OK; }
  kalon_status status() const { return opened == KALON_OK ? read : opened; }
  std::string property(const std::string &key) const;  // as escaped; empty when absent
};

// plugin: "jpeg", "png", ...
const kalon_decoder_factory &factory(const std::string &plugin);
Result decode(const std::string &plugin, const Bytes &file, const Options &options = {});
Result decode(const std::string &plugin, const std::string &name, Options options = {});

// What make_pictures.py says the picture holds.
struct Reference {
  uint32_t width = 0, height = 0, channels = 0;
  int32_t sample = 0;
  Bytes pixels;
};
Reference reference(const std::string &name);

struct Difference {
  double largest = 0, mean = 0;
};
// Of sample values; throws when sizes or kinds differ.
Difference compare(const Result &result, const Reference &expected);

// What the process writes to its standard output and error while function runs.
std::string output_of(void (*function)());

// Sends standard error nowhere while it lives.
class QuietErrors {
 public:
  QuietErrors();
  ~QuietErrors();
  QuietErrors(const QuietErrors &) = delete;
  QuietErrors &operator=(const QuietErrors &) = delete;

 private:
  int kept_;
};

}  // namespace decoders
