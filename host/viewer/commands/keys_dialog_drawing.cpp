// How the dialog of keys looks.

#include <algorithm>
#include <cmath>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "commands/keys_dialog.h"
#include "shell/context.h"
#include "widgets/overlay_window.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

// A key cap that asks to be removed by a click; whether it was.
bool key_to_remove(std::string_view chord, bool own) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  const auto at = ImGui::GetCursorScreenPos();
  const float wide = draw_key(list, {}, chord, false), high = ImGui::GetFrameHeight();
  const bool clicked = invisible_button("##key", {wide, high});
  const float cap = (look.small != nullptr ? look.small->FontSize : ImGui::GetFontSize()) + look.px(4);
  const ImVec2 corner{at.x, at.y + std::floor((high - cap) / 2)};
  draw_key(list, corner, chord);
  if (own) list->AddRect(corner, {corner.x + wide, corner.y + cap}, look.accent, look.px(3));
  if (ImGui::IsItemHovered()) {
    list->AddRect(corner, {corner.x + wide, corner.y + cap}, look.reject, look.px(3));
    ImGui::SetTooltip("Click to take this key away");
  }
  return clicked;
}

}  // namespace

void KeysDialog::draw(Context &context) {
  takes_key_ = !waiting_.empty();
  if (!waiting_.empty()) {
    for (const auto &key : context.pressed) {
      if (!key.pressed || key.repeated) continue;
      if (key.chord == "Escape") {
        waiting_.clear();
      } else {
        offer(context, std::string(waiting_), key.chord);
      }
      break;
    }
  } else if (asking() && key_pressed(context, "Enter")) {
    take(context);
  }
  begin_overlay(context, *this, "Change keys", {880, 640});
  draw_head(context);
  const float foot = 2 * ImGui::GetFrameHeightWithSpacing() + theme().px(4);
  ImGui::BeginChild("##commands", {0, -foot}, false, ImGuiWindowFlags_NoNav);
  draw_table(context);
  ImGui::EndChild();
  draw_foot(context);
  end_overlay();
}

void KeysDialog::draw_head(Context &context) {
  const auto &look = theme();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("Keys like in");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(look.px(160));
  if (ImGui::BeginCombo("##profile", context.settings.key_profile.c_str())) {
    for (const auto name : key_profile_names()) {
      if (ImGui::Selectable(std::string(name).c_str(), name == context.settings.key_profile)) {
        use_profile(context, name);
      }
    }
    ImGui::EndCombo();
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("The keys of another program, as far as Kalon does the same");
  ImGui::SameLine(0, look.px(16));
  ImGui::SetNextItemWidth(-1);
  if (focus_) ImGui::SetKeyboardFocusHere();
  focus_ = false;
  // The key that is waited for is no text.
  const auto flags = takes_key_ ? ImGuiInputTextFlags_ReadOnly : ImGuiInputTextFlags_None;
  if (ImGui::InputTextWithHint("##search", "Find a command or a key", &search_, flags)) find_again_ = true;
  ImGui::Dummy({0, look.px(4)});
}

void KeysDialog::draw_table(Context &context) {
  if (find_again_) find(context);
  if (found_.empty()) faint_text("No command and no key fits this.");
  const auto &look = theme();
  if (!ImGui::BeginTable("##keys", 4, ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_BordersInnerH)) return;
  ImGui::TableSetupColumn("command", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("where", ImGuiTableColumnFlags_WidthFixed, look.px(160));
  ImGui::TableSetupColumn("keys", ImGuiTableColumnFlags_WidthFixed, look.px(232));
  ImGui::TableSetupColumn("change", ImGuiTableColumnFlags_WidthFixed, look.px(152));
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(found_.size()));
  // A click changes what was found; the rest of this frame shows what was there.
  const auto found = found_;
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      ImGui::TableNextRow();
      draw_row(context, context.commands.all()[found[static_cast<size_t>(i)]]);
      ImGui::PopID();
    }
  }
  ImGui::EndTable();
}

void KeysDialog::draw_row(Context &context, const Command &command) {
  const auto &look = theme();
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(command.title.c_str());
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", command.name.c_str());
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  const auto *view = context.interface.view(command.view);
  const auto where = view != nullptr ? "In " + std::string(view->title()) : command.group;
  ImGui::PushStyleColor(ImGuiCol_Text, look.faint);
  ImGui::TextUnformatted(where.c_str());
  ImGui::PopStyleColor();
  ImGui::TableNextColumn();
  const auto chords = context.keys.chords(command.name);
  for (const auto &chord : chords) {
    ImGui::PushID(chord.c_str());
    if (key_to_remove(chord, own_.contains({chord, command.name}))) remove(context, command.name, chord);
    ImGui::SameLine(0, look.px(4));
    ImGui::PopID();
  }
  ImGui::TableNextColumn();
  if (waiting_ == command.name) {
    ImGui::PushStyleColor(ImGuiCol_Text, look.accent);
    if (ImGui::Button("Press a key...")) waiting_.clear();
    ImGui::PopStyleColor();
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Escape leaves it as it is");
  } else {
    if (ImGui::Button("Add key")) wait_for_key(context, command.name);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Then press the key that runs this command");
  }
  if (changed_.contains(command.name)) {
    ImGui::SameLine();
    if (ImGui::Button("Reset")) reset(context, command.name);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("The keys that the profile gives it");
  }
}

void KeysDialog::draw_foot(Context &context) {
  const auto &look = theme();
  ImGui::Dummy({0, 0});
  ImGui::AlignTextToFramePadding();
  if (asking()) {
    std::string titles;
    for (const auto &name : offered_.held_by) {
      const auto *held = context.commands.find(name);
      const auto *view = context.interface.view(held->view);
      titles += titles.empty() ? "" : ", ";
      titles += "\"" + held->title + "\"" + (view != nullptr ? " in " + std::string(view->title()) : "");
    }
    ImGui::PushStyleColor(ImGuiCol_Text, look.warning);
    draw_text(ImGui::GetWindowDrawList(), {ImGui::GetCursorScreenPos().x, ImGui::GetCursorScreenPos().y + look.px(4)},
              ImGui::GetContentRegionAvail().x, look.warning,
              offered_.chord + " runs " + titles + ". Give it to \"" + context.commands.find(offered_.command)->title +
                  "\"?");
    ImGui::PopStyleColor();
    ImGui::Dummy({0, ImGui::GetFrameHeight()});
    if (ImGui::Button("Take it")) take(context);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Enter");
    ImGui::SameLine();
    if (ImGui::Button("Leave it")) keep(context);
    return;
  }
  faint_text("Keys with a coloured frame were changed. A key may do one thing in one view and another in the next.");
  if (ImGui::Button("Reset all")) reset_all(context);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("All keys as the profile has them");
  ImGui::SameLine();
  if (ImGui::Button("Copy as text")) export_text(context, {});
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("The whole list into the clipboard");
  ImGui::SameLine();
  if (ImGui::Button("Close")) hide(context);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Escape");
}

}  // namespace kalon::viewer
