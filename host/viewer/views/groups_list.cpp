// The list of groups: facts and actions at the left, pictures at the right.

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdio>

#include "shell/context.h"
#include "views/groups.h"
#include "views/order_thumb.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

float margin() {
  return theme().px(12);
}
// How much later than the one to keep a shot of a burst was taken; NaN unknown.
double seconds_after(const Group &group, const GroupMember &member, const Catalogue &catalogue) {
  auto first = group.members.front().item;
  if (group.kind != GroupKind::bursts || first == no_item || member.item == no_item) return std::nan("");
  auto from = catalogue.item(first).capture_time, to = catalogue.item(member.item).capture_time;
  return from == no_time || to == no_time ? std::nan("") : static_cast<double>(to - from) * 1e-6;
}

float facts_width() {
  return theme().px(228);
}

}  // namespace

Area GroupsView::cell_of(const Area &area, size_t position) const {
  const auto &row = layout_.rows[layout_.row_of(position)];
  float x = area.min.x + margin() + facts_width() + layout_.left[position];
  auto y = static_cast<float>(area.min.y + (row.top - scroll_.at()));
  return {{x, y}, {x + layout_.width[position], y + row.height}};
}

void GroupsView::draw_list(Context &context, const Area &area) {
  const auto &look = theme();
  bool first = view_height_ == 0;
  view_height_ = area.height();
  lay_out(std::floor(area.width() - 2 * margin() - facts_width() - Scroll::bar_width()));
  if (first && current_ != none) reveal(current_, true);
  Area rows{area.min, {area.max.x - Scroll::bar_width(), area.max.y}};
  // The pictures take clicks; facts have buttons.
  ImGui::SetCursorScreenPos({rows.min.x + margin() + facts_width(), rows.min.y});
  invisible_button("##groups", {std::max(1.0f, rows.width() - margin() - facts_width()), rows.height()});
  bool hovered = ImGui::IsItemHovered();
  double height = layout_.height + look.px(24);
  scroll_.draw_bar(area, height, look.px(static_cast<float>(cell_)));
  if (scroll_.update(height, view_height_, ImGui::GetIO().DeltaTime)) context.animate();
  ImGui::PushClipRect(rows.min, rows.max, true);
  for (size_t i = layout_.section_at(scroll_.at()); i < layout_.sections.size(); ++i) {
    if (layout_.sections[i].top > scroll_.at() + view_height_) break;
    draw_group(context, rows, i);
  }
  ImGui::PopClipRect();
  mouse(context, rows, hovered);
}

void GroupsView::draw_group(Context &context, const Area &area, size_t index) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  const auto &section = layout_.sections[index];
  auto top = static_cast<float>(area.min.y + (section.top - scroll_.at()));
  auto bottom = static_cast<float>(area.min.y + (section.bottom - scroll_.at()));
  if (index == current_group()) list->AddRectFilled({area.min.x, top}, {area.max.x, bottom + look.px(4)}, look.surface);
  list->AddLine({area.min.x, bottom + look.px(4)}, {area.max.x, bottom + look.px(4)}, look.line);
  draw_facts(
      context,
      {{area.min.x + margin(), top + look.px(12)}, {area.min.x + margin() + facts_width() - look.px(16), bottom}},
      index);
  for (size_t r = std::max(section.first_row, layout_.row_at(scroll_.at() - look.px(48)));
       r < section.first_row + section.row_count; ++r) {
    const auto &row = layout_.rows[r];
    if (row.top > scroll_.at() + view_height_) break;
    for (size_t i = row.first; i < row.first + row.count; ++i) draw_member(context, area, i);
  }
}

void GroupsView::draw_facts(Context &context, const Area &area, size_t index) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  const auto &group = group_of(index);
  float y = area.min.y, line = std::round(ImGui::GetTextLineHeight() * 1.3f), width = area.width();
  auto say = [&](ImU32 colour, std::string_view text) {
    draw_text(list, {area.min.x, y}, width, colour, text);
    y += line;
  };
  auto count = left_[index].members.size();
  std::string title =
      "Group " + std::to_string(index + 1) + ": " + count_text(count) + (count == 1 ? " picture" : " pictures");
  say(look.text, title);
  auto relation = relation_text(group.relation, false);
  if (group.kind == GroupKind::bursts && !std::isnan(group.seconds))
    relation = group.seconds < 1 ? "within a second" : "in " + duration_text(group.seconds);
  if (!relation.empty()) {
    relation.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(relation.front())));
    say(look.faint, relation);
  }
  if (!std::isnan(group.least_similarity) && group.relation != "same_bytes")
    say(look.faint, "Least similarity " + similarity_text(group.least_similarity));
  if (auto bytes = redundant_bytes(group, left_[index].members); group.keeps_one() && bytes > 0)
    say(look.faint, bytes_text(bytes) + " redundant");
  if (index != current_group()) return;

  // What is asked for stands where the eye is.
  y += look.px(6);
  struct Button {
    const char *command, *text;
  };
  static constexpr Button buttons[] = {{"group-keeper", "Keep this one"},
                                       {"group-reject-others", "Reject others"},
                                       {"group-compare", "Compare"},
                                       {"group-trash-others", "Trash others"},
                                       {"group-not-duplicates", "Not duplicates"}};
  const auto &style = ImGui::GetStyle();
  float x = area.min.x;
  for (const auto &button : buttons) {
    const auto *command = context.commands.find(button.command);
    if (!command || (command->enabled && !command->enabled(context))) continue;
    float wide = ImGui::CalcTextSize(button.text).x + 2 * style.FramePadding.x;
    if (x > area.min.x && x + wide > area.max.x) {
      x = area.min.x;
      y += ImGui::GetFrameHeight() + look.px(4);
    }
    ImGui::SetCursorScreenPos({x, std::round(y)});
    command_button(context, button.command, button.text);
    x += wide + look.px(4);
  }
}

