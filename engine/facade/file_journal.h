#pragma once
// What is done to files in place, in steps that the library's journal knows of before, and what the library is told.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "store/library.h"

namespace kalon {

// The kinds of such operations.
inline constexpr char trash_operation[] = "trash", link_operation[] = "replace";

// One operation of the library's journal, begun with its first items. [worker]
class FileJournal {
 public:
  FileJournal(Library &library, std::string kind) : library_(library), kind_(std::move(kind)) {}

  uint64_t operation() const { return operation_; }  // 0: there is none
  void add(const std::vector<PlacedItem> &items);
  void note_done() { any_done_ = true; }
  void close();  // what did nothing is nothing to take back

 private:
  Library &library_;
  std::string kind_;
  uint64_t operation_ = 0;
  bool any_done_ = false;
};

// source and name are the item's; the rest is what `file` has now. Throws not_found, io. [worker]
PlacedItem journal_entry(const std::string &source, const std::string &name, const std::string &file);

constexpr size_t chunk_files = 128;

// Calls work(begin, end) with chunks of `count` files that the journal is to know of together; those for which
// one_shot(number, next number) holds are in one. The journal is closed in any case.
template <typename OneShot, typename Work>
void in_chunks(size_t count, const OneShot &one_shot, Task &task, FileJournal &journal, const Work &work) {
  try {
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
      task.throw_if_cancelled();
      end = std::min(count, begin + chunk_files);
      while (end < count && one_shot(end - 1, end)) ++end;
      work(begin, end);
    }
  } catch (const Error &) {
    journal.close();
    throw;
  }
  journal.close();
}

// A file as it was indexed.
struct KnownFile {
  std::string path;
  FileStat stat;
};

// Whether a file is as it was known, as far as can be told without reading it. [any]
bool is_unchanged(const FileStat &now, const FileStat &known);
// Throws not_found, io, or busy when it changed; the message begins with `who`. [worker]
void require_unchanged(const KnownFile &file, const std::string &who = {});

bool is_symbolic_link(const std::string &path);

// Tells the library what became of files: whether they are gone, and their identity now where they are there and have
// the size that is known. [worker]
void refresh_rows(Library &library, const std::vector<std::string> &paths);

}  // namespace kalon
