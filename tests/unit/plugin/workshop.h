#pragma once
// A temporary folder for plugins, the log while a test runs, and how calls fail.

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "temporary_folder.h"

class Folder : public TemporaryFolder {
 public:
  // A plugin of the gallery under a new name: another file, so it is loaded and initialised anew.
  void add_library(const std::string &gallery, const std::string &name) const {
    std::filesystem::copy_file(std::filesystem::path(KALON_GALLERY_DIR) / (gallery + ".so"), *this / (name + ".so"));
  }
};

class LogCapture {
 public:
  LogCapture() {
    kalon::set_log_sink([this](kalon::LogLevel, std::string_view text) {
      std::lock_guard lock(mutex_);
      lines_.emplace_back(text);
    });
  }
  ~LogCapture() {
    kalon::set_log_sink([](kalon::LogLevel, std::string_view) {});
  }
  LogCapture(const LogCapture &) = delete;
  LogCapture &operator=(const LogCapture &) = delete;
  int count(const std::string &part) const {
    std::lock_guard lock(mutex_);
    int found = 0;
    for (const auto &line : lines_) found += line.find(part) != line.npos;
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A manifest that is right but for what a test puts into it.
struct Draft {
  std::string manifest = "1", id = R"("test.plugin")", kind = R"("decoder")", library = R"("plugin.so")",
              abi = R"({"major": 1, "minor": 0})", version = R"("1.0")", licence = R"("Apache-2.0")",
              summary = R"("A plugin of the tests.")", concurrency = R"("parallel")",
              more = R"(, "formats": [{"name": "test", "extensions": ["tst"]}])";

  std::string text() const {
    return R"({"manifest": )" + manifest + R"(, "id": )" + id + R"(, "kind": )" + kind + R"(, "library": )" + library +
           R"(, "abi": )" + abi + R"(, "version": )" + version + R"(, "licence": )" + licence + R"(, "summary": )" +
           summary + R"(, "concurrency": )" + concurrency + more + "}";
  }
};

inline Draft draft(const std::string &id, const std::string &file, const std::string &formats) {
  Draft made;
  made.id = '"' + id + '"';
  made.library = '"' + file + ".so\"";
  made.more = R"(, "formats": )" + formats;
  return made;
}

inline Draft model_draft(const std::string &id, const std::string &file, const std::string &more = "") {
  Draft made = draft(id, file, "[]");
  made.kind = R"("model")";
  made.more = more;
  return made;
}

// The status and the text of what a call throws; ok when it throws nothing.
template <class Call>
std::pair<kalon::Status, std::string> failure(Call call) {
  try {
    call();
  } catch (const kalon::Error &error) {
    return {error.status(), error.what()};
  }
  return {kalon::Status::ok, ""};
}
