#pragma once
// Groups as folders of links.

#include "facade/picture_groups.h"
#include "facade/sheet_file.h"

namespace kalon {

struct GroupFolderRequest {
  std::string folder;
  uint64_t samples = 0;  // of each group; 0: all
  bool spread = false;   // samples that differ most, instead of the first by rank
  LinkKind link = LinkKind::hardlink;
  bool sheet = true;
};
// From the parameters `samples`, `pick`, `link` and `no_sheet`; `folder` is that of `to`.
GroupFolderRequest group_folder_request_from(const Parameters &parameters, const std::string &folder);

struct GroupFolder {
  PlacedFolder placed;
  std::vector<std::vector<std::string>> names;  // group, place in its photos: name in the folder, empty when not placed
  std::optional<SheetFigures> sheet;
};

// Makes a folder for each group, "group-001_24" or "group-001_5-of-24" (bursts: with the time of their first shot), of
// numbered links, and a contact sheet of them all. [worker]
GroupFolder place_groups(const MethodCall &call, const PictureGroups &grouped, const GroupFolderRequest &request);

}  // namespace kalon
