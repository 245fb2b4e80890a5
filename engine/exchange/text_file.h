#pragma once
// A text file that appears under its name only when it is whole.

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace kalon {

class TextFile {
 public:
  // Under a symbolic link's name it replaces what the link leads to. Throws io where it cannot be made,
  // invalid_argument where replaceable() does. [worker]
  explicit TextFile(std::string path);
  ~TextFile();  // without finish(): nothing stays
  TextFile(const TextFile &) = delete;
  TextFile &operator=(const TextFile &) = delete;
  // Throw io when the disk is full.
  void write(std::string_view text);
  void line(std::string_view text);  // and a newline
  void finish();                     // replaces a file of that name

 private:
  struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
  };
  std::string path_, temporary_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace kalon
