// kalon-plugin-check: whether a plugin keeps what the contract promises.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "process.h"

namespace {

using namespace kalon::check;
using nlohmann::json;

constexpr int all_kept = 0, some_broken = 1, usage = 2;

constexpr const char *help =
    "Whether a plugin keeps what the contract promises\n"
    "Usage: kalon-plugin-check [OPTIONS] PLUGIN\n"
    "\n"
    "PLUGIN is the shared library or its manifest, which lies beside it: NAME.so and NAME.json.\n"
    "Every check runs in a process of its own, so that a crash or a hang is a finding like others.\n"
    "\n"
    "Options:\n"
    "  -h, --help           Print this help message and exit\n"
    "  --json               Write JSON lines: one object for each check, and a summary\n"
    "  --filter TEXT        Only checks whose names hold TEXT; several: any of them\n"
    "  --list               Only name the checks and what they are about\n"
    "  --sample FILE        A picture for the checks of a decoder; several: all of them\n"
    "  --seed N             Of all that is random; default 1: a finding comes again with the same seed\n"
    "  --time SECONDS       What each check may take; default 30\n"
    "\n"
    "Exit codes: 0 all promises are kept, 1 some are broken, 2 usage.\n";

struct Words {
  std::string plugin;
  std::vector<std::string> filters;
  Subject subject;
  double limit = 30;
  bool as_json = false, list = false;
};

[[noreturn]] void wrong(const std::string &message) {
  std::fprintf(stderr, "kalon-plugin-check: %s\nRun kalon-plugin-check --help\n", message.c_str());
  std::exit(usage);
}

Words words(int argc, char **argv) {
  Words given;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    auto value = [&] {
      if (i + 1 >= argc) wrong(std::string(word) + " needs a value");
      return std::string(argv[++i]);
    };
    auto number = [&](double low, double high) {
      auto text = value();
      char *end = nullptr;
      double result = std::strtod(text.c_str(), &end);
      if (text.empty() || *end != 0 || !(result >= low && result <= high))
        wrong(std::string(word) + " takes no " + text);
      return result;
    };
    if (word == "-h" || word == "--help") {
      std::fputs(help, stdout);
      std::exit(all_kept);
    } else if (word == "--json") {
      given.as_json = true;
    } else if (word == "--list") {
      given.list = true;
    } else if (word == "--filter") {
      given.filters.push_back(value());
    } else if (word == "--sample") {
      given.subject.samples.push_back(value());
    } else if (word == "--seed") {
      given.subject.seed = static_cast<uint64_t>(number(0, 1e15));
    } else if (word == "--time") {
      given.limit = number(0.1, 86400);
    } else if (word.size() > 1 && word[0] == '-') {
      wrong("there is no option " + std::string(word));
    } else if (given.plugin.empty()) {
      given.plugin = word;
    } else {
      wrong("takes one plugin at a time, and " + std::string(word) + " is a second one");
    }
  }
  if (given.plugin.empty() && !given.list) wrong("names no plugin");
  return given;
}

std::vector<Check> all_checks() {
  auto all = contract_checks();
  for (const auto &more : {host_checks(), model_checks(), model_host_checks(), decoder_checks(), decoder_host_checks()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

// A folder that is gone at the end.
class Scratch {
 public:
  Scratch() : path_((std::filesystem::temp_directory_path() / "kalon-plugin-check-XXXXXX").native()) {
    if (!::mkdtemp(path_.data())) throw std::runtime_error("cannot make a temporary folder: " + path_);
  }
  ~Scratch() {
    std::error_code failed;
    std::filesystem::remove_all(path_, failed);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  const std::string &path() const { return path_; }

 private:
  std::string path_;
};

// Finds the library and its manifest. The manifest alone decides what is looked for.
void find(const std::string &plugin, Subject &subject) {
  auto path = std::filesystem::absolute(plugin);
  if (path.extension() != ".so" && path.extension() != ".json")
    wrong(plugin + " is neither a library (.so) nor a manifest (.json)");
  subject.library = std::filesystem::path(path).replace_extension(".so");
  subject.manifest = std::filesystem::path(path).replace_extension(".json");
  for (const auto &file : {subject.library, subject.manifest})
    if (!std::filesystem::is_regular_file(file))
      wrong(file + " is not there; a plugin is NAME.so with NAME.json beside it");
  std::ifstream stream(subject.manifest, std::ios::binary);
  subject.manifest_text.assign(std::istreambuf_iterator<char>(stream), {});
  auto manifest = json::parse(subject.manifest_text, nullptr, false);
  if (manifest.is_object() && manifest.contains("kind") && manifest["kind"].is_string())
    subject.kind = manifest["kind"];
}

bool chosen(const Check &check, const Words &given) {
  std::string_view name = check.name;
  bool of_kind = (name.substr(0, 6) != "model-" || given.subject.kind != "decoder") &&
                 (name.substr(0, 8) != "decoder-" || given.subject.kind != "model");
  bool named = given.filters.empty() || std::any_of(given.filters.begin(), given.filters.end(), [&](const auto &part) {
                 return name.find(part) != std::string_view::npos;
               });
  return named && (of_kind || given.list);
}

void tell(const Check &check, const Finding &finding, bool as_json) {
  static constexpr const char *names[] = {"passed", "failed", "skipped"};
  const char *verdict = names[static_cast<int>(finding.verdict)];
  if (as_json) {
    json row{{"check", check.name}, {"verdict", verdict}, {"seconds", finding.seconds}, {"promise", check.promise}};
    if (!finding.text.empty()) row["message"] = finding.text;
    std::puts(row.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  } else {
    std::printf("%-8s %-24s %s\n", verdict, check.name, finding.text.empty() ? check.promise : finding.text.c_str());
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char **argv) {
  try {
    auto given = words(argc, argv);
    if (!given.plugin.empty()) find(given.plugin, given.subject);
    std::vector<Check> checks;
    for (const auto &check : all_checks())
      if (chosen(check, given)) checks.push_back(check);
    if (given.list) {
      for (const auto &check : checks) std::printf("%-24s %s\n", check.name, check.promise);
      return all_kept;
    }
    if (checks.empty()) wrong("no check has such a name; --list names them");
    Scratch scratch;
    given.subject.scratch = scratch.path();
    size_t counts[3] = {};
    for (const auto &check : checks) {
      auto finding = run_apart(check, given.subject, given.limit);
      ++counts[static_cast<size_t>(finding.verdict)];
      tell(check, finding, given.as_json);
    }
    if (given.as_json)
      std::puts(
          json{{"summary",
                {{"passed", counts[0]}, {"failed", counts[1]}, {"skipped", counts[2]}, {"seed", given.subject.seed}}}}
              .dump()
              .c_str());
    else
      std::printf("%zu passed, %zu failed, %zu skipped (seed %llu)\n", counts[0], counts[1], counts[2],
                  static_cast<unsigned long long>(given.subject.seed));
    return counts[1] > 0 ? some_broken : all_kept;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "kalon-plugin-check: %s\n", error.what());
    return usage;
  }
}
