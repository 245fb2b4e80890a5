#pragma once
// Actions of the event log in words.

#include <string>
#include <string_view>
#include <vector>

#include "store/library.h"

namespace kalon {

// "rating", "flag", "label", "tag", "exclude", "include", "vote", "not_duplicates", "succeeds", "undo". [any]
std::string_view decision_name(const Event &event);

// The pictures that a decision is about, by the names that it has for them. [any]
std::vector<Hash128> pictures_of(const Event &event);

// What an action is about in the end: itself, of an undo what it took back, of an undo of an undo what it brought back.
struct Subject {
  Hash128 action;
  int undos = 0;  // from there to the action
};
Subject subject_of(const Reader &reader, const Hash128 &action);  // [any]

// What an action did, for people and for programs.
struct ActionText {
  std::string kind;                // as decision_name(), of votes that came in together "import"
  std::string text;                // "3 stars: IMG_1.jpg and 41 more"; of an undo what it took back or brought back
  std::vector<std::string> paths;  // of the first few of its pictures, of an undo those of what it took back
};
ActionText describe(const Reader &reader, const Action &action);  // [any]

}  // namespace kalon
