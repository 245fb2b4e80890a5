// Files of votes: tables as CSV and JSON lines, image-ranker's comparisons and exclusions, events, Label Studio's
// exports: the first byte says which.
#include <filesystem>

#include "base/text.h"
#include "exchange/event_lines.h"
#include "exchange/image_ranker.h"
#include "exchange/label_studio.h"
#include "exchange/vote_table.h"
#include "fuzz/targets/target.h"
#include "temporary_folder.h"

namespace {

void sound(const std::string &name) {
  promise(!name.empty() && kalon::valid_utf8(name), "names are UTF-8");
  promise(name.find('\0') == std::string::npos, "names have no NUL");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace kalon;
  static const TemporaryFolder folder;
  if (size == 0) return 0;
  InputFile file(data + 1, size - 1);
  // Tables are told apart by their extensions.
  auto named = [&](const char *name) {
    auto path = folder / name;
    std::filesystem::remove(path);
    std::filesystem::create_symlink(file.path(), path);
    return path;
  };
  return refusing([&] {
    Task task;
    auto vote = [](VoteRow &&row) {
      for (const auto &item : row.items) sound(item);
      promise(row.items.size() >= 2, "votes are over two or more");
    };
    switch (data[0] % 6) {
      case 0:
      case 1: {
        auto table = read_vote_table(named(data[0] % 6 == 0 ? "v.csv" : "v.jsonl"), std::nullopt, task);
        require_valid(table.history);
        promise(table.items.size() == static_cast<size_t>(table.history.items), "as many names as items");
        for (const auto &item : table.items) sound(item);
        break;
      }
      case 2:
        read_comparisons(
            file.path(), vote, [](RemovedImage &&removed) { sound(removed.image); }, task);
        break;
      case 3:
        read_exclusions(
            file.path(), [](RemovedImage &&removed) { sound(removed.image); }, task);
        break;
      case 4:
        read_event_lines(
            file.path(),
            [](Event &&event, uint64_t line) {
              promise(line > 1 && !event.id.none() && !event.action.none(), "events have a line and ids");
            },
            task);
        break;
      default:
        read_label_studio(file.path(), {}, vote, task);
    }
  });
}
