// The filter language.
#include "store/where.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  kalon::FileView file;
  file.path = "/pictures/IMG_0001.jpg";
  file.format = "jpeg";
  file.width = 4000;
  file.height = 3000;
  return refusing([&] {
    auto where = kalon::Where::parse({reinterpret_cast<const char *>(data), size});
    bool first = where.matches(file, {{"rating", "4"}, {"score", "1e-05"}});
    promise(first == where.matches(file, {{"rating", "4"}, {"score", "1e-05"}}), "the same answer twice");
  });
}
