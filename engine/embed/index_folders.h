#pragma once
// The main job: folders in, rows, vectors and thumbnails in the library out.

#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "embed/model_streams.h"
#include "plugin/registry.h"
#include "store/library.h"

namespace kalon {

struct IndexOptions {
  std::vector<std::string> roots;       // absolute paths of folders or files
  std::string model, crop, parameters;  // see ModelStreams
  bool follow_links = false;
  bool retry_failed = false;  // decode again what failed before though it did not change
};

// What became of one file. reused: looked into, and its vector is known (it was moved, copied or touched, or lacked no
// more than thumbnails or a fingerprint).
enum class FileFate { embedded, reused, unchanged, failed, vanished };

struct IndexReport {
  uint64_t found = 0, embedded = 0, reused = 0, unchanged = 0, failed = 0, vanished = 0, unsupported = 0;
  // Of this process, without what workers used.
  double decode_cpu_seconds = 0;  // reading, hashing, decoding, metadata, resampling, thumbnails, fingerprints
  double model_cpu_seconds = 0;
  double wall_seconds = 0;
};

// Brings the library up to date with the roots: files of unchanged path, size, time and inode whose vector, fingerprint
// and thumbnails are known are not read; where the vector is known, the model is not run; changed bytes at a known path
// are embedded again and recorded as a succeeds event; known bytes at a new path are only noted; rows whose file is
// gone are marked as vanished. One bad file never stops the others. Results are committed in small batches, so that
// whatever ends the process loses at most the running ones; a cancelled run keeps what it has and throws cancelled.
// visit is told of every file that was looked into, and of failures; it is called by one thread at a time. [worker]
IndexReport index_folders(Library &library, ThumbnailCache &thumbnails, Registry &registry, const IndexOptions &options,
                          const std::function<void(const FileRow &, FileFate)> &visit, Task &task);

}  // namespace kalon
