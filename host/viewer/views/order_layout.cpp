#include "views/order_layout.h"

#include <algorithm>
#include <cmath>

namespace kalon::viewer {
namespace {

// A panorama would make its row too low, a tower of pixels would be a line.
constexpr float least_aspect = 0.3f, most_aspect = 4.0f;
constexpr float usual_aspect = 1.5f;  // of what is not known yet
// A last row that nearly fills the width is filled, which looks less like an accident.
constexpr float nearly_full = 0.9f;

float laid_out_aspect(float aspect) {
  if (!(aspect > 0)) return usual_aspect;
  return std::clamp(aspect, least_aspect, most_aspect);
}

struct RowMaker {
  std::span<const float> aspects;
  const StripOptions &options;
  StripLayout &layout;

  // How high pictures are that together fill the width.
  float filling_height(size_t count, float aspect_sum) const {
    float room = options.width - options.gap * static_cast<float>(count - 1);
    return std::max(1.0f, room / aspect_sum);
  }

  // Edges lie on whole pixels, so that nothing is blurred; rounding edges instead of widths leaves no remainder.
  void add(size_t first, size_t count, float height, bool filled, double &y) {
    float unrounded = 0;
    for (size_t i = first; i < first + count; ++i) {
      float aspect = laid_out_aspect(aspects[i]);
      float begin = std::round(unrounded);
      float end = unrounded + aspect * height;
      if (filled && i + 1 == first + count) end = options.width;
      end = std::min(std::max(end, begin + 1), std::max(options.width, begin + 1));
      layout.left[i] = begin;
      layout.width[i] = std::round(end) - begin;
      unrounded += aspect * height + options.gap;
    }
    height = std::round(height);
    layout.rows.push_back({first, count, y, height, static_cast<uint32_t>(layout.sections.size())});
    y += height + options.caption + options.gap;
  }

  void rows_of(size_t first, size_t end, double &y) {
    while (first < end) {
      size_t count = 0;
      float sum = 0;
      // As many as fit at the height that is wanted, one at least.
      while (first + count < end) {
        float next = sum + laid_out_aspect(aspects[first + count]);
        float width = next * options.row_height + options.gap * static_cast<float>(count);
        if (count > 0 && width > options.width) break;
        sum = next;
        ++count;
      }
      bool last = first + count == end;
      float full = filling_height(count, sum);
      if (!options.justified) {
        add(first, count, options.row_height, false, y);
      } else if (last && full > options.row_height / nearly_full) {
        add(first, count, options.row_height, false, y);
      } else if (last) {
        add(first, count, full, true, y);
      } else {
        // One more makes the row lower, none makes it higher: what changes the height less.
        float more = sum + laid_out_aspect(aspects[first + count]);
        float lower = filling_height(count + 1, more);
        if (options.row_height / lower < full / options.row_height) {
          add(first, count + 1, lower, true, y);
          ++count;
        } else {
          add(first, count, full, true, y);
        }
      }
      first += count;
    }
  }
};

}  // namespace

StripLayout lay_out_strip(std::span<const float> aspects, std::span<const size_t> begins, const StripOptions &options) {
  StripLayout layout;
  layout.left.resize(aspects.size());
  layout.width.resize(aspects.size());
  if (aspects.empty() || !(options.width >= 1) || !(options.row_height >= 1)) return layout;
  static constexpr size_t from_the_first[] = {0};
  if (begins.empty()) begins = from_the_first;
  RowMaker maker{aspects, options, layout};
  double y = 0;
  for (size_t i = 0; i < begins.size(); ++i) {
    StripSection section;
    section.first = begins[i];
    size_t end = i + 1 < begins.size() ? begins[i + 1] : aspects.size();
    section.count = end - begins[i];
    section.first_row = layout.rows.size();
    section.top = y;
    y += options.heading;
    double rows_top = y;
    maker.rows_of(section.first, end, y);
    section.row_count = layout.rows.size() - section.first_row;
    if (section.row_count > 0) y -= options.gap;
    y = std::max(y, rows_top + options.least_section);
    section.bottom = y;
    y += options.section_gap;
    layout.sections.push_back(section);
  }
  layout.height = layout.sections.back().bottom;
  return layout;
}

size_t StripLayout::row_at(double y) const {
  auto found =
      std::partition_point(rows.begin(), rows.end(), [&](const StripRow &row) { return row.top + row.height <= y; });
  return static_cast<size_t>(found - rows.begin());
}

size_t StripLayout::section_at(double y) const {
  auto found = std::partition_point(sections.begin(), sections.end(),
                                    [&](const StripSection &section) { return section.bottom <= y; });
  return static_cast<size_t>(found - sections.begin());
}

size_t StripLayout::row_of(size_t position) const {
  if (position >= left.size()) return rows.size();
  auto found = std::partition_point(rows.begin(), rows.end(),
                                    [&](const StripRow &row) { return row.first + row.count <= position; });
  return static_cast<size_t>(found - rows.begin());
}

size_t StripLayout::section_of(size_t position) const {
  auto row = row_of(position);
  return row < rows.size() ? rows[row].section : sections.size();
}

size_t StripLayout::position_at(double x, double y) const {
  auto index = row_at(y);
  if (index >= rows.size() || y < rows[index].top) return none;
  const auto &row = rows[index];
  for (size_t i = row.first; i < row.first + row.count; ++i)
    if (x >= left[i] && x < left[i] + width[i]) return i;
  return none;
}

size_t StripLayout::rows_away(size_t position, int rows_down) const {
  auto from = row_of(position);
  if (from >= rows.size()) return none;
  auto to = std::clamp(static_cast<int64_t>(from) + rows_down, int64_t{0}, static_cast<int64_t>(rows.size()) - 1);
  if (static_cast<size_t>(to) == from) return position;
  const auto &row = rows[static_cast<size_t>(to)];
  float middle = left[position] + width[position] / 2;
  size_t best = row.first;
  float least = INFINITY;
  for (size_t i = row.first; i < row.first + row.count; ++i) {
    float away = std::abs(left[i] + width[i] / 2 - middle);
    if (away < least) {
      least = away;
      best = i;
    }
  }
  return best;
}

}  // namespace kalon::viewer
