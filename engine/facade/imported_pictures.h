#pragma once
// The pictures that votes of other programs are about, by the names that their files have for them.

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/task.h"
#include "store/library.h"

namespace kalon {

// "line 7", or nothing where a row has none.
std::string line_text(uint64_t line);

// The photo that a picture belongs to. [any]
Hash128 photo_of(const Reader &reader, const Hash128 &picture);

// Each name is looked up once. The reader and the task outlive this.
class ImportedPictures {
 public:
  // bases: folders in which relative names are tried, absolute.
  ImportedPictures(const Reader &reader, std::vector<std::string> bases, const Task &task)
      : reader_(reader), bases_(std::move(bases)), task_(task) {}

  struct Found {
    Hash128 picture, photo;  // none where the library has no such picture
  };
  // By id, URI or path; and where the library does not know the path but there is a file, a copy of or a link to one
  // that it knows, by what is in it. Throws cancelled. [worker]
  Found find(const std::string &name, uint64_t line);
  // Throws not_found when find() knew one of the names not, and says which.
  void refuse_unknown(const std::string &file) const;

 private:
  Hash128 by_content(const std::string &name) const;

  const Reader &reader_;
  std::vector<std::string> bases_;
  const Task &task_;
  std::unordered_map<std::string, Found> known_;
  std::vector<std::string> named_;
  uint64_t unknown_ = 0;
};

}  // namespace kalon
