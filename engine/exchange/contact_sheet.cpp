#include "exchange/contact_sheet.h"

#include <algorithm>
#include <cmath>

#include "exchange/sheet_layout.h"
#include "exchange/sheet_text.h"
#include "image/resample.h"

namespace kalon {
namespace {

constexpr Colour8 ground{22, 23, 26}, tile{31, 32, 36}, edge{255, 255, 255};
constexpr Colour8 title_colour{242, 242, 244}, subtitle_colour{146, 149, 157};
constexpr Colour8 caption_colour{206, 208, 213}, number_colour{118, 121, 130}, sub_caption_colour{122, 125, 134};
constexpr Colour8 section_colour{146, 149, 157}, line_colour{74, 77, 84};
// Pictures that are fetched before the sheet's shape is decided.
constexpr size_t sampled_pictures = 48;
constexpr int edge_coverage = 7;  // of 255: dark pictures keep an outline, others hardly show it

// Rows of the sheet, made as they come: how high a row is depends on its pictures.
class Canvas {
 public:
  Canvas(int width, int max_height) {
    image_.width = width;
    // Only address space; pages are used as rows are made.
    image_.data.reserve(static_cast<size_t>(width) * static_cast<size_t>(max_height) * 3);
  }

  // Makes the next rows in the colour of the ground; the number of the first.
  int extend(int rows) {
    int first = image_.height;
    image_.height += rows;
    size_t begin = image_.data.size();
    image_.data.resize(begin + static_cast<size_t>(image_.width) * static_cast<size_t>(rows) * 3);
    for (size_t i = begin; i < image_.data.size(); i += 3) {
      image_.data[i] = ground.red;
      image_.data[i + 1] = ground.green;
      image_.data[i + 2] = ground.blue;
    }
    return first;
  }

  RgbImage &image() { return image_; }

