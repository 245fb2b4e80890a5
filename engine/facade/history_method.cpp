// Method "history": what was done, the newest first: actions of the event log and operations on files.

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "facade/action_texts.h"
#include "facade/file_journal.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/placing.h"

namespace kalon {
namespace {

// Where a page of the history begins: behind an action, or behind an operation.
struct Place {
  std::optional<EventKey> event;       // actions stand before it
  std::optional<uint64_t> operation;   // operations have smaller numbers
  std::optional<int64_t> before_time;  // operations are older
};

// The place right behind all events of a time.
EventKey behind(int64_t time) {
  Event event;
  event.time = time;
  event.writer = ~uint64_t{0};
  event.sequence = ~uint32_t{0};
  return EventKey::of(event);
}

Place place_from(const Reader &reader, const std::string &before) {
  if (before.empty()) return {};
  if (auto id = Hash128::from_hex(before)) {
    auto action = reader.action(*id);
    if (!action) throw Error(Status::not_found, "there is no such action", before);
    return {EventKey::of(action->newest), std::nullopt, action->newest.time};
  }
  uint64_t number = 0;
  auto [end, error] = std::from_chars(before.data(), before.data() + before.size(), number);
  if (error != std::errc() || end != before.data() + before.size())
    throw Error(Status::invalid_argument, "must be an action, 32 hex digits, or the number of an operation",
                "parameter before");
  for (const auto &operation : reader.operations())
    if (operation.id == number) return {behind(operation.time), number, std::nullopt};
  throw Error(Status::not_found, "there is no such operation", before);
}

std::string operation_kind(const Operation &operation) {
  for (const char *kind : {trash_operation, send_operation})
    if (operation.kind == kind) return kind;
  return operation.kind == link_operation ? "link" : "sort";
}

std::string operation_text(const Operation &operation, const std::string &kind) {
  auto count = operation.items - operation.others;
  auto files = count == 1 ? "1 file" : grouped(count) + " files";
  // The items of folders are more than the pictures in them.
  if (kind == "trash") return files + " moved to the trash";
  if (kind == "link") return files + " linked to others with the same bytes";
  return (kind == "send" ? "sent to " : "placed in ") + display_text(operation.folder);
}

std::string operation_row(const Operation &operation) {
  auto kind = operation_kind(operation);
  JsonObject row;
  row.add("operation", operation.id).add("kind", kind).add("time", format_utc(operation.time));
  row.add("undone", operation.undone)
      .add("files", operation.items - operation.others)
      .add("text", operation_text(operation, kind));
  if (!operation.folder.empty())
    row.add("folder", file_uri(operation.folder)).add("folder_path", display_text(operation.folder));
  return row.str();
}

std::string action_row(const Reader &reader, const Action &action) {
  auto told = describe(reader, action);
  std::vector<std::string> uris, paths;
  for (const auto &path : told.paths) {
    uris.push_back(json_string(file_uri(path)));
    paths.push_back(json_string(display_text(path)));
  }
  char writer[17];
  std::snprintf(writer, sizeof writer, "%016llx", static_cast<unsigned long long>(action.newest.writer));
  JsonObject row;
  row.add("action", action.id.hex()).add("kind", told.kind).add("time", format_utc(action.newest.time));
  row.add("undone", action.taken_back).add("count", action.events).add("text", told.text);
  if (const auto *undo = std::get_if<Undo>(&action.newest.body)) row.add("undoes", undo->action.hex());
  return row.raw("uris", json_array(uris)).raw("paths", json_array(paths)).add("writer", writer).str();
}

}  // namespace

Ending run_history(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto limit = static_cast<size_t>(parameters.integer("limit", 100, 1, 100000));
  auto before = parameters.text("before");
  parameters.reject_unknown();
  std::vector<std::string> rows;
  std::string last;
  bool more = false;
  {
    auto reader = call.library().read();
    auto place = place_from(reader, before);
    auto operations = reader.operations();
    std::erase_if(operations, [&](const Operation &operation) {
      return (place.operation && operation.id >= *place.operation) ||
             (place.before_time && operation.time >= *place.before_time);
    });
    auto operation = operations.begin();
    auto full = [&] { return more = rows.size() == limit; };
    // Those that are as new as a time, while there is room. False: there is no more.
    auto add_operations = [&](int64_t from) {
      for (; operation != operations.end() && operation->time >= from; ++operation) {
        if (full()) return false;
        rows.push_back(operation_row(*operation));
        last = std::to_string(operation->id);
      }
      return true;
    };
    bool room = true;
    reader.scan_actions_back(place.event, [&](const Action &action) {
      call.task.throw_if_cancelled();
      if (std::holds_alternative<Succeeds>(action.newest.body)) return true;  // nobody did that here
      if (!add_operations(action.newest.time) || full()) return room = false;
      rows.push_back(action_row(reader, action));
      last = action.id.hex();
      return true;
    });
    if (room) add_operations(unknown_time);
  }
  for (const auto &row : rows) call.rows.row(row);
  JsonObject summary;
  summary.add("more", more);
  if (!last.empty()) summary.add("last", last);
  return {Status::ok, summary.str()};
}

}  // namespace kalon
