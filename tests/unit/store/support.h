#pragma once
// A folder of its own for each test, and rows to put into libraries.

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/library.h"
#include "temporary_folder.h"

namespace kalon::test {

using ::TemporaryFolder;

inline Hash128 hash(uint64_t number) {
  return hash_of("picture " + std::to_string(number));
}
inline VectorKey vector_key(uint64_t number) {
  return {hash(number), hash(number * 7 + 1)};
}

inline FileRow file_row(const std::string &path, uint64_t number = 1) {
  FileRow row;
  row.path = path;
  row.stat = {1000 + number, static_cast<int64_t>(number) * 1000000007, 7 + number, 42};
  row.sidecars = number % 3;
  row.picture = row.photo = hash(number);
  row.render = hash(number + 1000000);
  row.file_hash = hash(number + 2000000);
  row.format = "jpeg";
  row.width = 4000 + static_cast<uint32_t>(number % 1000);
  row.height = 3000;
  row.capture_time = static_cast<int64_t>(number) * 1000000;
  row.indexed_time = 5;
  row.attributes = {{"camera", "Kalonikon " + std::to_string(number % 5)}, {"rating", std::to_string(number % 6)}};
  return row;
}

inline Fingerprint fingerprint(uint64_t number) {
  Fingerprint made;
  auto fill = [&](auto &bits) {
    for (uint8_t &byte : bits)
      byte = static_cast<uint8_t>(number = number * 6364136223846793005u + 1442695040888963407u);
  };
  fill(made.hash8);
  fill(made.mirrored8);
  fill(made.hash16);
  fill(made.mirrored16);
  fill(made.hash24);
  fill(made.mirrored24);
  made.sharpness = static_cast<float>(number % 1000) / 7;
  return made;
}

inline std::vector<std::string> paths(const Reader &reader, std::string_view folder = {}, std::string_view after = {},
                                      size_t limit = SIZE_MAX) {
  std::vector<std::string> list;
  reader.scan_files(folder, after, [&](const FileView &file) {
    list.emplace_back(file.path);
    return list.size() < limit;
  });
  return list;
}

inline const OpenOptions reading{Access::read, {}};

// Runs in a child process; its exit code is what the call returns, 99 when it throws.
template <typename Call>
int in_child(Call call) {
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int code = 99;
    try {
      code = call();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

inline void put_files(const std::shared_ptr<Library> &library, uint64_t first, uint64_t count) {
  Writer writer = library->write();
  for (uint64_t i = first; i < first + count; ++i) {
    FileRow row = file_row("/p/" + std::to_string(i) + ".jpg", i);
    writer.put_file(row);
  }
  writer.commit();
}

template <typename Call>
Status status_of(Call call) {
  try {
    call();
    return Status::ok;
  } catch (const Error &error) {
    return error.status();
  }
}

}  // namespace kalon::test
