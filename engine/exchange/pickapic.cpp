#include "exchange/pickapic.h"

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "exchange/csv_text.h"
#include "exchange/folder.h"
#include "exchange/json_line.h"
#include "exchange/parquet_write.h"
#include "exchange/text_file.h"

namespace kalon {
namespace {

constexpr uint64_t max_picture_bytes = (uint64_t{1} << 30) - 1;

enum class Kind { text, real, whole, truth, moment, picture };
struct Field {
  std::string_view name;
  Kind kind;
};
// In the published order, then ours.
constexpr std::array fields = {
    Field{"are_different", Kind::truth},
    Field{"best_image_uid", Kind::text},
    Field{"caption", Kind::text},
    Field{"created_at", Kind::moment},
    Field{"has_label", Kind::truth},
    Field{"image_0_uid", Kind::text},
    Field{"image_0_url", Kind::text},
    Field{"image_1_uid", Kind::text},
    Field{"image_1_url", Kind::text},
    Field{"jpg_0", Kind::picture},
    Field{"jpg_1", Kind::picture},
    Field{"label_0", Kind::real},
    Field{"label_1", Kind::real},
    Field{"model_0", Kind::text},
    Field{"model_1", Kind::text},
    Field{"ranking_id", Kind::whole},
    Field{"user_id", Kind::whole},
    Field{"num_example_per_prompt", Kind::whole},
    Field{"__index_level_0__", Kind::whole},
    Field{"annotator", Kind::text},
    Field{"criterion", Kind::text},
    Field{"certainty", Kind::real},
};

struct Picture {
  std::string bytes, path;
};
using Value = std::variant<std::monostate, std::string, double, int64_t, bool, Picture>;
using Row = std::array<Value, fields.size()>;

// Where rows go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void add(const Row &row) = 0;
  virtual void finish() = 0;
};

// Which feature of `datasets` a column is; its type in the schema that the file carries for it.
std::string feature_json(Kind kind, bool image_feature) {
  auto value = [](const char *type) { return JsonLine().add("dtype", type).add("_type", "Value").str(); };
  switch (kind) {
    case Kind::real:
      return value("float64");
    case Kind::whole:
      return value("int64");
    case Kind::truth:
      return value("bool");
    case Kind::moment:
      return value("timestamp[us]");
    case Kind::picture:
      return image_feature ? JsonLine().add("_type", "Image").str() : value("binary");
    case Kind::text:
      break;
  }
  return value("string");
}

class ParquetSink : public Sink {
 public:
  ParquetSink(const std::string &path, bool image_feature)
      : image_feature_(image_feature), writer_(path, columns(image_feature), settings(image_feature)) {}

  void add(const Row &row) override {
    cells_.clear();
    for (size_t i = 0; i < fields.size(); ++i) {
      if (const auto *picture = std::get_if<Picture>(&row[i])) {
        cells_.emplace_back(std::string_view(picture->bytes));
        if (image_feature_) cells_.emplace_back(std::string_view(picture->path));
      } else {
        cells_.push_back(std::visit([](const auto &value) { return cell(value); }, row[i]));
      }
    }
    writer_.add(cells_);
  }
  void finish() override { writer_.finish(); }

 private:
  static ParquetValue cell(std::monostate) { return {}; }
  static ParquetValue cell(const std::string &value) { return std::string_view(value); }
  static ParquetValue cell(const Picture &) { return {}; }
  template <typename Plain>
  static ParquetValue cell(Plain value) {
    return value;
  }

  static std::vector<ParquetField> columns(bool image_feature) {
    std::vector<ParquetField> columns;
    for (const auto &[name, kind] : fields) {
      if (kind == Kind::picture && image_feature) {
        columns.push_back({"bytes", ParquetType::binary, true, std::string(name)});
        columns.push_back({"path", ParquetType::text, true, std::string(name)});
        continue;
      }
      auto type = kind == Kind::text     ? ParquetType::text
                  : kind == Kind::real   ? ParquetType::float64
                  : kind == Kind::whole  ? ParquetType::int64
                  : kind == Kind::truth  ? ParquetType::boolean
                  : kind == Kind::moment ? ParquetType::moment
                                         : ParquetType::binary;
      columns.push_back({std::string(name), type, true, {}});
    }
    return columns;
  }
  static ParquetSettings settings(bool image_feature) {
    JsonLine features;
    for (const auto &[name, kind] : fields) features.raw(name, feature_json(kind, image_feature));
    ParquetSettings settings;
    settings.metadata.emplace_back("huggingface",
                                   JsonLine().raw("info", JsonLine().raw("features", features.str()).str()).str());
    return settings;
  }

  bool image_feature_;
  ParquetWriter writer_;
  std::vector<ParquetValue> cells_;
};

class TextSink : public Sink {
 public:
  TextSink(const std::string &path, bool csv) : csv_(csv), file_(path) {
    if (!csv) return;
    std::string header;
    for (const auto &[name, kind] : fields) {
      if (kind == Kind::picture) continue;
      if (!header.empty()) header += ',';
      header += name;
    }
    file_.line(header);
  }

  void add(const Row &row) override { file_.line(csv_ ? csv_line(row) : json_line(row)); }
  void finish() override { file_.finish(); }

