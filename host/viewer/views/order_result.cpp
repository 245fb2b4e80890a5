#include "views/order_result.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "views/order_row.h"

namespace kalon::viewer {

bool VisualOrder::take(std::string_view text) {
  auto row = placed_row(text);
  if (!row.valid || !row.has_photo) return false;
  auto section = static_cast<uint32_t>(std::clamp<int64_t>(row.section, 1, std::numeric_limits<int32_t>::max()));
  if (!sections.empty()) section = std::max(section, sections.back());
  photos.push_back(row.photo);
  sections.push_back(section);
  return true;
}

void VisualOrder::take_summary(std::string_view summary) {
  auto json = nlohmann::json::parse(summary, nullptr, false);
  if (!json.is_object()) return;
  auto number = [&](const char *name, auto otherwise) {
    auto found = json.find(name);
    return found != json.end() && found->is_number() ? found->get<decltype(otherwise)>() : otherwise;
  };
  mean_step = number("mean_step", 0.0);
  section_count = number("sections", size_t{0});
  without_vector = number("without_vector", size_t{0});
  if (auto found = json.find("method"); found != json.end() && found->is_string()) method = *found;
}

std::vector<ItemIndex> items_of(const VisualOrder &order, const Catalogue &catalogue) {
  std::vector<ItemIndex> items;
  items.reserve(order.photos.size());
  for (const auto &photo : order.photos) items.push_back(catalogue.with_photo(photo));
  return items;
}

ShownOrder shown_part(const VisualOrder &order, const std::vector<ItemIndex> &items, const Shown &shown,
                      size_t catalogue_size) {
  ShownOrder part;
  part.position_of.resize(catalogue_size);
  size_t count = shown.items().size();
  uint32_t last_section = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    auto item = items[i];
    if (item == no_item || shown.position(item) >= count || part.position_of[item] > 0) continue;
    if (part.items.empty() || order.sections[i] != last_section) {
      last_section = order.sections[i];
      part.begins.push_back(part.items.size());
      part.section_numbers.push_back(last_section);
    }
    part.items.push_back(item);
    part.position_of[item] = static_cast<uint32_t>(part.items.size());
  }
  return part;
}

}  // namespace kalon::viewer
