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
  // An action that another part of the viewer had stored (a vote), so that undo finds it. action: its id.
  void made(std::string action, std::string text);
  // Work on files that another part had done: operation is its number in the library; method and parameters are what is
  // asked for again by redo; files: those whose rows change by it.
  struct FileWork {
    uint64_t operation = 0;
    std::string method = {}, parameters = {};
    std::vector<std::string> files = {};
  };
  void made(FileWork work, std::string text);
  // Such an action was taken back by that part itself.
  void forget(std::string_view action);

  // The last of this viewer's actions that is not taken back; and the last that was.
  void undo();
  void redo();
  bool can_undo() const { return !done_.empty(); }
  bool can_redo() const { return !undone_.empty(); }
  // Work on files, whoever did it; and, what this viewer took back and knows the request of, anew.
  void undo_files(uint64_t operation, std::string text);
  void redo_files(uint64_t operation);
  bool can_redo_files(uint64_t operation) const;
  // What undo() would take back, as a number that no other decision of this viewer has; 0: nothing.
  uint64_t last() const { return done_.empty() ? 0 : done_.back().number; }
  // The id of the action that undo() would take back; empty while it is on its way to the library, empty when there is
  // none, or it is work on files.
  std::string undo_action() const { return done_.empty() ? std::string() : done_.back().action; }
  // The number of the work on files that undo() would take back; 0: it is none.
  uint64_t undo_operation() const { return done_.empty() ? 0 : done_.back().work.operation; }
  const std::string &undo_text() const;  // of what undo() would take back; empty when there is nothing
  // From the key press until the last decision was stored, milliseconds.
  double last_milliseconds() const { return last_milliseconds_; }
  uint64_t revision() const { return revision_; }  // grows with each that is stored or taken back

 private:
  struct Made {
    std::string action = {}, text = {};
    std::vector<ItemIndex> items = {};
    uint64_t step = 0;  // actions of the same one belong together; 0: it stands alone
    FileWork work = {};
    uint64_t number = 0;
    bool on_its_way = false;  // to the library; there is no action yet
  };
  void keep(Made made);
  void stored(uint64_t number, std::string action);
  void take_back(Made made);
  void undo_one();
  void redo_one();
  void undo_work(Made made);
  void redo_work(Made made);
  void decide(std::string method, std::span<const ItemIndex> items, std::string members, std::string text);
  void look_at(const std::vector<ItemIndex> &items);
  void refresh(std::vector<ItemIndex> items);
  void refresh_files(std::span<const std::string> files);

  Context *context_ = nullptr;
  std::vector<Made> done_, undone_;
  std::vector<Made> recalled_;  // taken back by undo() while they were on their way
  uint64_t numbers_ = 0;
  uint64_t revision_ = 1, step_ = 0, steps_ = 0;
  double last_milliseconds_ = 0;
};

}  // namespace kalon::viewer
