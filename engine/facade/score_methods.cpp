// Methods "scores" and "attributes": what was kept of pictures as columns, listed and dropped.

#include <map>

#include "base/clock.h"
#include "base/text.h"
#include "facade/import_columns.h"
#include "facade/methods.h"

namespace kalon {
namespace {

constexpr size_t batch_pictures = 4096;  // whose attributes change in one transaction

Error no_such(const std::string &what, const std::vector<std::string> &known, const std::string &name) {
  return {Status::not_found,
          "there is no " + what + " of this name; " +
              (known.empty() ? "there is none at all" : "there are: " + listed_names(known)),
          display_text(name)};
}

Ending drop_scores(const MethodCall &call, const std::string &name) {
  auto writer = call.library().write();
  auto column = writer.score_column(name);
  if (!column) {
    std::vector<std::string> known;
    for (const auto &other : writer.score_columns()) known.push_back(other.name);
    throw no_such("column of scores", known, name);
  }
  writer.drop_score_column(name);
  writer.commit();
  return {Status::ok, JsonObject().add("dropped", column->name).add("scores", column->rows).str()};
}

// An imported attribute, by its name without case, as `where` reads it.
struct Imported {
  std::string name;  // as first met
  uint64_t pictures = 0;
};

std::map<std::string, Imported> imported_attributes(const MethodCall &call) {
  std::map<std::string, Imported> found;
  uint64_t visited = 0;
  call.library().read().scan_attributes({}, [&](const Hash128 &, const std::vector<Attribute> &attributes) {
    if ((++visited & 0xfff) == 0) call.task.throw_if_cancelled();
    for (const auto &attribute : attributes) {
      auto &imported = found[ascii_lower(attribute.name)];
      if (imported.name.empty()) imported.name = attribute.name;
      ++imported.pictures;
    }
    return true;
  });
  return found;
}

// The next pictures that have an attribute, the given one included.
std::vector<Hash128> pictures_with(const MethodCall &call, const std::string &name, const Hash128 &from) {
  std::vector<Hash128> pictures;
  auto wanted = ascii_lower(name);
  uint64_t visited = 0;
  call.library().read().scan_attributes(from, [&](const Hash128 &picture, const std::vector<Attribute> &attributes) {
    if ((++visited & 0xfff) == 0) call.task.throw_if_cancelled();
    for (const auto &attribute : attributes)
      if (ascii_lower(attribute.name) == wanted) {
        pictures.push_back(picture);
        break;
      }
    return pictures.size() < batch_pictures;
  });
  return pictures;
}

Ending drop_attribute(const MethodCall &call, const std::string &name) {
  call.task.phase("drop");
  uint64_t dropped = 0;
  for (auto batch = pictures_with(call, name, {}); !batch.empty(); batch = pictures_with(call, name, batch.back())) {
    call.task.throw_if_cancelled();
    auto writer = call.library().write();
    for (const auto &picture : batch) dropped += writer.remove_attribute(picture, name);
    writer.commit();
    call.task.advance(batch.size());
  }
  if (dropped == 0) {
    std::vector<std::string> known;
    for (const auto &[lower, imported] : imported_attributes(call)) known.push_back(imported.name);
    throw no_such("imported attribute", known, name);
  }
  return {Status::ok, JsonObject().add("dropped", name).add("pictures", dropped).str()};
}

}  // namespace

Ending run_scores(const MethodCall &call) {
  auto drop = call.parameters.text("drop");
  call.parameters.reject_unknown();
  if (!drop.empty()) return drop_scores(call, drop);
  auto columns = call.library().read().score_columns();
  for (const auto &column : columns) {
    JsonObject row;
    row.add("name", column.name).add("scores", column.rows).add("direction", direction_name(column.direction));
    row.add("source", column.source).add("model", column.model).add("weights", column.weights_hash);
    call.rows.row(row.add("time", format_utc(column.time)).str());
  }
  return {Status::ok, JsonObject().add("columns", columns.size()).str()};
}

Ending run_attributes(const MethodCall &call) {
  auto drop = call.parameters.text("drop");
  call.parameters.reject_unknown();
  if (!drop.empty()) return drop_attribute(call, drop);
  auto found = imported_attributes(call);
  for (const auto &[lower, imported] : found)
    call.rows.row(JsonObject().add("name", imported.name).add("pictures", imported.pictures).str());
  return {Status::ok, JsonObject().add("attributes", found.size()).str()};
}

}  // namespace kalon
