// Method "flag": pick, reject, or neither.

#include "facade/flags.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/unknown_file.h"

namespace kalon {

Ending run_flag(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  auto name = parameters.required_text("flag");
  parameters.one_of("flag", {"pick", "reject", "none"});
  parameters.reject_unknown();
  if (paths.empty()) throw Error(Status::invalid_argument, "names no file", "parameter paths");
  auto value = name == "pick" ? FlagValue::pick : name == "reject" ? FlagValue::reject : FlagValue::none;
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
        rows.push_back(JsonObject()
                           .add("uri", file_uri(path))
                           .add("path", path)
                           .add("status", status_name(Status::not_found))
                           .add("message", unknown_file(path))
                           .str());
        continue;
      }
      Event event;
      event.action = action;
      event.body = Flag{file->photo, value};
      action = writer.append_event(std::move(event)).action;
      ++done;
    }
    if (done > 0) writer.commit();
  }
  for (const auto &row : rows) call.rows.row(row);
  if (done == 0) throw Error(Status::not_found, unknown_file(paths.front()), display_text(paths.front()));
  auto summary = JsonObject().add("flag", flag_name(value)).add("flagged", done).add("missing", missing).str();
  return {missing == 0 ? Status::ok : Status::partial, summary};
}

}  // namespace kalon
