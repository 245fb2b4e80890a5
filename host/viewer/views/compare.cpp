#include "views/compare.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "library/opening.h"
#include "views/compare_switches.h"
#include "views/loupe_parts.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

// ---- which photos

std::vector<ItemIndex> Compare::candidates(const Context &context) const {
  const auto &shown = context.shown.items();
  if (chosen_.empty()) return shown;
  std::vector<ItemIndex> left;
  for (auto item : chosen_)
    if (context.shown.position(item) < shown.size()) left.push_back(item);
  return left;
}

void Compare::enter(Context &context) {
  auto current = context.shown.current();
  auto again = generation_ == context.opening.generation() && std::ranges::find(chosen_, current) != chosen_.end();
  auto selected = context.shown.selected_count();
  // Who looked at one of them alone comes back to the others.
  if (selected < 2 && again && context.interface.before() == "loupe" && panes_ == set_.wanted()) {
    refresh(context);
    auto pane = std::ranges::find(set_.panes(), current);
    if (pane != set_.panes().end()) set_.activate(static_cast<size_t>(pane - set_.panes().begin()));
    changed(context);
    return;
  }
  chosen_ = selected >= 2 ? context.shown.targets() : std::vector<ItemIndex>();
  begin(context, panes_, chosen_.empty() ? current : chosen_.front());
}

void Compare::begin(Context &context, size_t panes, ItemIndex first) {
  panes_ = panes;
  generation_ = context.opening.generation();
  seen_ = context.shown.revision();
  slots_ = {};
  zoom_ = {};
  set_.begin(candidates(context), panes, first);
  changed(context);
}

// After the photos or the active one changed: decisions are about the active one.
void Compare::changed(Context &context) {
  coming_ = set_.coming();
  if (set_.active_item() != no_item) context.shown.go_to(set_.active_item());
  context.animate();
}

// Follows what is shown.
void Compare::refresh(Context &context) {
  if (generation_ != context.opening.generation()) {
    chosen_.clear();
    begin(context, panes_, context.shown.current());
  }
  if (seen_ != context.shown.revision()) {
    seen_ = context.shown.revision();
    auto before = set_.panes();
    set_.update(candidates(context));
    if (before != set_.panes()) changed(context);
    coming_ = set_.coming();
  }
  // Commands may have gone to another photo; one that is not compared is left again.
  if (context.shown.current() != set_.active_item() && set_.active_item() != no_item) {
    set_.bring(context.shown.current());
    changed(context);
  }
}

// ---- commands

void Compare::open(Context &context, size_t panes) {
  if (context.interface.current() != this) {
    panes_ = panes;
    context.interface.show(context, "compare");
  } else if (panes != panes_) {
    begin(context, panes, set_.panes().empty() ? no_item : set_.panes().front());
  }
}

void Compare::compare(Context &context, std::vector<ItemIndex> items) {
  chosen_ = std::move(items);
  begin(context, panes_, chosen_.empty() ? no_item : chosen_.front());
}

void Compare::step(Context &context, int direction) {
  if (set_.step(direction))
    changed(context);
  else
    context.say(direction > 0 ? "That was the last one." : "That was the first one.");
}

void Compare::promote(Context &context) {
  auto two = set_.two();
  auto next = set_.promote();
  if (!two) {
    panes_ = 2;
    align();
  }
  changed(context);
  if (two && !next && set_.panes().size() == 2)
    context.say(shown_text(name_of(context.catalogue.item(set_.panes()[0]))) + " stays: that was the last challenger.");
}

void Compare::swap(Context &context) {
  set_.swap();
  changed(context);
}

void Compare::next_pane(Context &context, int step) {
  auto count = set_.panes().size();
  if (count == 0) return;
  set_.activate((set_.active() + count + static_cast<size_t>(step)) % count);
  changed(context);
}

void Compare::align() {
  for (auto &slot : slots_) {
    slot.offset = {};
    slot.ratio = 1;
  }
}

// ---- zoom

