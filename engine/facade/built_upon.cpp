#include "facade/built_upon.h"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "facade/file_journal.h"
#include "facade/placing.h"
#include "facade/rows.h"

namespace kalon {
namespace {

// What an operation did to a path, as bits.
enum Did : unsigned { made = 1, used = 2, moved = 4 };

bool in_place(const Operation &operation) {
  return operation.kind == trash_operation || operation.kind == link_operation;
}

// visit(what, path, entry): entry is what came of it.
template <typename Visit>
void each_trace(const Reader &reader, const Operation &operation, const Visit &visit) {
  for (const auto &item : reader.operation_items(operation.id)) {
    if (operation.kind == trash_operation) {
      visit(moved, item.source, item.source);
    } else if (operation.kind == link_operation) {
      visit(made, item.name, item.name);
      visit(used, item.source, item.name);
    } else if (!is_folder_item(item)) {
      auto entry = operation.folder + "/" + item.name;
      visit(made, entry, entry);
      if (!is_made_item(item)) visit(used, item.source, entry);
    }
  }
}

// Whether taking the earlier one back now would lose something, or leave something for good. The journal knows of what
// was planned too, so it counts only where it is seen.
const char *hindrance(bool earlier_in_place, unsigned before, Did now, const std::string &path,
                      const std::string &entry, bool later_in_place) {
  switch (now) {
    case moved:
      return before & (made | used) && !is_there(path) ? "was moved to the trash" : nullptr;
    case made:
      if (!(before & (made | moved)) || !is_there(path)) return nullptr;
      return later_in_place ? "was linked to another file" : "was placed anew";
    case used:
      return !earlier_in_place && before & made && is_there(entry) ? "was placed elsewhere, or linked," : nullptr;
  }
  return nullptr;
}

}  // namespace

void refuse_when_built_upon(const Reader &reader, const Operation &operation) {
  std::unordered_map<std::string, unsigned> traces;
  bool in_place_before = in_place(operation);
  for (const auto &later : reader.operations()) {
    if (later.id <= operation.id) break;
    if (later.undone) continue;
    if (traces.empty())
      each_trace(reader, operation,
                 [&](Did did, const std::string &path, const std::string &) { traces[path] |= did; });
    each_trace(reader, later, [&](Did did, const std::string &path, const std::string &entry) {
      auto before = traces.find(path);
      if (before == traces.end()) return;
      if (const char *what = hindrance(in_place_before, before->second, did, path, entry, in_place(later))) {
        auto number = std::to_string(later.id);
        throw Error(Status::busy,
                    std::string(what) + " by operation " + number + " since then; take that back first (`kalon undo " +
                        "--operation " + number + "`); nothing was touched",
                    display_text(path));
      }
    });
  }
}

}  // namespace kalon
