// How the dialog that opens folders looks.

#include <algorithm>
#include <cmath>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "panels/open_dialog.h"
#include "shell/context.h"
#include "widgets/overlay_window.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

void OpenDialog::draw(Context &context) {
  const auto &look = theme();
  begin_overlay(context, *this, "Open a folder", {920, 600});
  const float foot = ImGui::GetFrameHeightWithSpacing() + look.px(8);
  ImGui::BeginChild("##places", {look.px(208), -foot}, false, ImGuiWindowFlags_NoNav);
  draw_places();
  ImGui::EndChild();
  ImGui::SameLine(0, look.px(16));
  ImGui::BeginChild("##right", {0, -foot}, false, ImGuiWindowFlags_NoNav);
  draw_field();
  draw_steps();
  ImGui::Dummy({0, look.px(2)});
  draw_folders();
  ImGui::EndChild();
  draw_foot();
  end_overlay();
}

void OpenDialog::draw_place(const NamedPath &place) {
  const auto title = shown_text(place.title);
  ImGui::PushID(place.path.c_str());
  const auto at = ImGui::GetCursorScreenPos();
  const float wide = ImGui::GetContentRegionAvail().x;
  if (ImGui::Selectable("##place", folder_ == place.path)) go_to(place.path);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", shown_text(place.path).c_str());
  draw_text(ImGui::GetWindowDrawList(), {at.x + theme().px(4), at.y}, wide - theme().px(8), theme().text, title);
  ImGui::PopID();
}

void OpenDialog::draw_places() {
  heading("Places");
  for (const auto &place : places_) draw_place(place);
  const auto recent = context_.settings.recent;
  if (recent.empty()) return;
  ImGui::Dummy({0, theme().px(8)});
  heading("Opened lately");
  for (const auto &path : recent) {
    ImGui::PushID(path.c_str());
    const auto at = ImGui::GetCursorScreenPos();
    const float wide = ImGui::GetContentRegionAvail().x;
    // One click opens it again: it was chosen before.
    if (ImGui::Selectable("##recent")) open_folder(path);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Open %s again", shown_text(path).c_str());
    const auto slash = path.rfind('/');
    const auto name = path.size() > 1 && slash != std::string::npos ? path.substr(slash + 1) : path;
    draw_text(ImGui::GetWindowDrawList(), {at.x + theme().px(4), at.y}, wide - theme().px(8), theme().text,
              shown_text(name));
    ImGui::PopID();
  }
}

void OpenDialog::draw_field() {
  if (focus_) {
    ImGui::SetKeyboardFocusHere();
    focus_ = false;
    cursor_to_end_ = true;
  }
  // Tab is told of by the field, so that it does not leave it; what was written by others takes the place of its text.
  const auto told = [](ImGuiInputTextCallbackData *data) {
    auto &dialog = *static_cast<OpenDialog *>(data->UserData);
    if (data->EventFlag == ImGuiInputTextFlags_CallbackAlways && dialog.cursor_to_end_) {
      dialog.cursor_to_end_ = false;
      data->DeleteChars(0, data->BufTextLen);
      data->InsertChars(0, dialog.typed_.c_str());
      data->CursorPos = data->SelectionStart = data->SelectionEnd = data->BufTextLen;
    }
    return 0;
  };
  auto text = typed_;
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##path", "A path; Tab completes it, Enter opens it", &text,
                           ImGuiInputTextFlags_CallbackCompletion | ImGuiInputTextFlags_CallbackAlways, told, this);
  if (text != typed_) type(text);
  if (key_pressed(context_, "Down")) step(1);
  if (key_pressed(context_, "Up")) step(-1);
  if (key_pressed(context_, "PageDown")) step(12);
  if (key_pressed(context_, "PageUp")) step(-12);
  if (key_pressed(context_, "Tab")) complete();
  if (key_pressed(context_, "Enter")) {
    accept();
    focus_ = true;
  }
}

void OpenDialog::draw_steps() {
  const auto &look = theme();
  const auto steps = steps_to(folder_);
  // From the end, as far as there is room; what stands before is behind an ellipsis.
  const float room = ImGui::GetContentRegionAvail().x;
  const auto width_of = [&](const NamedPath &step) {
    return ImGui::CalcTextSize(shown_text(step.title).c_str()).x + 2 * look.px(6) + look.px(4);
  };
  size_t first = steps.size();
  float used = look.px(32);
  while (first > 0 && (first == steps.size() || used + width_of(steps[first - 1]) < room))
    used += width_of(steps[--first]);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {look.px(6), look.px(2)});
  ImGui::PushStyleColor(ImGuiCol_Button, IM_COL32(0, 0, 0, 0));
  std::string wanted;
  if (first > 0) {
    if (ImGui::Button("...")) wanted = steps[first - 1].path;
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", shown_text(steps[first - 1].path).c_str());
    ImGui::SameLine(0, look.px(4));
  }
  for (size_t i = first; i < steps.size(); ++i) {
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::Button(shown_text(steps[i].title).c_str())) wanted = steps[i].path;
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", shown_text(steps[i].path).c_str());
    ImGui::PopID();
    if (i + 1 < steps.size()) ImGui::SameLine(0, look.px(4));
  }
  ImGui::PopStyleColor();
  ImGui::PopStyleVar();
  if (!wanted.empty()) go_to(wanted);
}

