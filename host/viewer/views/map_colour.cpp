#include "views/map_colour.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kalon::viewer {

uint32_t ramp_colour(double share) {
  static constexpr std::array<std::array<double, 3>, 5> stops = {
      {{62, 74, 137}, {49, 120, 142}, {53, 165, 130}, {139, 205, 84}, {246, 225, 62}}};
  double at = std::clamp(std::isnan(share) ? 0 : share, 0.0, 1.0) * (stops.size() - 1);
  auto stop = std::min(static_cast<size_t>(at), stops.size() - 2);
  double part = at - static_cast<double>(stop);
  uint32_t colour = 0xff000000u;
  for (size_t i = 0; i < 3; ++i) {
    double channel = stops[stop][i] + (stops[stop + 1][i] - stops[stop][i]) * part;
    colour |= static_cast<uint32_t>(std::lround(channel)) << (8 * i);
  }
  return colour;
}

float ColourScale::value(const Catalogue &catalogue, ItemIndex index) const {
  if (!numeric()) return NAN;
  if (by == "stars") {
    auto stars = catalogue.item(index).stars;
    return stars > 0 ? static_cast<float>(stars) : NAN;
  }
  const auto *column = catalogue.column(by);
  return column ? static_cast<float>(column->number(index)) : NAN;
}

void ColourScale::fit(const Catalogue &catalogue, const std::vector<ItemIndex> &items) {
  low = 0;
  high = 1;
  known = false;
  if (!numeric()) return;
  std::vector<float> values;
  for (auto item : items)
    if (float number = value(catalogue, item); std::isfinite(number)) values.push_back(number);
  known = !values.empty();
  if (by == "stars") {
    low = 1;
    high = 5;
    return;
  }
  if (!known) return;
  auto place = [&](double share) {
    auto at =
        values.begin() + static_cast<std::ptrdiff_t>(std::llround(share * static_cast<double>(values.size() - 1)));
    std::nth_element(values.begin(), at, values.end());
    return static_cast<double>(*at);
  };
  low = place(0.01);
  high = place(0.99);
}

double ColourScale::share(double number) const {
  if (high <= low) return 0.5;
  return std::clamp((number - low) / (high - low), 0.0, 1.0);
}

std::vector<std::string> colour_choices(const Catalogue &catalogue) {
  std::vector<std::string> names{"stars", "flag", "label"};
  for (const auto &column : catalogue.columns())
    if (column.numeric && column.known > 0) names.push_back(column.name);
  return names;
}

}  // namespace kalon::viewer
