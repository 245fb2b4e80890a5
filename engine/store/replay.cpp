#include "store/replay.h"

#include <algorithm>

#include "store/layout.h"

namespace kalon {

EventKey EventKey::of(const Event &event) {
  // The sign bit is turned so that times before 1970 come first.
  uint64_t time = static_cast<uint64_t>(event.time) ^ (uint64_t{1} << 63);
  return read(layout::key_of(time).number(event.writer).number(event.sequence).view());
}

EventKey EventKey::read(std::string_view bytes) {
  EventKey key;
  std::copy_n(bytes.begin(), std::min(bytes.size(), key.bytes.size()), key.bytes.begin());
  return key;
}

int64_t EventKey::time() const {
  return static_cast<int64_t>(layout::read_number<uint64_t>(view()) ^ (uint64_t{1} << 63));
}

std::string flag_record(const EventKey &key, FlagValue value) {
  std::string record(key.view());
  return record += static_cast<char>(value);
}

void Replay::add(const EventKey &key, const Event &event) {
  if (undone.contains(event.action)) return;
  if (const auto *undo = std::get_if<Undo>(&event.body)) {
    undone.emplace(undo->action, key);
  } else if (const auto *exclude = std::get_if<Exclude>(&event.body)) {
    if (decided_.insert(exclude->picture).second && exclude->excluded) excluded.emplace(exclude->picture, key);
  } else if (const auto *flag = std::get_if<Flag>(&event.body)) {
    flags.try_emplace(flag->picture, flag_record(key, flag->value));
  }
}

}  // namespace kalon
