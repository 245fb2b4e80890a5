// Duplicates moved to the trash, or replaced by links: done in chunks that the journal knows of before, and taken back.

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/folder.h"
#include "exchange/relink.h"
#include "exchange/trash.h"
#include "facade/duplicate_checks.h"
#include "facade/duplicate_sidecars.h"

namespace kalon {
namespace {

constexpr size_t chunk_files = 128;

// One operation of the library's journal, begun with its first items.
class Journal {
 public:
  Journal(Library &library, std::string kind) : library_(library), kind_(std::move(kind)) {}

  uint64_t operation() const { return operation_; }
  void note_done() { any_done_ = true; }
  void add(const std::vector<PlacedItem> &items) {
    if (items.empty()) return;
    auto writer = library_.write();
    if (operation_ == 0) operation_ = writer.begin_operation({}, kind_);
    writer.add_operation_items(operation_, items);
    writer.commit();
  }
  // What did nothing is nothing to take back.
  void close() {
    if (operation_ == 0 || any_done_) return;
    auto writer = library_.write();
    writer.set_operation_undone(operation_);
    writer.commit();
    operation_ = 0;
  }

 private:
  Library &library_;
  std::string kind_;
  uint64_t operation_ = 0;
  bool any_done_ = false;
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

// Runs one step for a file; what goes wrong becomes its outcome, a cancellation goes on. Whether it went well.
template <typename Step>
bool attempt(const DuplicateTarget &target, DuplicateActionReport &report, const Step &step) {
  try {
    step();
    return true;
  } catch (const Error &error) {
    if (error.status() == Status::cancelled) throw;
    report.outcomes.push_back(outcome_for(target, DuplicateFate::failed, {error.status(), error.message()}));
    return false;
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

// A dry run. plan: completes the outcome of a file, and throws for one that would fail.
template <typename Plan>
void only_plan(const DuplicateAction &action, const std::vector<DuplicateTarget> &targets,
               DuplicateActionReport &report, const Plan &plan) {
  action.call.task.phase("comparing bytes", targets.size());
  for (const auto &target : targets) {
    action.call.task.advance();
    attempt(target, report, [&] {
      check_bytes(target, action.call.task);
      auto outcome = outcome_for(target, DuplicateFate::planned);
      plan(target, outcome);
      report.outcomes.push_back(std::move(outcome));
    });
  }
}

bool one_shot(const DuplicateTarget &a, const DuplicateTarget &b) {
  return a.group == b.group && a.entry->shot == b.entry->shot;
}

// Chunks of whole shots, with their journal.
template <typename Work>
void in_chunks(const std::vector<DuplicateTarget> &targets, Task &task, Journal &journal, const Work &work) {
  std::span<const DuplicateTarget> all(targets);
  try {
    for (size_t begin = 0, end = 0; begin < all.size(); begin = end) {
      task.throw_if_cancelled();
      end = std::min(all.size(), begin + chunk_files);
      while (end < all.size() && one_shot(all[end - 1], all[end])) ++end;
      work(all.subspan(begin, end - begin));
    }
  } catch (const Error &) {
    journal.close();
    throw;
  }
  journal.close();
}

// A file that is to be moved, and its sidecars: from where, and to which place in the trash.
struct PlannedMove {
  const DuplicateTarget *target;
  PlacedItem file;
  std::vector<PlacedItem> sidecars;
};

// One run of the action "trash".
struct Trashing {
  const DuplicateAction &action;
  Sidecars &sidecars;
  Journal &journal;
  DuplicateActionReport &report;
  Trash trash = Trash();
};

// Where the files of one shot will go; nothing when one of them cannot.
std::vector<PlannedMove> plan_shot(Trashing &run, std::span<const DuplicateTarget> shot) {
  std::vector<PlannedMove> moves;
  for (const auto &target : shot) {
    const auto &path = target.file.path;
    bool planned = attempt(target, run.report, [&] {
      check_bytes(target, run.action.call.task);
      PlannedMove move{&target, journal_entry(path, run.trash.place_for(path), path), {}};
      for (const auto &sidecar : run.sidecars.leaving(path))
        move.sidecars.push_back(journal_entry(sidecar, run.trash.place_for(sidecar), sidecar));
      moves.push_back(std::move(move));
    });
    if (!planned) run.sidecars.staying(path);
  }
  if (moves.size() == shot.size()) return moves;
  for (const auto &move : moves) {
    run.sidecars.staying(move.file.source);
    run.report.outcomes.push_back(
        outcome_for(*move.target, DuplicateFate::left, {Status::ok, "stays with the other file of its shot"}));
  }
  return {};
}

// What acts on a file holds the library's writer, so that no two runs give up what the other keeps; and looks once
// more, since others were compared meanwhile, which takes time.
void trash_file(Trashing &run, const PlannedMove &move) {
  auto alone = run.action.call.library().write();
  check_unchanged(*move.target);
  const auto &path = move.file.source;
  move_to_trash(path, move.file.name, now_microseconds());
  run.journal.note_done();
  run.sidecars.gone(path);
  auto outcome = outcome_for(*move.target, DuplicateFate::done);
  outcome.name = move.file.name;
  for (const auto &sidecar : move.sidecars) {
    if (!run.sidecars.free(path, sidecar.source)) continue;
    try {
      move_to_trash(sidecar.source, sidecar.name, now_microseconds());
      outcome.sidecars.push_back(sidecar.source);
    } catch (const Error &error) {
      if (error.status() == Status::not_found) continue;
      outcome.fate = DuplicateFate::failed;
      outcome.outcome = {error.status(), "is in the trash, but its sidecar " + display_text(name_in(sidecar.source)) +
                                             " was left: " + error.message()};
    }
  }
  run.report.outcomes.push_back(std::move(outcome));
}

void trash_chunk(Trashing &run, std::span<const DuplicateTarget> chunk) {
  std::vector<PlannedMove> moves;
  for (size_t begin = 0, end = 0; begin < chunk.size(); begin = end) {
    for (end = begin + 1; end < chunk.size() && one_shot(chunk[begin], chunk[end]);) ++end;
    for (auto &move : plan_shot(run, chunk.subspan(begin, end - begin))) moves.push_back(std::move(move));
  }
  std::vector<PlacedItem> items;
  for (const auto &move : moves) {
    items.push_back(move.file);
    items.insert(items.end(), move.sidecars.begin(), move.sidecars.end());
  }
  run.journal.add(items);
  std::vector<std::string> touched;
  for (const auto &move : moves) {
    touched.push_back(move.file.source);
    if (!attempt(*move.target, run.report, [&] { trash_file(run, move); })) run.sidecars.staying(move.file.source);
    run.action.call.task.advance();
  }
  refresh_rows(run.action.call.library(), touched);
}

void link_chunk(const DuplicateAction &action, std::span<const DuplicateTarget> chunk, Journal &journal,
                DuplicateActionReport &report) {
  std::vector<const DuplicateTarget *> planned;
  std::vector<PlacedItem> items;
  for (const auto &target : chunk)
    attempt(target, report, [&] {
      check_unchanged(target);
      auto item = journal_entry(target.counterpart.path, target.file.path, target.file.path);
      item.source_mtime_ns = target.counterpart.stat.mtime_ns;
      items.push_back(std::move(item));
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
      journal.note_done();
      linked.push_back(path);
      report.outcomes.push_back(outcome_for(*target, DuplicateFate::done));
    });
    action.call.task.advance();
  }
  refresh_rows(action.call.library(), linked);
}

std::vector<std::string> paths_of(const std::vector<DuplicateTarget> &targets) {
  std::vector<std::string> paths;
  for (const auto &target : targets) paths.push_back(target.file.path);
  return paths;
}

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

DuplicateActionReport trash_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  auto targets = without_links(
      duplicate_targets(action, report, /*take_away=*/true,
                        [&](const DuplicateEntry &entry) { return entry.shot_relation <= action.options.relation; }),
      report);
  Sidecars sidecars(action.call, paths_of(targets));
  if (action.dry_run) {
    only_plan(action, targets, report, [&](const DuplicateTarget &target, DuplicateOutcome &outcome) {
      outcome.sidecars = sidecars.leaving(target.file.path);
    });
    return report;
  }
  action.call.task.phase("trash", targets.size());
  Journal journal(action.call.library(), trash_operation);
  Trashing run{action, sidecars, journal, report};
  in_chunks(targets, action.call.task, journal,
            [&](std::span<const DuplicateTarget> chunk) { trash_chunk(run, chunk); });
  report.operation = journal.operation();
  return report;
}

DuplicateActionReport link_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  auto targets = without_links(
      duplicate_targets(action, report, /*take_away=*/false,
                        [](const DuplicateEntry &entry) { return entry.relation == Relation::same_bytes; }),
      report);
  if (action.dry_run) {
    only_plan(action, targets, report, [](const DuplicateTarget &target, DuplicateOutcome &) {
      require_linkable(target.file.path, target.counterpart.path);
    });
    return report;
  }
  action.call.task.phase("link", targets.size());
  Journal journal(action.call.library(), link_operation);
  in_chunks(targets, action.call.task, journal,
            [&](std::span<const DuplicateTarget> chunk) { link_chunk(action, chunk, journal, report); });
  report.operation = journal.operation();
  return report;
}

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
