#pragma once
// A view fills the middle of the window; one is shown at a time. A panel stands beside it.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <imgui/imgui.h>
#include <nlohmann/json_fwd.hpp>

namespace kalon::viewer {

struct Context;

struct Area {
  ImVec2 min, max;
  float width() const { return max.x - min.x; }
  float height() const { return max.y - min.y; }
};

class View {
 public:
  virtual ~View() = default;
  virtual std::string_view name() const = 0;   // "grid": also its command's
  virtual std::string_view title() const = 0;  // "Grid"
  // Inside an ImGui window that fills the area.
  virtual void draw(Context &context, const Area &area) = 0;
  virtual void enter(Context &) {}
  virtual void leave(Context &) {}
  // A mouse wheel, drag or pinch is the view's own business through ImGui's IO.
  // What --state-json tells of it.
  virtual void describe(const Context &, nlohmann::json &) const {}
  // Whether something of it still comes (an animation, an answer): a script waits for it.
  virtual bool busy() const { return false; }
};

enum class Side { top, left, right, bottom };  // top: a bar of one line's height, always in view while open

class Panel {
 public:
  virtual ~Panel() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view title() const = 0;
  virtual Side side() const = 0;
  virtual void draw(Context &context) = 0;
  // Whether it is of any use with this view.
  virtual bool belongs(std::string_view /*view*/) const { return true; }
  virtual void describe(const Context &, nlohmann::json &) const {}
  virtual bool busy() const { return false; }
  bool open = false;
};

// A window over the others: a dialog, the palette, the help sheet.
class Overlay {
 public:
  virtual ~Overlay() = default;
  virtual std::string_view name() const = 0;
  virtual void draw(Context &context) = 0;
  // argument: as the command that opened it got it.
  virtual void show(Context &context, std::string_view argument) = 0;
  virtual void hide(Context &) { open = false; }
  // Whether it wants all keys for itself, Escape and shortcuts of others too; they are in Context::pressed.
  virtual bool captures_keys() const { return false; }
  virtual void describe(const Context &, nlohmann::json &) const {}
  virtual bool busy() const { return false; }
  bool open = false;
};

class Interface {
 public:
  template <class Kind, class... Arguments>
  Kind &add_view(Arguments &&...arguments) {
    auto made = std::make_unique<Kind>(std::forward<Arguments>(arguments)...);
    auto &view = *made;
    views.push_back(std::move(made));
    return view;
  }
  template <class Kind, class... Arguments>
  Kind &add_panel(Arguments &&...arguments) {
    auto made = std::make_unique<Kind>(std::forward<Arguments>(arguments)...);
    auto &panel = *made;
    panels.push_back(std::move(made));
    return panel;
  }
  template <class Kind, class... Arguments>
  Kind &add_overlay(Arguments &&...arguments) {
    auto made = std::make_unique<Kind>(std::forward<Arguments>(arguments)...);
    auto &overlay = *made;
    overlays.push_back(std::move(made));
    return overlay;
  }

  View *view(std::string_view name) const;
  Panel *panel(std::string_view name) const;
  Overlay *overlay(std::string_view name) const;
  // Leaves the present view and enters that one. Views that open another for a while remember where they came from.
  void show(Context &context, std::string_view name);
  View *current() const { return current_; }
  std::string_view before() const { return before_; }  // the view that was shown before this one

  std::vector<std::unique_ptr<View>> views;
  std::vector<std::unique_ptr<Panel>> panels;
  std::vector<std::unique_ptr<Overlay>> overlays;

 private:
  View *current_ = nullptr;
  std::string before_ = "grid";
};

}  // namespace kalon::viewer
