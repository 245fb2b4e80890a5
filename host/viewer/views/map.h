#pragma once
// Pictures of like kind beside each other on a plane that one zooms and drags.

#include <string>
#include <vector>

#include "views/map_cells.h"
#include "views/map_colour.h"
#include "views/map_pick.h"
#include "views/map_plane.h"
#include "views/order_states.h"
#include "views/view.h"

namespace kalon::viewer {

class MapView : public View {
 public:
  std::string_view name() const override { return "map"; }
  std::string_view title() const override { return "Map"; }
  void draw(Context &context, const Area &area) override;
  void enter(Context &context) override;
  void describe(const Context &context, nlohmann::json &told) const override;
  bool busy() const override { return job_.running || moving_ || resolving_now_; }

  bool there() const { return !result_.empty(); }
  bool running() const { return job_.running; }
  // Has the map made of what is open.
  void make(Context &context);
  // Takes it from rows of `grid` in a file, one a line, and shows it once they are read; complains when there are none.
  void load(Context &context, const std::string &path);

  // Places in the window are shares of its width and height.
  void zoom(Context &context, double factor, double x, double y);
  void fit(Context &context);
  void go_to_current(Context &context);
  bool pick(Context &context, double x, double y);  // makes it current; false when nothing is there
  void select(Context &context, double left, double top, double right, double bottom);
  void select_neighbours(Context &context, size_t count);  // of the current picture
  void step(Context &context, int dx, int dy);
  void colour_by(Context &context, std::string name);

 private:
  struct Block {
    int level = 0, column = 0, row = 0;
  };
  bool is_shown(const Context &context, ItemIndex item) const;
  void take(Context &context, MapResult result);
  void follow(Context &context);
  void resolve(Context &context);
  void resolve_more(Context &context);
  void draw_bar(Context &context, const Area &area);
  void draw_plane(Context &context, const Area &area);
  void draw_cells(Context &context, const Area &area, const BlockRange &range);
  void draw_frames(Context &context, const Area &area, const BlockRange &range);
  void draw_preview(Context &context, const Area &area);
  void mouse(Context &context, const Area &area, bool hovered, bool held);
  Area block_area(const Area &area, int level, int column, int row) const;
  // What is drawn at this place of the window (pixels from its middle), or near it; no_item.
  ItemIndex at(const Context &context, double from_middle_x, double from_middle_y);
  BlockRange visible() const;
  Camera kept(const Camera &camera) const;
  void look_at(Context &context, const Camera &camera, bool at_once);
  void reveal(Context &context, uint32_t cell, bool at_once);

  ViewJob job_;
  MapResult result_;
  std::vector<std::string> of_paths_;  // what was open when it was made
  uint64_t resolved_ = 0, resolved_revision_ = 0, seen_revision_ = 0, seen_catalogue_ = 0, seen_selection_ = 0;
  size_t resolved_count_ = 0;
  std::vector<ItemIndex> resolving_;  // of the first of the placed pictures, while the others are still looked up
  bool resolving_now_ = false;
  uint64_t loads_ = 0;  // the answer to the newest is taken
  MapCells cells_;
  MapPyramid pyramid_;
  std::vector<ItemIndex> shown_before_;  // of which the pyramid was built
  ColourScale colours_;
  // For each level the trees of what is drawn at it, made when asked for.
  struct Tree {
    PointTree points;
    std::vector<std::pair<int, int>> blocks;
    bool made = false;
  };
  std::vector<Tree> trees_;

  Camera camera_, target_;
  WindowSize window_;
  bool fit_next_ = true, moving_ = false;

  ItemIndex hovered_ = no_item;
  double hovered_since_ = 0;
  bool pointing_ = false;  // the mouse was moved since the map was
  bool dragging_ = false, marking_ = false;
  ImVec2 mark_from_{};  // on the screen
  size_t marked_ = 0;
  double marked_for_[4] = {};
  size_t drawn_ = 0, missing_ = 0;  // of the last frame
};

}  // namespace kalon::viewer
