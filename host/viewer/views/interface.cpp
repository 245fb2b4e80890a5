#include <algorithm>

#include "shell/context.h"
#include "views/view.h"

namespace kalon::viewer {
namespace {

template <class Part>
Part *named(const std::vector<std::unique_ptr<Part>> &parts, std::string_view name) {
  auto found = std::ranges::find_if(parts, [&](const auto &part) { return part->name() == name; });
  return found == parts.end() ? nullptr : found->get();
}

}  // namespace

View *Interface::view(std::string_view name) const {
  return named(views, name);
}

Panel *Interface::panel(std::string_view name) const {
  return named(panels, name);
}

Overlay *Interface::overlay(std::string_view name) const {
  return named(overlays, name);
}

void Interface::show(Context &context, std::string_view name) {
  auto *next = view(name);
  if (!next || next == current_) return;
  if (current_) {
    before_ = current_->name();
    current_->leave(context);
  }
  current_ = next;
  current_->enter(context);
  context.animate();
}

}  // namespace kalon::viewer
