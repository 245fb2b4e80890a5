#pragma once
// Where things go on a contact sheet: numbers only.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

constexpr int max_sheet_side = 16384;
constexpr int64_t max_sheet_pixels = 100'000'000;

struct SheetRequest {
  size_t items = 0;
  int columns = 0;  // 0: the layout chooses
  int cell = 256;
  bool title = false, subtitle = false, captions = false, sub_captions = false;
  std::vector<double> proportions;  // width / height of the first pictures: shape the cells and the number of columns
  std::vector<size_t> sections;     // items that begin a section, ascending; with fewer than two there are none
};

struct SheetLayout {
  size_t items = 0;  // that fit; fewer than asked for only when even the smallest cells are too many
  int columns = 1, rows = 0;
  std::vector<size_t> row_begins;       // first item of each row, which stands in its first column
  double row_cost = 0;                  // as SheetFlow has it
  std::vector<uint8_t> opens_sections;  // whether a section begins in the row
  int cell_width = 0, cell_height = 0;  // pictures are fitted into this
  int margin = 0, gap = 0;              // around the sheet; between the cells of a row
  int header = 0;                       // height from the top edge to the first row
  int row_gap = 0;                      // between the captions of a row and the next row
  int section_height = 0;               // above the pictures of a row in which a section begins
  int section_line = 0;                 // of its line, from the top of that space
  int section_baseline = 0;             // of its caption; 0 when cells are too small to read by
  int caption_height = 0;  // of both lines, with the space above them; 0 when cells are too small to read by
  int line_width = 1;      // of the line over a section, so that it is seen on the sheet as a whole
  int width = 0;
  int max_height = 0;  // when every row is as high as its cells
  double title_size = 0, subtitle_size = 0, caption_size = 0, sub_caption_size = 0, section_size = 0;
  int title_baseline = 0, subtitle_baseline = 0, caption_baseline = 0,
      sub_caption_baseline = 0;  // the last two in the row's caption
};

// Never larger than max_sheet_side x max_sheet_pixels, whatever is asked for.
SheetLayout lay_out_sheet(const SheetRequest &request);

// How sections, given by their first items, flow through rows of so many columns: those that fit share a row; one
// begins a new row where that leaves few cells empty, else it goes on into the next row, neither leaving nor taking
// along a single picture if that can be helped. Fewer than two sections fill the rows one after the other.
struct SheetFlow {
  std::vector<size_t> row_begins;  // first item of each row
  double cost = 0;                 // of empty and of torn rows, in cells
};
SheetFlow flow_into_rows(size_t items, const std::vector<size_t> &sections, int columns);

// `kept` indices of 0..items-1, evenly spread, the first and the last among them.
std::vector<size_t> evenly_sampled(size_t items, size_t kept);

}  // namespace kalon
