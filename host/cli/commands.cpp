#include "commands.h"

#include <CLI/CLI.hpp>
#include <kalon/kalon.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <vector>

#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

using nlohmann::json;

std::string uri(const std::string &path) {
  if (path.empty()) usage_error("an empty path names no file and no folder");
  if (path.rfind("file://", 0) == 0) return path;
  return host::file_uri(std::filesystem::absolute(path).native());
}

std::string dumped(const json &parameters) {
  return parameters.dump(-1, ' ', false, json::error_handler_t::replace);
}

constexpr uint64_t any_number = std::numeric_limits<int64_t>::max();

constexpr const char *where_help =
    "EXPR is as in: width > 4000 and (format = jpeg or rating >= 4) and not name ~ \"IMG_*\" and camera is known\n"
    "Operators: = != < <= > >=, ~ (a pattern of * and ?), is known, is unknown, and, or, not. Text is compared\n"
    "without case; a date may be short: capture_time >= 2024-05.\n"
    "Columns: id photo path name folder stem extension format width height pixels aspect size mtime capture_time\n"
    "indexed_time status vanished excluded, and any attribute such as rating, label, camera, lens, keywords, caption.";

json uris(const std::vector<std::string> &paths) {
  json list = json::array();
  for (const auto &path : paths) list.push_back(uri(path));
  return list;
}

// Everything that any command can be given.
struct Words {
  std::string library, plugins;
  int threads = 0;
  bool json = false, quiet = false, verbose = false;

  std::vector<std::string> paths;
  std::string file, to, where, after, model, crop, reason, vectors;
  std::string by = "similarity", link = "hardlink", format = "jsonl", precision = "float32", check = "check";
  int64_t limit = 0, k = 10, seed = 1;
  std::optional<double> seconds;
  bool count = false, follow_links = false, retry_failed = false, dry_run = false, no_sheet = false, include = false,
       overwrite = false, forget = false;
};

