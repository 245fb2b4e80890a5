#include "widgets/histogram_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "shell/theme.h"
#include "views/scores_figures.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

struct Plot {
  Area area;  // of the bars
  double low, high;
  float place(double value) const {
    return area.min.x + area.width() * static_cast<float>((value - low) / (high - low));
  }
  double value(float x) const { return low + (high - low) * static_cast<double>((x - area.min.x) / area.width()); }
};

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

float height_of(uint32_t count, uint32_t most, bool logarithmic) {
  if (most == 0) return 0;
  if (logarithmic) return static_cast<float>(std::log1p(count) / std::log1p(most));
  return static_cast<float>(count) / static_cast<float>(most);
}

// What passes stands out, as long as something does not.
void draw_bars(ImDrawList *list, const Plot &plot, const HistogramData &data, uint32_t most) {
  const auto &look = theme();
  auto bins = static_cast<float>(data.all.size());
  bool all_pass = std::equal(data.all.begin(), data.all.end(), data.passing.begin(), data.passing.end());
  float gap = plot.area.width() / bins > look.px(5) ? 1.0f : 0.0f;
  for (size_t bin = 0; bin < data.all.size(); ++bin) {
    float left = std::round(plot.area.min.x + plot.area.width() * static_cast<float>(bin) / bins);
    float right = std::round(plot.area.min.x + plot.area.width() * static_cast<float>(bin + 1) / bins) - gap;
    auto bar = [&](uint32_t count, ImU32 colour) {
      if (count == 0) return;
      // One picture is seen, however many the others are.
      float height = std::max(look.px(2), plot.area.height() * height_of(count, most, data.logarithmic));
      list->AddRectFilled({left, plot.area.max.y - height}, {std::max(right, left + 1), plot.area.max.y}, colour);
    };
    bar(data.all[bin], look.line);
    if (bin < data.passing.size()) bar(data.passing[bin], all_pass ? look.faint : look.accent);
  }
}

void draw_threshold(ImDrawList *list, const Plot &plot, double value, bool low, bool held) {
  const auto &look = theme();
  float x = std::floor(plot.place(std::clamp(value, plot.low, plot.high))) + 0.5f;
  auto colour = held ? look.accent : look.text;
  list->AddLine({x, plot.area.min.y}, {x, plot.area.max.y}, colour, look.px(1.5f));
  float grip = look.px(6);
  list->AddTriangleFilled({x - grip, plot.area.max.y + look.px(8)}, {x + grip, plot.area.max.y + look.px(8)},
                          {x, plot.area.max.y}, colour);
  auto text = (low ? "≥ " : "≤ ") + number_text(value);
  auto size = ImGui::CalcTextSize(text.c_str());
  // On the side that passes, unless the edge is too near.
  float at = low ? x + look.px(6) : x - look.px(6) - size.x;
  at = std::clamp(at, plot.area.min.x, std::max(plot.area.min.x, plot.area.max.x - size.x));
  float y = plot.area.min.y + (low ? 0 : size.y + look.px(2));
  list->AddRectFilled({at - look.px(3), y}, {at + size.x + look.px(3), y + size.y}, look.background);
  list->AddText({at, y}, look.text, text.c_str());
}

}  // namespace

bool HistogramPlot::draw(const HistogramData &data, Thresholds &thresholds, ImVec2 size) {
  const auto &look = theme();
  auto begin = ImGui::GetCursorScreenPos();
  invisible_button("histogram", size, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  bool hovered = ImGui::IsItemHovered(), active = ImGui::IsItemActive();
  auto *list = ImGui::GetWindowDrawList();
  auto before = thresholds;
  float side = look.px(12);
  Plot plot{{{begin.x + side, begin.y + look.px(4)}, {begin.x + size.x - side, begin.y + size.y - look.px(28)}},
            data.low,
            data.high};
  if (data.all.empty() || plot.area.width() < 1) return false;

  auto mouse = ImGui::GetIO().MousePos;
  if (ImGui::IsItemActivated() && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    auto distance = [&](const std::optional<double> &value, double otherwise) {
      return std::fabs(mouse.x - plot.place(std::clamp(value.value_or(otherwise), plot.low, plot.high)));
    };
    // The nearer one; where one is not set it waits at its end.
    bool nearer = distance(thresholds.high, data.high) < distance(thresholds.low, data.low);
    held_ = thresholds.high && nearer ? 2 : 1;
    if (!thresholds.high && nearer && thresholds.low) held_ = 2;
  }
  if (!active) held_ = 0;
  if (held_ && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    double value = plot.value(mouse.x);
    auto &moved = held_ == 1 ? thresholds.low : thresholds.high;
    if (held_ == 1)
      moved = value <= data.low ? std::nullopt : std::optional(std::min(value, thresholds.high.value_or(data.high)));
    else
      moved = value >= data.high ? std::nullopt : std::optional(std::max(value, thresholds.low.value_or(data.low)));
  }
  if (hovered && ImGui::IsMouseReleased(ImGuiMouseButton_Right)) thresholds = {};

  uint32_t most = *std::max_element(data.all.begin(), data.all.end());
  list->AddLine({plot.area.min.x, plot.area.max.y + 0.5f}, {plot.area.max.x, plot.area.max.y + 0.5f}, look.line);
  draw_bars(list, plot, data, most);
  for (double mark : data.marks)
    if (mark >= data.low && mark <= data.high)
      list->AddLine({plot.place(mark), plot.area.min.y}, {plot.place(mark), plot.area.max.y}, look.suggestion);
  for (double tick : axis_ticks(data.low, data.high, static_cast<size_t>(plot.area.width() / look.px(90)) + 1)) {
    float x = std::floor(plot.place(tick)) + 0.5f;
    auto text = number_text(tick);
    auto width = look.small->CalcTextSizeA(look.small->FontSize, FLT_MAX, 0, text.c_str()).x;
    list->AddLine({x, plot.area.max.y}, {x, plot.area.max.y + look.px(4)}, look.faint);
    float at = std::clamp(x - width / 2, begin.x, std::max(begin.x, begin.x + size.x - width));
    list->AddText(look.small, look.small->FontSize, {std::floor(at), plot.area.max.y + look.px(10)}, look.faint,
                  text.c_str());
  }
  if (thresholds.low) draw_threshold(list, plot, *thresholds.low, true, held_ == 1);
  if (thresholds.high) draw_threshold(list, plot, *thresholds.high, false, held_ == 2);

  if (hovered && !held_ && mouse.x >= plot.area.min.x && mouse.x < plot.area.max.x) {
    auto bins = data.all.size();
    auto bin = std::min(
        bins - 1, static_cast<size_t>((mouse.x - plot.area.min.x) / plot.area.width() * static_cast<float>(bins)));
    double width = (data.high - data.low) / static_cast<double>(bins);
    double from = data.low + width * static_cast<double>(bin);
    ImGui::SetTooltip("%s to %s: %s\nDrag to set a threshold, right click to take it away", number_text(from).c_str(),
                      number_text(from + width).c_str(), count_text(data.all[bin]).c_str());
  }
  return thresholds != before;
}

}  // namespace kalon::viewer
