// NumPy's arrays.
#include <cmath>

#include "exchange/npy.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  InputFile file(data, size);
  return refusing([&] {
    auto table = kalon::read_npy(file.path());
    promise(table.rows >= 0 && table.dimension >= 0, "sizes are not negative");
    promise(table.values.size() == static_cast<size_t>(table.rows) * static_cast<size_t>(table.dimension),
            "as many values as rows times columns");
    promise(table.values.size() <= size, "no more values than bytes");
    for (float value : table.values) promise(std::isfinite(value), "values are finite");
  });
}
