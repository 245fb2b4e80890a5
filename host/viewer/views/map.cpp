#include "views/map.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "widgets/view_bar.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

// A block of cells is drawn as one picture rather than smaller than this, and a frame never has more pictures.
constexpr float least_block = 24;
constexpr size_t most_blocks = 3000;

}  // namespace

void MapView::enter(Context &) {
  seen_selection_ = 0;
  hovered_ = no_item;
  pointing_ = false;
}

bool MapView::is_shown(const Context &context, ItemIndex item) const {
  return context.shown.position(item) < context.shown.items().size();
}

void MapView::take(Context &context, MapResult result) {
  result_ = std::move(result);
  of_paths_ = context.opening.paths();
  cells_ = {};
  pyramid_ = {};
  shown_before_.clear();
  resolved_count_ = 0;
  fit_next_ = true;
  resolve(context);
}

// Looks the ids up in what is open now.
void MapView::resolve(Context &context) {
  resolving_.clear();
  resolving_now_ = true;
  resolved_ = context.opening.generation();
  resolved_revision_ = context.shown.revision();
  resolve_more(context);
}

// So many in a frame that none of them takes long; until all are there, the map is as it was.
void MapView::resolve_more(Context &context) {
  constexpr size_t most = 25000;
  auto end = std::min(result_.placed.size(), resolving_.size() + most);
  for (size_t i = resolving_.size(); i < end; ++i) {
    const auto &placed = result_.placed[i];
    resolving_.push_back(placed.path.empty() ? context.catalogue.with_photo(placed.photo)
                                             : context.catalogue.with_path(placed.path));
  }
  context.animate();
  if (end < result_.placed.size()) return;
  auto items = std::exchange(resolving_, {});
  resolving_now_ = false;
  resolved_count_ = items.size() - static_cast<size_t>(std::ranges::count(items, no_item));
  cells_.set(result_, items);
  seen_revision_ = seen_catalogue_ = seen_selection_ = 0;
  shown_before_.clear();
  pyramid_ = {};
}

void MapView::follow(Context &context) {
  if (result_.empty()) return;
  if (of_paths_ != context.opening.paths()) {
    result_ = {};
    cells_ = {};
    pyramid_ = {};
    trees_.clear();
    resolving_.clear();
    resolving_now_ = false;
    return;
  }
  if (resolved_ != context.opening.generation())
    resolve(context);
  else if (resolving_now_)
    resolve_more(context);
  else if (resolved_count_ < result_.placed.size() && resolved_revision_ != context.shown.revision())
    resolve(context);
  if (resolving_now_) return;
  if (seen_revision_ != context.shown.revision()) {
    seen_revision_ = context.shown.revision();
    std::vector<ItemIndex> shown;
    for (auto cell : cells_.occupied())
      if (is_shown(context, cells_.item(cell))) shown.push_back(cells_.item(cell));
    if (shown != shown_before_ || pyramid_.levels() == 0) {
      shown_before_ = std::move(shown);
      pyramid_.build(cells_, [&](ItemIndex item) { return is_shown(context, item); });
      trees_.clear();
      trees_.resize(static_cast<size_t>(pyramid_.levels()));
      seen_catalogue_ = seen_selection_ = 0;
    }
  }
  if (seen_catalogue_ != context.catalogue.revision()) {
    seen_catalogue_ = context.catalogue.revision();
    if (colours_.numeric()) {
      colours_.fit(context.catalogue, shown_before_);
      pyramid_.set_values(cells_, [&](ItemIndex item) { return colours_.value(context.catalogue, item); });
    }
  }
  if (seen_selection_ != context.shown.selection()) {
    bool first = seen_selection_ == 0;
    seen_selection_ = context.shown.selection();
    pyramid_.set_chosen(cells_, [&](ItemIndex item) { return context.shown.selected(item); });
    auto cell = cells_.cell_of(context.shown.current());
    if (!first && cell != no_cell) reveal(context, cell, false);
  }
}

Camera MapView::kept(const Camera &camera) const {
  auto all = showing_all(cells_.plane(), window_, 0);
  double one = std::min(window_.width, window_.height) * 0.92;
  return kept_on(camera, cells_.plane(), window_, std::min(all.scale * 0.9, one), std::max(one, all.scale));
}

BlockRange MapView::visible() const {
  return visible_blocks(camera_, cells_.plane(), window_, theme().px(least_block), most_blocks);
}

void MapView::look_at(Context &context, const Camera &camera, bool at_once) {
  target_ = kept(camera);
  if (at_once) camera_ = target_;
  moving_ = !alike(camera_, target_, window_);
  pointing_ = false;
  context.animate();
}

// Moves only when the cell is not seen.
void MapView::reveal(Context &context, uint32_t cell, bool at_once) {
  double x = cells_.column(cell) + 0.5, y = cells_.row(cell) + 0.5;
  Camera wanted = target_;
  double half_width = window_.width / 2 / wanted.scale - 0.6, half_height = window_.height / 2 / wanted.scale - 0.6;
  wanted.x = std::clamp(wanted.x, x - std::max(0.0, half_width), x + std::max(0.0, half_width));
  wanted.y = std::clamp(wanted.y, y - std::max(0.0, half_height), y + std::max(0.0, half_height));
  if (!alike(wanted, target_, window_)) look_at(context, wanted, at_once);
}

