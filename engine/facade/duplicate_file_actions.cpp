// Duplicates moved to the trash, or replaced by links: done in chunks that the journal knows of before, and taken back.

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "exchange/folder.h"
#include "exchange/relink.h"
#include "exchange/trash.h"
#include "facade/duplicate_checks.h"

namespace kalon {
namespace {

constexpr size_t chunk_files = 128;

// One operation of the library's journal, begun with its first items.
class Journal {
 public:
  Journal(Library &library, std::string kind) : library_(library), kind_(std::move(kind)) {}

  uint64_t operation() const { return operation_; }
  void add(const std::vector<PlacedItem> &items) {
    if (items.empty()) return;
    auto writer = library_.write();
    if (operation_ == 0) operation_ = writer.begin_operation({}, kind_);
    writer.add_operation_items(operation_, items);
    writer.commit();
  }

 private:
  Library &library_;
  std::string kind_;
  uint64_t operation_ = 0;
};

PlacedItem journal_entry(const std::string &source, const std::string &name, const std::string &file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) throw system_error(errno, "cannot be looked at", {});
  return {source, name, mtime_of(status), status.st_mode & 07777};
}

bool is_link(const std::string &path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

// A file's own sidecar; empty when it has none.
std::string sidecar_of(const std::string &path) {
  struct stat status {};
  auto sidecar = path + ".xmp";
  return ::lstat(sidecar.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? sidecar : std::string();
}

// Runs one step for a file; what goes wrong becomes its outcome, a cancellation goes on.
template <typename Step>
void attempt(const DuplicateTarget &target, DuplicateActionReport &report, const Step &step) {
  try {
    step();
  } catch (const Error &error) {
    if (error.status() == Status::cancelled) throw;
    report.outcomes.push_back(outcome_for(target, DuplicateFate::failed, {error.status(), error.message()}));
  }
}

// Links are only names: there is nothing to be gained, and what they lead to is not theirs.
std::vector<DuplicateTarget> without_links(std::vector<DuplicateTarget> targets, DuplicateActionReport &report) {
  std::erase_if(targets, [&](const DuplicateTarget &target) {
    if (!is_link(target.file.path)) return false;
    report.outcomes.push_back(outcome_for(target, DuplicateFate::left, {Status::ok, "is a symbolic link"}));
    return true;
  });
  return targets;
}

bool only_planned(const DuplicateAction &action, const std::vector<DuplicateTarget> &targets,
                  DuplicateActionReport &report) {
  if (!action.dry_run) return false;
  action.call.task.phase("comparing bytes", targets.size());
  for (const auto &target : targets) {
    action.call.task.advance();
    attempt(target, report, [&] {
      check_bytes(target, action.call.task);
      report.outcomes.push_back(outcome_for(target, DuplicateFate::planned));
    });
  }
  return true;
}

bool one_shot(const DuplicateTarget &a, const DuplicateTarget &b) {
  return a.group == b.group && a.entry->shot == b.entry->shot;
}

// Chunks of whole shots.
template <typename Work>
void in_chunks(const std::vector<DuplicateTarget> &targets, Task &task, const Work &work) {
  std::span<const DuplicateTarget> all(targets);
  for (size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    task.throw_if_cancelled();
    end = std::min(all.size(), begin + chunk_files);
    while (end < all.size() && one_shot(all[end - 1], all[end])) ++end;
    work(all.subspan(begin, end - begin));
  }
}

// A file that is to be moved, and its sidecar: from where, and to which place in the trash.
struct PlannedMove {
  const DuplicateTarget *target;
  PlacedItem file;
  std::optional<PlacedItem> sidecar;
};

// Where the files of one shot will go; nothing when one of them cannot.
std::vector<PlannedMove> plan_shot(const DuplicateAction &action, std::span<const DuplicateTarget> shot, Trash &trash,
                                   DuplicateActionReport &report) {
  std::vector<PlannedMove> moves;
  for (const auto &target : shot)
    attempt(target, report, [&] {
      check_bytes(target, action.call.task);
      const auto &path = target.file.path;
      PlannedMove move{&target, journal_entry(path, trash.place_for(path), path), {}};
      if (auto sidecar = sidecar_of(path); !sidecar.empty())
        move.sidecar = journal_entry(sidecar, trash.place_for(sidecar), sidecar);
      moves.push_back(std::move(move));
    });
  if (moves.size() == shot.size()) return moves;
  for (const auto &move : moves)
    report.outcomes.push_back(
        outcome_for(*move.target, DuplicateFate::left, {Status::ok, "stays with the other file of its shot"}));
  return {};
}

// What acts on a file holds the library's writer, so that no two runs give up what the other keeps; and looks once
// more, since others were compared meanwhile, which takes time.
void trash_file(Library &library, const PlannedMove &move, DuplicateActionReport &report) {
  auto alone = library.write();
  check_unchanged(*move.target);
  move_to_trash(move.file.source, move.file.name, now_microseconds());
  auto outcome = outcome_for(*move.target, DuplicateFate::done);
  outcome.name = move.file.name;
  try {
    if (move.sidecar) move_to_trash(move.sidecar->source, move.sidecar->name, now_microseconds());
  } catch (const Error &error) {
    outcome.fate = DuplicateFate::failed;
    outcome.outcome = {error.status(), "is in the trash, but its sidecar was left: " + error.message()};
  }
  report.outcomes.push_back(std::move(outcome));
}

void trash_chunk(const DuplicateAction &action, std::span<const DuplicateTarget> chunk, Trash &trash, Journal &journal,
                 DuplicateActionReport &report) {
  std::vector<PlannedMove> moves;
  for (size_t begin = 0, end = 0; begin < chunk.size(); begin = end) {
    for (end = begin + 1; end < chunk.size() && one_shot(chunk[begin], chunk[end]);) ++end;
    for (auto &move : plan_shot(action, chunk.subspan(begin, end - begin), trash, report))
      moves.push_back(std::move(move));
  }
  std::vector<PlacedItem> items;
  for (const auto &move : moves) {
    items.push_back(move.file);
    if (move.sidecar) items.push_back(*move.sidecar);
  }
  journal.add(items);
  std::vector<std::string> touched;
  for (const auto &move : moves) {
    touched.push_back(move.file.source);
    attempt(*move.target, report, [&] { trash_file(action.call.library(), move, report); });
    action.call.task.advance();
  }
  refresh_rows(action.call.library(), touched);
}

void link_chunk(const DuplicateAction &action, std::span<const DuplicateTarget> chunk, Journal &journal,
                DuplicateActionReport &report) {
  std::vector<const DuplicateTarget *> planned;
  std::vector<PlacedItem> items;
  for (const auto &target : chunk)
    attempt(target, report, [&] {
      check_unchanged(target);
      items.push_back(journal_entry(target.counterpart.path, target.file.path, target.file.path));
      planned.push_back(&target);
    });
  journal.add(items);
  std::vector<std::string> linked;
  for (const auto *target : planned) {
    const auto &path = target->file.path;
    attempt(*target, report, [&] {
      auto alone = action.call.library().write();
      check_unchanged(*target);
      replace_by_link(path, target->counterpart.path, name_beside(path, journal.operation()), action.call.task);
      linked.push_back(path);
      report.outcomes.push_back(outcome_for(*target, DuplicateFate::done));
    });
    action.call.task.advance();
  }
  refresh_rows(action.call.library(), linked);
}

// Takes items back one by one; what goes wrong is listed under the item's own path.
template <typename Step>
PlacementResult take_back_items(const MethodCall &call, const Operation &operation, const Step &step) {
  PlacementResult result;
  std::vector<std::string> changed;
  auto items = call.library().read().operation_items(operation.id);
  call.task.phase("taking files back", items.size());
  auto tell = [&] { refresh_rows(call.library(), std::exchange(changed, {})); };
  for (const auto &item : items) {
    call.task.throw_if_cancelled();
    const auto &path = step.path_of(item);
    try {
      if (step.take_back(item)) {
        ++result.done;
        changed.push_back(path);
      }
    } catch (const Error &error) {
      if (error.status() == Status::cancelled) {
        tell();
        throw;
      }
      result.failed.emplace_back(Placement{{}, path}, Outcome{error.status(), error.message()});
    }
    call.task.advance();
    if (changed.size() >= chunk_files) tell();
  }
  tell();
  return result;
}

}  // namespace

DuplicateActionReport trash_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  auto targets = without_links(
      duplicate_targets(action, report, /*take_away=*/true,
                        [&](const DuplicateEntry &entry) { return entry.shot_relation <= action.options.relation; }),
      report);
  if (only_planned(action, targets, report)) return report;
  action.call.task.phase("trash", targets.size());
  Trash trash;
  Journal journal(action.call.library(), trash_operation);
  in_chunks(targets, action.call.task,
            [&](std::span<const DuplicateTarget> chunk) { trash_chunk(action, chunk, trash, journal, report); });
  report.operation = journal.operation();
  return report;
}

DuplicateActionReport link_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  auto targets = without_links(
      duplicate_targets(action, report, /*take_away=*/false,
                        [](const DuplicateEntry &entry) { return entry.relation == Relation::same_bytes; }),
      report);
  if (only_planned(action, targets, report)) return report;
  action.call.task.phase("link", targets.size());
  Journal journal(action.call.library(), link_operation);
  in_chunks(targets, action.call.task,
            [&](std::span<const DuplicateTarget> chunk) { link_chunk(action, chunk, journal, report); });
  report.operation = journal.operation();
  return report;
}

PlacementResult take_back_trashed(const MethodCall &call, const Operation &operation) {
  struct Step {
    const std::string &path_of(const PlacedItem &item) const { return item.source; }
    bool take_back(const PlacedItem &item) const { return move_from_trash(item.source, item.name, item.mtime_ns); }
  };
  return take_back_items(call, operation, Step{});
}

PlacementResult take_back_linked(const MethodCall &call, const Operation &operation) {
  struct Step {
    const MethodCall &call;
    uint64_t number;
    const std::string &path_of(const PlacedItem &item) const { return item.name; }
    bool take_back(const PlacedItem &item) const {
      return replace_by_copy(item.name, item.source, name_beside(item.name, number), item.mtime_ns, item.mode,
                             call.task);
    }
  };
  return take_back_items(call, operation, Step{call, operation.id});
}

}  // namespace kalon
