#pragma once
// Opening folders: what the library knows of them, what lies there besides, and what changes while they are shown.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "library/catalogue.h"
#include "library/jobs.h"

namespace kalon::viewer {

struct Context;

class Opening {
 public:
  // Before anything else: the context holds this object, and is made after it.
  void use(Context &context) { context_ = &context; }
  ~Opening();

  // Folders and files, absolute; none: the whole library. What was open is let go. New files of folders are indexed in
  // the background, unless index is false. Happens between two frames: parts that are drawing keep what they look at.
  void open(std::vector<std::string> paths, bool index = true);
  const std::vector<std::string> &paths() const { return paths_; }
  bool loading() const { return loading_ > 0; }
  // Takes in all rows again, where a change cannot be told piece by piece.
  void reload();
  // The filter expression of the engine (`where`) that narrows what is shown; empty: none.
  void match(const std::string &expression);
  uint64_t generation() const { return generation_; }

  // Looks for changes by others from now on: a thread asks the library a few times a second.
  void watch();
  // How often votes came from anywhere, so that tables of them are made anew.
  uint64_t votes_seen() const { return votes_seen_; }

 private:
  std::function<void(const std::vector<Row> &)> taker();
  void open_now(std::vector<std::string> paths, bool index);
  void list();
  void scan();
  void index();
  void look_for_changes();
  void take_changes(const std::vector<Row> &rows, bool all, bool votes);
  bool inside(const std::string &path) const;

  Context *context_ = nullptr;
  std::vector<std::string> paths_;
  bool index_ = true;
  int loading_ = 0;
  size_t unknown_ = 0;  // files that the library did not know when the folders were opened
  uint64_t generation_ = 0, matches_ = 0, votes_seen_ = 0;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread watcher_;
  std::string cursor_;  // of what was looked at; the watcher's own, once it runs
};

}  // namespace kalon::viewer