void MapView::draw(Context &context, const Area &area) {
  follow(context);
  if (shown_before_.empty() || result_.empty()) {
    static constexpr ResultTexts texts{"Map",
                                       "map",
                                       "No map",
                                       "The map could not be made",
                                       "Pictures of like kind beside each other on a plane. It takes a few seconds.",
                                       "map-again:Make the map",
                                       "map-again:Try again"};
    draw_no_result(context, area, job_, texts, !result_.empty(), resolved_count_ > 0);
    return;
  }
  Area bar{area.min, {area.max.x, area.min.y + view_bar_height()}};
  Area plane{{area.min.x, bar.max.y}, area.max};
  draw_bar(context, bar);
  draw_plane(context, plane);
}

void MapView::draw_bar(Context &context, const Area &area) {
  const auto &look = theme();
  begin_bar_left(area);
  if (job_.running) {
    waiting_line(context, job_);
  } else {
    ImGui::AlignTextToFramePadding();
    auto text = count_text(shown_before_.size()) + (shown_before_.size() == 1 ? " picture" : " pictures");
    ImGui::TextUnformatted(text.c_str());
    auto hidden = cells_.occupied().size() - shown_before_.size();
    auto outside = context.shown.items().size() - std::min(context.shown.items().size(), shown_before_.size());
    if (hidden > 0) {
      ImGui::SameLine();
      faint_line(count_text(hidden) + " hidden by the filter");
    }
    if (outside > 0) {
      ImGui::SameLine();
      faint_line(count_text(outside) + (outside == 1 ? " more is not on it" : " more are not on it"));
    }
  }
  float room = end_bar_left(area);
  const auto &style = ImGui::GetStyle();
  const char *colour = "Frames";
  float combo = look.px(150), legend = colours_.numeric() && colours_.known ? look.px(170) : 0;
  float used = ImGui::CalcTextSize(colour).x + style.ItemSpacing.x + combo;
  if (used > room) return;
  if (used + legend > room) legend = 0;
  static constexpr BarButton all[] = {
      {"map-fit", "Show all"}, {"map-to-current", "To the current picture"}, {"map-again", "Make again"}};
  auto buttons = place_bar_right(area, room, used + legend, all);
  if (legend > 0) {
    auto at = ImGui::GetCursorScreenPos();
    auto *list = ImGui::GetWindowDrawList();
    float middle = at.y + ImGui::GetFrameHeight() / 2, bar = look.px(64);
    auto low = number_text(colours_.low, 3), high = number_text(colours_.high, 3);
    float low_width = ImGui::CalcTextSize(low.c_str()).x, text_y = at.y + style.FramePadding.y;
    float high_width = ImGui::CalcTextSize(high.c_str()).x;
    float x = at.x + legend - look.px(16) - low_width - high_width - bar - look.px(12);
    list->AddText({x, text_y}, look.faint, low.c_str());
    x += low_width + look.px(6);
    for (int i = 0; i < 32; ++i)
      list->AddRectFilled({x + bar * static_cast<float>(i) / 32, middle - look.px(4)},
                          {x + bar * static_cast<float>(i + 1) / 32, middle + look.px(4)}, ramp_colour(i / 31.0));
    list->AddText({x + bar + look.px(6), text_y}, look.faint, high.c_str());
    ImGui::Dummy({legend - style.ItemSpacing.x, ImGui::GetFrameHeight()});
    ImGui::SameLine();
  }
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(colour);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(combo);
  if (ImGui::BeginCombo("##colour", colours_.by.empty() ? "none" : colours_.by.c_str())) {
    if (ImGui::Selectable("none", colours_.by.empty())) colour_by(context, {});
    for (const auto &choice : colour_choices(context.catalogue))
      if (ImGui::Selectable(choice.c_str(), colours_.by == choice)) colour_by(context, choice);
    ImGui::EndCombo();
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("What the frames around pictures tell");
  for (const auto &button : buttons) {
    ImGui::SameLine();
    command_button(context, button.command, button.text);
  }
}

void MapView::describe(const Context &context, nlohmann::json &told) const {
  told["pictures"] = shown_before_.size();
  told["columns"] = cells_.plane().columns;
  told["rows"] = cells_.plane().rows;
  told["running"] = job_.running;
  told["problem"] = job_.problem;
  told["scale"] = camera_.scale;
  told["x"] = camera_.x;
  told["y"] = camera_.y;
  told["level"] = visible().level;
  told["drawn"] = drawn_;
  told["missing"] = missing_;
  told["moving"] = moving_;
  told["colour"] = colours_.by;
  auto name = [&](ItemIndex item) {
    return item == no_item ? std::string() : shown_text(name_of(context.catalogue.item(item)));
  };
  told["hovered"] = name(hovered_);
  auto cell = cells_.cell_of(context.shown.current());
  told["current"] = name(context.shown.current());
  if (cell != no_cell) {
    told["current_column"] = cells_.column(cell);
    told["current_row"] = cells_.row(cell);
    if (window_.width > 0) {
      told["current_x"] = 0.5 + (cells_.column(cell) + 0.5 - camera_.x) * camera_.scale / window_.width;
      told["current_y"] = 0.5 + (cells_.row(cell) + 0.5 - camera_.y) * camera_.scale / window_.height;
    }
  }
}

}  // namespace kalon::viewer
