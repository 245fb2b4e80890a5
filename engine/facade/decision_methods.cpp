// Methods "flag" and "exclude": what people decide about pictures.

#include <functional>
#include <optional>

#include "facade/flags.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/rows.h"
#include "facade/unknown_file.h"

namespace kalon {
namespace {

using Bodies = std::vector<decltype(Event::body)>;

// Stores what `decided` makes of each file, all of it as one action; rows tell of the files that the library has not.
// summary: gets how many files there were, by the name `done_as`, and how many are missing. Throws not_found when all
// are.
Ending decide(const MethodCall &call, const std::vector<std::string> &paths,
              const std::function<Bodies(const Reader &, const FileRow &)> &decided, JsonObject summary,
              std::string_view done_as) {
  if (paths.empty()) throw Error(Status::invalid_argument, "names no file", "parameter paths");
  uint64_t done = 0, missing = 0;
  std::vector<std::string> rows;
  {
    auto writer = call.library().write();
    Hash128 action;
    for (const auto &path : paths) {
      call.task.throw_if_cancelled();
      auto file = writer.file_at(path);
      if (!file || file->picture.none()) {
        ++missing;
        if (paths.size() == 1) break;  // the failure says it all
        rows.push_back(unknown_file_row(path));
        continue;
      }
      for (auto &body : decided(writer, *file)) {
        Event event;
        event.action = action;
        event.body = std::move(body);
        action = writer.append_event(std::move(event)).action;
      }
      ++done;
    }
    if (done > 0) writer.commit();
  }
  for (const auto &row : rows) call.rows.row(row);
  if (done == 0) throw Error(Status::not_found, unknown_file(paths.front()), display_text(paths.front()));
  return {missing == 0 ? Status::ok : Status::partial, summary.add(done_as, done).add("missing", missing).str()};
}

}  // namespace

Ending run_flag(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  parameters.required_text("flag");
  auto value = *flag_named(parameters.one_of("flag", {"pick", "reject", "none"}));
  parameters.reject_unknown();
  auto flag = [&](const Reader &, const FileRow &file) { return Bodies{Flag{file.photo, value}}; };
  return decide(call, paths, flag, JsonObject().add("flag", flag_name(value)), "flagged");
}

Ending run_exclude(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  auto reason = parameters.text("reason");
  bool back = parameters.flag("include");
  parameters.reject_unknown();
  std::optional<Exclusions> before;
  auto exclude = [&](const Reader &reader, const FileRow &file) {
    std::vector<Hash128> pictures;
    if (back) {
      if (!before) before.emplace(reader);
      pictures = before->pictures_of(file.photo);
    }
    if (pictures.empty()) pictures.push_back(file.picture);
    Bodies bodies;
    for (const auto &picture : pictures) bodies.push_back(Exclude{picture, reason, !back});
    return bodies;
  };
  return decide(call, paths, exclude, {}, back ? "included" : "excluded");
}

}  // namespace kalon
