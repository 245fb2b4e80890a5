// Methods "outliers", "outlier_vectors" and "filters": what does not belong among the rest.

#include <algorithm>
#include <unordered_set>

#include "base/clock.h"
#include "base/file.h"
#include "exchange/npy.h"
#include "facade/import_columns.h"
#include "facade/outlier_request.h"
#include "facade/vectors.h"
#include "store/names.h"

namespace kalon {
namespace {

constexpr uint64_t largest_filter = uint64_t{2} << 30;

PhotoVectors directions_of(const Reader &reader, const Space &space, std::vector<ChosenPhoto> photos,
                           bool unit_length) {
  auto vectors = vectors_of(reader, space, std::move(photos));
  drop_zeros(vectors);
  if (unit_length)
    make_unit_length(vectors.values.data(), static_cast<int64_t>(vectors.photos.size()),
                     static_cast<int64_t>(vectors.dimension));
  return vectors;
}

StoredFilter filter_named(const Reader &reader, const std::string &name) {
  auto record = reader.filter(name);
  if (record.empty()) {
    std::string known;
    for (const auto &other : reader.filters()) known += (known.empty() ? "" : ", ") + other;
    throw Error(Status::not_found,
                "there is no filter of this name; " +
                    (known.empty() ? "none was saved yet (--save NAME)" : "there are: " + known),
                name);
  }
  try {
    return filter_from_record(record);
  } catch (const Error &error) {
    throw Error(error.status(), error.message(), name);
  }
}

// What a space is, as people see it.
std::string space_text(const std::string &model, const std::string &weights, const std::string &policy) {
  return model + " (weights " + (weights.empty() ? "none" : weights.substr(0, 12)) + ", " + policy + ")";
}

bool is_of(const StoredFilter &stored, const SpaceKey &key) {
  const auto &origin = stored.origin;
  return origin.model == key.model && origin.weights_hash == key.weights_hash && origin.output == key.output &&
         origin.policy == key.policy && origin.precision == key.precision &&
         stored.filter.dimension == static_cast<int64_t>(key.dimension);
}

// The space that a filter was fitted in; what people name must be that.
Space space_for(const MethodCall &call, const Reader &reader, const StoredFilter &stored, SpaceChoice choice,
                const std::string &name) {
  const auto &origin = stored.origin;
  if (choice.model.empty() && choice.crop.empty() && choice.parameters.empty())
    for (const auto &space : reader.spaces())
      if (space.rows > 0 && is_of(stored, space.key)) return space;
  if (choice.model.empty()) choice.model = origin.model;
  auto space = chosen_space(call, reader, choice);
  if (is_of(stored, space.key)) return space;
  throw Error(Status::invalid_argument,
              "was fitted to vectors of " + space_text(origin.model, origin.weights_hash, origin.policy) +
                  ", which say nothing about those of " +
                  space_text(space.key.model, space.key.weights_hash, space.key.policy) +
                  "; fit a new one for them, or leave --model and --crop away",
              name);
}

std::string score_source(const OutlierFilter &filter, const std::string &name) {
  auto method = std::string(outlier_method_name(filter.method));
  return name.empty() ? "outliers: " + method : "outliers: " + method + ", filter " + name;
}

// Scores computed by one filter may come in portions; others would mean different things in one column.
bool may_join(const ScoreColumn &column, const std::string &source, const std::string &filter) {
  return !filter.empty() && column.source == source;
}

struct Names {
  std::string filter, save, scores;
};

Names names_from(const MethodCall &call, bool overwrite) {
  Names names{call.parameters.text("filter"), call.parameters.text("save"), call.parameters.text("scores")};
  if (!names.save.empty() && !names.filter.empty())
    throw Error(Status::invalid_argument, "there is nothing new to save: the filter has a name already",
                "parameter save");
  if (!names.scores.empty()) require_score_name(names.scores);
  if (names.save.empty()) return names;
  require_name(names.save, "a filter");
  if (!overwrite && !call.library().read().filter(names.save).empty())
    throw Error(Status::invalid_argument,
                "there is a filter of this name already; name another, replace it with --overwrite, or drop it",
                names.save);
  return names;
}

void require_free_column(const Reader &reader, const Names &names, const std::string &source, bool overwrite) {
  if (names.scores.empty() || overwrite) return;
  auto column = reader.score_column(names.scores);
  if (!column || column->rows == 0 || may_join(*column, source, names.filter)) return;
  throw Error(Status::invalid_argument,
              "this column has " + grouped(column->rows) + (column->rows == 1 ? " score" : " scores") + " already (" +
                  column->source + "); name another, or replace it with --overwrite",
              names.scores);
}

void store(const MethodCall &call, const Names &names, const OutlierAnswer &answer, const PhotoVectors &vectors,
           const SpaceKey &key) {
  if (names.save.empty() && names.scores.empty()) return;
  call.task.phase("store");
  Bytes record;
  if (!names.save.empty())
    record = filter_record(answer.filter,
                           {key.model, key.weights_hash, key.output, key.policy, key.precision, now_microseconds()});
  auto writer = call.library().write();
  if (!names.save.empty()) writer.put_filter(names.save, record);
  if (!names.scores.empty()) {
    ScoreColumn wanted;
    wanted.name = names.scores;
    wanted.source = score_source(answer.filter, names.filter.empty() ? names.save : names.filter);
    wanted.model = key.model;
    wanted.weights_hash = key.weights_hash;
    wanted.time = now_microseconds();
    auto before = writer.score_column(names.scores);
    bool joins = before && may_join(*before, wanted.source, names.filter);
    auto column = writer.put_score_column(wanted);
    if (!joins) writer.clear_scores(column.id);
    std::vector<std::pair<Hash128, double>> scores;
    scores.reserve(vectors.photos.size());
    for (size_t i = 0; i < vectors.photos.size(); ++i)
      scores.emplace_back(vectors.photos[i].key.picture, answer.scores.score[i]);
    writer.put_scores(column.id, scores);
  }
  writer.commit();
}

struct Fitted {
  OutlierAnswer answer;
  PhotoVectors vectors, reference;  // the filter may go on reading the reference's values
  SpaceKey key;
};

// Photos of the reference are not scored, unless nothing else is chosen.
std::vector<ChosenPhoto> without_reference(std::vector<ChosenPhoto> photos, const std::vector<ChosenPhoto> &reference) {
  std::unordered_set<Hash128> usual;
  for (const auto &photo : reference) usual.insert(photo.photo);
  auto strange = photos;
  std::erase_if(strange, [&](const ChosenPhoto &photo) { return usual.contains(photo.photo); });
  return strange.empty() ? photos : strange;
}

void require_photos(const PhotoVectors &vectors, const std::string &what) {
  if (!vectors.photos.empty()) return;
  throw Error(Status::not_found,
              what + (vectors.missing > 0 ? " has a vector yet; run `kalon index FOLDER`"
                                          : " is left: none is indexed there, or all of them are excluded, vanished or "
                                            "filtered out"));
}

Fitted against_filter(const MethodCall &call, OutlierRequest &request, const Names &names, const Choice &choice,
                      const SpaceChoice &space_choice) {
  Fitted fitted;
  auto reader = call.library().read();
  auto stored = filter_named(reader, names.filter);
  require_free_column(reader, names, score_source(stored.filter, names.filter), request.overwrite);
  auto space = space_for(call, reader, stored, space_choice, names.filter);
  fitted.key = space.key;
  fitted.vectors = directions_of(reader, space, chosen_photos(reader, choice), stored.filter.unit_length);
  require_photos(fitted.vectors, "no picture");
  fitted.answer.filter = std::move(stored.filter);
  set_threshold(fitted.answer.filter, request, true);
  return fitted;
}

Fitted newly_fitted(const MethodCall &call, OutlierRequest &request, const Names &names, const Choice &choice,
                    const std::vector<std::string> &reference, const SpaceChoice &space_choice) {
  Fitted fitted;
  {
    auto reader = call.library().read();
    OutlierFilter wanted;
    wanted.method = request.options.method;
    require_free_column(reader, names, score_source(wanted, names.save), request.overwrite);
    auto space = chosen_space(call, reader, space_choice);
    fitted.key = space.key;
    auto photos = chosen_photos(reader, choice);
    if (!reference.empty()) {
      auto usual = chosen_photos(reader, {reference, {}});
      photos = without_reference(std::move(photos), usual);
      fitted.reference = directions_of(reader, space, std::move(usual), request.options.unit_length);
      require_photos(fitted.reference, "no picture of the reference");
    }
    fitted.vectors = directions_of(reader, space, std::move(photos), request.options.unit_length);
    require_photos(fitted.vectors, "no picture");
  }
  request.options.keep = !names.save.empty();
  bool of_themselves = reference.empty();
  fitted.answer = fitted_answer(view_of(of_themselves ? fitted.vectors : fitted.reference), view_of(fitted.vectors),
                                of_themselves, request, call.task);
  return fitted;
}

void put_file(const std::string &path, const Bytes &bytes, bool overwrite) {
  if (overwrite)
    write_file_atomically(path, bytes);
  else
    write_new_file(path, bytes);
}

// Rows of a file as they are compared.
VectorTable table_from(const std::string &path, bool unit_length) {
  auto table = read_npy(path);
  if (!unit_length) return table;
  if (auto row = make_unit_length(table.values.data(), table.rows, table.dimension); row >= 0)
    throw Error(Status::invalid_argument,
                "row " + std::to_string(row) + " holds nothing but zeros: it has no direction to be compared by",
                display_text(path));
  return table;
}

MatrixView view_of(const VectorTable &table) {
  return {table.values.data(), table.rows, table.dimension};
}

StoredFilter filter_from_file(const std::string &path) {
  auto bytes = read_file(path, largest_filter);
  try {
    return filter_from_record(bytes);
  } catch (const Error &error) {
    throw Error(error.status(), error.message(), display_text(path));
  }
}

void add_filter_row(const MethodCall &call, const std::string &name, const Bytes &record) {
  JsonObject row;
  row.add("name", name).add("bytes", record.size());
  try {
    auto stored = filter_from_record(record);
    const auto &filter = stored.filter;
    row.add("method", outlier_method_name(filter.method)).add("reference", filter.rows);
    row.add("dimension", filter.dimension).add("threshold", filter.threshold);
    if (filter.quantile) row.add("quantile", *filter.quantile);
    if (filter.neighbours > 0) row.add("neighbours", filter.neighbours);
    if (filter.mixture)
      row.add("components", filter.mixture->components).add("covariance", covariance_kind_name(filter.mixture->kind));
    if (filter.components) row.add("pca", filter.components->kept);
    row.add("model", stored.origin.model).add("weights", stored.origin.weights_hash);
    row.add("policy", stored.origin.policy).add("fitted", format_utc(stored.origin.time));
  } catch (const Error &error) {
    row.add("status", status_name(error.status())).add("message", error.message());
  }
  call.rows.row(row.str());
}

}  // namespace

Ending run_outliers(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto request = outlier_request_from(parameters);
  auto choice = choice_from(parameters);
  auto reference = parameters.paths("reference");
  auto space_choice = space_choice_from(parameters);
  auto names = names_from(call, request.overwrite);
  if (!names.filter.empty()) refuse_fitting_again(request, !reference.empty());
  parameters.reject_unknown();

  Fitted fitted = names.filter.empty() ? newly_fitted(call, request, names, choice, reference, space_choice)
                                       : against_filter(call, request, names, choice, space_choice);
  if (!names.filter.empty())
    fitted.answer.scores = score_rows(fitted.answer.filter, view_of(fitted.vectors), call.task);
  store(call, names, fitted.answer, fitted.vectors, fitted.key);
  auto summary = write_outliers(call, request, fitted.answer, "pictures", [&](size_t i, JsonObject &row) {
    const auto &photo = fitted.vectors.photos[i];
    row.add("id", photo.key.picture.hex()).add("photo", photo.photo.hex());
    row.add("uri", file_uri(photo.path)).add("path", photo.path);
  });
  summary.add("without_vector", fitted.vectors.missing).add("model", fitted.key.model);
  summary.add("weights", fitted.key.weights_hash).add("policy", fitted.key.policy);
  for (const auto &[member, name] :
       {std::pair("filter", names.filter), std::pair("saved", names.save), std::pair("scores", names.scores)})
    if (!name.empty()) summary.add(member, name);
  return {Status::ok, summary.str()};
}

Ending run_outlier_vectors(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto request = outlier_request_from(parameters);
  auto vectors = parameters.required_path("vectors"), reference = parameters.path("reference");
  auto filter = parameters.path("filter"), save = parameters.path("save");
  if (!filter.empty()) refuse_fitting_again(request, !reference.empty());
  if (!filter.empty() && !save.empty())
    throw Error(Status::invalid_argument, "there is nothing new to save: the filter is a file already",
                "parameter save");
  parameters.reject_unknown();
  refuse_unwritable(save, request.overwrite);

  OutlierAnswer answer;
  VectorTable rows, usual;
  if (!filter.empty()) {
    auto stored = filter_from_file(filter);
    if (!stored.origin.model.empty())
      throw Error(Status::invalid_argument,
                  "was fitted to pictures of a library; `kalon outliers --filter NAME` uses it there",
                  display_text(filter));
    rows = table_from(vectors, stored.filter.unit_length);
    answer.filter = std::move(stored.filter);
    set_threshold(answer.filter, request, true);
    answer.scores = score_rows(answer.filter, view_of(rows), call.task);
  } else {
    rows = table_from(vectors, request.options.unit_length);
    if (rows.rows == 0) throw Error(Status::invalid_argument, "holds no vectors", display_text(vectors));
    if (!reference.empty()) usual = table_from(reference, request.options.unit_length);
    if (!reference.empty() && usual.rows == 0)
      throw Error(Status::invalid_argument, "holds no vectors, and nothing can be usual among none",
                  display_text(reference));
    request.options.keep = !save.empty();
    answer =
        fitted_answer(view_of(reference.empty() ? rows : usual), view_of(rows), reference.empty(), request, call.task);
  }
  if (!save.empty()) {
    FilterOrigin origin;
    origin.time = now_microseconds();
    put_file(save, filter_record(answer.filter, origin), request.overwrite);
  }
  auto summary = write_outliers(call, request, answer, "vectors", [](size_t i, JsonObject &row) { row.add("row", i); });
  if (!filter.empty()) summary.add("filter", file_uri(filter)).add("filter_path", filter);
  if (!save.empty()) summary.add("saved", file_uri(save)).add("saved_path", save);
  return {Status::ok, summary.str()};
}

Ending run_filters(const MethodCall &call) {
  auto drop = call.parameters.text("drop");
  call.parameters.reject_unknown();
  if (!drop.empty()) {
    auto writer = call.library().write();
    if (!writer.drop_filter(drop)) throw Error(Status::not_found, "there is no filter of this name", drop);
    writer.commit();
    return {Status::ok, JsonObject().add("dropped", drop).str()};
  }
  std::vector<std::string> names = call.library().read().filters();
  for (const auto &name : names) {
    call.task.throw_if_cancelled();
    if (auto record = call.library().read().filter(name); !record.empty()) add_filter_row(call, name, record);
  }
  return {Status::ok, JsonObject().add("filters", names.size()).str()};
}

}  // namespace kalon
