#pragma once
// The method table: what a host can ask for, by name. sdk/docs/methods.md describes each for hosts.

#include <memory>
#include <span>
#include <string_view>

#include "facade/parameters.h"
#include "facade/running_task.h"
#include "plugin/registry.h"
#include "store/library.h"

namespace kalon {

class Rankings;

// A library as hosts hold it.
struct OpenLibrary {
  std::shared_ptr<Library> library;
  std::shared_ptr<ThumbnailCache> thumbnails;
  std::shared_ptr<Rankings> rankings;
};

std::shared_ptr<OpenLibrary> open_library(const std::string &folder, const OpenOptions &options);  // as Library::open()

struct MethodCall {
  const Parameters &parameters;
  Task &task;
  RowSink &rows;
  Registry &registry;
  OpenLibrary *open;  // null when the method needs none

  Library &library() const { return *open->library; }
  ThumbnailCache &thumbnails() const { return *open->thumbnails; }
  Rankings &rankings() const { return *open->rankings; }
};

using Ending = RunningTask::Ending;

// What a method does with a library: if_there is for those that can do without, made for those that make one.
enum class LibraryUse { none, if_there, needed, made };

struct Method {
  std::string_view name;
  LibraryUse use;
  Ending (*run)(const MethodCall &call);
};

std::span<const Method> all_methods();
// Throws invalid_argument for a name that is none.
const Method &method_named(std::string_view name);

Ending run_index(const MethodCall &call);
Ending run_scan(const MethodCall &call);
Ending run_list(const MethodCall &call);
Ending run_info(const MethodCall &call);
Ending run_similar(const MethodCall &call);
Ending run_sort(const MethodCall &call);
Ending run_order_vectors(const MethodCall &call);
Ending run_grid(const MethodCall &call);
Ending run_export_list(const MethodCall &call);
Ending run_export_vectors(const MethodCall &call);
Ending run_exclude(const MethodCall &call);
Ending run_flag(const MethodCall &call);
Ending run_rate(const MethodCall &call);
Ending run_label(const MethodCall &call);
Ending run_undo(const MethodCall &call);
Ending run_history(const MethodCall &call);
Ending run_changes(const MethodCall &call);
Ending run_plugins(const MethodCall &call);
Ending run_release_plugin(const MethodCall &call);
Ending run_models(const MethodCall &call);
Ending run_add_model(const MethodCall &call);
Ending run_remove_model(const MethodCall &call);
Ending run_doctor(const MethodCall &call);
Ending run_describe(const MethodCall &call);
Ending run_duplicates(const MethodCall &call);
Ending run_not_duplicates(const MethodCall &call);
Ending run_send(const MethodCall &call);
Ending run_trash(const MethodCall &call);
Ending run_outliers(const MethodCall &call);
Ending run_outlier_vectors(const MethodCall &call);
Ending run_filters(const MethodCall &call);
Ending run_scores(const MethodCall &call);
Ending run_attributes(const MethodCall &call);
Ending run_groups(const MethodCall &call);
Ending run_import_vectors(const MethodCall &call);
Ending run_import_scores(const MethodCall &call);
Ending run_import_attributes(const MethodCall &call);
Ending run_report(const MethodCall &call);
Ending run_rank_start(const MethodCall &call);
Ending run_rank_sessions(const MethodCall &call);
Ending run_rank_next(const MethodCall &call);
Ending run_rank_vote(const MethodCall &call);
Ending run_rank_undo(const MethodCall &call);
Ending run_rank_status(const MethodCall &call);
Ending run_rank_table(const MethodCall &call);
Ending run_rank_odds(const MethodCall &call);
Ending run_rank_report(const MethodCall &call);
Ending run_rank_import(const MethodCall &call);
Ending run_rank_export(const MethodCall &call);
Ending run_rank_fit(const MethodCall &call);
Ending run_rank_simulate(const MethodCall &call);

}  // namespace kalon
