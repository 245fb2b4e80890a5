// Methods "undo" and "doctor": taking back what was done or decided, and the library's health.

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>

#include "base/clock.h"
#include "facade/action_texts.h"
#include "facade/built_upon.h"
#include "facade/file_journal.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/placing.h"
#include "facade/taking_back.h"

namespace kalon {
namespace {

// The newest action of a person that was not taken back.
std::optional<Action> last_action(const Reader &reader) {
  std::optional<Action> last;
  reader.scan_actions_back(std::nullopt, [&](const Action &action) {
    const auto &body = action.newest.body;
    if (action.taken_back || std::holds_alternative<Succeeds>(body) || std::holds_alternative<Undo>(body)) return true;
    last = action;
    return false;
  });
  return last;
}

// Takes an action back: of an undo, brings back what that took back.
Ending undo_action(const MethodCall &call, const Hash128 &id) {
  auto writer = call.library().write();
  auto action = writer.action(id);
  if (!action || action->taken_back)
    throw Error(Status::not_found, "there is no such action, or it was taken back already", id.hex());
  JsonObject summary;
  auto subject = subject_of(writer, id);
  bool brings_back = subject.undos % 2 == 1;
  auto of = writer.action(subject.action);
  auto name = of ? decision_name(of->newest) : decision_name(action->newest);
  summary.add("undone", brings_back ? decision_name(action->newest) : name);
  if (brings_back) summary.add("restored", name);
  uint64_t events = 0, pictures = 0;
  writer.scan_action(subject.action, [&](const Event &event) {
    ++events;
    pictures += pictures_of(event).size();
    return true;
  });
  summary.add("events", events).add("pictures", pictures).add("made", format_utc(action->newest.time));
  Event event;
  event.body = Undo{id};
  summary.add("action", writer.append_event(std::move(event)).action.hex());
  writer.commit();
  return {Status::ok, summary.str()};
}

Operation numbered(const Reader &reader, uint64_t number) {
  for (auto &operation : reader.operations()) {
    if (operation.id != number) continue;
    if (operation.undone)
      throw Error(Status::not_found, "was taken back already", "operation " + std::to_string(number));
    return operation;
  }
  throw Error(Status::not_found, "there is no work on files of this number; `kalon history` names them",
              "operation " + std::to_string(number));
}

std::optional<Operation> last_operation(const Reader &reader) {
  for (auto &operation : reader.operations())
    if (!operation.undone) return operation;
  return std::nullopt;
}

void tell(const MethodCall &call, const std::string &path, const Outcome &outcome) {
  call.rows.row(JsonObject()
                    .add("uri", file_uri(path))
                    .add("path", path)
                    .add("status", status_name(outcome.status))
                    .add("message", outcome.text)
                    .str());
}

// Returns the number of what remains, as an operation of its own; 0: nothing does.
uint64_t finish(const MethodCall &call, const Operation &operation, std::span<const PlacedItem> remaining = {}) {
  auto writer = call.library().write();
  writer.set_operation_undone(operation.id);
  uint64_t rest = 0;
  if (!remaining.empty()) {
    rest = writer.begin_operation(operation.folder, operation.kind);
    writer.add_operation_items(rest, remaining);
  }
  writer.commit();
  return rest;
}

// What was done to files in place: trash and links. What is left and may still be taken back stays on the list, alone:
// what was done is not looked at again.
Ending undo_in_place(const MethodCall &call, const Operation &operation, bool forget) {
  bool trashed = operation.kind == trash_operation;
  auto result = forget ? TakenBack{} : trashed ? take_back_trashed(call, operation) : take_back_linked(call, operation);
  for (const auto &[path, remark] : result.remarks) tell(call, path, {Status::ok, remark});
  for (const auto &[path, outcome] : result.failed) tell(call, path, outcome);
  auto rest = operation.id;
  if (result.remaining.size() < operation.items || operation.items == 0)
    rest = finish(call, operation, result.remaining);
  JsonObject summary;
  summary.add("undone", trashed ? "trash" : "link").add("made", format_utc(operation.time));
  summary.add("forgotten", forget).add("restored", result.done).add("left", result.failed.size());
  summary.add("remaining", result.remaining.size()).add("operation", operation.id);
  if (!result.remaining.empty()) {
    auto again = "`kalon undo --operation " + std::to_string(rest);
    summary.add("remaining_operation", rest);
    summary.add("message", "run " + again + "` when that is mended, or " + again + " --forget`");
  }
  return {result.failed.empty() ? Status::ok : Status::partial, summary.str()};
}

Ending undo_operation(const MethodCall &call, const Operation &operation, bool forget) {
  call.task.phase("undo", operation.items);
  if (operation.kind == trash_operation || operation.kind == link_operation)
    return undo_in_place(call, operation, forget);
  std::error_code error;
  if (!forget && operation.items > 0 && !std::filesystem::exists(operation.folder, error))
    throw Error(Status::not_found,
                "is not there any more (moved or deleted?), so nothing of it can be taken back; `kalon undo "
                "--operation " +
                    std::to_string(operation.id) + " --forget` drops it from the list",
                display_text(operation.folder));
  auto result = forget ? PlacementResult{} : take_back(call, operation);
  for (const auto &[placement, outcome] : result.failed) tell(call, operation.folder + "/" + placement.name, outcome);
  finish(call, operation);
  JsonObject summary;
  summary.add("undone", operation.kind == send_operation ? "send" : "sort");
  summary.add("folder", file_uri(operation.folder)).add("folder_path", operation.folder);
  summary.add("forgotten", forget).add("removed", result.done).add("left", result.failed.size());
  summary.add("operation", operation.id);
  return {result.failed.empty() ? Status::ok : Status::partial, summary.str()};
}

}  // namespace

Ending run_undo(const MethodCall &call) {
  bool forget = call.parameters.flag("forget");
  auto number = static_cast<uint64_t>(call.parameters.integer("operation", 0, 1, int64_t{1} << 53));
  std::optional<Hash128> wanted;
  if (auto text = call.parameters.text("action"); !text.empty()) {
    wanted = Hash128::from_hex(text);
    if (!wanted || forget)
      throw Error(Status::invalid_argument, forget ? "goes without `forget`" : "must be 32 hex digits",
                  "parameter action");
  }
  if (wanted && number > 0) throw Error(Status::invalid_argument, "goes without `operation`", "parameter action");
  call.parameters.reject_unknown();
  if (wanted) return undo_action(call, *wanted);
  if (number > 0) {
    std::optional<Operation> operation;
    {
      auto reader = call.library().read();
      operation = numbered(reader, number);
      if (!forget) refuse_when_built_upon(reader, *operation);
    }
    return undo_operation(call, *operation, forget);
  }
  std::optional<Operation> operation;
  std::optional<Action> action;
  {
    auto reader = call.library().read();
    operation = last_operation(reader);
    action = last_action(reader);
  }
  if (!operation && !action) throw Error(Status::not_found, "there is nothing to take back in this library");
  if (forget && !operation) throw Error(Status::not_found, "there is no work on files to forget in this library");
  if (operation && (forget || !action || operation->time >= action->newest.time))
    return undo_operation(call, *operation, forget);
  return undo_action(call, action->id);
}

Ending run_doctor(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto action = parameters.one_of("action", {"check", "compact", "backup"});
  auto to = parameters.path("to");
  parameters.reject_unknown();
  auto &library = call.library();
  JsonObject summary;
  summary.add("action", action).add("library", file_uri(library.folder())).add("library_path", library.folder());
  if (action == "backup") {
    if (to.empty()) throw Error(Status::invalid_argument, "a backup needs a folder to go to", "parameter to");
    call.task.phase("backup");
    library.copy_to(to);
    return {Status::ok, summary.add("to", file_uri(to)).add("to_path", to).str()};
  }
  if (action == "compact") {
    call.task.phase("compact");
    library.compact();
    return {Status::ok, summary.str()};
  }
  call.task.phase("check");
  auto faults = library.check();
  for (const auto &fault : faults) call.rows.row(JsonObject().add("fault", fault).str());
  summary.add("files", library.read().file_count())
      .add("events", library.read().event_count())
      .add("faults", faults.size());
  if (faults.empty()) return {Status::ok, summary.str()};
  summary.add("status", status_name(Status::corrupt_data)).add("context", library.folder());
  summary.add("message",
              (faults.size() == 1 ? std::string("a fault was") : std::to_string(faults.size()) + " faults were") +
                  " found; go back to a backup, or index into a new library");
  return {Status::corrupt_data, summary.str()};
}

}  // namespace kalon
