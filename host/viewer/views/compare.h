#pragma once
// Two or four photos beside each other, zoomed and moved together.

#include <array>
#include <vector>

#include "shell/context.h"
#include "views/compare_set.h"
#include "views/zoom_commands.h"

namespace kalon::viewer {

class Compare final : public View, public Zoomable {
 public:
  std::string_view name() const override { return "compare"; }
  std::string_view title() const override { return "Compare"; }
  void enter(Context &context) override;
  void leave(Context &) override { flipped_ = false; }
  void draw(Context &context, const Area &area) override;
  void describe(const Context &context, nlohmann::json &state) const override;
  bool busy() const override;

  Zoom pane_zoom() const override;
  const DrawnPicture *pane_drawn() const override { return &slots_[set_.active()].drawn; }
  void set_pane_zoom(const Zoom &zoom) override;

  size_t wanted() const { return panes_; }

  // ---- what commands do
  void open(Context &context, size_t panes);
  // These and no others, in this order: the first one is the champion.
  void compare(Context &context, std::vector<ItemIndex> items);
  void step(Context &context, int direction);
  void promote(Context &context);
  void swap(Context &context);
  void next_pane(Context &context, int step);
  void flip(bool held) { flipped_ = held; }
  void pan_alone(Spot offset) { slots_[set_.active()].offset = offset; }
  void zoom_alone(double ratio) { slots_[set_.active()].ratio = ratio; }
  void align();

 private:
  // A place and how what lies there is aside from the others; it stays when another photo comes.
  struct Slot {
    Spot offset;
    double ratio = 1;
    DrawnPicture drawn;
    bool aside() const { return offset.x != 0 || offset.y != 0 || ratio != 1; }
  };

  std::vector<ItemIndex> candidates(const Context &context) const;
  void begin(Context &context, size_t panes, ItemIndex first);
  void refresh(Context &context);
  void changed(Context &context);
  double ratio(size_t slot) const;
  Zoom zoom_of(size_t slot) const;
  size_t content_of(size_t place) const;
  void draw_pane(Context &context, size_t place, const Area &area);
  void draw_caption(Context &context, size_t slot, const Area &area) const;

  ComparedSet set_;
  std::vector<ItemIndex> chosen_;  // empty: all that are shown
  std::vector<ItemIndex> coming_;
  std::array<Slot, 4> slots_;
  Zoom zoom_;
  size_t panes_ = 2;
  bool flipped_ = false, same_framing_ = false;
  uint64_t seen_ = 0, generation_ = 0;
};

}  // namespace kalon::viewer