class Commands {
 public:
  explicit Commands(Words &words) : words_(words) {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "kalon " KALON_VERSION);
    app_.fallthrough();
    app_.add_option("--library", words.library, "Folder of the library; default: $XDG_DATA_HOME/kalon/default")
        ->type_name("DIR");
    app_.add_flag("--json", words.json, "Write JSON lines: one object for each row");
    app_.add_flag("-q,--quiet", words.quiet, "No progress; failures are still listed");
    app_.add_option("--threads", words.threads, "Threads to keep busy; default: all processors")
        ->transform(whole_number(1, 1024))
        ->type_name("N");
    app_.add_option("--plugins", words.plugins, "One more folder of plugins, searched first")->type_name("DIR");
    app_.add_flag("--verbose", words.verbose, "Log what the engine does to standard error");
    index();
    list();
    info();
    similar();
    sort();
    export_();
    exclude();
    simple();
    doctor();
    // Last: commands would inherit it.
    app_.footer(
        "A folder goes in:            kalon index ~/Pictures\n"
        "its pictures come out,\n"
        "each beside its like:        kalon sort ~/Pictures --to ~/sorted\n"
        "what looks like this one:    kalon similar cat.jpg -k 12\n"
        "take the sorted folder back: kalon undo\n\n"
        "PATH arguments narrow a command to folders or files; without any it is about the whole library.\n"
        "`kalon COMMAND --help` or `kalon help COMMAND` explains a command.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 done but some items failed.");
  }

  CLI::App &app() { return app_; }
  Invocation &invocation() { return invocation_; }

 private:
  CLI::App *command(const char *name, const char *help, Access access, const char *method,
                    std::function<json()> parameters) {
    auto *sub = app_.add_subcommand(name, help);
    sub->callback([this, access, method, parameters = std::move(parameters)] {
      invocation_.method = method;
      invocation_.access = access;
      invocation_.parameters = dumped(parameters());
    });
    return sub;
  }

  void add_paths(CLI::App *sub, const char *help) { sub->add_option("PATH", words_.paths, help); }
  void add_where(CLI::App *sub) {
    sub->add_option("--where", words_.where,
                    "Only pictures for which EXPR holds, as in: rating >= 4 and format = jpeg; see below")
        ->type_name("EXPR");
    auto footer = sub->get_footer();
    sub->footer(footer.empty() ? where_help : footer + "\n\n" + where_help);
  }
  void add_model(CLI::App *sub) {
    sub->add_option("--model", words_.model, "Model whose vectors are used; `kalon models` lists them")
        ->type_name("ID");
    sub->add_option("--crop", words_.crop, "How pictures are cut for the model; default: the model's own")
        ->check(one_of({"centre", "squash", "pad", "more_scan"}))
        ->type_name("centre|squash|pad|more_scan");
  }
  json narrowed() const {
    json parameters = json::object();
    if (!words_.paths.empty()) parameters["paths"] = uris(words_.paths);
    if (!words_.where.empty()) parameters["where"] = words_.where;
    return parameters;
  }
  void put_model(json &parameters) const {
    if (!words_.model.empty()) parameters["model"] = words_.model;
    if (!words_.crop.empty()) parameters["crop"] = words_.crop;
  }

  json with_search(json parameters) const {
    parameters["seed"] = words_.seed;
    if (words_.seconds) parameters["seconds"] = *words_.seconds;
    return parameters;
  }

  void index() {
    auto *sub = command("index", "Take folders into the library, or bring it up to date with them", Access::create,
                        "index", [this] {
                          json parameters{{"paths", uris(words_.paths)},
                                          {"follow_links", words_.follow_links},
                                          {"retry_failed", words_.retry_failed}};
                          if (words_.json) parameters["rows"] = "all";
                          put_model(parameters);
                          return parameters;
                        });
    sub->add_option("PATH", words_.paths, "Folders (with everything below them) or files")->required();
    sub->add_flag("--follow-links", words_.follow_links, "Descend into linked folders too");
    sub->add_flag("--retry-failed", words_.retry_failed, "Decode again what failed before though it did not change");
    add_model(sub);
    sub->footer(
        "Only what is new or changed is read. Files that are gone are marked, never forgotten. Hidden files and\n"
        "folders made by `kalon sort` are passed over. Ctrl-C keeps what is done; the next run goes on.");
  }

  void list() {
    auto *sub = command("list", "List the library's files", Access::read, "list", [this] {
      auto parameters = narrowed();
      if (words_.limit > 0) parameters["limit"] = words_.limit;
      if (!words_.after.empty()) parameters["after"] = uri(words_.after);
      parameters["count"] = words_.count;
      return parameters;
    });
    sub->footer("Rows come in order of their paths, one for each file.");
    add_paths(sub, "Only files inside these folders");
    add_where(sub);
    sub->add_option("--limit", words_.limit, "At most so many rows")
        ->transform(whole_number(1, any_number))
        ->type_name("N");
    sub->add_option("--after", words_.after, "Go on after this file, the last of the page before")->type_name("FILE");
    sub->add_flag("--count", words_.count, "Only count");
  }

  void info() {
    auto *sub = command("info", "Show all that is known of files", Access::read, "info", [this] {
      return json{{"paths", uris(words_.paths)}};
    });
    sub->add_option("FILE", words_.paths, "Files of the library")->required();
  }

  void similar() {
    auto *sub = command("similar", "Find the pictures that look most like one", Access::read, "similar", [this] {
      auto parameters = narrowed();
      parameters["path"] = uri(words_.file);
      parameters["k"] = words_.k;
      put_model(parameters);
      return parameters;
    });
    sub->footer("Exact copies of FILE are not listed; `kalon info FILE` names them.");
    sub->add_option("FILE", words_.file, "A picture, in the library or not")->required();
    sub->add_option("-k", words_.k, "How many; default 10")->transform(whole_number(1, 100000))->type_name("N");
    sub->add_option("--in", words_.paths, "Only pictures inside these folders")->type_name("PATH");
    add_where(sub);
    add_model(sub);
  }

  json sort_parameters() {
    const auto *sub = app_.get_subcommand("sort");
    if (sub->count("--vectors") > 0) {
      for (const char *other :
           {"PATH", "--to", "--where", "--by", "--link", "--model", "--crop", "--dry-run", "--no-sheet"})
        if (sub->count(other) > 0)
          usage_error("--vectors orders the rows of a file and makes no folder: " + std::string(other) +
                      " does not go with it");
      invocation_.method = "order_vectors";
      invocation_.access = Access::none;
      invocation_.summary_only = true;
      return with_search(json{{"vectors", uri(words_.vectors)}});
    }
    if (sub->count("--to") == 0) throw CLI::RequiredError("--to (or --vectors)");
    auto parameters = narrowed();
    parameters.update(json{{"by", words_.by},
                           {"to", uri(words_.to)},
                           {"link", words_.link},
                           {"dry_run", words_.dry_run},
                           {"no_sheet", words_.no_sheet}});
    put_model(parameters);
    return with_search(std::move(parameters));
  }

  void sort() {
    auto *sub = command("sort", "Make a folder of numbered links in an order, with a contact sheet", Access::write,
                        "sort", [this] { return sort_parameters(); });
    sub->footer(
        "Files are named {position}_{stem}{ext}. RAW and JPEG of one shot count as one picture, and so do exact\n"
        "copies. Nothing is ever overwritten; `kalon undo` takes the folder back.");
    add_paths(sub, "Only pictures inside these folders");
    sub->add_option("--to", words_.to, "The folder to make; it must not hold anything yet")->type_name("DIR");
    sub->add_option("--by", words_.by, "Order; default: similarity, so that neighbours look alike")
        ->check(one_of({"similarity", "name", "date", "size"}))
        ->type_name("similarity|name|date|size");
    sub->add_option("--link", words_.link, "What to place; default: hardlink, or symlink where that is refused")
        ->check(one_of({"hardlink", "symlink", "copy"}))
        ->type_name("hardlink|symlink|copy");
    sub->add_flag("-n,--dry-run", words_.dry_run, "Only say what would be placed");
    sub->add_flag("--no-sheet", words_.no_sheet, "No contact sheet");
    sub->add_option("--seconds", words_.seconds,
                    "Time to search for a better order; default: 2.7 for 5,000 pictures and more, less for fewer")
        ->check(seconds_up_to(86400))
        ->type_name("S");
    sub->add_option("--seed", words_.seed, "Seed of that search; default 1")
        ->transform(whole_number(0, any_number))
        ->type_name("N");
    add_where(sub);
    add_model(sub);
    sub->add_option(
           "--vectors", words_.vectors,
           "Order the rows of a NumPy file (N x D, float16 or float32) instead; needs no library and prints one "
           "JSON object: order, length, p99_step, max_step")
        ->type_name("FILE.npy");
  }

  void export_() {
    auto *sub = app_.add_subcommand("export", "Write the list or the vectors for other programs");
    sub->require_subcommand(1);
    auto *list = sub->add_subcommand("list", "One row for each file, as JSON lines or CSV");
    auto *vectors = sub->add_subcommand(
        "vectors", "A NumPy file of one row for each picture, and a .jsonl beside it that names the rows");
    for (auto *kind : {list, vectors}) {
      kind->add_option("PATH", words_.paths, "Only files inside these folders");
      kind->add_option("--to", words_.to,
                       kind == list ? "The file to write; - writes JSON lines to standard output" : "The file to write")
          ->required()
          ->type_name("FILE");
      kind->add_flag("--overwrite", words_.overwrite, "Replace the file if it exists");
      add_where(kind);
    }
    list->add_option("--format", words_.format, "Default: jsonl")
        ->check(one_of({"jsonl", "csv"}))
        ->type_name("jsonl|csv");
    vectors->add_option("--precision", words_.precision, "Default: float32")
        ->check(one_of({"float32", "float16"}))
        ->type_name("float32|float16");
    add_model(vectors);
    list->callback([this] { finish_export("export_list", "format", words_.format); });
    vectors->callback([this] { finish_export("export_vectors", "precision", words_.precision); });
  }

  void finish_export(const char *method, const char *option, const std::string &value) {
    auto parameters = narrowed();
    invocation_.access = Access::read;
    if (words_.to == "-") {
      if (std::string_view(method) == "export_vectors") usage_error("vectors need a file: --to FILE.npy");
      if (words_.format == "csv") usage_error("csv needs a file: --to FILE.csv");
      invocation_.method = "list";  // the same rows
      invocation_.json = true;
      invocation_.parameters = dumped(parameters);
      return;
    }
    parameters["to"] = uri(words_.to);
    parameters["overwrite"] = words_.overwrite;
    parameters[option] = value;
    put_model(parameters);
    invocation_.method = method;
    invocation_.parameters = dumped(parameters);
  }

  void exclude() {
    auto *sub = command("exclude", "Leave pictures out of orders and searches; the files stay", Access::write,
                        "exclude", [this] {
                          json parameters{{"paths", uris(words_.paths)}, {"include", words_.include}};
                          if (!words_.reason.empty()) parameters["reason"] = words_.reason;
                          return parameters;
                        });
    sub->add_option("FILE", words_.paths, "Files of the library")->required();
    sub->add_option("--reason", words_.reason, "Why, kept with the decision")->type_name("TEXT");
    sub->add_flag("--include", words_.include, "Take them in again");
  }

  void simple() {
    auto nothing = [] { return json::object(); };
    auto *undo = command("undo", "Take back the last folder made or decision taken", Access::write, "undo", [this] {
      json parameters = json::object();
      if (words_.forget) parameters["forget"] = true;
      return parameters;
    });
    undo->add_flag("--forget", words_.forget, "Only take it off the list; no file is touched");
    undo->footer(
        "Only files that are still what was made are removed: a link to its source, an unchanged copy.\n"
        "Run it again to go further back.");
    command("plugins", "List decoders and models, and why one was rejected", Access::none, "plugins", nothing);
    command("models", "List the models that can be used", Access::none, "models", nothing);
  }

  void doctor() {
    auto *sub = app_.add_subcommand("doctor", "Check, compact or back up the library");
    sub->require_subcommand(0, 1);
    auto set = [this](const char *action, Access access) {
      json parameters{{"action", action}};
      if (!words_.to.empty()) parameters["to"] = uri(words_.to);
      invocation_.method = "doctor";
      invocation_.access = access;
      invocation_.parameters = dumped(parameters);
    };
    sub->add_subcommand("check", "Read every record and cross-reference (default)")->callback([this] {
      words_.check = "check";
    });
    sub->add_subcommand("compact", "Give unused space back; no other program may have the library open")
        ->callback([this] { words_.check = "compact"; });
    auto *backup = sub->add_subcommand("backup", "Copy the library, also while others read and write it");
    backup->add_option("DIR", words_.to, "A new or empty folder")->required();
    backup->callback([this] { words_.check = "backup"; });
    sub->final_callback(
        [this, set] { set(words_.check.c_str(), words_.check == "compact" ? Access::write : Access::read); });
  }

  Words &words_;
  CLI::App app_{"Kalon learns what a person finds good in pictures.", "kalon"};
  Invocation invocation_;
};

}  // namespace