 private:
  static std::string csv_line(const Row &row) {
    std::string line;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].kind == Kind::picture) continue;
      if (i > 0) line += ',';
      if (fields[i].kind == Kind::moment && std::holds_alternative<int64_t>(row[i]))
        line += format_utc(std::get<int64_t>(row[i]));
      else if (const auto *text = std::get_if<std::string>(&row[i]))
        append_csv_cell(line, *text);
      else if (const auto *real = std::get_if<double>(&row[i]))
        line += JsonLine::real_text(*real);
      else if (const auto *whole = std::get_if<int64_t>(&row[i]))
        line += std::to_string(*whole);
      else if (const auto *truth = std::get_if<bool>(&row[i]))
        line += *truth ? "True" : "False";  // as pandas writes and reads them
    }
    return line;
  }
  static std::string json_line(const Row &row) {
    JsonLine line;
    for (size_t i = 0; i < fields.size(); ++i) {
      auto [name, kind] = fields[i];
      if (kind == Kind::picture) continue;
      if (kind == Kind::moment && std::holds_alternative<int64_t>(row[i]))
        line.add(name, format_utc(std::get<int64_t>(row[i])));
      else if (const auto *text = std::get_if<std::string>(&row[i]))
        line.add(name, *text);
      else if (const auto *real = std::get_if<double>(&row[i]))
        line.add(name, *real);
      else if (const auto *whole = std::get_if<int64_t>(&row[i]))
        line.add(name, *whole);
      else if (const auto *truth = std::get_if<bool>(&row[i]))
        line.add(name, *truth);
      else
        line.null(name);
    }
    return line.str();
  }

  bool csv_;
  TextFile file_;
};

// The bytes of pictures. The last ones are kept: a challenger, or a vote over several, shows one picture again and
// again.
class PictureBytes {
 public:
  PictureBytes(const PickapicOptions &options, FailedPictures &failed) : options_(options), failed_(failed) {}

  // Null where they cannot be had; the failure is noted then.
  const std::string *of(const PictureRow &picture) {
    for (auto &[path, bytes] : kept_)
      if (path == picture.path) return &bytes;
    try {
      auto read = options_.bytes ? options_.bytes(picture) : read_file(picture.path, max_picture_bytes);
      if (read.empty()) throw Error(Status::corrupt_data, "is empty");
      auto &slot = kept_[next_++ % kept_.size()];
      slot = {picture.path, std::string(text_of(read))};
      return &slot.second;
    } catch (const Error &error) {
      if (error.status() == Status::cancelled) throw;
      failed_.add(picture.path, {error.status(), error.message()});
      return nullptr;
    }
  }

 private:
  const PickapicOptions &options_;
  FailedPictures &failed_;
  std::array<std::pair<std::string, std::string>, 4> kept_;
  size_t next_ = 0;
};

Value text_or_null(const std::string &text) {
  return text.empty() ? Value() : Value(display_text(text));
}

Value model_of(const PictureRow &picture, const std::vector<std::string> &names) {
  for (const auto &wanted : names)
    for (const auto &[name, value] : picture.attributes)
      if (name == wanted) return display_text(value);
  return {};
}

}  // namespace

ExportResult export_pickapic(const std::string &path, const PairSource &source, const PickapicOptions &options,
                             Task &task) {
  // How many rows there will be of each prompt, but for pictures whose bytes cannot be read.
  std::unordered_map<std::string, int64_t> of_prompt;
  task.phase("counting votes");
  {
    ExportResult counted;
    FailedPictures failed(counted);
    each_pair(source, counted, failed, task, [&](const ExportedPair &pair) { ++of_prompt[pair.prompt()]; });
  }

  std::unique_ptr<Sink> sink;
  bool with_bytes = options.format == PickapicFormat::parquet;
  if (with_bytes)
    sink = std::make_unique<ParquetSink>(path, options.image_feature);
  else
    sink = std::make_unique<TextSink>(path, options.format == PickapicFormat::csv);
  ExportResult result;
  FailedPictures failed(result);
  PictureBytes bytes(options, failed);
  std::unordered_map<std::string, int64_t> users;
  task.phase("writing votes");
  each_pair(source, result, failed, task, [&](const ExportedPair &pair) {
    task.throw_if_cancelled();
    Picture left, right;
    if (with_bytes) {
      const auto *left_bytes = bytes.of(pair.left);
      if (left_bytes) left = {*left_bytes, name_in(pair.left.path)};
      const auto *right_bytes = left_bytes ? bytes.of(pair.right) : nullptr;
      if (!right_bytes) {
        ++result.lost;
        return;
      }
      right = {*right_bytes, name_in(pair.right.path)};
    }
    auto uid = [](const PictureRow &picture) { return picture.id.empty() ? picture.path : picture.id; };
    auto user = users.try_emplace(pair.vote.annotator, static_cast<int64_t>(users.size()) + 1).first->second;
    double label = pair.tie() ? 0.5 : pair.verdict == Verdict::left ? 1 : 0;
    auto prompt = display_text(pair.prompt());
    Row row{uid(pair.left) != uid(pair.right),
            pair.tie() ? std::string("tie") : uid(pair.chosen()),
            std::move(prompt),
            pair.vote.time ? Value(*pair.vote.time) : Value(),
            true,
            uid(pair.left),
            file_uri(pair.left.path),
            uid(pair.right),
            file_uri(pair.right.path),
            std::move(left),
            std::move(right),
            label,
            1 - label,
            model_of(pair.left, options.model_attributes),
            model_of(pair.right, options.model_attributes),
            static_cast<int64_t>(pair.vote_number),
            user,
            of_prompt[pair.prompt()],
            static_cast<int64_t>(result.rows),
            text_or_null(pair.vote.annotator),
            text_or_null(pair.vote.criterion),
            pair.certainty ? Value(*pair.certainty) : Value()};
    sink->add(row);
    ++result.rows;
  });
  sink->finish();
  return result;
}

}  // namespace kalon
