#pragma once
// What is said about command lines that cannot be understood.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace kalon::cli {

// What options take. The messages name the option and say what it takes.
CLI::Validator whole_number(uint64_t low, uint64_t high);
// Finite; the parser alone would take "nan", which lies outside no range, and which JSON cannot tell from nothing.
CLI::Validator number_between(double low, double high);
CLI::Validator any_finite_number();
CLI::Validator seconds_up_to(double high);
CLI::Validator one_of(std::initializer_list<const char *> values);

[[noreturn]] void usage_error(const std::string &message);

// The message and the hint for what parsing threw, as lines for standard error.
std::string usage_text(const CLI::App &app, const CLI::ParseError &error);
// Makes `kalon COMMAND --help` of `kalon help COMMAND`; what is wrong with it, or "".
std::string rewrite_help(const CLI::App &app, std::vector<std::string> &arguments);

}  // namespace kalon::cli
