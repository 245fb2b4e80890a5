#include "shell/theme.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <stdexcept>

#include <imgui/imgui_freetype.h>

#include "shell/glyphs.h"

namespace kalon::viewer {
namespace {

Theme current;

constexpr ImU32 rgb(unsigned hex, unsigned alpha = 255) {
  return IM_COL32((hex >> 16) & 255, (hex >> 8) & 255, hex & 255, alpha);
}

constexpr const char *regular_font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr const char *bold_font = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
constexpr const char *mono_font = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
// Where Debian's packages put fonts for Chinese, Japanese and Korean.
constexpr std::array cjk_fonts{
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"};

Theme dark() {
  Theme theme{};
  theme.background = rgb(0x1b1b1c);
  theme.surface = rgb(0x252526);
  theme.raised = rgb(0x303032);
  theme.line = rgb(0x3c3c3f);
  theme.text = rgb(0xe2e2e2);
  theme.faint = rgb(0x9c9c9f);
  theme.accent = rgb(0xe0a84c);
  theme.selected = rgb(0x4a4438);
  theme.pick = rgb(0x74b86b);
  theme.reject = rgb(0xd9685f);
  theme.star = rgb(0xe8c35a);
  theme.warning = rgb(0xe0894c);
  theme.suggestion = rgb(0x7fb2d9);
  theme.red = rgb(0xd04a46);
  theme.yellow = rgb(0xd9b63c);
  theme.green = rgb(0x5aa854);
  theme.blue = rgb(0x4f86cc);
  theme.purple = rgb(0x9566bf);
  return theme;
}

Theme light() {
  Theme theme{};
  theme.background = rgb(0xd6d6d6);
  theme.surface = rgb(0xececec);
  theme.raised = rgb(0xfafafa);
  theme.line = rgb(0xbfbfc2);
  theme.text = rgb(0x202022);
  theme.faint = rgb(0x5e5e62);
  theme.accent = rgb(0x9a6410);
  theme.selected = rgb(0xe3d6be);
  theme.pick = rgb(0x2f7a28);
  theme.reject = rgb(0xb3342b);
  theme.star = rgb(0xa67800);
  theme.warning = rgb(0xa8541a);
  theme.suggestion = rgb(0x2a6aa0);
  theme.red = rgb(0xc03a36);
  theme.yellow = rgb(0xc9a21c);
  theme.green = rgb(0x438f3d);
  theme.blue = rgb(0x3a70b8);
  theme.purple = rgb(0x8350ad);
  return theme;
}

void style_controls(const Theme &theme) {
  auto &style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {8, 8};
  style.FramePadding = {8, 4};
  style.ItemSpacing = {8, 6};
  style.ItemInnerSpacing = {6, 4};
  style.ScrollbarSize = 12;
  style.GrabMinSize = 10;
  style.WindowRounding = 0;
  style.ChildRounding = 0;
  style.FrameRounding = 3;
  style.PopupRounding = 3;
  style.ScrollbarRounding = 3;
  style.GrabRounding = 3;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 1;
  style.AntiAliasedLinesUseTex = true;
  style.ScaleAllSizes(theme.scale);
  auto set = [&](ImGuiCol which, ImU32 colour) { style.Colors[which] = ImGui::ColorConvertU32ToFloat4(colour); };
  auto mixed = [](ImU32 first, ImU32 second, float share) {
    auto a = ImGui::ColorConvertU32ToFloat4(first), b = ImGui::ColorConvertU32ToFloat4(second);
    return ImGui::ColorConvertFloat4ToU32(
        {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, a.z + (b.z - a.z) * share, 1});
  };
  ImU32 hovered = mixed(theme.raised, theme.text, 0.10f), active = mixed(theme.raised, theme.text, 0.20f);
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_TextDisabled, theme.faint);
  set(ImGuiCol_WindowBg, theme.surface);
  set(ImGuiCol_ChildBg, IM_COL32(0, 0, 0, 0));
  set(ImGuiCol_PopupBg, theme.surface);
  set(ImGuiCol_MenuBarBg, theme.surface);
  set(ImGuiCol_Border, theme.line);
  set(ImGuiCol_Separator, theme.line);
  set(ImGuiCol_FrameBg, theme.raised);
  set(ImGuiCol_FrameBgHovered, hovered);
  set(ImGuiCol_FrameBgActive, active);
  set(ImGuiCol_TitleBg, theme.surface);
  set(ImGuiCol_TitleBgActive, theme.surface);
  set(ImGuiCol_TitleBgCollapsed, theme.surface);
  set(ImGuiCol_ScrollbarBg, IM_COL32(0, 0, 0, 0));
  set(ImGuiCol_ScrollbarGrab, theme.line);
  set(ImGuiCol_ScrollbarGrabHovered, active);
  set(ImGuiCol_ScrollbarGrabActive, theme.faint);
  set(ImGuiCol_CheckMark, theme.accent);
  set(ImGuiCol_SliderGrab, theme.faint);
  set(ImGuiCol_SliderGrabActive, theme.accent);
  set(ImGuiCol_Button, theme.raised);
  set(ImGuiCol_ButtonHovered, hovered);
  set(ImGuiCol_ButtonActive, active);
  set(ImGuiCol_Header, theme.selected);
  set(ImGuiCol_HeaderHovered, hovered);
  set(ImGuiCol_HeaderActive, active);
  set(ImGuiCol_SeparatorHovered, theme.faint);
  set(ImGuiCol_SeparatorActive, theme.accent);
  set(ImGuiCol_ResizeGrip, IM_COL32(0, 0, 0, 0));
  set(ImGuiCol_Tab, theme.surface);
  set(ImGuiCol_TabHovered, hovered);
  set(ImGuiCol_TabActive, theme.raised);
  set(ImGuiCol_PlotHistogram, theme.accent);
  set(ImGuiCol_PlotLines, theme.faint);
  set(ImGuiCol_TableHeaderBg, theme.surface);
  set(ImGuiCol_TableBorderLight, theme.line);
  set(ImGuiCol_TableBorderStrong, theme.line);
  set(ImGuiCol_TextSelectedBg, theme.selected);
  set(ImGuiCol_NavHighlight, theme.accent);
  set(ImGuiCol_ModalWindowDimBg, IM_COL32(0, 0, 0, 120));
}

}  // namespace

const Theme &theme() {
  return current;
}

ImU32 Theme::label_colour(std::string_view label) const {
  std::string lower;
  for (char letter : label) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (lower == "red") return red;
  if (lower == "yellow") return yellow;
  if (lower == "green") return green;
  if (lower == "blue") return blue;
  if (lower == "purple") return purple;
  return 0;
}

void use_theme(std::string_view name, float scale) {
  auto fonts = current;
  current = name == "light" ? light() : dark();
  current.scale = scale;
  current.regular = fonts.regular;
  current.small = fonts.small;
  current.large = fonts.large;
  current.mono = fonts.mono;
  style_controls(current);
}

void load_fonts(float scale, const std::string &extra) {
  std::error_code error;
  if (!std::filesystem::exists(regular_font, error))
    throw std::runtime_error(std::string("the font ") + regular_font +
                             " is missing; install the package fonts-dejavu-core");
  auto &atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
  // Kept until the atlas is made: it refers to them.
  auto noted = noted_glyphs();
  std::string more;
  if (!noted.empty()) {
    more = extra;
    for (const char *candidate : cjk_fonts)
      if (more.empty() && std::filesystem::exists(candidate, error)) more = candidate;
    if (!std::filesystem::exists(more, error)) more.clear();
  }
  auto add = [&](const char *file, float size) {
    const char *there = std::filesystem::exists(file, error) ? file : regular_font;
    auto *font = atlas.AddFontFromFileTTF(there, size * scale, nullptr, usual_glyphs());
    if (noted.empty()) return font;
    ImFontConfig config;
    config.MergeMode = true;
    atlas.AddFontFromFileTTF(there, size * scale, &config, noted.data());
    if (!more.empty()) atlas.AddFontFromFileTTF(more.c_str(), size * scale, &config, noted.data());
    return font;
  };
  current.regular = add(regular_font, 14);
  current.small = add(regular_font, 12);
  current.large = add(bold_font, 18);
  current.mono = add(mono_font, 13);
  if (!atlas.Build()) throw std::runtime_error("the fonts cannot be read; reinstall the package fonts-dejavu-core");
}

}  // namespace kalon::viewer
