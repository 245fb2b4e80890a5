#include "facade/taking_back.h"

#include "exchange/relink.h"
#include "exchange/trash.h"
#include "facade/file_journal.h"

namespace kalon {
namespace {

// Takes items back one by one; what goes wrong is listed under the item's own path.
template <typename Step>
TakenBack take_back_items(const MethodCall &call, const Operation &operation, const Step &step) {
  TakenBack result;
  std::vector<std::string> changed;
  auto items = call.library().read().operation_items(operation.id);
  call.task.phase("taking back", items.size());
  auto tell = [&] { refresh_rows(call.library(), std::exchange(changed, {})); };
  for (const auto &item : items) {
    call.task.throw_if_cancelled();
    const auto &path = step.path_of(item);
    try {
      auto parted = step.take_back(item);
      if (parted != Parted::already) ++result.done;
      // What has other content now is for the next index to look into.
      if (parted == Parted::as_before) changed.push_back(path);
      if (parted == Parted::changed)
        result.remarks.emplace_back(path, "was changed since it was linked, and keeps its new date");
    } catch (const Error &error) {
      if (error.status() == Status::cancelled) {
        tell();
        throw;
      }
      result.failed.emplace_back(path, Outcome{error.status(), error.message()});
      if (step.may_come_back(item)) result.remaining.push_back(item);
    }
    call.task.advance();
    if (changed.size() >= chunk_files) tell();
  }
  tell();
  return result;
}

}  // namespace

TakenBack take_back_trashed(const MethodCall &call, const Operation &operation) {
  struct Step {
    const std::string &path_of(const PlacedItem &item) const { return item.source; }
    Parted take_back(const PlacedItem &item) const {
      return move_from_trash(item.source, item.name, item.mtime_ns) ? Parted::as_before : Parted::already;
    }
    bool may_come_back(const PlacedItem &item) const { return may_lie_in_trash(item.source, item.name, item.mtime_ns); }
  };
  return take_back_items(call, operation, Step{});
}

TakenBack take_back_linked(const MethodCall &call, const Operation &operation) {
  struct Step {
    const MethodCall &call;
    uint64_t number;
    const std::string &path_of(const PlacedItem &item) const { return item.name; }
    Parted take_back(const PlacedItem &item) const {
      return replace_by_copy(item.name, item.source, name_beside(item.name, number),
                             {item.mtime_ns, item.mode, item.source_mtime_ns}, call.task);
    }
    bool may_come_back(const PlacedItem &item) const { return may_be_linked(item.name, item.source); }
  };
  return take_back_items(call, operation, Step{call, operation.id});
}

}  // namespace kalon