Parsed parse(int argc, char **argv) {
  Words words;
  Commands commands(words);
  auto &app = commands.app();
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  Invocation invocation;
  json options = json::object();
  try {
    if (auto wrong = rewrite_help(app, arguments); !wrong.empty()) {
      std::fputs(wrong.c_str(), stderr);
      return {std::nullopt, 2};
    }
    std::reverse(arguments.begin(), arguments.end());  // as the parser wants them
    app.parse(std::move(arguments));
    invocation = commands.invocation();
    invocation.json |= words.json;
    invocation.quiet = words.quiet;
    if (app.count("--library") > 0 && words.library.empty()) usage_error("--library takes a folder, not an empty name");
    if (app.count("--plugins") > 0 && words.plugins.empty()) usage_error("--plugins takes a folder, not an empty name");
    if (!words.library.empty()) invocation.library = uri(words.library);
    if (words.threads > 0) options["threads"] = words.threads;
    if (!words.plugins.empty()) {
      auto folder = uri(words.plugins);
      std::error_code error;
      if (!std::filesystem::is_directory(path_of_uri(folder), error))
        usage_error("--plugins takes a folder: " + words.plugins + " is none");
      options["plugin_folders"] = json::array({folder});
    }
  } catch (const CLI::Success &success) {
    app.exit(success);
    return {std::nullopt, std::cout.flush() ? 0 : 1};
  } catch (const CLI::ParseError &error) {
    std::fputs(usage_text(app, error).c_str(), stderr);
    return {std::nullopt, 2};
  } catch (const std::filesystem::filesystem_error &error) {  // the folder this was started in is gone
    std::fputs(("kalon: " + printable(error.what()) + '\n').c_str(), stderr);
    return {std::nullopt, 1};
  }
  if (words.verbose) options["log_level"] = "debug";
  invocation.engine_options = options.dump();
  return {std::move(invocation), 0};
}

}  // namespace kalon::cli