// How much larger than the shared scale a slot shows its photo.
double Compare::ratio(size_t slot) const {
  auto own = slots_[slot].ratio;
  const auto &champion = slots_[0].drawn.picture, &picture = slots_[slot].drawn.picture;
  return same_framing_ && champion && picture ? own * champion.longest() / picture.longest() : own;
}

Zoom Compare::zoom_of(size_t slot) const {
  const auto &drawn = slots_[slot].drawn;
  return of_pane(zoom_, slots_[slot].offset, ratio(slot), drawn.picture, drawn.view.extent());
}

Zoom Compare::pane_zoom() const {
  return zoom_of(set_.active());
}

void Compare::set_pane_zoom(const Zoom &zoom) {
  zoom_ = shared_of(zoom, slots_[set_.active()].offset, ratio(set_.active()));
}

// ---- drawing

size_t Compare::content_of(size_t place) const {
  auto other = set_.active() > 0 ? set_.active() : 1;
  if (!flipped_ || set_.panes().size() < 2) return place;
  return place == 0 ? other : place == other ? 0 : place;
}

void Compare::draw(Context &context, const Area &area) {
  refresh(context);
  same_framing_ = is_on(context, framing_switch);
  const auto &look = theme();
  ImGui::GetWindowDrawList()->AddRectFilled(area.min, area.max, look.background);
  auto count = set_.panes().size();
  if (count == 0) {
    draw_nothing(area, "There is nothing to compare.", "Open a folder, or take something out of the filter.");
    return;
  }
  if (count == 1) {
    draw_pane(context, 0, {area.min, {area.max.x, area.max.y - look.px(40)}});
    draw_nothing({{area.min.x, area.max.y - look.px(40)}, area.max}, {},
                 "This is the only one. Select two or more pictures to compare them.");
    return;
  }
  auto gap = look.px(4);
  auto rows = count > 2 ? 2U : area.width() >= area.height() ? 1U : 2U;
  auto columns = rows == 1 ? 2U : count > 2 ? 2U : 1U;
  auto width = std::floor((area.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns));
  auto height = std::floor((area.height() - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows));
  for (size_t place = 0; place < count; ++place) {
    ImVec2 at{area.min.x + static_cast<float>(place % columns) * (width + gap),
              area.min.y + static_cast<float>(place / columns) * (height + gap)};
    draw_pane(context, place, {at, {at.x + width, at.y + height}});
  }
  Area one{{0, 0}, {width, height - look.px(28)}};
  for (auto item : coming_) prefetch_zoomed(context, item, one, zoom_);
}

void Compare::draw_pane(Context &context, size_t place, const Area &area) {
  const auto &look = theme();
  auto content = content_of(place);
  auto &slot = slots_[content];
  Area caption{{area.min.x, area.max.y - look.px(28)}, area.max};
  Area picture{area.min, {area.max.x, caption.min.y}};
  if (picture.width() < 1 || picture.height() < 1) return;
  ImGui::PushID(static_cast<int>(place));
  ImGui::SetCursorScreenPos(picture.min);
  invisible_button("##pane", {picture.width(), picture.height()});
  if (ImGui::IsItemActivated() && set_.active() != content) {
    set_.activate(content);
    changed(context);
  }
  auto zoom = zoom_of(content);
  if (auto mouse = zoom_by_mouse(zoom, slot.drawn); mouse.changed) {
    if (ImGui::GetIO().KeyShift && !mouse.zoom.fit) {
      if (zoom_.fit) zoom_ = {false, slot.drawn.scale / ratio(content), {.5, .5}};
      slot.ratio *= mouse.zoom.scale / (zoom_.scale * ratio(content));
      slot.offset = {mouse.zoom.centre.x - zoom_.centre.x, mouse.zoom.centre.y - zoom_.centre.y};
    } else {
      zoom_ = shared_of(mouse.zoom, slot.offset, ratio(content));
    }
    zoom = zoom_of(content);
  }
  auto *list = ImGui::GetWindowDrawList();
  slot.drawn = draw_zoomed(context, list, set_.panes()[content], picture, zoom,
                           {content == set_.active(), is_on(context, clipping_switch)});
  draw_caption(context, content, caption);
  if (content == set_.active()) list->AddRect(area.min, area.max, look.accent, 0, 0, look.px(2));
  ImGui::PopID();
}

