#include "views/groups_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unordered_set>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

using nlohmann::json;

std::string text_in(const json &object, const char *name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_in(const json &object, const char *name) {
  auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : std::nan("");
}

bool true_in(const json &object, const char *name) {
  auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

GroupMember member_of(const json &file, const Catalogue &catalogue) {
  GroupMember member;
  member.path = path_of(text_in(file, "uri"));
  member.item = catalogue.with_path(member.path);
  if (member.item == no_item) member.item = catalogue.with_photo(text_in(file, "photo"));
  member.relation = text_in(file, "relation");
  member.similarity = number_in(file, "similarity");
  if (true_in(file, "mirrored")) {
    member.mirrored = true;
    if (auto mirrored = number_in(file, "mirrored_similarity"); !std::isnan(mirrored)) member.similarity = mirrored;
  }
  member.guarded = file.contains("guarded");
  member.reason = member.guarded ? text_in(file, "guarded") : text_in(file, "reason");
  auto whole = [&](const char *name) {
    double number = number_in(file, name);
    return number > 0 && number < 9e15 ? static_cast<uint64_t>(number) : 0;
  };
  member.bytes = whole("size");
  member.width = static_cast<uint32_t>(whole("width"));
  member.height = static_cast<uint32_t>(whole("height"));
  // Rows of `groups` say nothing of files.
  if (member.bytes == 0 && member.item != no_item) {
    const auto &item = catalogue.item(member.item);
    member.bytes = item.size;
    member.width = item.width;
    member.height = item.height;
  }
  return member;
}

void put_first(Group &group, size_t member) {
  auto at = group.members.begin() + static_cast<std::ptrdiff_t>(member);
  std::rotate(group.members.begin(), at, at + 1);
}

// A photo with a RAW is not given up for one without.
void guard_raws(Group &group, const Catalogue &catalogue) {
  auto has_raw = [&](const GroupMember &member) {
    return member.item != no_item && catalogue.item(member.item).has_raw;
  };
  bool kept = has_raw(group.members.front());
  for (size_t i = 1; i < group.members.size(); ++i) {
    auto &member = group.members[i];
    if (kept || !has_raw(member)) continue;
    member.guarded = true;
    if (member.reason.empty()) member.reason = "has a RAW";
  }
}

// How much a person likes it: rejected, undecided, stars, picked.
int decided(const GroupMember &member, const Catalogue &catalogue) {
  if (member.item == no_item) return 0;
  const auto &item = catalogue.item(member.item);
  if (item.flag == Flag::reject) return -1;
  return item.flag == Flag::pick ? 6 : item.stars;
}

}  // namespace

std::string_view group_kind_name(GroupKind kind) {
  static constexpr std::string_view names[] = {"duplicates", "similar", "bursts", "clusters"};
  return names[static_cast<size_t>(kind)];
}

std::optional<Group> group_of_row(GroupKind kind, std::string_view row, const Catalogue &catalogue) {
  auto object = json::parse(row, nullptr, false);
  if (!object.is_object() || !object.contains("files") || !object["files"].is_array()) return {};
  Group group;
  group.kind = kind;
  for (const auto &file : object["files"])
    if (file.is_object()) group.members.push_back(member_of(file, catalogue));
  if (group.members.empty()) return {};
  auto first = kind == GroupKind::duplicates ? text_in(object, "keep")
               : kind == GroupKind::bursts   ? text_in(object, "best")
                                             : text_in(object, "medoid");
  auto keeper = std::ranges::find(group.members, path_of(first), &GroupMember::path);
  if (keeper != group.members.end()) put_first(group, static_cast<size_t>(keeper - group.members.begin()));
  guard_raws(group, catalogue);
  if (kind == GroupKind::duplicates) {
    group.relation = text_in(object, "relation");
    group.least_similarity = number_in(object, "similarity");
    group.why = text_in(object, "reason");
  } else {
    group.least_similarity = number_in(object, "min_similarity");
    group.seconds = number_in(object, "seconds");
    group.why = kind != GroupKind::bursts                   ? "most like the others"
                : text_in(object, "best_by") == "sharpness" ? "sharpest"
                                                            : text_in(object, "best_by");
    // Similarities of these rows are to the medoid, which need not be the one to keep.
    if (text_in(object, "medoid") != first)
      for (auto &member : group.members) member.similarity = std::nan("");
  }
  return group;
}

void prefer_decided(Group &group, const Catalogue &catalogue) {
  if (!group.keeps_one() || group.kind == GroupKind::duplicates) return;
  size_t best = 0;
  for (size_t i = 1; i < group.members.size(); ++i)
    if (decided(group.members[i], catalogue) > decided(group.members[best], catalogue)) best = i;
  int liked = decided(group.members[best], catalogue);
  if (best == 0) return;
  choose_keeper(group, best, catalogue);
  group.chosen = false;
  group.why = liked == 6  ? "picked"
              : liked > 0 ? std::to_string(liked) + (liked == 1 ? " star" : " stars")
                          : "the other was rejected";
}

void choose_keeper(Group &group, size_t member, const Catalogue &catalogue) {
  if (member >= group.members.size()) return;
  group.chosen = true;
  group.why = "your choice";
  if (member == 0) return;
  // The similarity of two is that of both; that to anything else is not known.
  double known = group.members[member].similarity;
  auto relation = group.members[member].relation;
  bool mirrored = group.members[member].mirrored;
  put_first(group, member);
  for (auto &other : group.members) {
    other.similarity = std::nan("");
    other.relation.clear();
    other.mirrored = other.guarded = false;
    other.reason.clear();
  }
  group.members[1].similarity = known;
  group.members[1].relation = relation;
  group.members[1].mirrored = mirrored;
  guard_raws(group, catalogue);
}

std::vector<size_t> present_members(const Group &group, const Catalogue &catalogue) {
  std::vector<size_t> present;
  for (size_t i = 0; i < group.members.size(); ++i) {
    auto item = catalogue.with_path(group.members[i].path);
    if (item != no_item && !catalogue.item(item).gone && !catalogue.item(item).vanished) present.push_back(i);
  }
  return present;
}

std::vector<ItemIndex> others_to_reject(const Group &group, const std::vector<size_t> &present) {
  std::vector<ItemIndex> items;
  if (present.empty()) return items;
  std::unordered_set<ItemIndex> met{group.members[present.front()].item};
  for (size_t i = 1; i < present.size(); ++i) {
    const auto &member = group.members[present[i]];
    if (member.item != no_item && !member.guarded && met.insert(member.item).second) items.push_back(member.item);
  }
  return items;
}

std::vector<ItemIndex> items_to_compare(const Group &group, const std::vector<size_t> &present) {
  auto order = present;
  auto worth = [&](size_t member) {
    double similarity = group.members[member].similarity;
    return std::isnan(similarity) ? -1 : similarity;
  };
  if (!order.empty())
    std::stable_sort(order.begin() + 1, order.end(), [&](size_t a, size_t b) { return worth(a) > worth(b); });
  std::vector<ItemIndex> items;
  for (auto member : order) {
    auto item = group.members[member].item;
    if (item != no_item && std::ranges::find(items, item) == items.end()) items.push_back(item);
  }
  return items;
}

std::vector<std::string> others_to_trash(const Group &group, const std::vector<size_t> &present) {
  std::vector<std::string> paths;
  for (size_t i = 1; i < present.size(); ++i)
    if (!group.members[present[i]].guarded) paths.push_back(group.members[present[i]].path);
  return paths;
}

uint64_t redundant_bytes(const Group &group, const std::vector<size_t> &present) {
  uint64_t bytes = 0;
  for (size_t i = 1; i < present.size(); ++i)
    if (!group.members[present[i]].guarded) bytes += group.members[present[i]].bytes;
  return bytes;
}

std::vector<std::string> distinct_paths(const Group &group, const std::vector<size_t> &present) {
  std::vector<std::string> paths;
  std::unordered_set<ItemIndex> met;
  for (auto i : present)
    if (met.insert(group.members[i].item).second) paths.push_back(group.members[i].path);
  return paths;
}

std::vector<Stack> stacks_of(const std::vector<Group> &groups, const Catalogue &catalogue) {
  std::vector<Stack> stacks;
  std::unordered_set<ItemIndex> met;
  for (const auto &group : groups) {
    Stack stack;
    for (auto i : present_members(group, catalogue)) {
      auto item = group.members[i].item;
      if (item != no_item && !met.contains(item) && std::ranges::find(stack.items, item) == stack.items.end())
        stack.items.push_back(item);
    }
    if (stack.items.size() < 2) continue;
    met.insert(stack.items.begin(), stack.items.end());
    stack.why = group.why;
    stack.similarity = std::isnan(group.least_similarity) ? 0 : group.least_similarity;
    stacks.push_back(std::move(stack));
  }
  return stacks;
}

std::string similarity_text(double similarity) {
  if (std::isnan(similarity)) return {};
  if (similarity >= 1) return "1";
  // Digits that a rounding of the last bit could have changed are not cut away: .9 stays .900.
  auto thousandths = static_cast<int>(std::floor(similarity * 1000 + 1e-6));
  char text[16];
  std::snprintf(text, sizeof text, "%s.%03d", thousandths < 0 ? "-" : "", std::abs(thousandths));
  return text;
}

std::string relation_text(std::string_view relation, bool mirrored) {
  if (relation == "same_bytes") return "same bytes";
  if (relation == "same_payload") return "same picture, other metadata";
  if (relation == "similar") return mirrored ? "similar, mirrored" : "similar";
  return {};
}

}  // namespace kalon::viewer
