// Methods "flag", "rate", "label" and "exclude": what people decide about pictures.

#include <functional>
#include <optional>
#include <unordered_set>

#include "base/text.h"
#include "facade/flags.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/rows.h"
#include "facade/unknown_file.h"

namespace kalon {
namespace {

constexpr size_t longest_label = 64;  // characters

// Stores what `decide` adds for each file, all of it as one action; rows tell of the files that the library has not.
// summary: gets how many files there were, by the name `done_as`, how many are missing, and the action. Throws
// not_found when all are missing.
Ending decide(const MethodCall &call, const std::vector<std::string> &paths,
              const std::function<void(const Reader &, const FileView &, std::vector<EventBody> &)> &decide_on,
              JsonObject summary, std::string_view done_as) {
  if (paths.empty()) throw Error(Status::invalid_argument, "names no file", "parameter paths");
  uint64_t done = 0, missing = 0;
  std::vector<std::string> rows;
  std::vector<EventBody> bodies;
  Hash128 action;
  {
    auto writer = call.library().write();
    for (const auto &path : paths) {
      call.task.throw_if_cancelled();
      bool known = false;
      writer.visit_file_at(path, [&](const FileView &file) {
        if (file.picture.none()) return;
        known = true;
        decide_on(writer, file, bodies);
      });
      if (known) {
        ++done;
      } else {
        ++missing;
        if (paths.size() == 1) break;  // the failure says it all
        rows.push_back(unknown_file_row(path));
      }
    }
    if (!bodies.empty()) {
      action = writer.append_action(std::move(bodies));
      writer.commit();
    }
  }
  for (const auto &row : rows) call.rows.row(row);
  if (done == 0) throw Error(Status::not_found, unknown_file(paths.front()), display_text(paths.front()));
  summary.add(done_as, done).add("missing", missing).add("action", action.hex());
  return {missing == 0 ? Status::ok : Status::partial, summary.str()};
}

// The same decision on each photo, however many of its files were named. make: from the photo.
template <class Make>
Ending decide_on_photos(const MethodCall &call, const std::vector<std::string> &paths, const Make &make,
                        JsonObject summary, std::string_view done_as) {
  std::unordered_set<Hash128> decided;
  auto decide_on = [&](const Reader &, const FileView &file, std::vector<EventBody> &bodies) {
    if (decided.insert(file.photo).second) bodies.emplace_back(make(file.photo));
  };
  return decide(call, paths, decide_on, std::move(summary), done_as);
}

std::string label_from(const Parameters &parameters) {
  auto label = parameters.text("label");
  if (!parameters.has("label"))
    throw Error(Status::invalid_argument, "is needed; an empty one takes the label away", "parameter label");
  size_t characters = 0;
  for (char c : label) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      throw Error(Status::invalid_argument, "must be one line without control characters", "parameter label");
    characters += (byte & 0xc0) != 0x80;
  }
  if (characters > longest_label)
    throw Error(Status::invalid_argument, "has at most 64 characters, not " + grouped(characters), "parameter label");
  return label;
}

}  // namespace

Ending run_flag(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  parameters.required_text("flag");
  auto value = *flag_named(parameters.one_of("flag", {"pick", "reject", "none"}));
  parameters.reject_unknown();
  auto flag = [&](const Hash128 &photo) { return Flag{photo, value}; };
  return decide_on_photos(call, paths, flag, JsonObject().add("flag", flag_name(value)), "flagged");
}

Ending run_rate(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  auto stars = static_cast<int8_t>(parameters.integer("rating", 0, 0, 5));
  if (!parameters.has("rating"))
    throw Error(Status::invalid_argument, "is needed: a whole number from 0 to 5", "parameter rating");
  parameters.reject_unknown();
  auto rating = [&](const Hash128 &photo) { return Rating{photo, stars}; };
  return decide_on_photos(call, paths, rating, JsonObject().add("rating", stars), "rated");
}

Ending run_label(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  auto name = label_from(parameters);
  parameters.reject_unknown();
  auto label = [&](const Hash128 &photo) { return Label{photo, name}; };
  return decide_on_photos(call, paths, label, JsonObject().add("label", name), "labelled");
}

Ending run_exclude(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  auto reason = parameters.text("reason");
  bool back = parameters.flag("include");
  parameters.reject_unknown();
  std::optional<Exclusions> before;
  auto exclude = [&](const Reader &reader, const FileView &file, std::vector<EventBody> &bodies) {
    std::vector<Hash128> pictures;
    if (back) {
      if (!before) before.emplace(reader);
      pictures = before->pictures_of(file.photo);
    }
    if (pictures.empty()) pictures.push_back(file.picture);
    for (const auto &picture : pictures) bodies.emplace_back(Exclude{picture, reason, !back});
  };
  return decide(call, paths, exclude, {}, back ? "included" : "excluded");
}

}  // namespace kalon
