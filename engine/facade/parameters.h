#pragma once
// The parameters of a method: a JSON object whose every member must be known to the method.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kalon {

class Parameters {
 public:
  // Throws invalid_argument when the text is no JSON object.
  explicit Parameters(std::string_view json);
  ~Parameters();
  Parameters(Parameters &&) noexcept;

  bool has(const char *name) const;  // and it is not null
  // Each getter throws invalid_argument naming the parameter when its value is of another kind.
  std::string text(const char *name, std::string fallback = {}) const;
  std::string required_text(const char *name) const;
  std::string one_of(const char *name, const std::vector<std::string> &allowed) const;  // the first is the default
  int64_t integer(const char *name, int64_t fallback, int64_t low, int64_t high) const;
  double number(const char *name, double fallback, double low, double high) const;
  bool flag(const char *name) const;
  // Absolute paths from file:// URIs or plain paths, lexically normal, without trailing slash. One string or an array.
  std::vector<std::string> paths(const char *name) const;
  std::string path(const char *name) const;  // empty when absent
  std::string required_path(const char *name) const;
  std::vector<std::string> texts(const char *name) const;
  std::vector<int64_t> integers(const char *name, int64_t low, int64_t high) const;

  // The object as JSON text without some members, and with others set to JSON values.
  std::string json_with(const std::vector<std::string> &left_out,
                        const std::vector<std::pair<std::string, std::string>> &set) const;

  std::string json_of(const char *name) const;  // a member's value as JSON text; "null": it has none

  const std::set<std::string> &asked() const { return asked_; }  // the names that getters asked for
  // Throws invalid_argument naming the first member that no getter asked for. Call after the last getter.
  void reject_unknown() const;

 private:
  const nlohmann::json *find(const char *name) const;
  std::unique_ptr<nlohmann::json> object_;
  mutable std::set<std::string> asked_;
};

// Absolute, lexically normal, without trailing slash; throws invalid_argument for relative paths. [any]
std::string normal_path(std::string_view uri_or_path);

}  // namespace kalon
