#pragma once
// Which files of some folders may be pictures, told from names and stat alone.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/task.h"

namespace kalon {

struct FoundFile {
  std::string path;
  FileStat stat;
  uint64_t sidecars = 0;                   // fingerprint, see FileRow
  std::vector<std::string> sidecar_paths;  // most authoritative first
};

struct ScanOptions {
  bool follow_links = false;  // descend into linked folders, each real folder once
  std::function<bool(std::string_view extension)> known_extension;  // lower case, without the dot
  // Whether what is inside a folder comes in byte order of whole paths, folders among files; else its files come first.
  bool by_path = false;
};

struct ScanReport {
  uint64_t unsupported = 0;                               // files of other kinds met in folders, sidecars apart
  std::vector<std::pair<std::string, Outcome>> failures;  // folders and files that cannot be looked at
};

// The file in a folder that says "made by kalon": such folders are skipped unless named as a root, so that results do
// not become pictures again.
extern const char result_marker[];
// The contact sheet beside it, under one of these names, which is never a picture.
extern const char result_sheet[];
extern const char result_sheet_jpeg[];

// Walks the roots (absolute paths of folders or files) in byte order of names, depth first, and linked folders after
// all others. Hidden names and folders that hold the result marker are skipped; a file that is named as a root is
// visited whatever its extension. Each folder is walked once, and each file visited once. A root that does not exist is
// a failure like any other. [worker]
ScanReport scan(const std::vector<std::string> &roots, const ScanOptions &options,
                const std::function<void(FoundFile &&)> &visit, const Task &task);

}  // namespace kalon
