#pragma once
// A folder of a test's own, gone with it.

#include <stdlib.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

class TemporaryFolder {
 public:
  TemporaryFolder() {
    // Without links in it, so that a path found below it is the path it was made under.
    std::string name =
        (std::filesystem::canonical(std::filesystem::temp_directory_path()) / "kalon-test-XXXXXX").native();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder can be made");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code error;
    // Folders that a test closed against itself are opened again.
    for (std::filesystem::recursive_directory_iterator
             entry(path_, std::filesystem::directory_options::skip_permission_denied, error),
         end;
         !error && entry != end; entry.increment(error))
      if (!entry->is_symlink() && entry->is_directory(error)) ::chmod(entry->path().c_str(), 0700);
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  const std::string &path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Writes a file, with the folders above it; gives its path.
  std::string write(std::string_view name, std::string_view content = "x") const {
    auto file = *this / name;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
    return file;
  }
  std::string make_folder(std::string_view name) const {
    auto folder = *this / name;
    std::filesystem::create_directories(folder);
    return folder;
  }
  void link(std::string_view name, const std::string &target) const {
    std::filesystem::create_symlink(target, *this / name);
  }

 private:
  std::string path_;
};
