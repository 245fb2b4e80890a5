// The bar above the pictures: which view, what is filtered, in which order, how large.

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr std::array<std::pair<const char *, const char *>, 6> label_names{
    {{"Red", "red"}, {"Yellow", "yellow"}, {"Green", "green"}, {"Blue", "blue"}, {"Purple", "purple"}, {"", "none"}}};

class FilterBar final : public Panel {
 public:
  FilterBar() { open = true; }
  std::string_view name() const override { return "filter"; }
  std::string_view title() const override { return "Filter"; }
  Side side() const override { return Side::top; }
  void draw(Context &context) override;
  void focus_text() { focus_ = true; }
  void describe(const Context &context, nlohmann::json &json) const override {
    const auto &filter = context.shown.filter();
    json = {{"least_stars", filter.least_stars}, {"text", filter.text}, {"score", filter.score}};
    if (filter.low) json["low"] = *filter.low;
    if (filter.high) json["high"] = *filter.high;
    for (const auto &[control, place] : places_) json["places"][control] = {place.x, place.y};
  }

 private:
  void draw_views(Context &context);
  void draw_stars(Context &context, Filter &filter, const Counts &counts);
  void draw_flags(Filter &filter, const Counts &counts);
  void draw_labels(Filter &filter, const Counts &counts);
  void draw_more(Context &context, Filter &filter, const Counts &counts);
  void draw_sorting(Context &context);
  // Told of the control that was drawn last, so that a pointer finds it.
  void note(const std::string &control) {
    auto min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
    places_[control] = {(min.x + max.x) / 2, (min.y + max.y) / 2};
  }

  std::map<std::string, ImVec2> places_;  // middles of controls, in pixels of the window
  bool focus_ = false;
  std::string text_, expression_;
};

// A flat button that is lit while on.
bool toggle_button(const char *text, bool on, ImU32 ink = 0) {
  const auto &theme = viewer::theme();
  ImGui::PushStyleColor(ImGuiCol_Button, on ? theme.selected : theme.surface);
  if (ink != 0) ImGui::PushStyleColor(ImGuiCol_Text, ink);
  bool pressed = ImGui::Button(text);
  ImGui::PopStyleColor(ink != 0 ? 2 : 1);
  return pressed;
}

void tip(const std::string &text) {
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", text.c_str());
}

void separator() {
  const auto &theme = viewer::theme();
  ImGui::SameLine(0, theme.px(8));
  auto at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddLine({at.x, at.y + theme.px(3)}, {at.x, at.y + ImGui::GetFrameHeight() - theme.px(3)},
                                      theme.line);
  ImGui::Dummy({1, ImGui::GetFrameHeight()});
  ImGui::SameLine(0, theme.px(8));
}

void FilterBar::draw_views(Context &context) {
  const auto *current = context.interface.current();
  // A narrow window has all of it, too.
  if (ImGui::GetWindowWidth() < viewer::theme().px(1300)) {
    ImGui::SetNextItemWidth(viewer::theme().px(112));
    if (ImGui::BeginCombo("##view", current ? std::string(current->title()).c_str() : "",
                          ImGuiComboFlags_HeightLarge)) {
      for (const auto &view : context.interface.views)
        if (ImGui::Selectable(std::string(view->title()).c_str(), view.get() == current))
          context.commands.run(context, view->name(), {});
      ImGui::EndCombo();
    }
    tip("What is shown");
    return;
  }
  bool first = true;
  for (const auto &view : context.interface.views) {
    if (!first) ImGui::SameLine(0, viewer::theme().px(2));
    first = false;
    auto title = std::string(view->title());
    if (toggle_button(title.c_str(), view.get() == current)) context.commands.run(context, view->name(), {});
    auto chords = context.keys.chords(view->name());
    tip(title + (chords.empty() ? "" : "  (" + chords.front() + ")"));
  }
}

void FilterBar::draw_stars(Context &context, Filter &filter, const Counts &counts) {
  const auto &theme = viewer::theme();
  float side = ImGui::GetFrameHeight() * 0.8f;
  auto *list = ImGui::GetWindowDrawList();
  for (int stars = 1; stars <= 5; ++stars) {
    if (stars > 1) ImGui::SameLine(0, 0);
    ImGui::PushID(stars);
    auto at = ImGui::GetCursorScreenPos();
    // The same again takes it back.
    if (invisible_button("star", {side, ImGui::GetFrameHeight()}))
      filter.least_stars = filter.least_stars == stars ? 0 : stars;
    note("stars " + std::to_string(stars));
    bool lit = stars <= filter.least_stars;
    float size = theme.px(13);
    auto *glyph = lit ? "★" : "☆";
    list->AddText(theme.regular, size * 1.25f,
                  {at.x + (side - size) / 2, at.y + (ImGui::GetFrameHeight() - size * 1.35f) / 2},
                  lit                      ? theme.star
                  : ImGui::IsItemHovered() ? theme.text
                                           : theme.faint,
                  glyph);
    tip(std::to_string(stars) + (stars == 1 ? " star" : " stars") +
        " or more: " + count_text(counts.least_stars[static_cast<size_t>(stars)]));
    ImGui::PopID();
  }
  if (filter.least_stars > 0) {
    ImGui::SameLine(0, theme.px(2));
    ImGui::AlignTextToFramePadding();
    faint_text(count_text(counts.least_stars[static_cast<size_t>(filter.least_stars)]));
  }
  (void)context;
}

