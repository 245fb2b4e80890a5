#pragma once
// An environment variable while a test runs.

#include <stdlib.h>

#include <optional>
#include <string>

// A null value: not set.
class Variable {
 public:
  Variable(const char *name, const char *value) : name_(name) {
    if (const char *old = getenv(name)) before_ = old;
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable &) = delete;
  Variable &operator=(const Variable &) = delete;

 private:
  const char *name_;
  std::optional<std::string> before_;
};
