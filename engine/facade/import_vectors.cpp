// Method "import_vectors": vectors that another program made, as a space of the library.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include <kalon/plugin.h>

#include "base/text.h"
#include "exchange/npy.h"
#include "facade/import_columns.h"
#include "facade/import_rows.h"
#include "facade/vector_parts.h"
#include "facade/vectors.h"

namespace kalon {
namespace {

constexpr size_t block_bytes = size_t{16} << 20;  // of an array, read at once
constexpr size_t longest_name = 200;

struct Request {
  std::string path, ids, id_column, model, weights, metric;
  std::vector<std::string> bases, columns;  // of attributes
  bool add = false, replace = false, attributes = false, dry_run = false;
};

Request request_from(const Parameters &parameters) {
  Request request;
  request.path = parameters.required_path("path");
  request.ids = parameters.path("ids");
  request.id_column = parameters.text("id_column");
  request.model = parameters.text("model");
  request.weights = parameters.text("weights");
  request.metric = parameters.one_of("metric", {"", "cosine", "euclidean"});
  request.bases = parameters.paths("base");
  request.columns = parameters.texts("columns");
  request.attributes = parameters.flag("attributes") || !request.columns.empty();
  request.add = parameters.flag("add");
  request.replace = parameters.flag("replace");
  request.dry_run = parameters.flag("dry_run");
  if (request.add && request.replace)
    throw Error(Status::invalid_argument, "does not go with add", "parameter replace");
  return request;
}

void require_name(const MethodCall &call, const std::string &name) {
  bool control = std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > longest_name || control || !valid_utf8(name))
    throw Error(Status::invalid_argument, "must have 1 to 200 bytes of UTF-8 and no control characters",
                "parameter model");
  for (const auto &model : call.registry.models())
    if (name == model.description.id)
      throw Error(Status::invalid_argument,
                  "is the name of a model of this program; imported vectors need one of their own", "model " + name);
}

std::string hash_of_files(const MethodCall &call, const VectorSource &source) {
  call.task.phase("read", source.rows);
  Hasher hasher;
  Bytes chunk(size_t{1} << 20);
  for (const auto &part : source.parts) {
    InputFile file(part.array);
    for (uint64_t at = 0; at < file.size();) {
      call.task.throw_if_cancelled();
      size_t got = file.read_some(at, chunk.data(), chunk.size());
      if (got == 0) throw Error(Status::corrupt_data, "became shorter while it was read", file.name());
      hasher.add(ByteView(chunk).first(got));
      at += got;
    }
    call.task.advance(part.rows);
  }
  return hasher.finish().hex();
}

// The space that the vectors belong into. One name means one space: what is there already under it decides.
SpaceKey space_key(const MethodCall &call, const Request &request, const VectorSource &source) {
  SpaceKey key{request.model.empty() ? source.name : request.model,
               request.weights.empty() ? hash_of_files(call, source) : request.weights,
               "features",
               imported_policy,
               "f32",
               source.dimension,
               request.metric == "euclidean" ? KALON_METRIC_EUCLIDEAN : KALON_METRIC_COSINE};
  require_name(call, key.model);
  std::optional<SpaceKey> last;
  bool same_before = false;
  for (const auto &space : call.library().read().spaces()) {
    if (space.rows == 0 || space.key.model != key.model || space.key.policy != imported_policy) continue;
    same_before |= space.key == key;
    last = space.key;
  }
  if (!last || *last == key) return key;
  auto refuse = [&](const std::string &why) { return Error(Status::invalid_argument, why, "model " + key.model); };
  if (request.add) {
    if (last->dimension != key.dimension)
      throw refuse("has vectors of " + std::to_string(last->dimension) + " values; these have " +
                   std::to_string(key.dimension));
    if (!request.metric.empty() && last->metric != key.metric) throw refuse("has vectors of the other metric");
    return *last;
  }
  if (same_before)
    throw refuse("had these vectors before others took their place; import them under another name with --model");
  if (request.replace) return key;
  throw refuse(
      "there are vectors of this name from another file; --add puts these beside them, --replace in their place, and "
      "--model gives them a name of their own");
}

// Rows of an array one after the other, in the order of their numbers, with gaps.
class Rows {
 public:
  explicit Rows(const std::string &path)
      : array_(path),
        block_rows_(std::max<int64_t>(1, static_cast<int64_t>(block_bytes / sizeof(float)) / array_.dimension())) {}

  const float *row(uint64_t index) {
    auto wanted = static_cast<int64_t>(index);
    if (wanted < first_ || wanted >= first_ + count_) {
      first_ = wanted;
      count_ = std::min(block_rows_, array_.rows() - wanted);
      values_.resize(static_cast<size_t>(count_ * array_.dimension()));
      array_.read(first_, count_, values_.data());
    }
    return values_.data() + (wanted - first_) * array_.dimension();
  }

