// What is done to duplicates where they lie: moved to the trash, or replaced by links.

#include <algorithm>

#include "base/text.h"
#include "exchange/relink.h"
#include "facade/duplicate_checks.h"
#include "facade/trashing.h"

namespace kalon {
namespace {

// Runs one step for a file; what goes wrong becomes its outcome, a cancellation goes on. Whether it went well.
template <typename Step>
bool attempt(const DuplicateTarget &target, DuplicateActionReport &report, const Step &step) {
  try {
    step();
    return true;
  } catch (const Error &error) {
    if (error.status() == Status::cancelled) throw;
    report.outcomes.push_back(outcome_for(target, ActionFate::failed, {error.status(), error.message()}));
    return false;
  }
}

// Links are only names: there is nothing to be gained, and what they lead to is not theirs.
std::vector<DuplicateTarget> without_links(std::vector<DuplicateTarget> targets, DuplicateActionReport &report) {
  std::erase_if(targets, [&](const DuplicateTarget &target) {
    if (!is_symbolic_link(target.file.path)) return false;
    report.outcomes.push_back(outcome_for(target, ActionFate::left, {Status::ok, "is a symbolic link"}));
    return true;
  });
  return targets;
}

bool one_shot(const DuplicateTarget &a, const DuplicateTarget &b) {
  return a.group == b.group && a.entry->shot == b.entry->shot;
}

// A dry run of links.
void plan_links(const DuplicateAction &action, const std::vector<DuplicateTarget> &targets,
                DuplicateActionReport &report) {
  action.call.task.phase("comparing bytes", targets.size());
  for (const auto &target : targets) {
    action.call.task.advance();
    attempt(target, report, [&] {
      check_bytes(target, action.call.task);
      require_linkable(target.file.path, target.counterpart.path);
      report.outcomes.push_back(outcome_for(target, ActionFate::planned));
    });
  }
}

void link_chunk(const DuplicateAction &action, std::span<const DuplicateTarget> chunk, FileJournal &journal,
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
      report.outcomes.push_back(outcome_for(*target, ActionFate::done));
    });
    action.call.task.advance();
  }
  refresh_rows(action.call.library(), linked);
}

}  // namespace

DuplicateActionReport trash_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  auto targets = duplicate_targets(action, report, /*take_away=*/true, [&](const DuplicateEntry &entry) {
    return entry.shot_relation <= action.options.relation;
  });
  std::vector<FileToTrash> files;
  size_t shot = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (i > 0 && !one_shot(targets[i - 1], targets[i])) ++shot;
    files.push_back({targets[i].file.path, shot});
  }
  TrashOptions options;
  options.dry_run = action.dry_run;
  options.check = [&](size_t i) { check_bytes(targets[i], action.call.task); };
  options.check_again = [&](size_t i) { check_unchanged(targets[i]); };
  auto trashed = trash_files(action.call, files, options);
  report.operation = trashed.operation;
  for (size_t i = 0; i < targets.size(); ++i) {
    auto &file = trashed.files[i];
    auto outcome = outcome_for(targets[i], file.fate, std::move(file.outcome));
    outcome.name = std::move(file.name);
    outcome.sidecars = std::move(file.sidecars);
    report.outcomes.push_back(std::move(outcome));
  }
  return report;
}

DuplicateActionReport link_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  auto targets = without_links(
      duplicate_targets(action, report, /*take_away=*/false,
                        [](const DuplicateEntry &entry) { return entry.relation == Relation::same_bytes; }),
      report);
  if (action.dry_run) {
    plan_links(action, targets, report);
    return report;
  }
  action.call.task.phase("link", targets.size());
  FileJournal journal(action.call.library(), link_operation);
  in_chunks(
      targets.size(), [&](size_t a, size_t b) { return one_shot(targets[a], targets[b]); }, action.call.task, journal,
      [&](size_t begin, size_t end) {
        link_chunk(action, std::span(targets).subspan(begin, end - begin), journal, report);
      });
  report.operation = journal.operation();
  return report;
}

}  // namespace kalon
