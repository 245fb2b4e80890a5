#include "exchange/sent_names.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"

namespace kalon {
namespace {

constexpr size_t max_name_bytes = 255;

std::string folded(const std::string &name) {
  return nfc(ascii_lower(name));
}

class Naming {
 public:
  Naming(std::span<const FileToName> files, const std::function<NameState(size_t, const std::string &)> &state_of)
      : files_(files), state_of_(state_of), names_(files.size()) {}

  // members: the files of one unit.
  void name(const std::vector<size_t> &members, const std::string &prefix) {
    size_t longest = 0;
    for (size_t file : members) longest = std::max(longest, files_[file].ending.size());
    const auto &stem = files_[members.front()].stem;
    // Numbers below were found taken before.
    auto &number = next_number_.try_emplace(folded(prefix + stem), 1).first->second;
    while (!take(members, with_number(prefix, stem, longest, number))) ++number;
    ++number;
  }
  std::vector<SentName> names() && { return std::move(names_); }

 private:
  static std::string with_number(const std::string &prefix, const std::string &stem, size_t ending, size_t number) {
    auto suffix = number == 1 ? std::string() : " (" + std::to_string(number) + ")";
    if (prefix.empty() && suffix.empty()) return stem;
    auto others = prefix.size() + suffix.size() + ending;
    size_t room = others < max_name_bytes ? max_name_bytes - others : 1;
    return prefix + std::string(shorten_utf8(stem, room)) + suffix;
  }

  bool take(const std::vector<size_t> &members, const std::string &stem) {
    for (size_t file : members) {
      auto name = stem + files_[file].ending;
      auto state = given_.contains(folded(name)) ? NameState::taken : state_of_(file, name);
      if (state == NameState::taken) return false;
      names_[file] = {std::move(name), state == NameState::already};
    }
    for (size_t file : members) given_.insert(folded(names_[file].name));
    return true;
  }

  std::span<const FileToName> files_;
  const std::function<NameState(size_t, const std::string &)> &state_of_;
  std::vector<SentName> names_;
  std::unordered_set<std::string> given_;
  std::unordered_map<std::string, size_t> next_number_;
};

}  // namespace

std::vector<SentName> sent_names(std::span<const FileToName> files, bool numbered,
                                 const std::function<NameState(size_t file, const std::string &name)> &state_of) {
  std::vector<std::vector<size_t>> units;
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i].unit >= units.size()) units.resize(files[i].unit + 1);
    units[files[i].unit].push_back(i);
  }
  Naming naming(files, state_of);
  auto width = std::to_string(units.size()).size();
  for (size_t unit = 0; unit < units.size(); ++unit) {
    auto number = std::to_string(unit + 1);
    naming.name(units[unit], numbered ? std::string(width - number.size(), '0') + number + "_" : std::string());
  }
  return std::move(naming).names();
}

}  // namespace kalon
