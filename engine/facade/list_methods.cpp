// Methods "list" and "info": rows of files.

#include <algorithm>
#include <limits>
#include <map>

#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/rows.h"
#include "facade/unknown_file.h"

namespace kalon {
namespace {

// Rows taken from one snapshot before it is let go, so that a slow reader of a listing holds no transaction.
constexpr size_t page_rows = 512;

struct Page {
  std::string rows;  // each with its newline
  uint64_t count = 0;
  std::string last;  // path of the last row
  bool more = false;
};

Page next_page(const MethodCall &call, const Choice &choice, const Exclusions &exclusions, std::string_view after,
               uint64_t limit) {
  Page page;
  auto reader = call.library().read();
  visit_chosen(reader, choice, after, [&](const FileView &file, const std::vector<Attribute> &imported) {
    if (page.count == limit) {
      page.more = true;
      return false;
    }
    bool excluded = exclusions.holds(file.picture, file.photo);
    page.rows += file_row_json(file, excluded, imported);
    page.rows += '\n';
    ++page.count;
    page.last = file.path;
    return true;
  });
  return page;
}

// Why pictures are excluded. Read once for all rows, and only when one is excluded: it takes all decisions to know.
class ExclusionReasons {
 public:
  // That of the newest decision that excluded any of these pictures; empty when it was not said or there are none.
  std::string of(const Reader &reader, const std::vector<Hash128> &pictures) {
    if (pictures.empty()) return {};
    if (!read_) read(reader);
    const Said *newest = nullptr;
    for (const auto &picture : pictures)
      if (auto said = said_.find(picture); said != said_.end() && (!newest || said->second.turn > newest->turn))
        newest = &said->second;
    return newest ? newest->reason : std::string();
  }

 private:
  struct Said {
    uint64_t turn = 0;
    std::string reason;
  };

  void read(const Reader &reader) {
    uint64_t turn = 0;
    reader.scan_events([&](const Event &event) {
      const auto *exclude = std::get_if<Exclude>(&event.body);
      if (exclude && exclude->excluded) said_[exclude->picture] = {++turn, exclude->reason};
      return true;
    });
    read_ = true;
  }

  std::map<Hash128, Said> said_;
  bool read_ = false;
};

}  // namespace

Ending run_list(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto choice = choice_from(parameters);
  auto limit = static_cast<uint64_t>(
      parameters.integer("limit", std::numeric_limits<int64_t>::max(), 1, std::numeric_limits<int64_t>::max()));
  auto after = parameters.path("after");
  bool count = parameters.flag("count");
  parameters.reject_unknown();

  JsonObject summary;
  if (count) {
    uint64_t files = 0;
    auto reader = call.library().read();
    if (choice.where.empty() && choice.folders.empty() && after.empty())
      files = reader.file_count();
    else
      visit_chosen(reader, choice, after, [&](const FileView &, const std::vector<Attribute> &) {
        if ((++files & 0xfff) == 0) call.task.throw_if_cancelled();
        return true;
      });
    return {Status::ok, summary.add("count", files).str()};
  }
  call.task.phase("list");
  Exclusions exclusions(call.library().read());
  uint64_t left = limit;
  for (bool more = true; more && left > 0;) {
    auto page = next_page(call, choice, exclusions, after, std::min<uint64_t>(left, page_rows));
    call.rows.rows(page.rows);
    call.task.advance(page.count);
    left -= page.count;
    more = page.more;
    after = page.last;
    if (left == 0 || !more) summary.add("more", more);
  }
  if (!after.empty()) summary.add("last", file_uri(after));
  return {Status::ok, summary.str()};
}

Ending run_info(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  parameters.reject_unknown();
  if (paths.empty()) throw Error(Status::invalid_argument, "names no file", "parameter paths");
  uint64_t missing = 0;
  Exclusions exclusions(call.library().read());
  ExclusionReasons reasons;
  for (const auto &path : paths) {
    std::string text;
    {
      auto reader = call.library().read();
      auto stored = reader.file_at(path);
      if (stored) {
        reader.scan_files(stored->path, {}, [&](const FileView &file) {
          bool has_picture = !file.picture.none();
          text = file_row_json(file, exclusions.holds(file.picture, file.photo), known_of(reader, file));
          if (!has_picture) return false;
          std::vector<std::string> same, spaces;
          for (uint64_t other : reader.files_of(file.picture))
            if (auto known = reader.file(other); known && other != file.id)
              same.push_back(json_string(file_uri(known->path)));
          for (const auto &space : reader.spaces())
            if (reader.has_vector(space.id, {file.picture, file.render}))
              spaces.push_back(JsonObject()
                                   .add("model", space.key.model)
                                   .add("weights", space.key.weights_hash)
                                   .add("policy", space.key.policy)
                                   .add("dimension", space.key.dimension)
                                   .str());
          text.pop_back();
          if (auto reason = reasons.of(reader, exclusions.pictures_of(file.photo)); !reason.empty())
            text += ",\"excluded_reason\":" + json_string(reason);
          text += ",\"render\":\"" + file.render.hex() + "\",\"file_hash\":\"" + file.file_hash.hex() +
                  "\",\"same_picture\":" + json_array(same) + ",\"vectors\":" + json_array(spaces) + "}";
          return false;
        });
      } else {
        ++missing;
        if (paths.size() == 1) break;  // the failure says it all
        text = unknown_file_row(path);
      }
    }
    call.rows.row(text);
  }
  if (missing == paths.size()) {
    if (missing == 1) throw Error(Status::not_found, unknown_file(paths.front()), display_text(paths.front()));
    throw Error(Status::not_found, "none of these files is in the library");
  }
  return {missing > 0 ? Status::partial : Status::ok, JsonObject().add("missing", missing).str()};
}

}  // namespace kalon