void Compare::draw_caption(Context &context, size_t slot, const Area &area) const {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  auto *font = look.regular;
  const auto &item = context.catalogue.item(set_.panes()[slot]);
  list->AddRectFilled(area.min, area.max, look.surface);
  auto y = std::round((area.min.y + area.max.y - font->FontSize) / 2);
  auto x = area.min.x + look.px(12), end = area.max.x - look.px(12);
  auto width_of = [&](const std::string &text) { return font->CalcTextSizeA(font->FontSize, 1e6F, 0, text.c_str()).x; };
  auto from_right = [&](const std::string &text, ImU32 colour) {
    auto width = width_of(text);
    if (end - width < x + look.px(150)) return;
    draw_text(list, {end - width, y}, width + 1, colour, text, font);
    end -= width + look.px(16);
  };
  if (slots_[slot].drawn.shown) from_right(zoom_text(slots_[slot].drawn.scale), look.text);
  if (!zoom_.fit && slots_[slot].aside()) from_right("moved alone", look.faint);
  if (item.label != 0) {
    auto colour = look.label_colour(context.catalogue.word(item.label));
    auto side = look.px(12);
    auto top = std::round((area.min.y + area.max.y - side) / 2);
    if (colour != 0) list->AddRectFilled({end - side, top}, {end, top + side}, colour);
    if (colour != 0) end -= side + look.px(12);
  }
  if (item.flag == Flag::pick) from_right("Picked", look.pick);
  if (item.flag == Flag::reject) from_right("Rejected", look.reject);

  auto height = look.px(13), stars = static_cast<float>(item.stars) * (height + 1);
  if (set_.two() && slot == 0 && set_.panes().size() == 2 && end - x > look.px(150)) {
    draw_text(list, {x, y}, end - x, look.accent, "Champion", font);
    x += width_of("Champion") + look.px(12);
  }
  auto name = shown_text(name_of(item));
  auto name_width = std::min(width_of(name) + 1, end - x - stars - look.px(10));
  draw_text(list, {x, y}, name_width, look.text, name, font);
  draw_stars(list, {x + name_width + look.px(10), std::round((area.min.y + area.max.y - height) / 2)}, height,
             item.stars, false);
}

bool Compare::busy() const {
  return std::ranges::any_of(slots_, [](const Slot &slot) { return slot.drawn.missing_tiles > 0; });
}

void Compare::describe(const Context &context, nlohmann::json &state) const {
  state["panes"] = nlohmann::json::array();
  if (generation_ != context.opening.generation()) return;
  for (size_t place = 0; place < set_.panes().size(); ++place) {
    auto content = content_of(place);
    const auto &slot = slots_[content];
    const auto &item = context.catalogue.item(set_.panes()[content]);
    auto seen = limited(zoom_of(content), slot.drawn.picture, slot.drawn.view);
    state["panes"].push_back(
        {{"photo", shown_text(name_of(item))},
         {"active", content == set_.active()},
         {"champion", set_.two() && content == 0},
         {"stars", item.stars},
         {"flag", static_cast<int>(item.flag)},
         {"zoom", slot.drawn.scale},
         {"centre", {seen.centre.x, seen.centre.y}},
         {"offset", {slot.offset.x, slot.offset.y}},
         {"ratio", slot.ratio},
         {"view", {slot.drawn.view.left, slot.drawn.view.top, slot.drawn.view.width, slot.drawn.view.height}},
         {"box", {slot.drawn.box.left, slot.drawn.box.top, slot.drawn.box.width, slot.drawn.box.height}},
         {"sharp", slot.drawn.sharp},
         {"failure", slot.drawn.failure}});
  }
  state["fit"] = zoom_.fit;
  state["flipped"] = flipped_;
  state["compared"] = set_.candidates().size();
  state["chosen"] = !chosen_.empty();
  state["same_framing"] = same_framing_;
}

}  // namespace kalon::viewer
