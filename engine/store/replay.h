#pragma once
// What events come to once undo is taken into account: a pure function of the log.

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "store/rows.h"

namespace kalon {

// Where an event stands: time, writer, sequence, as 20 bytes whose order is the canonical one.
struct EventKey {
  std::array<char, 20> bytes{};
  static EventKey of(const Event &event);
  static EventKey read(std::string_view bytes);  // of 20 bytes
  int64_t time() const;                          // of the event
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  bool operator==(const EventKey &other) const { return view() == other.view(); }
  bool operator<(const EventKey &other) const { return view() < other.view(); }
};

// What the table of flags holds of a picture: the event that decided, and what it said.
std::string flag_record(const EventKey &key, FlagValue value);

// An undo takes back the events of the action it names that came before it, unless it was itself taken back. Going from
// the newest event to the oldest, everything that could undo an event has been decided when the event is met.
class Replay {
 public:
  // Events from the newest to the oldest. Undo events alone are enough when only `undone` is asked for.
  void add(const EventKey &key, const Event &event);

  std::map<Hash128, EventKey> undone;    // action -> the newest effective undo of it
  std::map<Hash128, EventKey> excluded;  // picture -> the event that excluded it
  std::map<Hash128, std::string> flags;  // picture -> flag_record() of its newest effective flag, none included

 private:
  std::set<Hash128> decided_;  // pictures whose newest effective exclude event was met
};

}  // namespace kalon
