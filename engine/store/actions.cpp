// Actions: the events of one key press or import.

#include <unordered_set>

#include "store/database.h"
#include "store/derived.h"

namespace kalon {
namespace {

using derived::event_at;
using derived::keys_of;
using derived::undone_later;

// What is worth a look at where an action begins.
constexpr uint64_t many_events = 64;

// Whether nothing stands between the first and the newest event of an action: append_action() places them one
// microsecond apart, and no event is given a time that another has.
bool adjacent(const EventKey &first, const EventKey &newest, uint64_t events) {
  auto between = static_cast<uint64_t>(newest.time()) - static_cast<uint64_t>(first.time());
  return events > many_events && between == events - 1;
}

}  // namespace

uint64_t Reader::events_of_action(const Hash128 &action) const {
  return keys_of(*state_, layout::actions, action).size();
}

void Reader::scan_action(const Hash128 &action, const std::function<bool(const Event &)> &visit) const {
  for (const auto &key : keys_of(*state_, layout::actions, action))
    if (!visit(event_at(*state_, key.view()))) return;
}

std::optional<Action> Reader::action(const Hash128 &id) const {
  auto keys = keys_of(*state_, layout::actions, id);
  if (keys.empty()) return std::nullopt;
  return Action{id, event_at(*state_, keys.back().view()), keys.size(), undone_later(*state_, keys.back(), id)};
}

void Reader::scan_actions_back(const std::optional<EventKey> &before,
                               const std::function<bool(const Action &)> &visit) const {
  database::Cursor cursor(state_->use(), state_->table(layout::events));
  bool more = before && cursor.seek(before->view()) ? cursor.previous() : cursor.last();
  std::unordered_set<Hash128> seen;
  while (more) {
    auto key = EventKey::read(cursor.key);
    Event event = derived::decoded(*state_, cursor.value);
    auto id = event.action;
    if (seen.insert(id).second) {
      auto keys = keys_of(*state_, layout::actions, id);
      if (keys.empty()) damaged(*state_, "actions");
      // One with a newer event came before the place where this began.
      if (keys.back() == key && !visit({id, std::move(event), keys.size(), undone_later(*state_, key, id)})) return;
      if (adjacent(keys.front(), keys.back(), keys.size()) && !cursor.seek(keys.front().view()))
        damaged(*state_, "actions");
    }
    more = cursor.previous();
  }
}

}  // namespace kalon
