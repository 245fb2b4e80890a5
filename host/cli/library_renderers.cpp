// Rows and summaries of the commands in library_commands.cpp and sort_command.cpp.

#include <kalon/kalon.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>

#include "renderers.h"
#include "style.h"

namespace kalon::cli {
namespace {

using nlohmann::json;

// "  (pick, 4 stars, red)"; what is not to be looked at says that alone.
std::string marks_of(const json &row) {
  std::string marks;
  auto add = [&](const std::string &mark) { marks += (marks.empty() ? "  (" : ", ") + mark; };
  if (row.value("vanished", false)) {
    add("vanished");
  } else if (row.value("excluded", false)) {
    add("excluded");
  } else {
    if (row.contains("flag")) add(text(row, "flag"));
    if (number(row, "rating") > 0) add(text(row, "rating") + (number(row, "rating") == 1 ? " star" : " stars"));
    if (row.contains("label")) add(text(row, "label"));
  }
  return marks.empty() ? marks : marks + ')';
}

void list_row(const json &row, const Invocation &) {
  if (text(row, "status") != "ok") {
    std::printf("%11s  %-5s  %8s  %s  (%s)\n", "-", "-", file_size(count(row, "size")).c_str(),
                text(row, "path").c_str(), text(row, "message").c_str());
    return;
  }
  auto size = std::to_string(count(row, "width")) + "x" + std::to_string(count(row, "height"));
  std::printf("%11s  %-5s  %8s  %s%s\n", size.c_str(), text(row, "format").c_str(),
              file_size(count(row, "size")).c_str(), text(row, "path").c_str(), marks_of(row).c_str());
}

void info_line(const std::string &name, const std::string &value) {
  std::printf("  %-14s  %s\n", printable(name).c_str(), value.c_str());
}

// What says nothing to a person: an absent value, the size of what could not be read, the hash of a picture not
// rendered.
bool says_nothing(const std::string &name, const json &value) {
  if (value.is_null()) return true;
  if (value.is_string()) {
    const auto &content = value.get_ref<const std::string &>();
    return content.empty() || (name == "render" && content.find_first_not_of('0') == std::string::npos);
  }
  return (name == "width" || name == "height") && value == 0;
}

void info_row(const json &row, const Invocation &) {
  if (text(row, "status") == "not_found") return failure_line(row);
  line(text(row, "path"));
  for (const auto &[name, value] : row.items()) {
    if (name == "path" || name == "uri" || name == "attributes" || says_nothing(name, value)) continue;
    if (name == "vectors") {
      for (const auto &item : value)
        info_line(name, text(item, "model") + ", " + text(item, "dimension") + " values, " + text(item, "policy"));
    } else if (name == "same_picture") {
      for (const auto &item : value)
        if (item.is_string()) info_line(name, printable(path_of_uri(item.get<std::string>())));
    } else if (name == "mtime" || name == "capture_time") {
      info_line(name, shorter_time(text(row, name.c_str())));
    } else {
      info_line(name, text(row, name.c_str()));
    }
  }
  auto found = row.find("attributes");
  if (found == row.end() || !found->is_object()) return;
  for (const auto &[name, value] : found->items()) {
    // The row's own says what they come to.
    if (name == "flag" || ((name == "rating" || name == "label") && row.contains(name))) continue;
    if (name != "keywords" || !value.is_string()) {
      info_line(name, text(*found, name.c_str()));
      continue;
    }
    std::string list;
    for (char c : value.get<std::string>()) c == '\n' ? list += ", " : list += c;
    info_line(name, printable(list));
  }
}

void similar_row(const json &row, const Invocation &) {
  bool cosine = row.contains("similarity");
  std::printf("%4s  %s %.4f  %s\n", text(row, "rank").c_str(), cosine ? "similarity" : "distance",
              number(row, cosine ? "similarity" : "distance"), text(row, "path").c_str());
}

void index_row(const json &row, const Invocation &invocation) {
  if (text(row, "fate") != "duplicate") return failure_line(row);
  if (invocation.quiet) return;
  line("duplicate: " + text(row, "path") + " of " + text(row, "duplicate_of_path") +
       (row.value("larger", false)           ? "; has more pixels, and was taken in"
        : text(row, "relation") == "similar" ? "; excluded"
                                             : ""));
}

void index_summary(const json &summary, const Invocation &invocation, uint64_t) {
  auto done = count(summary, "embedded") + count(summary, "reused");
  std::string out = plural(count(summary, "found"), "picture file", "picture files") + " found: ";
  out += grouped(count(summary, "embedded")) + " embedded";
  for (const char *kind : {"reused", "unchanged", "failed", "vanished"})
    if (count(summary, kind) > 0) out += ", " + grouped(count(summary, kind)) + ' ' + kind;
  out += "; " + duration(number(summary, "seconds"));
  if (done > 0 && number(summary, "seconds") > 0)
    out += " (" + per_second(static_cast<double>(done) / number(summary, "seconds")) + ")";
  line(out);
  if (auto duplicates = count(summary, "duplicates"); duplicates > 0)
    line(plural(duplicates, "new file is a duplicate", "new files are duplicates") +
         "; `kalon undo` takes back what was excluded for it.");
  if (invocation.quiet) return;
  if (count(summary, "unsupported") > 0)
    line(plural(count(summary, "unsupported"), "file of another kind was", "files of other kinds were") +
         " passed over.");
  line("Library: " + text(summary, "library_path"));
}

void sort_summary(const json &summary, const Invocation &, uint64_t) {
  bool dry_run = summary.value("dry_run", false);
  if (dry_run)
    line("Nothing was made (dry run).");
  else
    line(plural(count(summary, "placed"), "picture", "pictures") + " placed in " + text(summary, "folder_path") +
         (count(summary, "sections") > 1 ? ", in " + plural(count(summary, "sections"), "section", "sections") : ""));
  if (summary.contains("mean_step") && count(summary, "pictures") > 1) {
    char figures[160];
    std::snprintf(figures, sizeof figures,
                  "The path is %.4g long; its steps: mean %.3f, 99 %% up to %.3f, largest %.3f.",
                  number(summary, "length"), number(summary, "mean_step"), number(summary, "p99_step"),
                  number(summary, "max_step"));
    line(figures);
  }
  if (auto missing = count(summary, "without_vector"); missing > 0)
    line(plural(missing, "picture has", "pictures have") + " no vector yet and " + (missing == 1 ? "was" : "were") +
         " left out; run `kalon index FOLDER`.");
  if (auto blank = count(summary, "without_thumbnail"); blank > 0)
    line(plural(blank, "picture has", "pictures have") + " no thumbnail on the sheet; run `kalon index FOLDER`.");
  if (!summary.contains("sheet_path")) return;
  line("Contact sheet: " + text(summary, "sheet_path"));
  if (auto shown = count(summary, "sampled"); shown > 0)
    line("The sheet shows " + grouped(shown) + " of " +
         grouped(count(summary, summary.contains("pictures") ? "pictures" : "placed")) + ", evenly sampled.");
}

void undo_in_place_summary(const json &summary) {
  bool trashed = text(summary, "undone") == "trash";
  if (summary.value("forgotten", false))
    return line(std::string("Forgot the ") + (trashed ? "move to the trash" : "links") + " made " +
                shorter_time(text(summary, "made")) + "; no file was touched.");
  auto restored = count(summary, "restored"), left = count(summary, "left"), remaining = count(summary, "remaining");
  auto out = restored == 0 ? "No file" : plural(restored, "file", "files");
  out += restored > 1 ? " are " : " is ";
  out += trashed ? "back from the trash" : restored > 1 ? "files of their own again" : "a file of its own again";
  if (left > 0) out += "; " + plural(left, "was", "were") + " left";
  line(out + ".");
  if (remaining == 0) return;
  out = remaining == left ? "What was left" : grouped(remaining) + " of those left";
  line(out + " can still come back: " + text(summary, "message") + ".");
}

void undo_row(const json &row, const Invocation &invocation) {
  if (text(row, "status") != "ok") return failure_line(row);
  if (!invocation.quiet) line(text(row, "path") + ": " + text(row, "message"));
}

void undo_summary(const json &summary, const Invocation &, uint64_t) {
  if (text(summary, "undone") == "trash" || text(summary, "undone") == "link") return undo_in_place_summary(summary);
  if (summary.contains("restored"))
    return line("Brought back: " + text(summary, "restored") + " of " +
                plural(count(summary, "pictures"), "picture", "pictures"));
  if (text(summary, "undone") == "vote" && count(summary, "events") > 1)
    return line("Took back: " + grouped(count(summary, "events")) + " votes that were taken in at once.");
  if (text(summary, "undone") != "sort" && text(summary, "undone") != "send")
    return line("Took back: " + text(summary, "undone") + " of " +
                plural(count(summary, "pictures"), "picture", "pictures") + ", made " +
                shorter_time(text(summary, "made")));
  auto folder = text(summary, "folder_path");
  if (summary.value("forgotten", false)) return line("Forgot " + folder + "; no file was touched.");
  if (summary.value("missing", false)) return line(folder + " is gone already; nothing was left to take back.");
  auto out = "Took back " + std::string(text(summary, "undone") == "send" ? "what was sent to " : "") + folder + ": " +
             plural(count(summary, "removed"), "file", "files") + " removed";
  if (auto left = count(summary, "left"); left > 0)
    out += ", " + grouped(left) + " left because " + (left == 1 ? "it is" : "they are") + " not what was made";
  line(out + ".");
}

void doctor_summary(const json &summary, const Invocation &, uint64_t) {
  auto action = text(summary, "action");
  if (action == "backup") return line("Backed up to " + text(summary, "to_path"));
  if (action == "compact") return line("Compacted " + text(summary, "library_path"));
  line(text(summary, "library_path") + ": " + plural(count(summary, "files"), "file", "files") + ", " +
       plural(count(summary, "events"), "event", "events") + ", " +
       plural(count(summary, "faults"), "fault", "faults"));
}

// The rows of a placed sort are for --json and --dry-run; people get the folder.
void sort_row(const json &row, const Invocation &invocation) {
  if (row.contains("status")) return failure_line(row);
  if (json::parse(invocation.parameters).value("dry_run", false)) line(text(row, "name") + "  " + text(row, "path"));
}

void none_matches(const json &, const Invocation &invocation, uint64_t rows) {
  if (rows == 0 && !invocation.quiet) say("No file matches.\n");
}

void list_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (summary.contains("count")) return line(text(summary, "count"));
  none_matches(summary, invocation, rows);
}

void export_list_summary(const json &summary, const Invocation &, uint64_t) {
  line(plural(count(summary, "rows"), "row", "rows") + " written to " + text(summary, "path"));
}

void export_vectors_summary(const json &summary, const Invocation &, uint64_t) {
  line(plural(count(summary, "rows"), "vector", "vectors") + " of " + text(summary, "dimension") +
       " values written to " + text(summary, "path"));
  line("Rows are named in " + text(summary, "ids_path"));
}

}  // namespace

void add_library_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["index"] = {index_row, index_summary};
  renderers["list"] = {list_row, list_summary, true};
  renderers["info"] = {info_row, nullptr, true};
  renderers["similar"] = {similar_row, none_matches, true};
  renderers["sort"] = {sort_row, sort_summary};
  renderers["undo"] = {undo_row, undo_summary};
  renderers["doctor"] = {[](const json &row, const Invocation &) { line("fault: " + text(row, "fault")); },
                         doctor_summary};
  renderers["export_list"] = {nullptr, export_list_summary};
  renderers["export_vectors"] = {nullptr, export_vectors_summary};
}

}  // namespace kalon::cli
