#pragma once
// How the rows and summaries of methods are written for people. A file of commands brings the renderers of its methods.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>

#include "invocation.h"

namespace kalon::cli {

struct Renderer {
  // Each writes to standard output, failures to standard error; null: says nothing.
  void (*row)(const nlohmann::json &row, const Invocation &invocation) = nullptr;
  void (*summary)(const nlohmann::json &summary, const Invocation &invocation, uint64_t rows) = nullptr;
  // With --json the summary is no row of its own: the rows are the answer.
  bool rows_are_the_answer = false;
};

// By method; one for each file of commands.
void add_library_renderers(std::map<std::string, Renderer> &renderers);
void add_decision_renderers(std::map<std::string, Renderer> &renderers);
void add_plugin_renderers(std::map<std::string, Renderer> &renderers);
void add_duplicate_renderers(std::map<std::string, Renderer> &renderers);
void add_outlier_renderers(std::map<std::string, Renderer> &renderers);
void add_group_renderers(std::map<std::string, Renderer> &renderers);
void add_rank_renderers(std::map<std::string, Renderer> &renderers);
void add_import_renderers(std::map<std::string, Renderer> &renderers);
void add_report_renderers(std::map<std::string, Renderer> &renderers);
void add_grid_renderers(std::map<std::string, Renderer> &renderers);
void add_send_renderers(std::map<std::string, Renderer> &renderers);

// ---- what they share

std::string text(const nlohmann::json &object, const char *name);  // printable; empty when absent or null
uint64_t count(const nlohmann::json &object, const char *name);    // 0 when absent
double number(const nlohmann::json &object, const char *name);     // 0 when absent
void line(const std::string &content);                             // to standard output
void failure_line(const nlohmann::json &row);  // "failed: PATH: MESSAGE" to standard error; see failure_lines.h
std::string sidecars_along(const nlohmann::json &row);  // "with a.jpg.xmp and a.txt"; empty when none go along
// "3 files and 1 sidecar", of the files that had this fate.
std::string files_and_sidecars(const nlohmann::json &summary, const char *fate);
// What a summary says of files moved to the trash, without a full stop.
std::string trashed_text(const nlohmann::json &summary);
std::string trash_planned_text(const nlohmann::json &summary);
inline void failure_row(const nlohmann::json &row, const Invocation &) {
  failure_line(row);
}

}  // namespace kalon::cli
