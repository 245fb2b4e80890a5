#pragma once
// The visual order as a film strip: pictures of like kind beside each other, in rows, section by section.

#include "views/order_layout.h"
#include "views/order_result.h"
#include "views/order_scroll.h"
#include "views/order_states.h"
#include "views/view.h"

namespace kalon::viewer {

class OrderView : public View {
 public:
  std::string_view name() const override { return "order"; }
  std::string_view title() const override { return "Visual order"; }
  void draw(Context &context, const Area &area) override;
  void enter(Context &context) override;
  void describe(const Context &context, nlohmann::json &told) const override;
  bool busy() const override { return job_.running || scroll_.moving(); }

  bool there() const { return !order_.empty(); }
  bool running() const { return job_.running; }
  // Has the order made. start: the picture that comes first; no_item: wherever it suits the order.
  void make(Context &context, ItemIndex start);
  // Into so many sections from now on; 0: as many as suit the pictures.
  void set_sections(int count) { wanted_sections_ = count; }
  void set_cell(Context &context, int cell);
  int cell() const { return cell_; }
  // Makes the picture so many places, or rows, further the current one; from the first that is shown when there is
  // none.
  void step(Context &context, int places, int rows);
  void step_section(Context &context, int sections);
  void step_page(Context &context, int pages);

 private:
  void follow(Context &context);
  void lay_out(Context &context, float width);
  void draw_bar(Context &context, const Area &area);
  void draw_strip(Context &context, const Area &area);
  void draw_section(Context &context, const Area &area, size_t section);
  void mouse(Context &context, const Area &area, bool hovered);
  void select_range(Context &context, size_t position);

  ViewJob job_;
  VisualOrder order_;
  std::vector<std::string> of_paths_;  // what was open when it was made
  std::vector<ItemIndex> items_;       // of the whole order
  uint64_t resolved_ = 0, seen_revision_ = 0;
  size_t resolved_count_ = 0;
  ShownOrder shown_;
  StripLayout layout_;
  Scroll scroll_;
  float laid_out_width_ = 0, view_height_ = 0;
  int laid_out_cell_ = 0, cell_ = 0, wanted_sections_ = 0;
  bool lay_out_again_ = true;
  uint64_t seen_selection_ = 0;
  size_t anchor_ = ~size_t{0};  // where a range of Shift begins
};

}  // namespace kalon::viewer
