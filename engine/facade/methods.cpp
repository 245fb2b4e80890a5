#include "facade/methods.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/error.h"

namespace kalon {
namespace {

constexpr Method methods[] = {{"index", true, run_index},
                              {"list", true, run_list},
                              {"info", true, run_info},
                              {"similar", true, run_similar},
                              {"sort", true, run_sort},
                              {"order_vectors", false, run_order_vectors},
                              {"duplicates", true, run_duplicates},
                              {"not_duplicates", true, run_not_duplicates},
                              {"outliers", true, run_outliers},
                              {"outlier_vectors", false, run_outlier_vectors},
                              {"filters", true, run_filters},
                              {"scores", true, run_scores},
                              {"attributes", true, run_attributes},
                              {"groups", true, run_groups},
                              {"report", true, run_report},
                              {"import_vectors", true, run_import_vectors},
                              {"import_scores", true, run_import_scores},
                              {"import_attributes", true, run_import_attributes},
                              {"export_list", true, run_export_list},
                              {"export_vectors", true, run_export_vectors},
                              {"exclude", true, run_exclude},
                              {"undo", true, run_undo},
                              {"plugins", false, run_plugins},
                              {"models", false, run_models},
                              {"doctor", true, run_doctor}};

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
