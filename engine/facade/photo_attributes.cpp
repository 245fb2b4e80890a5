#include "facade/photo_attributes.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"

namespace kalon {

std::string_view value_of(const FileView &file, const std::vector<Attribute> &known, std::string_view name) {
  auto found =
      std::find_if(known.begin(), known.end(), [&](const auto &each) { return ascii_lower(each.name) == name; });
  return found != known.end() ? std::string_view(found->value) : file.attribute(name).value_or(std::string_view());
}

std::string attribute_of(const Reader &reader, const ChosenPhoto &photo, const std::string &name) {
  std::string value;
  auto wanted = ascii_lower(name);
  reader.scan_files(photo.path, {}, [&](const FileView &file) {
    value = value_of(file, known_of(reader, file), wanted);
    return false;
  });
  return value;
}

std::vector<int32_t> numbered(const std::vector<std::string> &values, std::vector<std::string> *names) {
  std::unordered_map<std::string, int32_t> numbers;
  std::vector<int32_t> groups;
  groups.reserve(values.size());
  for (const auto &value : values) {
    if (value.empty()) {
      groups.push_back(-1);
      continue;
    }
    auto [found, is_new] = numbers.try_emplace(value, static_cast<int32_t>(numbers.size()));
    if (is_new && names) names->push_back(value);
    groups.push_back(found->second);
  }
  return groups;
}

}  // namespace kalon
