#include "store/replay.h"

#include <algorithm>

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

std::optional<Decision> decision_in(const Event &event) {
  if (const auto *flag = std::get_if<Flag>(&event.body))
    return Decision{DecisionKind::flag, flag->picture, std::string(1, static_cast<char>(flag->value))};
  if (const auto *rating = std::get_if<Rating>(&event.body))
    return Decision{DecisionKind::rating, rating->picture, std::string(1, static_cast<char>(rating->stars))};
  if (const auto *label = std::get_if<Label>(&event.body))
    return Decision{DecisionKind::label, label->picture, label->label};
  return std::nullopt;
}

std::string decision_record(const EventKey &key, const Decision &decision) {
  std::string record(key.view());
  return record += decision.said;
}

void Replay::add(const EventKey &key, const Event &event) {
  if (undone.contains(event.action)) return;
  if (const auto *undo = std::get_if<Undo>(&event.body)) {
    undone.emplace(undo->action, key);
  } else if (const auto *exclude = std::get_if<Exclude>(&event.body)) {
    if (exclusion_known_.insert(exclude->picture).second && exclude->excluded) excluded.emplace(exclude->picture, key);
  } else if (auto decision = decision_in(event)) {
    decisions[static_cast<size_t>(decision->kind)].try_emplace(decision->picture, decision_record(key, *decision));
  }
}

}  // namespace kalon
