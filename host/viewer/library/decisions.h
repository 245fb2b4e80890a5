#pragma once
// What a person decides about photos: shown at once, stored in the background, taken back by undo.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"
#include "library/jobs.h"

namespace kalon::viewer {

struct Context;

class Decisions {
 public:
  // Before anything else: the context holds this object, and is made after it.
  void use(Context &context) { context_ = &context; }

  // Each is one action, whatever the number of photos. What cannot be stored is shown as it was before, and said.
  void rate(std::span<const ItemIndex> items, int stars);
  void flag(std::span<const ItemIndex> items, Flag flag);
  void label(std::span<const ItemIndex> items, std::string_view label);  // empty: none
  void exclude(std::span<const ItemIndex> items, std::string_view reason);
  void include(std::span<const ItemIndex> items);
  // What is decided in between is several actions in the library, and one step of undo().
  void begin_step() { step_ = ++steps_; }
  void end_step() { step_ = 0; }
  // An action that another part of the viewer had stored (a vote, files that were sent), so that undo finds it. action:
  // its id; empty: the library's last operation on files.
  void made(std::string action, std::string text);
  // Such an action was taken back by that part itself.
  void forget(std::string_view action);

  // The last of this viewer's actions that is not taken back; and the last that was.
  void undo();
  void redo();
  bool can_undo() const { return !done_.empty(); }
  bool can_redo() const { return !undone_.empty(); }
  // The id of the action that undo() would take back; empty when there is none, or it is work on files.
  std::string undo_action() const { return done_.empty() ? std::string() : done_.back().action; }
  const std::string &undo_text() const;  // of what undo() would take back; empty when there is nothing
  // From the key press until the last decision was stored, milliseconds.
  double last_milliseconds() const { return last_milliseconds_; }
  uint64_t revision() const { return revision_; }  // grows with each that is stored or taken back

 private:
  struct Made {
    std::string action, text;
    std::vector<ItemIndex> items;
    uint64_t step = 0;  // actions of the same one belong together; 0: it stands alone
  };
  void undo_one();
  void redo_one();
  void decide(std::string method, std::span<const ItemIndex> items, std::string members, std::string text);
  void refresh(std::vector<ItemIndex> items);

  Context *context_ = nullptr;
  std::vector<Made> done_, undone_;
  uint64_t revision_ = 1, step_ = 0, steps_ = 0;
  double last_milliseconds_ = 0;
};

}  // namespace kalon::viewer
