#include "exchange/text_file.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace kalon {

TextFile::TextFile(std::string path) : path_(replaceable(path)) {
  auto made = create_beside(path_);
  temporary_ = std::move(made.path);
  file_.reset(::fdopen(made.descriptor, "w"));
  if (file_) return;
  int reason = errno;
  ::close(made.descriptor);
  ::unlink(temporary_.c_str());
  throw system_error(reason, "cannot write", display_text(path_));
}

TextFile::~TextFile() {
  if (!file_) return;
  file_.reset();
  ::unlink(temporary_.c_str());
}

void TextFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size())
    throw system_error(errno, "cannot write", display_text(path_));
}

void TextFile::line(std::string_view text) {
  write(text);
  write("\n");
}

void TextFile::finish() {
  if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0)
    throw system_error(errno, "cannot write", display_text(path_));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    throw system_error(errno, "cannot replace", display_text(path_));
  file_.reset();
}

}  // namespace kalon
