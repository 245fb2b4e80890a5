#pragma once
// Which sidecars go along with pictures that leave their folders.

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "facade/methods.h"

namespace kalon {

// Those of a file's full name (a.jpg.xmp) go with it. Those of its stem (a.xmp) belong to every picture of the stem in
// the folder, and go with the last of them. Folders are listed once.
class LeavingSidecars {
 public:
  // paths: of the files that may leave. [worker]
  LeavingSidecars(const MethodCall &call, const std::vector<std::string> &paths);

  // One of the files is to leave: the regular files that are to go with it, supposing that all do that were to leave
  // before. Throws when its folder cannot be listed. [worker]
  std::vector<std::string> leaving(const std::string &path);
  void staying(const std::string &path);  // it does not leave after all
  void gone(const std::string &path);     // it has left
  // Whether a sidecar that was to go with the file may: every other picture that it belongs to has left. [any]
  bool free(const std::string &path, const std::string &sidecar) const;

 private:
  enum class Stage { stays, leaves, gone };
  struct InFolder {
    Outcome outcome;  // of listing it
    std::unordered_set<std::string> sidecars;
    std::unordered_map<std::string, Stage> pictures;
    std::unordered_map<std::string, std::vector<std::string>> belongs_to;  // base of a sidecar's name -> pictures
  };
  void list(const MethodCall &call, const std::string &folder, InFolder &inside);

  std::map<std::string, InFolder> folders_;
};

}  // namespace kalon