void OpenDialog::draw_folders() {
  const auto &look = theme();
  ImGui::PushStyleColor(ImGuiCol_ChildBg, look.background);
  ImGui::BeginChild("##folders", {0, 0}, false, ImGuiWindowFlags_NoNav);
  ImGui::PopStyleColor();
  if (reading_) {
    ImGui::Indent(look.px(8));
    faint_text("Reading...");
    ImGui::Unindent(look.px(8));
  } else if (!listing_.problem.empty()) {
    ImGui::Indent(look.px(8));
    faint_text("This folder cannot be read: " + listing_.problem + ".");
    ImGui::Unindent(look.px(8));
  } else if (found_.empty()) {
    ImGui::Indent(look.px(8));
    faint_text(!beginning_.empty() && !listing_.folders.empty()
                   ? "No folder here begins with \"" + shown_text(beginning_) + "\"."
                   : "No folders are in here.");
    ImGui::Unindent(look.px(8));
  }
  const float high = ImGui::GetTextLineHeight() + look.px(8);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  if (scroll_to_chosen_ && chosen_ >= 0) {
    const float top = high * static_cast<float>(chosen_), shown = ImGui::GetWindowHeight();
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    if (top + high > ImGui::GetScrollY() + shown) ImGui::SetScrollY(top + high - shown);
    scroll_to_chosen_ = false;
  }
  std::string into, opened;
  size_t begin = found_.size(), end = 0;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(found_.size()), high);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const auto row = static_cast<size_t>(i);
      begin = std::min(begin, row);
      end = std::max(end, row + 1);
      ImGui::PushID(i);
      const auto at = ImGui::GetCursorScreenPos();
      const float wide = std::max(ImGui::GetContentRegionAvail().x, 1.0F);
      const bool clicked = invisible_button("##folder", {wide, high});
      const bool hovered = ImGui::IsItemHovered();
      if (i == chosen_ || hovered) {
        ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + wide, at.y + high},
                                                  i == chosen_ ? look.selected : look.raised);
      }
      const auto path = joined_path(folder_, listing_.folders[found_[row]]);
      if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
        into = path;
      } else if (clicked) {
        chosen_ = i;
      }
      ImGui::SetCursorScreenPos(at);
      draw_folder(row);
      ImGui::SetCursorScreenPos({at.x, at.y + high});
      ImGui::PopID();
    }
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  if (end > begin) count_visible(begin, end);
  if (!into.empty()) {
    go_to(into);
    focus_ = true;
  }
}

void OpenDialog::draw_folder(size_t row) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  const auto at = ImGui::GetCursorScreenPos();
  const float wide = ImGui::GetContentRegionAvail().x, pad = look.px(8), y = at.y + look.px(4);
  const auto &name = listing_.folders[found_[row]];
  std::string text;
  bool nothing = false;
  if (const auto found = counts_.find(joined_path(folder_, name)); found != counts_.end()) {
    const auto &count = found->second;
    const auto some = [&](uint64_t number, const char *one, const char *many) {
      return count_text(number) + (count.more ? "+ " : " ") + (number == 1 && !count.more ? one : many);
    };
    if (!count.readable) {
      text = "not readable";
    } else {
      if (count.pictures > 0) text = some(count.pictures, "picture", "pictures");
      if (count.folders > 0) text += (text.empty() ? "" : ", ") + some(count.folders, "folder", "folders");
      nothing = text.empty();
      if (nothing) text = "nothing to show";
    }
    nothing = nothing || !count.readable;
  }
  const float text_wide = ImGui::CalcTextSize(text.c_str()).x;
  draw_text(list, {at.x + pad, y}, wide - text_wide - 4 * pad, nothing ? look.faint : look.text, shown_text(name));
  draw_text(list, {at.x + wide - text_wide - pad, y}, text_wide + look.px(1), look.faint, text);
}

void OpenDialog::draw_foot() {
  const auto &look = theme();
  ImGui::Dummy({0, look.px(2)});
  const auto chosen = chosen_path();
  const auto path = !chosen.empty() ? chosen : beginning_.empty() ? folder_ : joined_path(folder_, beginning_);
  const auto slash = path.rfind('/');
  const auto name = path.size() > 1 && slash != std::string::npos ? path.substr(slash + 1) : path;
  auto text = "Open \"" + shown_text(name) + "\"";
  if (const float most = look.px(360); ImGui::CalcTextSize(text.c_str()).x > most) text = "Open this folder";
  if (ImGui::Button((text + "###open").c_str())) accept();
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("With the folders in it (Enter)");
  ImGui::SameLine();
  if (ImGui::Button("Whole library")) open_library();
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Everything that was ever indexed");
  ImGui::SameLine();
  if (ImGui::Button("Cancel")) hide(context_);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Escape");
  ImGui::SameLine(0, look.px(16));
  ImGui::AlignTextToFramePadding();
  if (chosen.empty() && !reading_ && listing_.problem.empty()) {
    faint_text(listing_.pictures == 0   ? "No pictures in the folder itself."
               : listing_.pictures == 1 ? "1 picture in the folder itself."
                                        : count_text(listing_.pictures) + " pictures in the folder itself.");
  } else {
    faint_text("");
  }
}

}  // namespace kalon::viewer
