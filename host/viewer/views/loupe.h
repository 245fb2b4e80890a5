#pragma once
// One photo, large.

#include "shell/context.h"
#include "views/zoom_commands.h"

namespace kalon::viewer {

class Loupe final : public View, public Zoomable {
 public:
  std::string_view name() const override { return "loupe"; }
  std::string_view title() const override { return "Loupe"; }
  void draw(Context &context, const Area &area) override;
  void describe(const Context &context, nlohmann::json &state) const override;
  bool busy() const override { return drawn_.missing_tiles > 0; }

  Zoom pane_zoom() const override { return zoom_; }
  const DrawnPicture *pane_drawn() const override { return &drawn_; }
  void set_pane_zoom(const Zoom &zoom) override { zoom_ = zoom; }

 private:
  void draw_picture(Context &context, const Area &area);
  void prefetch(Context &context, const Area &area);

  Zoom zoom_;
  DrawnPicture drawn_;
  ItemIndex item_ = no_item;
};

}  // namespace kalon::viewer
