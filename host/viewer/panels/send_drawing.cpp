#include <algorithm>
#include <cmath>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "commands/wording.h"
#include "panels/send.h"
#include "shell/context.h"
#include "widgets/overlay_window.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr double typing_pause = 0.35;  // seconds until what was typed is looked at

std::string of_files(size_t count) {
  return count_text(count) + (count == 1 ? " file" : " files");
}

}  // namespace

void SendOverlay::draw(Context &context) {
  if (changed_ >= 0) {
    if (context.now >= changed_ + typing_pause)
      preview(context);
    else
      context.draw_again_at(changed_ + typing_pause);
  }
  bool trash = kind_ == SendKind::trash;
  auto photos = count_text(photos_) + (photos_ == 1 ? " photo" : " photos");
  auto title = done_   ? std::string(trash ? "Not all went to the trash" : "Not all was sent")
               : trash ? "Move " + photos + " to the trash?"
                       : "Send " + photos + " to a folder";
  if (key_pressed(context, "Enter") && can_go()) {
    go(context);
    if (!open) return;
  }
  begin_overlay(context, *this, title.c_str(), {720, trash ? 440.0f : 540.0f});
  if (!done_ && !trash) draw_target(context);
  if (!done_ && trash) {
    faint_text(
        "Nothing is deleted. The files go to the trash of the desktop with their sidecars; undo brings them back.");
    if (!note_.empty()) faint_text(note_);
    ImGui::Dummy({0, theme().px(4)});
  }
  float foot = ImGui::GetFrameHeightWithSpacing() + theme().px(8);
  draw_lines(context, std::max(theme().px(40), ImGui::GetContentRegionAvail().y - foot));
  ImGui::Dummy({0, theme().px(4)});
  draw_foot(context);
  end_overlay();
}

void SendOverlay::draw_target(Context &context) {
  const auto &look = theme();
  auto folders = recent(context);
  if (focus_) {
    ImGui::SetKeyboardFocusHere();
    focus_ = false;
  }
  float arrow = folders.empty() ? 0 : ImGui::GetFrameHeight() + look.px(4);
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - arrow);
  ImGui::PushID(turn_);
  if (ImGui::InputTextWithHint("##folder", "Folder, for example ~/Pictures/best", &folder_text_))
    changed_ = context.now;
  if (ImGui::IsItemDeactivatedAfterEdit() && changed_ >= 0) preview(context);
  ImGui::PopID();
  if (!folders.empty()) {
    ImGui::SameLine(0, look.px(4));
    if (ImGui::ArrowButton("##recent", ImGuiDir_Down)) ImGui::OpenPopup("##folders");
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Folders that photos were sent to before");
    if (ImGui::BeginPopup("##folders")) {
      for (const auto &folder : folders)
        if (ImGui::Selectable(shown_text(folder).c_str())) {
          folder_text_ = folder;
          preview(context);
        }
      ImGui::EndPopup();
    }
  }
  struct Kind {
    SendKind kind;
    const char *name, *tip;
  };
  static constexpr Kind kinds[] = {
      {SendKind::hardlink, "Links",
       "The same files under a second name: they take no room. On another disk they become symbolic links."},
      {SendKind::symlink, "Symbolic links", "Pointers to the files, which follow where they lie now"},
      {SendKind::copy, "Copies", "Files of their own, with the sidecars"}};
  for (const auto &one : kinds) {
    if (ImGui::RadioButton(one.name, kind_ == one.kind)) use(context, one.kind);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", one.tip);
    ImGui::SameLine(0, look.px(16));
  }
  if (ImGui::Checkbox("Sidecars", &sidecars_)) preview(context);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Take along what lies beside the pictures: IMG_1.jpg.xmp, IMG_1.txt");
  ImGui::SameLine(0, look.px(16));
  if (ImGui::Checkbox("Number them", &numbered_)) preview(context);
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("Names begin with the position in the order that is shown: 001_IMG_1.jpg");
  ImGui::Dummy({0, look.px(2)});
}