void FilterBar::draw_flags(Filter &filter, const Counts &counts) {
  const auto &theme = viewer::theme();
  auto button = [&](const char *sign, const char *what, Flag flag, size_t count, ImU32 ink) {
    auto text = std::string(sign) + " " + count_text(count) + "##" + what;
    if (toggle_button(text.c_str(), filter.flags.contains(flag), ink) && !filter.flags.erase(flag))
      filter.flags.insert(flag);
    note(what);
    tip(what);
    ImGui::SameLine(0, theme.px(2));
  };
  button("✓", "Picks", Flag::pick, counts.picks, theme.pick);
  button("✗", "Rejects", Flag::reject, counts.rejects, theme.reject);
  button("○", "Without a flag", Flag::none, counts.unflagged, theme.faint);
  ImGui::NewLine();
}

void FilterBar::draw_labels(Filter &filter, const Counts &counts) {
  const auto &theme = viewer::theme();
  auto *list = ImGui::GetWindowDrawList();
  float side = ImGui::GetFrameHeight() * 0.72f;
  for (auto [label, name] : label_names) {
    ImGui::PushID(name);
    auto at = ImGui::GetCursorScreenPos();
    if (invisible_button("label", {side, ImGui::GetFrameHeight()}) && !filter.labels.erase(label))
      filter.labels.insert(label);
    note(std::string("label ") + name);
    bool on = filter.labels.contains(label);
    ImVec2 middle{at.x + side / 2, at.y + ImGui::GetFrameHeight() / 2};
    float radius = theme.px(6);
    ImU32 colour = *label ? theme.label_colour(label) : theme.faint;
    if (*label)
      list->AddCircleFilled(middle, radius, colour);
    else
      list->AddCircle(middle, radius, colour);
    if (on) list->AddCircle(middle, radius + theme.px(2), theme.text, 0, theme.px(1.5f));
    auto found = counts.labels.find(label);
    tip((*label ? std::string(label) : std::string("Without a label")) + ": " +
        count_text(found == counts.labels.end() ? 0 : found->second));
    ImGui::PopID();
    ImGui::SameLine(0, 0);
  }
  ImGui::NewLine();
}

void FilterBar::draw_more(Context &context, Filter &filter, const Counts &counts) {
  const auto &theme = viewer::theme();
  bool on = filter.with_raw || filter.unvoted || filter.unrated || filter.with_excluded || !filter.formats.empty() ||
            filter.low || filter.high || !filter.attributes.empty() || !context.shown.expression().empty();
  if (toggle_button("More …", on)) ImGui::OpenPopup("more");
  note("more");
  tip("More filters");
  if (!ImGui::BeginPopup("more")) return;
  ImGui::PushItemWidth(theme.px(240));
  auto check = [&](const std::string &text, bool &value, size_t count) {
    ImGui::Checkbox((text + "  (" + count_text(count) + ")").c_str(), &value);
  };
  check("With a RAW", filter.with_raw, counts.with_raw);
  bool voted_too = !filter.unvoted;
  check("Without votes", filter.unvoted, counts.unvoted);
  // Who has votes is asked when it is of use.
  if (filter.unvoted && voted_too) context.commands.run(context, "rank-columns", {});
  check("Without stars", filter.unrated, counts.unrated);
  check("Excluded ones too", filter.with_excluded, counts.excluded);
  heading("Formats");
  for (const auto &[format, count] : counts.formats) {
    bool chosen = filter.formats.contains(format);
    if (ImGui::Checkbox(((format.empty() ? std::string("unknown") : format) + "  (" + count_text(count) + ")").c_str(),
                        &chosen)) {
      if (chosen)
        filter.formats.insert(format);
      else
        filter.formats.erase(format);
    }
  }
  heading("A number between");
  if (ImGui::BeginCombo("##score", filter.score.empty() ? "choose a column" : filter.score.c_str())) {
    for (const auto &column : context.catalogue.columns())
      if (column.numeric && column.known > 0 && ImGui::Selectable(column.name.c_str(), filter.score == column.name)) {
        filter.score = column.name;
        filter.low.reset();
        filter.high.reset();
      }
    ImGui::EndCombo();
  }
  if (!filter.score.empty()) {
    auto bound = [&](const char *name, std::optional<double> &value) {
      bool given = value.has_value();
      double number = value.value_or(0);
      ImGui::PushID(name);
      if (ImGui::Checkbox(name, &given)) value = given ? std::optional(number) : std::nullopt;
      ImGui::SameLine(theme.px(88));
      ImGui::SetNextItemWidth(theme.px(152));
      if (ImGui::InputDouble("##value", &number, 0, 0, "%.4g")) value = number;
      ImGui::PopID();
    };
    bound("at least", filter.low);
    bound("at most", filter.high);
  }
  heading("An expression");
  if (ImGui::InputTextWithHint("##where", "rating >= 4 and camera ~ \"*R5*\"", &expression_,
                               ImGuiInputTextFlags_EnterReturnsTrue))
    context.opening.match(expression_);
  if (!context.shown.expression().empty()) faint_text("Now: " + shown_text(context.shown.expression()));
  ImGui::PopItemWidth();
  ImGui::Dummy({0, theme.px(4)});
  // What is drawn here has the filter that it changes, which is set at the end of the frame.
  if (command_button(context, "filter-off")) filter = {};
  ImGui::EndPopup();
}

