#pragma once
// Events as JSON lines, to and from a library without loss.
//
// The first line is {"format":"kalon-events","version":1}. Each other is one event, in the order of the log:
//   id, action   32 hex digits
//   time         microseconds since 1970-01-01 UTC
//   writer       16 hex digits; sequence: a number
//   event        what it is, with its members:
//     vote            pictures (by slot, 32 hex digits), ranks (by slot), outcome (ranks, tie, both_bad, skip),
//                     placement_known, annotator, criterion, duration (microseconds, 0 unknown), session
//     exclude         picture, reason, excluded
//     undo            undoes (an action)
//     rating          picture, stars
//     flag            picture, flag (pick, none, reject)
//     label           picture, label
//     tag             picture, tag, added
//     succeeds        picture, predecessor, path (a file URI; empty without one)
//     not_duplicates  pictures
// Members may come in any order. A member that is not named here refuses the file, by its line: what is not understood
// would be lost. So does a version above 1.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/task.h"
#include "store/rows.h"

namespace kalon {

// ranking: votes, exclusions, and the undos of what is written.
enum class EventKinds { ranking, all };

class EventLines {
 public:
  // The file appears under its name with finish(). [worker]
  EventLines(const std::string &path, EventKinds kinds);
  ~EventLines();  // without finish(): nothing stays
  EventLines(const EventLines &) = delete;
  EventLines &operator=(const EventLines &) = delete;
  // Events in the order of the log. Throws corrupt_data for a text in it that is not UTF-8.
  void add(const Event &event);
  void finish();
  uint64_t written() const;

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

// All events in the order of the lines, with their ids, actions, times, writers and sequences as they are; times may go
// back, for what counts is the order of (time, writer, sequence). A line that is wrong refuses the file; a caller does
// nothing that lasts before this has returned. Events hold what a store accepts: votes over two or more pictures, ranks
// from 1 for each of them or none, ids and actions that are not zero. [worker]
void read_event_lines(const std::string &path, const std::function<void(Event &&event, uint64_t line)> &take,
                      Task &task);

}  // namespace kalon
