#include "base/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

namespace kalon {
namespace {
constexpr std::array<std::string_view, 15> names = {
    "ok",           "invalid_argument", "unsupported", "missing_feature", "out_of_memory",  "cancelled", "io",
    "corrupt_data", "timeout",          "internal",    "not_found",       "limit_exceeded", "read_only", "busy",
    "partial"};
}

std::string_view status_name(Status status) {
  auto index = static_cast<size_t>(status);
  return index < names.size() ? names[index] : "internal";
}

Status status_from_name(std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Status>(i);
  return Status::internal;
}

Error::Error(Status status, std::string message, std::string context)
    : status_(status), message_(std::move(message)), context_(std::move(context)) {
  full_ = context_.empty() ? message_ : context_ + ": " + message_;
}

Status status_from_errno(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return Status::not_found;
    case EROFS:
      return Status::read_only;
    case ENOMEM:
      return Status::out_of_memory;
    default:
      return Status::io;
  }
}

Error system_error(int errno_value, std::string_view what, std::string context) {
  std::string message(what);
  message += ": ";
  message += std::generic_category().message(errno_value);
  if (errno_value == ENOSPC) message += "; free some space and run the command again";
  return Error(status_from_errno(errno_value), std::move(message), std::move(context));
}

Outcome outcome_of_current_exception() noexcept {
  try {
    throw;
  } catch (const Error &error) {
    return {error.status(), error.what()};
  } catch (const std::bad_alloc &) {
    return {Status::out_of_memory, "not enough memory"};
  } catch (const std::system_error &error) {
    return {error.code().category() == std::generic_category() || error.code().category() == std::system_category()
                ? status_from_errno(error.code().value())
                : Status::internal,
            error.what()};
  } catch (const std::exception &error) {
    return {Status::internal, error.what()};
  } catch (...) {
    return {Status::internal, "an unknown exception"};
  }
}

}  // namespace kalon
