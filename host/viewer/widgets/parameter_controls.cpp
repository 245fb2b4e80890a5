#include "widgets/parameter_controls.h"

#include <algorithm>
#include <cmath>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "shell/theme.h"

namespace kalon::viewer {
namespace {

// Past this, a slider cannot be set to what is meant.
constexpr double most_steps = 400;

std::string words(const std::string &name) {
  auto text = name;
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

void tip(const Parameter &parameter) {
  if (!ImGui::IsItemHovered()) return;
  std::string text = parameter.help.empty() ? parameter.label : parameter.help;
  if (parameter.minimum && parameter.maximum) {
    text += "\n" + number_text(*parameter.minimum) + " to " + number_text(*parameter.maximum);
  }
  if (parameter.fallback && !parameter.fallback->empty() && parameter.type != ParameterType::flag) {
    text += "\nDefault: " + words(*parameter.fallback);
  }
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(theme().px(320));
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

bool choose(ParameterForm &form, const Parameter &parameter, std::span<const std::string> choices) {
  bool changed = false;
  const auto now = form.value(parameter.name);
  const auto shown = now.empty() ? std::string("Automatic") : words(now);
  if (ImGui::BeginCombo("##choice", shown.c_str())) {
    if (!parameter.fallback && ImGui::Selectable("Automatic", now.empty())) {
      form.reset(parameter.name);
      changed = true;
    }
    for (const auto &choice : choices) {
      if (ImGui::Selectable(words(choice).c_str(), choice == now)) {
        changed = form.set(parameter.name, choice) || changed;
      }
    }
    ImGui::EndCombo();
  }
  return changed;
}

bool write(ParameterForm &form, const Parameter &parameter) {
  auto text = form.value(parameter.name);
  const bool is_number = parameter.type == ParameterType::integer || parameter.type == ParameterType::number;
  const char *hint = parameter.required ? "Needed" : is_number ? "Automatic" : "None";
  // A number is taken when it is finished: half of one may be out of its range.
  const auto flags =
      is_number ? ImGuiInputTextFlags_CharsScientific | ImGuiInputTextFlags_EnterReturnsTrue : ImGuiInputTextFlags_None;
  const bool entered = ImGui::InputTextWithHint("##text", hint, &text, flags);
  if (is_number ? entered || ImGui::IsItemDeactivatedAfterEdit() : entered) {
    return form.set(parameter.name, text);
  }
  return false;
}

bool slide(ParameterForm &form, const Parameter &parameter) {
  const auto now = number_of(form.value(parameter.name)).value_or(*parameter.minimum);
  if (parameter.type == ParameterType::integer) {
    auto value = static_cast<int>(now);
    if (!ImGui::SliderInt("##slider", &value, static_cast<int>(*parameter.minimum),
                          static_cast<int>(*parameter.maximum), "%d", ImGuiSliderFlags_AlwaysClamp)) {
      return false;
    }
    return form.set(parameter.name, std::to_string(value));
  }
  auto value = static_cast<float>(now);
  const double range = *parameter.maximum - *parameter.minimum;
  const int decimals = range <= 2 ? 3 : range <= 20 ? 2 : 1;
  char format[8] = {'%', '.', static_cast<char>('0' + decimals), 'f', 0};
  if (!ImGui::SliderFloat("##slider", &value, static_cast<float>(*parameter.minimum),
                          static_cast<float>(*parameter.maximum), format, ImGuiSliderFlags_AlwaysClamp)) {
    return false;
  }
  // A float has digits that nobody chose.
  const double step = std::pow(10, decimals);
  const double rounded = std::round(static_cast<double>(value) * step) / step;
  return form.set(parameter.name, number_text(std::clamp(rounded, *parameter.minimum, *parameter.maximum)));
}

bool has_slider(const Parameter &parameter) {
  if (!parameter.minimum || !parameter.maximum || !parameter.fallback) return false;
  const double range = *parameter.maximum - *parameter.minimum;
  if (range <= 0 || std::abs(*parameter.minimum) > 1e9 || std::abs(*parameter.maximum) > 1e9) return false;
  return parameter.type == ParameterType::number ? range <= 1000 : range <= most_steps;
}

bool control(ParameterForm &form, const Parameter &parameter, std::span<const std::string> models) {
  switch (parameter.type) {
    case ParameterType::flag: {
      bool on = form.value(parameter.name) == "true";
      return ImGui::Checkbox("##flag", &on) && form.set(parameter.name, on ? "true" : "false");
    }
    case ParameterType::choice:
      return choose(form, parameter, parameter.choices);
    case ParameterType::model:
      return models.empty() ? write(form, parameter) : choose(form, parameter, models);
    case ParameterType::integer:
    case ParameterType::number:
      return has_slider(parameter) ? slide(form, parameter) : write(form, parameter);
    default:
      return write(form, parameter);
  }
}

}  // namespace

bool parameter_controls(ParameterForm &form, std::span<const std::string> models) {
  const auto &look = theme();
  bool changed = false;
  // Side by side as far as there is room: panels at the bottom are wide and low.
  const float label_width = look.px(164), control_width = look.px(200), rest_width = look.px(112);
  const float one = label_width + control_width + rest_width + 3 * ImGui::GetStyle().CellPadding.x * 2;
  const auto side_by_side = std::clamp(static_cast<int>(ImGui::GetContentRegionAvail().x / one), 1, 3);
  if (!ImGui::BeginTable("parameters", 3 * side_by_side, ImGuiTableFlags_SizingFixedFit)) return false;
  for (int i = 0; i < side_by_side; ++i) {
    ImGui::TableSetupColumn("label", ImGuiTableColumnFlags_WidthFixed, label_width);
    ImGui::TableSetupColumn("control", ImGuiTableColumnFlags_WidthFixed, control_width);
    ImGui::TableSetupColumn("rest", ImGuiTableColumnFlags_WidthFixed, rest_width);
  }
  for (const auto *shown : form.shown()) {
    const auto &parameter = *shown;
    ImGui::PushID(parameter.name.c_str());
    ImGui::TableNextColumn();
    ImGui::AlignTextToFramePadding();
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + label_width);
    ImGui::TextUnformatted(parameter.label.c_str());
    ImGui::PopTextWrapPos();
    tip(parameter);
    ImGui::TableNextColumn();
    ImGui::SetNextItemWidth(control_width);
    changed = control(form, parameter, models) || changed;
    tip(parameter);
    ImGui::TableNextColumn();
    if (!parameter.unit.empty()) {
      ImGui::AlignTextToFramePadding();
      ImGui::PushStyleColor(ImGuiCol_Text, look.faint);
      ImGui::TextUnformatted(parameter.unit.c_str());
      ImGui::PopStyleColor();
      ImGui::SameLine();
    }
    if (form.changed(parameter.name)) {
      if (ImGui::SmallButton("Reset")) {
        form.reset(parameter.name);
        changed = true;
      }
      if (ImGui::IsItemHovered()) ImGui::SetTooltip("Back to the default");
    }
    ImGui::PopID();
  }
  ImGui::EndTable();
  return changed;
}

}  // namespace kalon::viewer
