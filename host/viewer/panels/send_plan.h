#pragma once
// What sending files would do, or did: rows of `send` and `trash`.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"

namespace kalon::viewer {

enum class SendKind { hardlink, symlink, copy, trash };
std::string_view send_kind_name(SendKind kind);  // as the engine calls it
// False when it is none of them.
bool send_kind_named(std::string_view name, SendKind &kind);

struct SendLine {
  std::string path;     // bytes
  std::string name;     // in the folder; empty: it goes nowhere
  std::string fate;     // "planned", "done", "left", "failed"
  std::string message;  // why it was left or failed
  size_t sidecars = 0;
  bool other_kind = false;  // a symbolic link where a hard link was wanted
  bool problem() const { return fate == "failed"; }
  bool renamed() const;  // the name is another than it has now
};

struct SendPlan {
  std::vector<SendLine> lines;  // problems first, then what is left, then the rest, each in their order
  size_t going = 0, left = 0, failed = 0, sidecars = 0;
  uint64_t bytes = 0;
  bool undoable = false;   // something was done that undo takes back
  uint64_t operation = 0;  // its number; 0: there is none

  void take(SendKind kind, std::string_view row);
  void finish(std::string_view summary);  // counts, and sorts the lines
};

// The files of a photo that go together: the one that is shown, and those of its name beside it (its RAW). Copies
// elsewhere stay.
std::vector<std::string> files_to_send(const Catalogue &catalogue, std::span<const ItemIndex> items);

// As people write it: "~" is the home folder, relative paths begin in the working folder. Empty when there is none.
std::string folder_from_text(std::string_view text, std::string_view home, std::string_view working_folder);

// The parameters of `send` or `trash`.
std::string send_parameters(SendKind kind, std::span<const std::string> paths, std::string_view folder, bool sidecars,
                            bool numbered, bool dry_run);

}  // namespace kalon::viewer
