#include "usage.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string_view>

#include "style.h"

namespace kalon::cli {
namespace {

// Insertions, deletions and replacements that turn one word into the other.
size_t edit_distance(const std::string &from, const std::string &to) {
  std::vector<size_t> row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[to.size()];
}

// The name most likely meant by a word; empty when none is near.
std::string nearest(const std::string &word, const std::vector<std::string> &names) {
  constexpr size_t near = 2, longest = 64;  // a longer word is no slip of the finger
  if (word.size() > longest) return {};
  std::string best;
  size_t least = near + 1;
  for (const auto &name : names) {
    auto distance = edit_distance(word, name);
    if (distance < least && distance < word.size()) least = distance, best = name;
  }
  if (!best.empty()) return best;
  for (const auto &name : names)
    if (word.size() > near && (name.rfind(word, 0) == 0 || word.rfind(name, 0) == 0)) return name;
  return {};
}

std::string joined(const std::vector<std::string> &words) {
  std::string list;
  for (const auto &word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

// The command that was reached, as the innermost that was named.
const CLI::App &innermost(const CLI::App &app) {
  const auto *at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

// "export list"; empty for the program itself.
std::string command_name(const CLI::App &app) {
  if (app.get_parent() == nullptr) return {};
  auto above = command_name(*app.get_parent());
  return above.empty() ? app.get_name() : above + ' ' + app.get_name();
}

std::vector<std::string> commands_below(const CLI::App &app) {
  std::vector<std::string> names;
  for (const auto *sub : app.get_subcommands([](const CLI::App *) { return true; }))
    names.push_back((command_name(app).empty() ? "" : command_name(app) + ' ') + sub->get_name());
  return names;
}

std::string with_hint(const std::string &message, const CLI::App &app) {
  auto name = command_name(app);
  return "kalon: " + printable(message) + "\nRun `kalon " + (name.empty() ? "" : name + ' ') + "--help`\n";
}

// Whether a word that begins with - may have been meant as a file.
bool may_be_a_file(const std::string &word) {
  std::error_code error;
  return (word[1] != '-' && word.size() > 2) || std::filesystem::exists(std::filesystem::symlink_status(word, error));
}

std::string unknown_option(const CLI::App &app, std::string word) {
  std::string file = may_be_a_file(word) ? "; a file of this name is written ./" + word : "";
  word.erase(std::min(word.find('='), word.size()));
  std::vector<std::string> names;
  for (const auto *at = &app; at != nullptr; at = at->get_parent())
    for (const auto *option : at->get_options())
      for (const auto &name : option->get_lnames()) names.push_back("--" + name);
  auto meant = nearest(word, names);
  return "there is no option " + word + (meant.empty() ? file : "; did you mean " + meant + "?");
}

bool replace(std::string &text, const std::string &from, const std::string &to) {
  auto at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return at != std::string::npos;
}

// For a word that is no command below the given one.
std::string unknown_command(const CLI::App &parent, const std::string &word) {
  auto name = command_name(parent);
  auto wrong = name.empty() ? word : name + ' ' + word;
  auto known = commands_below(parent);
  std::vector<std::string> words;
  for (const auto &one : known) words.push_back(name.empty() ? one : one.substr(name.size() + 1));
  auto meant = nearest(word, words);
  auto message = "there is no command " + wrong;
  message += meant.empty() ? "; the commands are " + joined(known)
                           : "; did you mean " + (name.empty() ? meant : name + ' ' + meant) + "?";
  return with_hint(message, parent);
}

bool is(const CLI::ParseError &error, CLI::ExitCodes kind) {
  return error.get_exit_code() == static_cast<int>(kind);
}

// The parser's own messages in our words.
std::string reworded(const CLI::App &command, const CLI::ParseError &error) {
  std::string text = error.what();
  if (is(error, CLI::ExitCodes::RequiredError) && replace(text, " is required", ""))
    return command_name(command) + " needs " + text;
  if (is(error, CLI::ExitCodes::ArgumentMismatch)) {
    if (auto at = text.find(": At Most 1 required"); at != std::string::npos)
      return text.substr(0, at) + " is given more than once";
    // "FILE: At Most 2 required but received 3"
    constexpr std::string_view required = " required but received ";
    auto at = text.find(": "), end = text.find(required);
    if (at != std::string::npos && end != std::string::npos && at < end && text.compare(at, 4, ": 1 ") != 0) {
      auto wanted = text.substr(at + 2, end - at - 2);
      for (auto &letter : wanted) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
      return command_name(command) + " takes " + wanted + " of " + text.substr(0, at) + ", not " +
             text.substr(end + required.size());
    }
    if (replace(text, ": 1 required", " needs a value:")) replace(text, " missing", "");
    return text;
  }
  replace(text, ": takes ", " takes ");
  return text;
}

}  // namespace

CLI::Validator whole_number(uint64_t low, uint64_t high) {
  auto check = [low, high](std::string &text) -> std::string {
    uint64_t value = 0;
    const auto *end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && value >= low && value <= high) {
      text = std::to_string(value);  // without leading zeros, which the parser would take for an octal number
      return {};
    }
    auto message = "takes a whole number from " + grouped(low);
    if (high < uint64_t{std::numeric_limits<int64_t>::max()}) message += " to " + grouped(high);
    return message;
  };
  return CLI::Validator(check, "");
}

CLI::Validator number_between(double low, double high) {
  auto check = [low, high](std::string &text) -> std::string {
    double value = 0;
    const auto *end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && value >= low && value <= high) return {};
    if (high == std::numeric_limits<double>::max()) return "takes a number";
    char limits[64];
    std::snprintf(limits, sizeof limits, "takes a number from %.10g to %.10g", low, high);
    return limits;
  };
  return CLI::Validator(check, "");
}

CLI::Validator any_finite_number() {
  return number_between(std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max());
}

CLI::Validator seconds_up_to(double high) {
  auto check = [high](std::string &text) -> std::string {
    double value = 0;
    const auto *end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && value >= 0 && value <= high) return {};
    return "takes a number of seconds from 0 to " + grouped(static_cast<uint64_t>(high));
  };
  return CLI::Validator(check, "");
}

CLI::Validator one_of(std::initializer_list<const char *> values) {
  std::vector<std::string> known(values.begin(), values.end());
  auto check = [known](std::string &text) -> std::string {
    if (std::find(known.begin(), known.end(), text) != known.end()) return {};
    return "takes one of " + joined(known);
  };
  return CLI::Validator(check, "");
}

void usage_error(const std::string &message) {
  throw CLI::ParseError(message, CLI::ExitCodes::ValidationError);
}

std::string rewrite_help(const CLI::App &app, std::vector<std::string> &arguments) {
  if (arguments.empty() || arguments.front() != "help") return {};
  arguments.erase(arguments.begin());
  const auto *at = &app;
  for (const auto &word : arguments) {
    auto below = at->get_subcommands([&](const CLI::App *sub) { return sub->get_name() == word; });
    if (below.empty() && !commands_below(*at).empty()) return unknown_command(*at, word);
    if (!below.empty()) at = below.front();
  }
  arguments.emplace_back("--help");
  return {};
}

std::string usage_text(const CLI::App &app, const CLI::ParseError &error) {
  const auto &command = innermost(app);
  auto extra = app.remaining(true);
  bool more_below = !commands_below(command).empty();
  bool leftover = is(error, CLI::ExitCodes::ExtrasError) || (more_below && is(error, CLI::ExitCodes::RequiredError));
  // A required word may be missing because what was given looks like an option.
  bool like_an_option = !extra.empty() && extra.front().size() > 1 && extra.front()[0] == '-';
  if (!leftover && !(like_an_option && is(error, CLI::ExitCodes::RequiredError)))
    return with_hint(reworded(command, error), command);
  if (extra.empty()) return with_hint("name a command: " + joined(commands_below(command)), command);
  const auto &word = extra.front();
  if (like_an_option) return with_hint(unknown_option(command, word), command);
  if (more_below) return unknown_command(command, word);
  return with_hint(command_name(command) + " has no use for the argument " + word, command);
}

}  // namespace kalon::cli
