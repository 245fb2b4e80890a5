#pragma once
// Results placed as a folder that `undo` takes back: links, a contact sheet, and the marker that keeps index away.

#include <string>
#include <vector>

#include "exchange/placement.h"
#include "facade/methods.h"

namespace kalon {

// A file that Kalon itself writes into the folder.
struct MadeFile {
  std::string name;
  Bytes content;
};

struct PlacedFolder {
  uint64_t operation = 0;
  uint64_t placed = 0;
  std::vector<std::pair<Placement, Outcome>> failed;
};

// Places the links, then the made files and the marker; all of it, and the folders that have to be made, is journalled
// in the library first. What fails after that is an error that says so. [worker]
PlacedFolder place_folder(const MethodCall &call, const std::string &folder, const std::vector<Placement> &placements,
                          LinkKind kind, const std::vector<MadeFile> &made);

// Places the links in a folder that may hold others, of which none is touched, and nothing else: no marker, so that
// what is sent somewhere is found there by `index` as well. When nothing could be placed there is no operation, and
// folders made for it are gone again. [worker]
PlacedFolder place_among_others(const MethodCall &call, const std::string &folder,
                                const std::vector<Placement> &placements, LinkKind kind);
inline constexpr char send_operation[] = "send";  // the kind of its operations

// The rows of files that could not be placed. [any]
void tell_unplaced(const MethodCall &call, const std::vector<std::pair<Placement, Outcome>> &failed);

// Throws invalid_argument unless results can be placed there: a new or an empty folder. place_folder says the same, but
// only after the work was done. [any]
void refuse_occupied(const std::string &folder);

// Of such an operation's items: whether it is a folder that was made, or a file that Kalon itself wrote. [any]
bool is_folder_item(const PlacedItem &item);
bool is_made_item(const PlacedItem &item);

// Takes an operation back; what cannot be taken back safely is left and listed. Folders that were made for it and hold
// what a later one placed become that one's, and go with it. [worker]
PlacementResult take_back(const MethodCall &call, const Operation &operation);

LinkKind link_kind_from(std::string_view name);
std::string_view link_kind_name(LinkKind kind);

}  // namespace kalon
