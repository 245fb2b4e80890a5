#pragma once
// Folders read on a thread of its own: a network that hangs, or a hundred thousand entries, stop nobody.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shell/main_queue.h"

namespace kalon::viewer {

struct FolderListing {
  std::string path, problem;         // problem: why it cannot be read; empty when it can
  std::vector<std::string> folders;  // names, bytes, by name as people count; hidden ones (".x") last
  uint64_t pictures = 0;
};

struct FolderCount {
  std::string path;
  uint64_t pictures = 0, folders = 0;
  bool readable = true;
  bool more = false;  // counting stopped at most_counted entries
};
constexpr uint64_t most_counted = 20000;

class FolderReader {
 public:
  explicit FolderReader(MainQueue &main);
  // Does not wait for a read that hangs: the thread ends when it comes back.
  ~FolderReader();
  FolderReader(const FolderReader &) = delete;
  FolderReader &operator=(const FolderReader &) = delete;

  // Answers come on the main thread. A new list() makes one that is not answered yet void; a new count() replaces the
  // folders that are not counted yet. Listing goes first. [main]
  void list(std::string path, std::function<void(FolderListing)> listed);
  void count(std::vector<std::string> paths, std::function<void(FolderCount)> counted);

  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
};

// Now, on this thread. stop: looked at often; true ends it early. [any]
FolderListing list_folder(const std::string &path, const std::function<bool()> &stop);
FolderCount count_folder(const std::string &path, const std::function<bool()> &stop);

}  // namespace kalon::viewer