 private:
  RgbImage image_;
};

// How much of a pixel lies inside a rectangle with round corners, 0..255; inset is the distance from its edge.
int corner_coverage(int x, int y, int width, int height, double radius, double inset) {
  double dx = std::max({radius - x - 0.5, x + 0.5 - (width - radius), 0.0});
  double dy = std::max({radius - y - 0.5, y + 0.5 - (height - radius), 0.0});
  double distance;
  if (dx > 0 && dy > 0) {
    distance = radius - std::hypot(dx, dy);
  } else {
    distance = std::min({x + 0.5, y + 0.5, width - x - 0.5, height - y - 0.5});
  }
  return static_cast<int>(std::lround(std::clamp(distance - inset + 0.5, 0.0, 1.0) * 255));
}

void draw_picture(RgbImage &sheet, const RgbImage &picture, int left, int top, double radius) {
  for (int y = 0; y < picture.height; ++y) {
    uint8_t *target = sheet.row(top + y) + 3 * left;
    const uint8_t *source = picture.row(y);
    bool corner_row = y <= radius || y >= picture.height - radius - 1;
    for (int x = 0; x < picture.width; ++x, target += 3, source += 3) {
      bool border = y == 0 || x == 0 || y == picture.height - 1 || x == picture.width - 1;
      bool corner = corner_row && (x <= radius || x >= picture.width - radius - 1);
      if (!border && !corner) {
        std::copy(source, source + 3, target);
        continue;
      }
      int inside = corner_coverage(x, y, picture.width, picture.height, radius, 0);
      int deep = corner_coverage(x, y, picture.width, picture.height, radius, 1);
      blend(target, {source[0], source[1], source[2]}, inside);
      blend(target, edge, (inside - deep) * edge_coverage / 255);
    }
  }
}

RgbImage plain_tile(int width, int height) {
  RgbImage image(width, std::min(height, std::max(1, width * 2 / 3)));
  for (size_t i = 0; i < image.data.size(); i += 3) {
    image.data[i] = tile.red;
    image.data[i + 1] = tile.green;
    image.data[i + 2] = tile.blue;
  }
  return image;
}

bool usable(const RgbImage &image) {
  return image.width > 0 && image.height > 0 &&
         image.data.size() == static_cast<size_t>(image.width) * static_cast<size_t>(image.height) * 3;
}

RgbImage fitted(RgbImage &&picture, int width, int height) {
  if (!usable(picture)) return plain_tile(width, height);
  double scale =
      std::min({1.0, static_cast<double>(width) / picture.width, static_cast<double>(height) / picture.height});
  if (scale == 1.0) return std::move(picture);
  auto side = [&](int length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
  return resample(picture, side(picture.width), side(picture.height), Filter::lanczos);
}

// "12 IMG_0012.jpg": the position, which is drawn more quietly, and the rest.
std::pair<std::string_view, std::string_view> split_position(std::string_view caption) {
  size_t digits = 0;
  while (digits < caption.size() && caption[digits] >= '0' && caption[digits] <= '9') ++digits;
  if (digits == 0 || digits > 9 || digits == caption.size() || caption[digits] != ' ') return {{}, caption};
  size_t rest = caption.find_first_not_of(' ', digits);
  if (rest == std::string_view::npos) return {{}, caption};
  return {caption.substr(0, digits), caption.substr(rest)};
}

class Sheet {
 public:
  Sheet(const std::vector<SheetItem> &items, const SheetOptions &options,
        const std::function<RgbImage(size_t)> &picture)
      : items_(items), options_(options), picture_(picture), subtitle_(options.subtitle) {
    size_t wanted = std::min(items.size(), static_cast<size_t>(std::max(1, options.max_items)));
    request_.items = wanted;
    request_.columns = options.columns;
    request_.cell = options.cell;
    request_.title = !options.title.empty();
    request_.captions = std::any_of(items.begin(), items.end(), [](const auto &item) { return !item.caption.empty(); });
    request_.sub_captions =
        std::any_of(items.begin(), items.end(), [](const auto &item) { return !item.sub_caption.empty(); });
    // Whatever the pictures' proportions, as many fit: the worst case is what the layout bounds. Columns change no
    // bound on the number of items that matters here, so the answer of a first layout holds for the second.
    request_.subtitle = true;
    request_.items = lay_out_sheet(request_).items;
    indices_ = evenly_sampled(items.size(), request_.items);
    if (indices_.size() < items.size()) {
      auto note = std::to_string(indices_.size()) + " of " + std::to_string(items.size()) + ", evenly sampled";
      subtitle_ += subtitle_.empty() ? note : "  ·  " + note;
    }
    request_.subtitle = !subtitle_.empty();
    find_sections();
  }

  RgbImage draw() {
    fetch_sample();
    layout_ = lay_out_sheet(request_);
    while (indices_.size() > layout_.items) indices_.pop_back();
    Canvas canvas(layout_.width, layout_.max_height);
    canvas.extend(layout_.header);
    draw_header(canvas.image());
    if (indices_.empty()) draw_nothing(canvas);
    for (int row = 0; row < layout_.rows; ++row) draw_row(canvas, row);
    canvas.extend(layout_.margin);
    canvas.image().data.shrink_to_fit();
    return std::move(canvas.image());
  }

 private:
  // The sections of the items that are shown; all of a section may have been left out.
  void find_sections() {
    if (options_.sections.size() < 2) return;
    for (size_t shown = 0; shown < indices_.size(); ++shown) {
      auto after = std::upper_bound(options_.sections.begin(), options_.sections.end(), indices_[shown],
                                    [](size_t item, const SheetSection &section) { return item < section.begin; });
      if (after == options_.sections.begin()) continue;
      auto section = static_cast<size_t>(after - options_.sections.begin()) - 1;
      if (!sections_.empty() && sections_.back() == section) continue;
      sections_.push_back(section);
      request_.sections.push_back(shown);
    }
  }

  // The first pictures tell what shape the cells had best have, and how many columns make a pleasant sheet.
  void fetch_sample() {
    auto layout = lay_out_sheet(request_);
    for (size_t i = 0; i < std::min(indices_.size(), sampled_pictures); ++i) {
      sample_.push_back(fetch(i, layout));
      request_.proportions.push_back(static_cast<double>(sample_.back().width) / sample_.back().height);
    }
  }

  RgbImage fetch(size_t shown, const SheetLayout &layout) {
    return fitted(picture_(indices_[shown]), layout.cell_width, layout.cell_height);
  }

  RgbImage picture(size_t shown) {
    if (shown < sample_.size()) return fitted(std::move(sample_[shown]), layout_.cell_width, layout_.cell_height);
    return fetch(shown, layout_);
  }

  int left_of_grid() const {
    int grid = layout_.columns * layout_.cell_width + (layout_.columns - 1) * layout_.gap;
    return (layout_.width - grid) / 2;
  }

  void draw_header(RgbImage &image) {
    // The header stands where the grid begins, unless a single picture leaves it no room.
    double left = std::min(left_of_grid(), layout_.margin), room = layout_.width - 2 * left;
    TextStyle title{Weight::bold, layout_.title_size, title_colour};
    if (request_.title)
      painter_.draw(image, left, layout_.title_baseline, painter_.elided(options_.title, title, room), title);
    TextStyle quiet{Weight::regular, layout_.subtitle_size, subtitle_colour};
    if (request_.subtitle)
      painter_.draw(image, left, layout_.subtitle_baseline, painter_.elided(subtitle_, quiet, room), quiet);
  }

  void draw_nothing(Canvas &canvas) {
    int size = static_cast<int>(std::lround(layout_.subtitle_size));
    int first = canvas.extend(size * 5 / 2);
    TextStyle quiet{Weight::regular, layout_.subtitle_size, number_colour};
    painter_.draw(canvas.image(), layout_.margin, first + size * 3 / 2, "No pictures.", quiet);
  }

  int left_of_column(size_t column) const {
    return left_of_grid() + static_cast<int>(column) * (layout_.cell_width + layout_.gap);
  }

  void draw_row(Canvas &canvas, int row) {
    size_t begin = layout_.row_begins[static_cast<size_t>(row)];
    size_t end = row + 1 < layout_.rows ? layout_.row_begins[static_cast<size_t>(row) + 1] : indices_.size();
    std::vector<RgbImage> pictures;
    int height = 1;
    for (size_t i = begin; i < end; ++i) {
      pictures.push_back(picture(i));
      height = std::max(height, pictures.back().height);
    }
    if (row > 0) canvas.extend(layout_.row_gap);
    if (layout_.opens_sections[static_cast<size_t>(row)] != 0) {
      int top = canvas.extend(layout_.section_height);
      draw_sections(canvas.image(), begin, end, top);
    }
    int top = canvas.extend(height + layout_.caption_height);
    double radius = std::clamp(layout_.cell_width / 64.0, 0.0, 5.0);
    for (size_t i = begin; i < end; ++i) {
      const auto &image = pictures[i - begin];
      int cell_left = left_of_column(i - begin);
      draw_picture(canvas.image(), image, cell_left + (layout_.cell_width - image.width) / 2,
                   top + height - image.height, std::min(radius, std::min(image.width, image.height) / 4.0));
      if (layout_.caption_height > 0) draw_captions(canvas.image(), items_[indices_[i]], cell_left, top + height);
    }
  }

  // The lines over the sections that begin in a row, each as long as its part of the row.
  void draw_sections(RgbImage &image, size_t begin, size_t end, int top) {
    const auto &begins = request_.sections;
    for (auto at = std::lower_bound(begins.begin(), begins.end(), begin); at != begins.end() && *at < end; ++at) {
      auto next = std::next(at);
      size_t last = (next != begins.end() && *next < end ? *next : end) - 1;
      int left = left_of_column(*at - begin), right = left_of_column(last - begin) + layout_.cell_width;
      const auto &section = options_.sections[sections_[static_cast<size_t>(at - begins.begin())]];
      if (layout_.section_baseline > 0 && !section.caption.empty()) {
        TextStyle quiet{Weight::regular, layout_.section_size, section_colour};
        auto caption = painter_.elided(section.caption, quiet, right - left);
        left += static_cast<int>(std::lround(
            painter_.draw(image, left, top + layout_.section_baseline, caption, quiet) + layout_.section_size * 0.7));
      }
      for (int y = 0; y < layout_.line_width; ++y) {
        uint8_t *row = image.row(top + layout_.section_line - layout_.line_width / 2 + y);
        for (int x = left; x < right; ++x) blend(row + 3 * x, line_colour, 255);
      }
    }
  }

  void draw_captions(RgbImage &image, const SheetItem &item, int left, int top) {
    TextStyle caption{Weight::regular, layout_.caption_size, caption_colour};
    TextStyle number = caption, quiet{Weight::regular, layout_.sub_caption_size, sub_caption_colour};
    number.colour = number_colour;
    auto [position, name] = split_position(item.caption);
    double number_width = position.empty() ? 0 : painter_.width(position, number) + layout_.caption_size * 0.55;
    auto shown = painter_.elided(name, caption, layout_.cell_width - number_width);
    double x = left + (layout_.cell_width - number_width - painter_.width(shown, caption)) / 2;
    int baseline = top + layout_.caption_baseline;
    if (!position.empty()) painter_.draw(image, x, baseline, position, number);
    painter_.draw(image, x + number_width, baseline, shown, caption);
    if (item.sub_caption.empty()) return;
    auto second = painter_.elided(item.sub_caption, quiet, layout_.cell_width);
    painter_.draw(image, left + (layout_.cell_width - painter_.width(second, quiet)) / 2,
                  top + layout_.sub_caption_baseline, second, quiet);
  }

  const std::vector<SheetItem> &items_;
  const SheetOptions &options_;
  const std::function<RgbImage(size_t)> &picture_;
  std::string subtitle_;
  SheetRequest request_;
  SheetLayout layout_;
  std::vector<size_t> indices_;
  std::vector<size_t> sections_;  // of the options, for each of the request's
  std::vector<RgbImage> sample_;
  TextPainter painter_;
};

}  // namespace

RgbImage draw_contact_sheet(const std::vector<SheetItem> &items, const SheetOptions &options,
                            const std::function<RgbImage(size_t)> &picture) {
  return Sheet(items, options, picture).draw();
}

}  // namespace kalon