void FilterBar::draw_sorting(Context &context) {
  const auto &theme = viewer::theme();
  const auto &sorting = context.shown.sorting();
  ImGui::SetNextItemWidth(theme.px(128));
  if (ImGui::BeginCombo("##sort", sorting.by.c_str(), ImGuiComboFlags_HeightLarge)) {
    for (const char *by :
         {"name", "folder", "captured", "modified", "size", "pixels", "stars", "label", "flag", "format"})
      if (ImGui::Selectable(by, sorting.by == by)) context.shown.set_sorting({by, sorting.descending});
    if (!context.shown.given_order().empty() && ImGui::Selectable("order", sorting.by == "order"))
      context.shown.set_sorting({"order", false});
    ImGui::Separator();
    for (const auto &column : context.catalogue.columns())
      if (column.known > 0 && ImGui::Selectable(column.name.c_str(), sorting.by == column.name))
        context.shown.set_sorting({column.name, sorting.descending});
    ImGui::EndCombo();
  }
  tip("Order of the photos");
  ImGui::SameLine(0, theme.px(2));
  if (toggle_button(sorting.descending ? "↓" : "↑", false))
    context.shown.set_sorting({sorting.by, !sorting.descending});
  tip(sorting.descending ? "Largest or last first" : "Smallest or first first");
}

void FilterBar::draw(Context &context) {
  const auto &theme = viewer::theme();
  places_.clear();
  auto filter = context.shown.filter();
  const auto &counts = context.shown.counts();
  draw_views(context);
  separator();
  draw_stars(context, filter, counts);
  ImGui::SameLine();
  draw_flags(filter, counts);
  ImGui::SameLine();
  draw_labels(filter, counts);
  ImGui::SameLine();
  if (text_ != filter.text && !ImGui::IsAnyItemActive()) text_ = filter.text;
  ImGui::SetNextItemWidth(theme.px(140));
  if (focus_) ImGui::SetKeyboardFocusHere();
  focus_ = false;
  if (ImGui::InputTextWithHint("##text", "Find", &text_)) filter.text = text_;
  note("find");
  tip("Part of the name, the folder or what is known of the photo");
  ImGui::SameLine();
  draw_more(context, filter, counts);
  if (!context.shown.filter().empty() || !context.shown.expression().empty()) {
    ImGui::SameLine(0, theme.px(2));
    // It may have been chosen in the window over this bar.
    if (toggle_button("×", true)) {
      filter = {};
      context.opening.match({});
    }
    note("off");
    auto chords = context.keys.chords("filter-off");
    tip("Show all again" + (chords.empty() ? std::string() : "  (" + chords.front() + ")"));
  }
  separator();
  draw_sorting(context);
  if (context.interface.current() && context.interface.current()->name() == "grid") {
    ImGui::SameLine();
    ImGui::SetNextItemWidth(theme.px(96));
    ImGui::SliderInt("##cell", &context.settings.cell, 40, 640, "",
                     ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_NoInput);
    note("size");
    tip("Size of the pictures");
  }
  context.shown.set_filter(std::move(filter));
}

}  // namespace

void add_filter_bar(Context &context) {
  auto &bar = context.interface.add_panel<FilterBar>();
  context.commands.add(
      {.name = "find", .title = "Find by a text", .group = "Filter", .run = [&bar](Context &at, std::string_view) {
         bar.open = true;
         bar.focus_text();
         // What is typed at once is no row of commands.
         at.typing = true;
       }});
  context.commands.add({.name = "filter-bar",
                        .title = "Bar of views and filters",
                        .group = "View",
                        .run = [&bar](Context &, std::string_view) { bar.open = !bar.open; },
                        .checked = [&bar](const Context &) { return bar.open; }});
}

}  // namespace kalon::viewer
