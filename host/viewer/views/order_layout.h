#pragma once
// Pictures of one height beside each other in rows, section below section: where each lies. Sizes in pixels of the
// screen.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kalon::viewer {

struct StripOptions {
  float width = 0;          // that a row may take
  float row_height = 0;     // that pictures should have
  float gap = 0;            // between pictures, and between rows
  float heading = 0;        // above the pictures of each section
  float caption = 0;        // below each row of pictures
  float section_gap = 0;    // below each section
  float least_section = 0;  // the height of a section's rows at least
  bool justified = true;    // rows but the last of a section fill the width; else all have row_height
};

struct StripRow {
  size_t first = 0, count = 0;  // positions
  double top = 0;               // of the pictures
  float height = 0;             // of the pictures
  uint32_t section = 0;
};

struct StripSection {
  size_t first = 0, count = 0;  // positions
  size_t first_row = 0, row_count = 0;
  double top = 0, bottom = 0;  // with heading, without the gap below
};

// A double counts pixels exactly where a float does not any more: a hundred thousand large pictures are 20 million
// pixels high.
struct StripLayout {
  static constexpr size_t none = ~size_t{0};

  std::vector<StripRow> rows;
  std::vector<StripSection> sections;
  std::vector<float> left, width;  // by position
  double height = 0;

  // The first row whose pictures end below y; rows.size() when there is none.
  size_t row_at(double y) const;
  // The first section that ends below y; sections.size() when there is none.
  size_t section_at(double y) const;
  size_t row_of(size_t position) const;      // rows.size() when there is no such position
  size_t section_of(size_t position) const;  // sections.size() when there is no such position
  // The picture at this place; none between pictures.
  size_t position_at(double x, double y) const;
  // The picture so many rows below (above, when negative) whose middle is nearest; stops at the ends.
  size_t rows_away(size_t position, int rows_down) const;
};

// aspects: width / height by position, not positive when unknown; very long ones are laid out as if they were shorter.
// begins: the first position of each section, ascending, 0 first; empty: one section. [any]
StripLayout lay_out_strip(std::span<const float> aspects, std::span<const size_t> begins, const StripOptions &options);

}  // namespace kalon::viewer
