// Writes a library of N synthetic files (N > 0), or opens one that exists (N = 0) and tells how long that took.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "store/library.h"

using namespace kalon;

namespace {

FileRow synthetic(uint64_t number) {
  FileRow row;
  char path[128];
  std::snprintf(path, sizeof path, "/pictures/folder_%04d/picture_%07d.jpg", static_cast<int>(number / 2000),
                static_cast<int>(number));
  row.path = path;
  auto text = std::to_string(number);
  row.picture = row.photo = hash_of(text);
  row.file_hash = hash_of(text + "file");
  row.stat = {2'000'000 + number % 7'000'000, static_cast<int64_t>(1'600'000'000 + number) * 1'000'000'000, number + 1,
              1};
  row.format = number % 5 == 0 ? "png" : "jpeg";
  row.width = static_cast<uint32_t>(1000 + number % 5000);
  row.height = static_cast<uint32_t>(800 + number % 3000);
  row.capture_time = static_cast<int64_t>(1'500'000'000 + number) * 1'000'000;
  row.attributes = {{"camera", number % 3 == 0 ? "Canon EOS R5" : "SONY ILCE-7M4"},
                    {"rating", std::to_string(number % 6)}};
  return row;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  auto count = std::strtoull(argv[2], nullptr, 10);
  double start = monotonic_seconds();
  OpenOptions options;
  options.access = count > 0 ? Access::write : Access::read;
  auto library = Library::open(argv[1], options);
  double opened = monotonic_seconds();
  constexpr uint64_t batch = 20000;
  for (uint64_t from = 0; from < count; from += batch) {
    auto writer = library->write();
    for (uint64_t number = from; number < std::min<uint64_t>(count, from + batch); ++number) {
      auto row = synthetic(number);
      writer.put_file(row);
    }
    writer.commit();
  }
  std::printf("{\"open_seconds\": %.6f, \"seconds\": %.3f}\n", opened - start, monotonic_seconds() - start);
}
