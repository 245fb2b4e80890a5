#include "facade/photo_column.h"

#include <unordered_set>
#include <vector>

namespace kalon {

void refuse_other_column(const Reader &reader, const std::string &name, std::string_view source) {
  auto column = reader.score_column(name);
  if (column && column->rows > 0 && !column->source.starts_with(source))
    throw Error(Status::invalid_argument, "holds other numbers already (" + column->source + "); choose another name",
                "column " + name);
}

uint64_t store_photo_column(const MethodCall &call, const ScoreColumn &column, std::string_view source,
                            const std::unordered_map<Hash128, double> &values) {
  auto writer = call.library().write();
  refuse_other_column(writer, column.name, source);
  auto stored = writer.put_score_column(column);
  writer.clear_scores(stored.id);
  std::vector<std::pair<Hash128, double>> scores;
  std::unordered_set<Hash128> seen;
  writer.scan_files({}, {}, [&](const FileView &file) {
    auto value = values.find(file.photo);
    if (value != values.end() && seen.insert(file.picture).second) scores.emplace_back(file.picture, value->second);
    return true;
  });
  writer.put_scores(stored.id, scores);
  writer.commit();
  return scores.size();
}

}  // namespace kalon
