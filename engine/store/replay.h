#pragma once
// What events come to once undo is taken into account: a pure function of the log.

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "store/layout.h"
#include "store/rows.h"

namespace kalon {

// What an event decides of a picture; said: the value as the tables of its kind hold it, a flag and stars as one byte,
// a label as its text.
struct Decision {
  DecisionKind kind;
  Hash128 picture;
  std::string said;
};
std::optional<Decision> decision_in(const Event &event);

// What the table of the newest decisions holds of a picture: the event that decided, and what it said.
std::string decision_record(const EventKey &key, const Decision &decision);

// An undo takes back the events of the action it names that came before it, unless it was itself taken back. Going from
// the newest event to the oldest, everything that could undo an event has been decided when the event is met.
class Replay {
 public:
  // Events from the newest to the oldest. Undo events alone are enough when only `undone` is asked for.
  void add(const EventKey &key, const Event &event);

  std::map<Hash128, EventKey> undone;    // action -> the newest effective undo of it
  std::map<Hash128, EventKey> excluded;  // picture -> the event that excluded it
  // By kind: picture -> decision_record() of its newest effective decision.
  std::array<std::map<Hash128, std::string>, layout::decision_tables.size()> decisions;

 private:
  std::set<Hash128> exclusion_known_;  // pictures whose newest effective exclude event was met
};

}  // namespace kalon
