#include "views/rank_row.h"

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

double number(const nlohmann::json &json, const char *name) {
  auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

std::optional<RankRow> rank_row(std::string_view text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("rank")) return std::nullopt;
  RankRow row;
  row.photo = json.value("photo", "");
  row.rank = static_cast<uint32_t>(number(json, "rank"));
  row.rank_low = static_cast<uint32_t>(number(json, "rank_low"));
  row.rank_high = static_cast<uint32_t>(number(json, "rank_high"));
  row.mean = number(json, "mean");
  bool interval = json.contains("low") && json["low"].is_number();
  row.low = interval ? number(json, "low") : row.mean;
  row.high = interval ? number(json, "high") : row.mean;
  row.votes = static_cast<uint32_t>(number(json, "votes"));
  return row;
}

}  // namespace kalon::viewer
