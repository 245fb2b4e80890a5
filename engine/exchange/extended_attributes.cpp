#include "exchange/extended_attributes.h"

#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string_view>

namespace kalon {
namespace {

// Both kinds of calls tell the size that they need, which may grow before the next call. Nothing when it is not there.
template <typename Call>
std::optional<std::string> filled(const Call &call) {
  std::string buffer;
  while (true) {
    ssize_t size = call(nullptr, size_t{0});
    if (size < 0) return std::nullopt;
    buffer.resize(static_cast<size_t>(size));
    if (size == 0) return buffer;
    size = call(buffer.data(), buffer.size());
    if (size < 0 && errno == ERANGE) continue;
    if (size < 0) return std::nullopt;
    buffer.resize(static_cast<size_t>(size));
    return buffer;
  }
}

bool belongs_to_the_file(std::string_view name) {
  return name.starts_with("user.") || name.starts_with("system.posix_acl_");
}

}  // namespace

ExtendedAttributes extended_attributes_of(int descriptor) {
  ExtendedAttributes found;
  auto names = filled([&](char *buffer, size_t size) { return ::flistxattr(descriptor, buffer, size); });
  if (!names && errno == ENOTSUP) return found;
  if (!names) throw system_error(errno, "its extended attributes cannot be read", {});
  for (size_t at = 0; at < names->size();) {
    std::string name = names->c_str() + at;
    at += name.size() + 1;
    if (!belongs_to_the_file(name)) continue;
    auto value = filled([&](char *buffer, size_t size) { return ::fgetxattr(descriptor, name.c_str(), buffer, size); });
    if (value)
      found.emplace(std::move(name), std::move(*value));
    else if (errno != ENODATA && errno != EACCES && errno != EPERM && errno != ENOTSUP)
      throw system_error(errno, "its extended attributes cannot be read", {});
  }
  return found;
}

void set_extended_attributes(int descriptor, const ExtendedAttributes &wanted) {
  auto found = extended_attributes_of(descriptor);
  auto check = [](int result) {
    if (result != 0) throw system_error(errno, "its extended attributes cannot be given to it", {});
  };
  for (const auto &[name, value] : found)
    if (!wanted.contains(name)) check(::fremovexattr(descriptor, name.c_str()));
  for (const auto &[name, value] : wanted) {
    auto now = found.find(name);
    if (now == found.end() || now->second != value)
      check(::fsetxattr(descriptor, name.c_str(), value.data(), value.size(), 0));
  }
}

}  // namespace kalon
