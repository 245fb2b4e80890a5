#include "render.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

#include "failure_lines.h"
#include "renderers.h"
#include "style.h"

namespace kalon::cli {

using nlohmann::json;

std::string text(const json &object, const char *name) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return printable(found->is_string() ? found->get<std::string>() : found->dump());
}

uint64_t count(const json &object, const char *name) {
  return object.value(name, uint64_t{0});
}

double number(const json &object, const char *name) {
  return object.value(name, 0.0);
}

void line(const std::string &content) {
  failure_lines().interrupt();
  std::printf("%s\n", content.c_str());
}

void failure_line(const json &row) {
  failure_lines().tell(text(row, "path"), text(row, "message"));
}

std::string sidecars_along(const json &row) {
  std::string names;
  for (const auto &sidecar : row.value("sidecars", json::array())) {
    auto path = sidecar.is_string() ? path_of_uri(sidecar.get<std::string>()) : std::string();
    names += (names.empty() ? "with " : " and ") + printable(path.substr(path.rfind('/') + 1));
  }
  return names;
}

std::string files_and_sidecars(const json &summary, const char *fate) {
  auto sidecars = count(summary, "sidecars");
  return plural(count(summary, fate), "file", "files") +
         (sidecars > 0 ? " and " + plural(sidecars, "sidecar", "sidecars") : "");
}

std::string trashed_text(const json &summary) {
  auto done = count(summary, "done");
  // A file may have gone without its sidecar, which counts as failed.
  if (done == 0 && summary.contains("operation"))
    return "No file was moved to the trash whole; `kalon undo` brings back what was";
  if (done == 0) return "No file was moved to the trash";
  return files_and_sidecars(summary, "done") + " moved to the trash; `kalon undo` brings " +
         (done + count(summary, "sidecars") == 1 ? "it" : "them") + " back";
}

std::string trash_planned_text(const json &summary) {
  std::string out = "Nothing was done (dry run)";
  if (count(summary, "planned") > 0)
    out += "; " + files_and_sidecars(summary, "planned") + " would be moved to the trash";
  return out;
}

namespace {

Renderer renderer_of(const std::string &method) {
  static const auto renderers = [] {
    std::map<std::string, Renderer> all;
    add_library_renderers(all);
    add_decision_renderers(all);
    add_plugin_renderers(all);
    add_duplicate_renderers(all);
    add_outlier_renderers(all);
    add_group_renderers(all);
    add_rank_renderers(all);
    add_import_renderers(all);
    add_report_renderers(all);
    add_grid_renderers(all);
    add_send_renderers(all);
    return all;
  }();
  auto found = renderers.find(method);
  return found == renderers.end() ? Renderer{} : found->second;
}

}  // namespace

void render_row(const Invocation &invocation, std::string_view row) {
  if (invocation.json) {
    std::printf("%.*s\n", static_cast<int>(row.size()), row.data());
    return;
  }
  auto renderer = renderer_of(invocation.method);
  if (!renderer.row) return;
  auto parsed = json::parse(row, nullptr, false);
  if (parsed.is_object()) renderer.row(parsed, invocation);
}

void render_summary(const Invocation &invocation, std::string_view summary, uint64_t rows) {
  if (invocation.summary_only) return line(std::string(summary));
  auto parsed = json::parse(summary, nullptr, false);
  auto renderer = renderer_of(invocation.method);
  if (invocation.json) {
    if (invocation.method == "list" && parsed.contains("count")) return line(std::string(summary));
    if (!renderer.rows_are_the_answer) line("{\"summary\":" + std::string(summary) + "}");
    return;
  }
  if (parsed.is_object() && renderer.summary) renderer.summary(parsed, invocation, rows);
}

namespace {

// A method speaks of its parameters; a person gave an option.
std::string as_typed(std::string context) {
  constexpr std::string_view prefix = "parameter ";
  if (context.rfind(prefix, 0) != 0) return context;
  auto name = context.substr(prefix.size());
  for (const auto &[parameter, option] :
       {std::pair("keep_folder", "keep_in"), std::pair("criteria", "combine"), std::pair("compatible", "compat"),
        std::pair("label", "as")})
    if (name == parameter) {
      name = option;
      break;
    }
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

}  // namespace

std::string failure_text(std::string_view summary) {
  auto parsed = json::parse(summary, nullptr, false);
  if (!parsed.is_object()) return "failed";
  auto context = as_typed(text(parsed, "context")), message = text(parsed, "message");
  if (message.empty()) return "failed";
  return context.empty() ? message : context + ": " + message;
}

}  // namespace kalon::cli
