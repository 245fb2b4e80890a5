// How the panel of tasks looks.

#include <algorithm>
#include <cmath>

#include <imgui/imgui.h>

#include "panels/tasks.h"
#include "panels/tasks_results.h"
#include "panels/tasks_text.h"
#include "shell/context.h"
#include "widgets/parameter_controls.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

void TasksPanel::draw(Context &context) {
  const auto &look = theme();
  ImGui::BeginChild("##pages", {look.px(184), 0}, false, ImGuiWindowFlags_NoNav);
  draw_pages();
  ImGui::EndChild();
  ImGui::SameLine();
  const auto at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddLine(at, {at.x, at.y + ImGui::GetContentRegionAvail().y}, look.line);
  ImGui::SetCursorScreenPos({at.x + look.px(12), at.y});
  ImGui::BeginChild("##page", {0, 0}, false, ImGuiWindowFlags_NoNav);
  if (page_.empty()) {
    draw_jobs();
  } else if (context.session.library() == nullptr) {
    faint_text("There is no library, so that nothing can be kept: " + context.session.failure());
  } else {
    draw_start();
  }
  ImGui::EndChild();
}

void TasksPanel::draw_pages() {
  const auto running = context_.jobs.running_count();
  const auto title = running > 0 ? "Running (" + std::to_string(running) + ")" : std::string("Running and done");
  if (ImGui::Selectable((title + "###jobs").c_str(), page_.empty())) go_to({});
  ImGui::Dummy({0, theme().px(2)});
  faint_text("Start");
  size_t count = 0;
  const auto *tasks = startable_tasks(count);
  for (size_t i = 0; i < count; ++i) {
    if (ImGui::Selectable(tasks[i].title, page_ == tasks[i].method)) go_to(tasks[i].method);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tasks[i].what);
  }
}

void TasksPanel::draw_jobs() {
  if (context_.jobs.all().empty()) {
    faint_text(
        "Nothing was started yet. What takes longer runs here, while you go on working: choose one at the left.");
    return;
  }
  // A click may forget jobs: each is drawn from what is there now.
  for (size_t i = 0; i < context_.jobs.all().size(); ++i) draw_job(context_.jobs.all()[i]);
  if (context_.jobs.running_count() < context_.jobs.all().size()) command_button(context_, "forget-tasks");
}

void TasksPanel::draw_job(const Job &job) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  ImGui::PushID(static_cast<int>(job.id));
  const float wide = ImGui::GetContentRegionAvail().x;
  const auto corner = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetTextLineHeight();
  const float button = look.px(84), text_wide = wide - button - look.px(12);
  draw_text(list, corner, text_wide, look.text, job.title);
  float y = corner.y + line + look.px(4);
  if (job.running) {
    const float high = look.px(6);
    const double share = share_done(job);
    list->AddRectFilled({corner.x, y}, {corner.x + text_wide, y + high}, look.raised);
    // While nobody knows how much there is, the bar is dim and full: it moves with nothing, and so draws nothing anew.
    const float part = share < 0 ? text_wide : static_cast<float>(share) * text_wide;
    list->AddRectFilled({corner.x, y}, {corner.x + part, y + high},
                        share < 0 ? (look.accent & ~IM_COL32_A_MASK) | (64U << IM_COL32_A_SHIFT) : look.accent);
    y += high + look.px(4);
    draw_text(list, {corner.x, y}, text_wide, look.faint, progress_text(job));
    y += line;
    ImGui::SetCursorScreenPos({corner.x + wide - button, corner.y});
    if (job.cancelling) {
      draw_text(list, {corner.x + wide - button, corner.y + look.px(4)}, button, look.faint, "Stopping...");
    } else if (ImGui::Button("Cancel", {button, 0})) {
      context_.jobs.cancel(job.id);
    }
    if (!job.cancelling && ImGui::IsItemHovered()) ImGui::SetTooltip("Stops it; what it did until now is kept");
  } else {
    const bool good = job.status == KALON_OK || job.status == KALON_PARTIAL || job.status == KALON_CANCELLED;
    const auto text = result_text(job) + (job.seconds >= 1 ? "  (" + duration_text(job.seconds) + ")" : "");
    auto *font = ImGui::GetFont();
    const auto size = font->CalcTextSizeA(ImGui::GetFontSize(), FLT_MAX, wide, text.data(), text.data() + text.size());
    list->AddText(font, ImGui::GetFontSize(), {corner.x, y}, good ? look.faint : look.reject, text.data(),
                  text.data() + text.size(), wide);
    y += size.y;
  }
  ImGui::SetCursorScreenPos({corner.x, y + look.px(4)});
  if (job.failure_count > 0) draw_failures(job);
  ImGui::Dummy({wide, look.px(4)});
  const auto end = ImGui::GetCursorScreenPos();
  list->AddLine({end.x, end.y - look.px(3)}, {end.x + wide, end.y - look.px(3)}, look.line);
  ImGui::Dummy({0, look.px(2)});
  ImGui::PopID();
}