 private:
  NpyReader array_;
  int64_t block_rows_, first_ = 0, count_ = 0;
  std::vector<float> values_;
};

// What is wrong with a vector; null when nothing is.
const char *objection(std::span<const float> vector, bool cosine) {
  if (!std::ranges::all_of(vector, [](float value) { return std::isfinite(value); }))
    return "holds a value that is not finite";
  bool zero = std::ranges::all_of(vector, [](float value) { return value == 0; });
  return cosine && zero ? "is all zeros, which has no direction; the metric euclidean takes it" : nullptr;
}

// Vectors that are of unit length already, as far as float32 tells, stay as they are to the last bit: what was exported
// comes back the same.
void make_unit(std::span<float> vector) {
  constexpr double rounding = 2e-6;
  double sum = 0;
  for (float value : vector) sum += double{value} * double{value};
  if (std::abs(sum - 1) <= rounding) return;
  double scale = 1 / std::sqrt(sum);
  for (float &value : vector) value = static_cast<float>(double{value} * scale);
}

class VectorImport {
 public:
  VectorImport(const MethodCall &call, const Request &request, const SpaceKey &key, ImportReport &report)
      : call_(call), request_(request), key_(key), report_(report) {}

  void part(const VectorPart &part) {
    auto table = open_table_or_list(part.list);
    auto bases = request_.bases;
    if (bases.empty()) bases.push_back(std::filesystem::path(part.list).parent_path().native());
    PictureNames names(*table, request_.id_column, std::move(bases));
    auto wanted = names.columns();
    std::optional<AttributeColumns> columns;
    if (request_.attributes)
      if (auto asked = asked_of(*table); !asked.empty()) {
        columns.emplace(*table, names, std::move(asked), call_.library().read());
        wanted = columns->wanted();
      }
    table->only(wanted);
    Rows rows(part.array);
    RowTaker taker;
    taker.take = [&](const TableRow &row, uint64_t index, const PictureNames::Found &found) -> size_t {
      if (index >= part.rows) throw Error(Status::busy, "was changed while it was imported", display_text(part.list));
      std::span<const float> vector(rows.row(index), key_.dimension);
      size_t bytes = 0;
      if (columns) {
        auto attributes = columns->of(row, bytes);
        if (!attributes.empty()) ++with_attributes_, attributes_.emplace_back(found.picture(), std::move(attributes));
      }
      bool cosine = key_.metric == KALON_METRIC_COSINE;
      if (const auto *wrong = objection(vector, cosine)) {
        report_.failed(part.list, table->unit(), row.number, found.name, Status::corrupt_data,
                       "row " + std::to_string(index) + " (counted from 0) of " +
                           display_text(std::filesystem::path(part.array).filename().native()) + ' ' + wrong);
        return bytes;
      }
      for (const auto &picture : found.keys) {
        keys_.push_back(picture);
        values_.insert(values_.end(), vector.begin(), vector.end());
        if (cosine) make_unit(std::span(values_).last(vector.size()));
        bytes += vector.size_bytes() + sizeof picture;
      }
      report_.imported();
      return bytes;
    };
    taker.put = [&](Writer *writer) { put(writer); };
    report_.guard([&] { import_table(call_, *table, names, part.list, report_, taker, request_.dry_run); });
    if (columns && !request_.columns.empty()) columns->require_met(part.list, part.rows);
  }

  uint64_t with_attributes() const { return with_attributes_; }

 private:
  // The columns that were named, or those that clip-retrieval writes, as far as they are there.
  std::vector<std::string> asked_of(const TableReader &table) const {
    if (!request_.columns.empty()) return request_.columns;
    std::vector<std::string> asked;
    for (const auto &name : table.columns())
      for (const char *usual : {"caption", "nsfw", "similarity"})
        if (ascii_lower(name) == usual) asked.push_back(name);
    return asked;
  }

  void put(Writer *writer) {
    if (writer != nullptr && !keys_.empty()) {
      auto space = writer->put_space(key_);
      writer->put_vectors(space.id, keys_, values_.data());
    }
    if (writer != nullptr)
      for (const auto &[picture, attributes] : attributes_) writer->put_attributes(picture, attributes);
    keys_.clear();
    values_.clear();
    attributes_.clear();
  }

  const MethodCall &call_;
  const Request &request_;
  const SpaceKey &key_;
  ImportReport &report_;
  std::vector<VectorKey> keys_;
  std::vector<float> values_;  // keys_.size() x dimension
  std::vector<std::pair<Hash128, std::vector<Attribute>>> attributes_;
  uint64_t with_attributes_ = 0;
};

}  // namespace

Ending run_import_vectors(const MethodCall &call) {
  auto request = request_from(call.parameters);
  ImportReport report(call);
  call.parameters.reject_unknown();

  call.task.phase("count");
  auto source = vector_source(request.path, request.ids);
  if (source.rows == 0) throw Error(Status::corrupt_data, "has no rows", display_text(request.path));
  auto key = space_key(call, request, source);
  call.task.phase("import", source.rows);
  VectorImport import(call, request, key, report);
  for (const auto &part : source.parts) import.part(part);
  report.require_some(source.parts.front().list);

  JsonObject summary;
  report.add_to(summary);
  summary.add("dimension", key.dimension).add("model", key.model).add("weights", key.weights_hash);
  summary.add("metric", key.metric == KALON_METRIC_COSINE ? "cosine" : "euclidean");
  if (request.attributes) summary.add("with_attributes", import.with_attributes());
  summary.add("parts", source.parts.size()).add("dry_run", request.dry_run);
  return {report.all_done() ? Status::ok : Status::partial, summary.str()};
}

}  // namespace kalon
