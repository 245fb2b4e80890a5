#include "facade/parameters.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace kalon {
namespace {

Error wrong(const char *name, const std::string &wanted) {
  return Error(Status::invalid_argument, "must be " + wanted, std::string("parameter ") + name);
}

// Names and texts go into files of lines and cells, none of which can hold a NUL.
std::string whole_text(const char *name, const nlohmann::json &value) {
  auto text = value.get<std::string>();
  if (text.find('\0') != std::string::npos) throw wrong(name, "text without NUL characters");
  return text;
}

}  // namespace

std::string normal_path(std::string_view uri_or_path) {
  auto path = path_from_uri(uri_or_path);
  if (path.empty() || path[0] != '/')
    throw Error(Status::invalid_argument, "paths must be absolute", display_text(uri_or_path));
  if (path.find('\0') != std::string::npos) throw Error(Status::invalid_argument, "a path holds a NUL byte");
  auto normal = std::filesystem::path(path).lexically_normal().native();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

Parameters::Parameters(std::string_view json) {
  auto parsed = nlohmann::json::parse(json.empty() ? std::string_view("{}") : json, nullptr, false);
  if (!parsed.is_object()) throw Error(Status::invalid_argument, "parameters must be a JSON object");
  object_ = std::make_unique<nlohmann::json>(std::move(parsed));
}

Parameters::~Parameters() = default;
Parameters::Parameters(Parameters &&) noexcept = default;

std::string Parameters::json_with(const std::vector<std::string> &left_out,
                                  const std::vector<std::pair<std::string, std::string>> &set) const {
  auto object = *object_;
  for (const auto &name : left_out) object.erase(name);
  for (const auto &[name, value] : set) object[name] = nlohmann::json::parse(value);
  return object.dump();
}

std::string Parameters::json_of(const char *name) const {
  const auto *value = find(name);
  return value ? value->dump() : "null";
}

const nlohmann::json *Parameters::find(const char *name) const {
  asked_.insert(name);
  auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

bool Parameters::has(const char *name) const {
  return find(name) != nullptr;
}

std::string Parameters::text(const char *name, std::string fallback) const {
  const auto *value = find(name);
  if (!value) return fallback;
  if (!value->is_string()) throw wrong(name, "a string");
  return whole_text(name, *value);
}

std::string Parameters::required_text(const char *name) const {
  auto value = text(name);
  if (value.empty()) throw Error(Status::invalid_argument, "is missing", std::string("parameter ") + name);
  return value;
}

std::string Parameters::one_of(const char *name, const std::vector<std::string> &allowed) const {
  auto value = text(name, allowed.front());
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  std::string list;
  for (const auto &choice : allowed) list += (list.empty() ? "" : ", ") + choice;
  throw wrong(name, "one of " + list);
}

int64_t Parameters::integer(const char *name, int64_t fallback, int64_t low, int64_t high) const {
  const auto *value = find(name);
  if (!value) return fallback;
  auto wanted = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value->is_number_integer()) throw wrong(name, wanted);
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(high)) throw wrong(name, wanted);
  auto number = value->get<int64_t>();
  if (number < low || number > high) throw wrong(name, wanted);
  return number;
}

double Parameters::number(const char *name, double fallback, double low, double high) const {
  const auto *value = find(name);
  if (!value) return fallback;
  if (!value->is_number() || !(value->get<double>() >= low && value->get<double>() <= high))
    throw wrong(name, "a number from " + std::to_string(low) + " to " + std::to_string(high));
  return value->get<double>();
}

bool Parameters::flag(const char *name) const {
  const auto *value = find(name);
  if (!value) return false;
  if (!value->is_boolean()) throw wrong(name, "true or false");
  return value->get<bool>();
}

std::vector<std::string> Parameters::texts(const char *name) const {
  const auto *value = find(name);
  std::vector<std::string> result;
  if (!value) return result;
  auto add = [&](const nlohmann::json &item) {
    if (!item.is_string()) throw wrong(name, "a string or an array of strings");
    result.push_back(whole_text(name, item));
  };
  if (value->is_array())
    std::for_each(value->begin(), value->end(), add);
  else
    add(*value);
  return result;
}

std::vector<int64_t> Parameters::integers(const char *name, int64_t low, int64_t high) const {
  const auto *value = find(name);
  std::vector<int64_t> result;
  if (!value) return result;
  auto wanted = "an array of whole numbers from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value->is_array()) throw wrong(name, wanted);
  for (const auto &item : *value) {
    if (!item.is_number_integer() || item < low || item > high) throw wrong(name, wanted);
    result.push_back(item.get<int64_t>());
  }
  return result;
}

std::vector<std::string> Parameters::paths(const char *name) const {
  std::vector<std::string> result;
  for (const auto &item : texts(name)) result.push_back(normal_path(item));
  return result;
}

std::string Parameters::path(const char *name) const {
  auto value = text(name);
  return value.empty() ? value : normal_path(value);
}

std::string Parameters::required_path(const char *name) const {
  return normal_path(required_text(name));
}

void Parameters::reject_unknown() const {
  for (const auto &member : object_->items()) {
    if (asked_.contains(member.key())) continue;
    std::string known;
    for (const auto &name : asked_) known += (known.empty() ? "" : ", ") + name;
    throw Error(Status::invalid_argument, "is not known to this method; it takes: " + known,
                "parameter " + member.key());
  }
}

}  // namespace kalon