void TasksPanel::draw_failures(const Job &job) {
  const auto &look = theme();
  const bool opened = opened_.contains(job.id);
  const auto count = job.failure_count == 1 ? std::string("1 could not be used")
                                            : count_text(job.failure_count) + " could not be used";
  if (ImGui::Button(((opened ? "Hide: " : "Show: ") + count + "###failures").c_str())) show_failures(job.id);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Which files, and why");
  if (!opened) return;
  ImGui::SameLine();
  if (ImGui::Button("Copy all")) {
    std::string text;
    for (const auto &failure : job.failures) text += failure.path + "\t" + failure.reason + "\n";
    ImGui::SetClipboardText(text.c_str());
    context_.say("The list is in the clipboard.");
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Paths and reasons, one a line, into the clipboard");
  auto *list = ImGui::GetWindowDrawList();
  const float high = ImGui::GetTextLineHeight() + look.px(4);
  const float wide = std::max(ImGui::GetContentRegionAvail().x, 1.0F);
  std::string revealed;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(job.failures.size()), high);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const auto &failure = job.failures[static_cast<size_t>(i)];
      ImGui::PushID(i);
      const auto at = ImGui::GetCursorScreenPos();
      if (invisible_button("##failure", {wide, high})) revealed = failure.path;
      if (ImGui::IsItemHovered()) {
        list->AddRectFilled(at, {at.x + wide, at.y + high}, look.raised);
        ImGui::SetTooltip("%s\n%s\nClick to see it in the grid, right click to copy", failure.path.c_str(),
                          failure.reason.c_str());
        if (ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
          ImGui::SetClipboardText((failure.path + "\t" + failure.reason).c_str());
        }
      }
      const auto slash = failure.path.rfind('/');
      const auto name = slash == std::string::npos ? failure.path : failure.path.substr(slash + 1);
      const float half = std::floor(wide * 0.32F);
      draw_text(list, {at.x + look.px(8), at.y + look.px(2)}, half - look.px(16), look.text, name);
      draw_text(list, {at.x + half, at.y + look.px(2)}, wide - half, look.faint, failure.reason);
      ImGui::PopID();
    }
  }
  ImGui::PopStyleVar();
  if (job.failure_count > job.failures.size()) {
    faint_text("The first " + count_text(job.failures.size()) + " are listed.");
  }
  if (!revealed.empty()) reveal(revealed);
}

void TasksPanel::draw_start() {
  size_t count = 0;
  const auto *tasks = startable_tasks(count);
  const auto *task = std::find_if(tasks, tasks + count, [&](const StartableTask &one) { return page_ == one.method; });
  // Above the parameters, so that it is there without scrolling.
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(task != tasks + count ? task->title : page_.c_str());
  ImGui::SameLine(0, theme().px(16));
  if (ImGui::Button("Start", {theme().px(80), 0})) {
    start();
    return;
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("It runs in the background; the list shows how far it is");
  ImGui::SameLine();
  if (ImGui::Button("Defaults")) reset_parameter({});
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("All parameters back to what they were");
  ImGui::SameLine(0, theme().px(16));
  ImGui::AlignTextToFramePadding();
  const auto what = task != tasks + count ? std::string(task->what) + " " : std::string();
  faint_text(what + "About " + count_text(context_.catalogue.count()) + " photos that are open.");
  ImGui::Dummy({0, theme().px(2)});
  if (!problem_.empty()) faint_text("Its parameters are not known, so that it runs with the defaults: " + problem_);
  const auto before = form_.value("model");
  if (parameter_controls(form_, models_)) {
    bring_own_ = bring_own_ || form_.value("model") != before;
    follow_model();
  }
  auto *own = of_model();
  if (own == nullptr) return;
  const auto model = form_.value("model");
  heading(model.empty() ? std::string("Of the model") : "Of the model " + model);
  ImGui::PushID("model");
  parameter_controls(*own, {});
  ImGui::PopID();
  if (!bring_own_) return;
  bring_own_ = false;
  ImGui::SetScrollHereY(1);
  context_.animate();
}

}  // namespace kalon::viewer
