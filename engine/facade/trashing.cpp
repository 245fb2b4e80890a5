#include "facade/trashing.h"

#include "base/clock.h"
#include "base/text.h"
#include "exchange/folder.h"
#include "exchange/trash.h"
#include "facade/file_journal.h"
#include "facade/leaving_sidecars.h"

namespace kalon {
namespace {

// A file that is to be moved, and its sidecars: from where, and to which place in the trash. Of a dry run without
// places.
struct PlannedMove {
  size_t file;  // its number
  PlacedItem item;
  std::vector<PlacedItem> sidecars;
};

class Trashing {
 public:
  Trashing(const MethodCall &call, std::span<const FileToTrash> all, const TrashOptions &options)
      : call_(call), files_(all), options_(options), sidecars_(call, leaving_paths(all, options)) {
    report_.files.resize(all.size());
    for (size_t i = 0; i < all.size(); ++i)
      if (is_symbolic_link(all[i].path))
        report_.files[i].outcome.text = "is a symbolic link";
      else
        numbers_.push_back(i);
  }

  TrashReport run() {
    call_.task.phase("trash", numbers_.size());
    FileJournal journal(call_.library(), trash_operation);
    auto one_shot = [&](size_t a, size_t b) { return shot(a) == shot(b); };
    in_chunks(numbers_.size(), one_shot, call_.task, journal, [&](size_t begin, size_t end) {
      auto moves = plan(begin, end);
      if (options_.dry_run)
        tell_plan(moves);
      else
        carry_out(moves, journal);
    });
    report_.operation = journal.operation();
    return std::move(report_);
  }

 private:
  static std::vector<std::string> leaving_paths(std::span<const FileToTrash> files, const TrashOptions &options) {
    std::vector<std::string> paths;
    if (!options.sidecars) return paths;
    for (const auto &file : files)
      if (!is_symbolic_link(file.path)) paths.push_back(file.path);
    return paths;
  }

  size_t shot(size_t i) const { return files_[numbers_[i]].shot; }
  void stays(size_t file) {
    if (options_.sidecars) sidecars_.staying(files_[file].path);
  }

  // Runs one step for a file; what goes wrong becomes its outcome, a cancellation goes on. Whether it went well.
  template <typename Step>
  bool attempt(size_t file, const Step &step) {
    try {
      step();
      return true;
    } catch (const Error &error) {
      if (error.status() == Status::cancelled) throw;
      report_.files[file] = {ActionFate::failed, {}, {error.status(), error.message()}, {}};
      stays(file);
      return false;
    }
  }

  PlacedItem item_for(const std::string &path) {
    if (options_.dry_run) return {path, {}};
    return journal_entry(path, trash_.place_for(path), path);
  }

  // Where the files go, shot by shot; nothing of a shot of which one cannot.
  std::vector<PlannedMove> plan(size_t begin, size_t end) {
    std::vector<PlannedMove> moves;
    for (size_t first = begin, next = begin; first < end; first = next) {
      for (next = first + 1; next < end && shot(next) == shot(first);) ++next;
      std::vector<PlannedMove> together;
      for (size_t i = first; i < next; ++i) {
        size_t file = numbers_[i];
        attempt(file, [&] {
          options_.check(file);
          const auto &path = files_[file].path;
          PlannedMove move{file, item_for(path), {}};
          if (options_.sidecars)
            for (const auto &sidecar : sidecars_.leaving(path)) move.sidecars.push_back(item_for(sidecar));
          together.push_back(std::move(move));
        });
      }
      bool whole = together.size() == next - first;
      for (auto &move : together) {
        if (whole) {
          moves.push_back(std::move(move));
          continue;
        }
        stays(move.file);
        report_.files[move.file].outcome.text = "stays with the other file of its shot";
      }
    }
    return moves;
  }

  void tell_plan(const std::vector<PlannedMove> &moves) {
    for (const auto &move : moves) {
      auto &told = report_.files[move.file];
      told.fate = ActionFate::planned;
      for (const auto &sidecar : move.sidecars) told.sidecars.push_back(sidecar.source);
      call_.task.advance();
    }
  }

  void carry_out(const std::vector<PlannedMove> &moves, FileJournal &journal) {
    std::vector<PlacedItem> items;
    for (const auto &move : moves) {
      items.push_back(move.item);
      items.insert(items.end(), move.sidecars.begin(), move.sidecars.end());
    }
    journal.add(items);
    std::vector<std::string> touched;
    for (const auto &move : moves) {
      touched.push_back(move.item.source);
      attempt(move.file, [&] { carry_out(move, journal); });
      call_.task.advance();
    }
    refresh_rows(call_.library(), touched);
  }

  // What acts on a file holds the library's writer, so that no two runs give up what the other keeps; and looks once
  // more, since others were compared meanwhile, which takes time.
  void carry_out(const PlannedMove &move, FileJournal &journal) {
    auto alone = call_.library().write();
    options_.check_again(move.file);
    const auto &path = move.item.source;
    move_to_trash(path, move.item.name, now_microseconds());
    journal.note_done();
    if (options_.sidecars) sidecars_.gone(path);
    auto &told = report_.files[move.file];
    told.fate = ActionFate::done;
    told.name = move.item.name;
    for (const auto &sidecar : move.sidecars) {
      if (!sidecars_.free(path, sidecar.source)) continue;
      try {
        move_to_trash(sidecar.source, sidecar.name, now_microseconds());
        told.sidecars.push_back(sidecar.source);
      } catch (const Error &error) {
        if (error.status() == Status::not_found) continue;
        told.fate = ActionFate::failed;
        told.outcome = {error.status(), "is in the trash, but its sidecar " + display_text(name_in(sidecar.source)) +
                                            " was left: " + error.message()};
      }
    }
  }

  const MethodCall &call_;
  std::span<const FileToTrash> files_;
  const TrashOptions &options_;
  LeavingSidecars sidecars_;
  Trash trash_;
  std::vector<size_t> numbers_;  // of the files that are no links
  TrashReport report_;
};

}  // namespace

TrashReport trash_files(const MethodCall &call, std::span<const FileToTrash> files, const TrashOptions &options) {
  return Trashing(call, files, options).run();
}

}  // namespace kalon