void SendOverlay::draw_lines(const Context &context, float height) {
  const auto &look = theme();
  ImGui::PushStyleColor(ImGuiCol_ChildBg, look.background);
  ImGui::BeginChild("##lines", {0, height}, false, ImGuiWindowFlags_NoNav);
  ImGui::PopStyleColor();
  float pad = look.px(8);
  ImGui::SetCursorPos({pad, pad});
  if (!problem_.empty()) {
    ImGui::PushTextWrapPos(ImGui::GetContentRegionAvail().x);
    ImGui::PushStyleColor(ImGuiCol_Text, look.warning);
    ImGui::TextWrapped("%s", problem_.c_str());
    ImGui::PopStyleColor();
    ImGui::PopTextWrapPos();
  } else if (paths_.empty() && !done_) {
    faint_text("No photo is selected.");
  } else if (kind_ != SendKind::trash && folder_.empty()) {
    faint_text("Name the folder that the photos go to. It is made when it is not there.");
  } else if (answered_ != asked_) {
    faint_text("Looking");
  } else {
    auto *list = ImGui::GetWindowDrawList();
    float line = std::round(ImGui::GetTextLineHeight() * 1.4f), width = ImGui::GetContentRegionAvail().x - pad;
    float half = std::round(width * 0.42f);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(plan_.lines.size()), line);
    while (clipper.Step())
      for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
        const auto &of = plan_.lines[static_cast<size_t>(i)];
        auto at = ImGui::GetCursorScreenPos();
        at.x = std::round(ImGui::GetWindowPos().x + pad);
        auto name = shown_text(of.path.substr(of.path.rfind('/') + 1));
        ImU32 colour = of.problem() ? look.warning : of.fate == "left" ? look.faint : look.text;
        draw_text(list, at, half - look.px(12), colour, name);
        std::string what;
        if (!of.message.empty())
          what = problem_text(said_here(context.commands, context.keys, of.message));
        else if (!of.name.empty())
          what = (of.renamed() ? "as " : "") + shown_text(of.name);
        else if (kind_ == SendKind::trash)
          what = shown_text(of.path.substr(0, of.path.rfind('/')));
        if (of.other_kind)
          what += what.empty() ? "as a symbolic link: another disk" : ", as a symbolic link: another disk";
        if (of.sidecars > 0)
          what += (what.empty() ? "with " : ", with ") + count_text(of.sidecars) +
                  (of.sidecars == 1 ? " sidecar" : " sidecars");
        draw_text(list, {at.x + half, at.y}, width - half, of.problem() ? look.warning : look.faint, what);
        ImGui::PushID(i);
        ImGui::Dummy({width, line - ImGui::GetStyle().ItemSpacing.y});
        if (ImGui::IsItemHovered())
          ImGui::SetTooltip("%s%s%s", shown_text(of.path).c_str(), what.empty() ? "" : "\n", what.c_str());
        ImGui::PopID();
      }
  }
  ImGui::EndChild();
}

std::string SendOverlay::summary_text() const {
  if (answered_ != asked_ || plan_.lines.empty()) return {};
  auto text = of_files(plan_.going);
  if (done_) text += kind_ == SendKind::trash ? " in the trash" : " sent";
  if (plan_.bytes > 0 && kind_ == SendKind::copy) text += ", " + bytes_text(plan_.bytes);
  if (plan_.sidecars > 0) text += ", " + count_text(plan_.sidecars) + (plan_.sidecars == 1 ? " sidecar" : " sidecars");
  if (plan_.left > 0) text += ", " + count_text(plan_.left) + " left as they are";
  if (plan_.failed > 0) text += ", " + count_text(plan_.failed) + (done_ ? " failed" : " cannot be sent");
  return text;
}

void SendOverlay::draw_foot(Context &context) {
  const auto &look = theme();
  const auto &style = ImGui::GetStyle();
  bool trash = kind_ == SendKind::trash;
  const char *act = trash ? "Move to the trash" : "Send", *leave = done_ ? "Close" : "Cancel";
  auto width_of = [&](const char *text) { return ImGui::CalcTextSize(text).x + 2 * style.FramePadding.x; };
  float right = width_of(leave) + (done_ ? 0 : width_of(act) + style.ItemSpacing.x);
  auto at = ImGui::GetCursorScreenPos();
  float room = ImGui::GetContentRegionAvail().x;
  draw_text(ImGui::GetWindowDrawList(), {at.x, at.y + style.FramePadding.y}, room - right - look.px(12),
            plan_.failed > 0 ? look.warning : look.faint, summary_text());
  ImGui::SetCursorScreenPos({at.x + room - right, at.y});
  if (ImGui::Button(leave)) hide(context);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Escape");
  if (done_) return;
  ImGui::SameLine();
  ImGui::BeginDisabled(!can_go());
  ImGui::PushStyleColor(ImGuiCol_Button, look.accent);
  ImGui::PushStyleColor(ImGuiCol_Text, look.background);
  if (ImGui::Button(act)) go(context);
  ImGui::PopStyleColor(2);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Enter");
  ImGui::EndDisabled();
}

}  // namespace kalon::viewer
