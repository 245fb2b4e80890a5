#pragma once
// Groups of pictures that belong together, each with one to keep.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"
#include "library/stacks.h"

namespace kalon::viewer {

enum class GroupKind { duplicates, similar, bursts, clusters };
std::string_view group_kind_name(GroupKind kind);  // "duplicates", "similar", "bursts", "clusters"

// One file of a group. Copies are files of one photo: several members may have one item.
struct GroupMember {
  std::string path;  // bytes
  ItemIndex item = no_item;
  std::string relation;  // to the one to keep: "same_bytes", "same_payload", "similar"; empty: none was told
  double similarity = std::numeric_limits<double>::quiet_NaN();  // to the engine's first one, NaN unknown
  bool mirrored = false;
  bool guarded = false;  // may not be given up: a RAW belongs to it, and to the one to keep does not
  std::string reason;    // why not this one
  uint64_t bytes = 0;
  uint32_t width = 0, height = 0;
};

struct Group {
  GroupKind kind = GroupKind::duplicates;
  std::vector<GroupMember> members;                                    // the one to keep first
  std::string why;                                                     // it is to be kept: "most pixels"
  bool chosen = false;                                                 // by a person, not suggested
  std::string relation;                                                // the weakest in it; empty: none was told
  double least_similarity = std::numeric_limits<double>::quiet_NaN();  // of all pairs
  double seconds = std::numeric_limits<double>::quiet_NaN();           // of a burst

  // Clusters are large and loose: there one picture is typical, but the others are not redundant.
  bool keeps_one() const { return kind != GroupKind::clusters; }
};

// A row of `duplicates` (action list) or `groups`; nothing when it is none. Items: as the catalogue knows them by now.
std::optional<Group> group_of_row(GroupKind kind, std::string_view row, const Catalogue &catalogue);

// What the engine does not weigh for look-alikes and bursts: the one that a person picked, or gave most stars, and that
// was not rejected, comes before the one that was suggested. Equal ones leave the suggestion as it is.
void prefer_decided(Group &group, const Catalogue &catalogue);

// Another one is to be kept. What was told of the others in relation to the former one is forgotten.
void choose_keeper(Group &group, size_t member, const Catalogue &catalogue);

// Members that are still there, as numbers: what was trashed or forgotten is not. Keeper first where it is there.
std::vector<size_t> present_members(const Group &group, const Catalogue &catalogue);

// Items of the other members, each once, without the one to keep (whose copies share its item) and without guarded
// ones.
std::vector<ItemIndex> others_to_reject(const Group &group, const std::vector<size_t> &present);
// Items of the members as they are compared, each once: the one to keep, then what is most like it; of what nothing is
// known comes last.
std::vector<ItemIndex> items_to_compare(const Group &group, const std::vector<size_t> &present);
// Paths of the other members but guarded ones.
std::vector<std::string> others_to_trash(const Group &group, const std::vector<size_t> &present);
// Bytes of these files.
uint64_t redundant_bytes(const Group &group, const std::vector<size_t> &present);
// One path for each distinct photo of a group, for telling them apart; fewer than two: they are copies of one.
std::vector<std::string> distinct_paths(const Group &group, const std::vector<size_t> &present);

// Stacks of two photos and more, the one to keep first.
std::vector<Stack> stacks_of(const std::vector<Group> &groups, const Catalogue &catalogue);

// ".974", "1": cut, never rounded up, so that a least similarity promises what is true.
std::string similarity_text(double similarity);
// "same bytes", "same picture, other metadata", "similar", "similar, mirrored".
std::string relation_text(std::string_view relation, bool mirrored);

}  // namespace kalon::viewer
