#pragma once
// Files of these tests, what is in them, and what refusals say.

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/error.h"
#include "temporary_folder.h"

namespace kalon::testing {

using ::TemporaryFolder;

// A folder on another file system than this one; its path is empty where there is none.
class FolderElsewhere {
 public:
  explicit FolderElsewhere(const TemporaryFolder &folder) {
    // A tmpfs nearly everywhere.
    struct stat here {
    }, there{};
    std::string path = "/dev/shm/kalon-test-XXXXXX";
    if (stat(folder.path().c_str(), &here) == 0 && stat("/dev/shm", &there) == 0 && here.st_dev != there.st_dev &&
        mkdtemp(path.data()))
      path_ = path;
    if (path_.empty()) WARN("no second file system to test with");
  }
  ~FolderElsewhere() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  FolderElsewhere(const FolderElsewhere &) = delete;
  FolderElsewhere &operator=(const FolderElsewhere &) = delete;
  const std::string &path() const { return path_; }

 private:
  std::string path_;
};

inline std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline struct stat look(const std::string &path) {
  struct stat status {};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status;
}

// What a call throws, which must say why; ok when it does not.
template <typename Call>
Status status_of(const Call &call) {
  try {
    call();
  } catch (const Error &error) {
    CHECK_FALSE(error.message().empty());
    return error.status();
  }
  return Status::ok;
}

// Runs a Python program in the folder.
inline void run_python(const TemporaryFolder &folder, const std::string &code) {
  auto script = folder.write("script.py", "import json, os, struct, sys\nos.chdir(sys.argv[1])\n" + code);
  REQUIRE(std::system(("/usr/bin/python3 '" + script + "' '" + folder.path() + "'").c_str()) == 0);
}

}  // namespace kalon::testing
