#pragma once
// The engine's one exception type and its status values. Expected failures of single items are Outcomes, not
// exceptions.

#include <kalon/abi.h>

#include <exception>
#include <string>
#include <string_view>

namespace kalon {

enum class Status : int32_t {
  ok = KALON_OK,
  invalid_argument = KALON_INVALID_ARGUMENT,
  unsupported = KALON_UNSUPPORTED,
  missing_feature = KALON_MISSING_FEATURE,
  out_of_memory = KALON_OUT_OF_MEMORY,
  cancelled = KALON_CANCELLED,
  io = KALON_IO,
  corrupt_data = KALON_CORRUPT_DATA,
  timeout = KALON_TIMEOUT,
  internal = KALON_INTERNAL,
  not_found = KALON_NOT_FOUND,
  limit_exceeded = KALON_LIMIT_EXCEEDED,
  read_only = KALON_READ_ONLY,
  busy = KALON_BUSY,
  partial = KALON_PARTIAL,
};

// The lower-case name used in rows, logs and JSON: "corrupt_data". [any]
std::string_view status_name(Status status);
// Status::internal for a name that is none. [any]
Status status_from_name(std::string_view name);

// What became of one item of a batch. The text says what was wrong and what to do; it does not repeat the file's name.
struct Outcome {
  Status status = Status::ok;
  std::string text;
  bool ok() const { return status == Status::ok; }
};

class Error : public std::exception {
 public:
  // message: what was wrong and what to do about it. context: the file, library or option that it was about.
  Error(Status status, std::string message, std::string context = {});
  Status status() const { return status_; }
  const std::string &message() const { return message_; }
  const std::string &context() const { return context_; }
  const char *what() const noexcept override { return full_.c_str(); }  // "context: message"

 private:
  Status status_;
  std::string message_, context_, full_;
};

// An io, not_found or read_only error from an errno value: "cannot open: Permission denied". [any]
Error system_error(int errno_value, std::string_view what, std::string context);
Status status_from_errno(int errno_value);

// The outcome for the exception that is being handled; anything may be thrown. [any]
Outcome outcome_of_current_exception() noexcept;

}  // namespace kalon
