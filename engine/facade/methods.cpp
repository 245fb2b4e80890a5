#include "facade/methods.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/error.h"

namespace kalon {
namespace {

constexpr Method methods[] = {{"index", LibraryUse::made, run_index},
                              {"scan", LibraryUse::if_there, run_scan},
                              {"list", LibraryUse::needed, run_list},
                              {"info", LibraryUse::needed, run_info},
                              {"similar", LibraryUse::needed, run_similar},
                              {"sort", LibraryUse::needed, run_sort},
                              {"order_vectors", LibraryUse::none, run_order_vectors},
                              {"grid", LibraryUse::needed, run_grid},
                              {"duplicates", LibraryUse::needed, run_duplicates},
                              {"not_duplicates", LibraryUse::needed, run_not_duplicates},
                              {"send", LibraryUse::needed, run_send},
                              {"trash", LibraryUse::needed, run_trash},
                              {"outliers", LibraryUse::needed, run_outliers},
                              {"outlier_vectors", LibraryUse::none, run_outlier_vectors},
                              {"filters", LibraryUse::needed, run_filters},
                              {"scores", LibraryUse::needed, run_scores},
                              {"attributes", LibraryUse::needed, run_attributes},
                              {"groups", LibraryUse::needed, run_groups},
                              {"report", LibraryUse::needed, run_report},
                              {"rank_start", LibraryUse::needed, run_rank_start},
                              {"rank_sessions", LibraryUse::needed, run_rank_sessions},
                              {"rank_next", LibraryUse::needed, run_rank_next},
                              {"rank_vote", LibraryUse::needed, run_rank_vote},
                              {"rank_undo", LibraryUse::needed, run_rank_undo},
                              {"rank_status", LibraryUse::needed, run_rank_status},
                              {"rank_table", LibraryUse::needed, run_rank_table},
                              {"rank_odds", LibraryUse::needed, run_rank_odds},
                              {"rank_report", LibraryUse::needed, run_rank_report},
                              {"rank_import", LibraryUse::needed, run_rank_import},
                              {"rank_export", LibraryUse::needed, run_rank_export},
                              {"rank_fit", LibraryUse::none, run_rank_fit},
                              {"rank_simulate", LibraryUse::none, run_rank_simulate},
                              {"import_vectors", LibraryUse::needed, run_import_vectors},
                              {"import_scores", LibraryUse::needed, run_import_scores},
                              {"import_attributes", LibraryUse::needed, run_import_attributes},
                              {"export_list", LibraryUse::needed, run_export_list},
                              {"export_vectors", LibraryUse::needed, run_export_vectors},
                              {"exclude", LibraryUse::needed, run_exclude},
                              {"flag", LibraryUse::needed, run_flag},
                              {"rate", LibraryUse::needed, run_rate},
                              {"label", LibraryUse::needed, run_label},
                              {"undo", LibraryUse::needed, run_undo},
                              {"history", LibraryUse::needed, run_history},
                              {"changes", LibraryUse::needed, run_changes},
                              {"describe", LibraryUse::none, run_describe},
                              {"plugins", LibraryUse::none, run_plugins},
                              {"release_plugin", LibraryUse::none, run_release_plugin},
                              {"models", LibraryUse::if_there, run_models},
                              {"add_model", LibraryUse::none, run_add_model},
                              {"remove_model", LibraryUse::none, run_remove_model},
                              {"doctor", LibraryUse::needed, run_doctor}};

}  // namespace

std::span<const Method> all_methods() {
  return methods;
}

const Method &method_named(std::string_view name) {
  auto found =
      std::find_if(std::begin(methods), std::end(methods), [&](const Method &method) { return method.name == name; });
  if (found != std::end(methods)) return *found;
  std::string known;
  for (const auto &method : methods) known += (known.empty() ? "" : ", ") + std::string(method.name);
  throw Error(Status::invalid_argument, "there is no such method; there are: " + known, std::string(name));
}

}  // namespace kalon