void GroupsView::draw_member(Context &context, const Area &area, size_t position) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  const auto &place = places_[position];
  const auto &group = group_of(place.left);
  const auto &member = group.members[left_[place.left].members[place.member]];
  auto cell = cell_of(area, position);
  bool keeper = place.member == 0;
  Area picture = cell;
  if (member.item != no_item) {
    picture = member.width > 0 ? fitted_area(static_cast<float>(member.width), static_cast<float>(member.height), cell)
                               : cell;
    // Small pictures are not blown up by fitting, but shown as large as the others: like is compared with like.
    draw_thumb(context, list, member.item, picture, position == current_ || current_ == none);
  } else {
    list->AddRectFilled(cell.min, cell.max, look.raised);
  }
  if (position == current_ && (member.item == no_item || context.shown.current() != member.item))
    list->AddRect(picture.min, picture.max, look.accent, 0, 0, look.px(3));
  if (keeper && group.keeps_one()) {
    constexpr const char *mark = "Keep";
    float wide = look.small->CalcTextSizeA(look.small->FontSize, FLT_MAX, 0, mark).x + look.px(8);
    draw_badge(list, {picture.max.x - wide, picture.min.y}, mark, look.background, look.accent);
  }

  float y = cell.max.y + look.px(5), width = cell.width(), line = std::round(look.small->FontSize * 1.3f);
  std::string first, second;
  if (keeper) {
    first = group.keeps_one() ? (group.why.empty() ? std::string("Suggested") : group.why) : "Most typical";
  } else if (member.guarded) {
    first = member.reason;
  } else {
    first = relation_text(member.relation, member.mirrored);
    if (!std::isnan(member.similarity) && member.relation != "same_bytes") {
      if (!first.empty()) first += ' ';
      first += similarity_text(member.similarity);
    }
    if (auto later = seconds_after(group, member, context.catalogue); !std::isnan(later)) {
      char text[32];
      std::snprintf(text, sizeof text, "%+.3g s", later);
      first += (first.empty() ? "" : ", ") + std::string(text);
    }
    if (first.empty()) first = group.kind == GroupKind::bursts ? "of the burst" : "similar";
  }
  if (member.width > 0) second = std::to_string(member.width) + "×" + std::to_string(member.height);
  if (member.bytes > 0) second += (second.empty() ? "" : ", ") + bytes_text(member.bytes);
  draw_text(list, {cell.min.x, y}, width, keeper ? look.text : look.faint, first, look.small);
  draw_text(list, {cell.min.x, y + line}, width, look.faint, second, look.small);
}

void GroupsView::mouse(Context &context, const Area &area, bool hovered) {
  if (!hovered) return;
  auto &io = ImGui::GetIO();
  if (io.KeyCtrl && io.MouseWheel != 0)
    set_cell(context, static_cast<int>(std::lround(cell_ * std::pow(1.15, io.MouseWheel))));
  double x = io.MousePos.x - area.min.x - margin() - facts_width(), y = io.MousePos.y - area.min.y + scroll_.at();
  auto position = layout_.position_at(x, y);
  if (position == StripLayout::none) return;
  const auto &place = places_[position];
  const auto &group = group_of(place.left);
  const auto &member = group.members[left_[place.left].members[place.member]];
  if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    if (io.KeyCtrl && member.item != no_item) {
      context.shown.toggle(member.item);
      seen_selection_ = context.shown.selection();
      current_ = position;
    } else if (io.KeyShift && current_ < places_.size()) {
      auto [from, to] = std::minmax(current_, position);
      std::vector<ItemIndex> items{member.item};
      for (size_t i = from; i <= to; ++i)
        items.push_back(group_of(places_[i].left).members[left_[places_[i].left].members[places_[i].member]].item);
      std::erase(items, no_item);
      context.shown.select(items);
      seen_selection_ = context.shown.selection();
    } else {
      make_current(context, position);
    }
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) context.interface.show(context, "loupe");
    return;
  }
  auto text = shown_text(member.path);
  if (place.member == 0 && !group.why.empty()) text += "\nKept: " + group.why;
  if (place.member > 0 && !member.reason.empty()) text += "\n" + member.reason;
  ImGui::SetTooltip("%s", text.c_str());
}

}  // namespace kalon::viewer
