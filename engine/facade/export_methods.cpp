// Methods "export_list" and "export_vectors": what the library knows, as files for other programs.

#include <filesystem>

#include "base/clock.h"
#include "exchange/csv_text.h"
#include "exchange/npy.h"
#include "exchange/text_file.h"
#include "facade/flags.h"
#include "facade/json_object.h"
#include "facade/output.h"
#include "facade/vectors.h"

namespace kalon {
namespace {

constexpr const char csv_header[] =
    "id,photo,uri,path,width,height,format,size,mtime,capture_time,status,vanished,excluded,rating,label,keywords,flag";

std::string csv_row(const FileView &file, bool excluded, const std::vector<Attribute> &imported) {
  auto attribute = [&](std::string_view name) -> std::string_view {
    for (const auto &known : imported)
      if (known.name == name) return known.value;
    return file.attribute(name).value_or(std::string_view());
  };
  std::string row = file.picture.none() ? "" : file.picture.hex();
  auto cell = [&](std::string_view value) { append_csv_cell(row += ',', value); };
  cell(file.picture.none() ? "" : file.photo.hex());
  cell(file_uri(file.path));
  cell(display_text(file.path));
  cell(std::to_string(file.width));
  cell(std::to_string(file.height));
  cell(file.format);
  cell(std::to_string(file.stat.size));
  cell(format_utc(file.stat.mtime_ns / 1000));
  cell(file.capture_time == unknown_time ? "" : format_utc(file.capture_time));
  cell(status_name(file.status));
  cell(file.vanished ? "true" : "false");
  cell(excluded ? "true" : "false");
  for (const char *name : {"rating", "label", "keywords"}) cell(attribute(name));
  auto flag = flag_of(file, imported);
  cell(flag == FlagValue::none ? "" : flag_name(flag));
  return row;
}

}  // namespace

Ending run_export_list(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto to = parameters.required_path("to");
  bool csv = parameters.one_of("format", {"jsonl", "csv"}) == "csv";
  bool overwrite = parameters.flag("overwrite");
  auto choice = choice_from(parameters);
  parameters.reject_unknown();
  refuse_existing(to, overwrite);
  TextFile file(to);
  if (csv) file.line(csv_header);
  uint64_t rows = 0;
  {
    auto reader = call.library().read();
    Exclusions exclusions(reader);
    call.task.phase("export", reader.file_count());
    visit_chosen(reader, choice, {}, [&](const FileView &view, const std::vector<Attribute> &imported) {
      bool excluded = exclusions.holds(view.picture, view.photo);
      file.line(csv ? csv_row(view, excluded, imported) : file_row_json(view, excluded, imported));
      call.task.advance();
      if ((++rows & 0xff) == 0) call.task.throw_if_cancelled();
      return true;
    });
  }
  file.finish();
  return {Status::ok, JsonObject().add("rows", rows).add("uri", file_uri(to)).add("path", to).str()};
}

Ending run_export_vectors(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto to = parameters.required_path("to");
  bool half = parameters.one_of("precision", {"float32", "float16"}) == "float16";
  bool overwrite = parameters.flag("overwrite");
  auto choice = choice_from(parameters);
  auto choice_of_space = space_choice_from(parameters);
  parameters.reject_unknown();
  auto ids = std::filesystem::path(to).replace_extension(".jsonl").native();
  if (ids == to)
    throw Error(Status::invalid_argument, "must not end in .jsonl, the ending of the list beside it", "parameter to");
  refuse_existing(to, overwrite);
  refuse_existing(ids, overwrite);

  uint64_t rows = 0, missing = 0;
  auto reader = call.library().read();
  auto space = chosen_space(call, reader, choice_of_space);
  if (space.id == 0) throw Error(Status::not_found, "there are no vectors to export: no picture is indexed");
  auto photos = chosen_photos(reader, choice);
  call.task.phase("export", photos.size());
  NpyWriter vectors(to, space.key.dimension, half);
  TextFile list(ids);
  std::vector<float> row(space.key.dimension);
  for (const auto &photo : photos) {
    call.task.throw_if_cancelled();
    call.task.advance();
    if (!reader.vector(space.id, photo.key, row)) {
      ++missing;
      continue;
    }
    vectors.add(row.data(), 1);
    JsonObject line;
    line.add("row", rows++).add("id", photo.key.picture.hex()).add("photo", photo.photo.hex());
    list.line(line.add("uri", file_uri(photo.path)).add("path", photo.path).str());
  }
  vectors.finish();
  list.finish();
  JsonObject summary;
  summary.add("rows", rows).add("without_vector", missing).add("dimension", space.key.dimension);
  summary.add("model", space.key.model).add("weights", space.key.weights_hash).add("policy", space.key.policy);
  summary.add("uri", file_uri(to)).add("path", to).add("ids_uri", file_uri(ids)).add("ids_path", ids);
  return {Status::ok, summary.str()};
}

}  // namespace kalon
