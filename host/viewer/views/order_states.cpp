#include "views/order_states.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

#include "commands/wording.h"
#include "library/jobs.h"
#include "library/opening.h"
#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

const Job *job_of(const Context &context, const ViewJob &wanted) {
  if (!wanted.running) return nullptr;
  auto found = std::ranges::find(context.jobs.all(), wanted.id, &Job::id);
  return found == context.jobs.all().end() ? nullptr : &*found;
}

std::string progress_text(const Job &job) {
  if (job.cancelling) return "Stopping";
  if (job.total == 0) return duration_text(job.seconds);
  auto text = count_text(job.done) + " of " + count_text(job.total);
  if (job.seconds_left() >= 2) text += ", " + duration_text(job.seconds_left()) + " left";
  return text;
}

float share_done(const Job &job) {
  return job.total == 0
             ? 0.0f
             : static_cast<float>(std::min(1.0, static_cast<double>(job.done) / static_cast<double>(job.total)));
}

void centred(const Area &area, float &y, std::string_view text, ImU32 colour, float most_width) {
  auto *font = ImGui::GetFont();
  float size = ImGui::GetFontSize();
  const char *begin = text.data(), *end = begin + text.size();
  auto *list = ImGui::GetWindowDrawList();
  // Word by word into lines, each of them in the middle.
  while (begin < end) {
    const char *cut = font->CalcWordWrapPositionA(1.0f * size / font->FontSize, begin, end, most_width);
    if (cut == begin) ++cut;
    float width = font->CalcTextSizeA(size, FLT_MAX, 0, begin, cut).x;
    list->AddText(font, size, {std::round((area.min.x + area.max.x - width) / 2), std::round(y)}, colour, begin, cut);
    y += std::round(size * 1.35f);
    begin = cut;
    while (begin < end && (*begin == ' ' || *begin == '\n')) ++begin;
  }
}

}  // namespace

void start_view_job(Context &context, ViewJob &job, std::string title, std::string method, std::string parameters,
                    std::string failed, std::function<void(std::string_view)> on_row,
                    std::function<void(const Answer &)> made) {
  if (!context.session.library()) {
    context.complain(without_library(context));
    return;
  }
  if (job.running) context.jobs.cancel(job.id);
  job.problem.clear();
  job.running = true;
  job.id = context.jobs.start_streaming(std::move(title), std::move(method), std::move(parameters), std::move(on_row),
                                        [&context, &job, turn = ++job.turn, paths = context.opening.paths(),
                                         failed = std::move(failed), made = std::move(made)](const Answer &answer) {
                                          if (turn != job.turn) return;
                                          job.running = false;
                                          if (answer.status == KALON_CANCELLED || paths != context.opening.paths())
                                            return;
                                          if (answer.ok()) {
                                            made(answer);
                                            return;
                                          }
                                          job.problem = problem_text(answer.message);
                                          context.complain(failed + ": " + job.problem);
                                        });
}

void draw_message(Context &context, const Area &area, std::string_view title, std::string_view text,
                  std::initializer_list<std::string_view> commands) {
  const auto &look = theme();
  float most = std::min(area.width() - look.px(48), look.px(520));
  float y = area.min.y + std::max(look.px(16), area.height() * 0.36f);
  ImGui::PushFont(look.large);
  centred(area, y, title, look.text, most);
  ImGui::PopFont();
  y += look.px(4);
  centred(area, y, text, look.faint, most);
  y += look.px(12);
  if (commands.size() == 0) return;

  struct Button {
    std::string command, text;
  };
  std::vector<Button> buttons;
  float width = 0;
  const auto &style = ImGui::GetStyle();
  for (auto wanted : commands) {
    auto colon = wanted.find(':');
    Button button{std::string(wanted.substr(0, colon)), {}};
    const auto *command = context.commands.find(button.command);
    if (!command) continue;
    button.text = colon == std::string_view::npos ? command->title : std::string(wanted.substr(colon + 1));
    width += ImGui::CalcTextSize(button.text.c_str()).x + 2 * style.FramePadding.x + style.ItemSpacing.x;
    buttons.push_back(std::move(button));
  }
  ImGui::SetCursorScreenPos({std::round((area.min.x + area.max.x - width + style.ItemSpacing.x) / 2), std::round(y)});
  for (size_t i = 0; i < buttons.size(); ++i) {
    if (i > 0) ImGui::SameLine();
    command_button(context, buttons[i].command.c_str(), buttons[i].text.c_str());
  }
}

void draw_waiting(Context &context, const Area &area, const ViewJob &wanted) {
  const auto *job = job_of(context, wanted);
  if (!job) return;
  const auto &look = theme();
  float y = area.min.y + std::max(look.px(16), area.height() * 0.36f);
  float width = std::min(area.width() - look.px(48), look.px(360));
  ImGui::PushFont(look.large);
  centred(area, y, job->title, look.text, width);
  ImGui::PopFont();
  y += look.px(8);
  float left = std::round((area.min.x + area.max.x - width) / 2);
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled({left, y}, {left + width, y + look.px(4)}, look.raised);
  list->AddRectFilled({left, y}, {left + width * share_done(*job), y + look.px(4)}, look.accent);
  y += look.px(12);
  centred(area, y, progress_text(*job), look.faint, width);
  y += look.px(8);
  float button = ImGui::CalcTextSize("Cancel").x + 2 * ImGui::GetStyle().FramePadding.x;
  ImGui::SetCursorScreenPos({std::round((area.min.x + area.max.x - button) / 2), std::round(y)});
  ImGui::BeginDisabled(job->cancelling);
  if (ImGui::Button("Cancel")) context.jobs.cancel(job->id);
  ImGui::EndDisabled();
}

void draw_no_result(Context &context, const Area &area, const ViewJob &job, const ResultTexts &texts, bool made,
                    bool resolved) {
  if (auto no_library = without_library(context); !no_library.empty())
    draw_message(context, area, texts.none, no_library);
  else if (job.running)
    draw_waiting(context, area, job);
  else if (!job.problem.empty())
    draw_message(context, area, texts.failed, job.problem, {texts.again});
  else if (made && !resolved)
    draw_message(context, area, texts.title, "The pictures are being read.");
  else if (made)
    draw_message(context, area, "Nothing to show",
                 "The filter hides all pictures of the " + std::string(texts.of) + ".", {"filter-off"});
  else
    draw_message(context, area, texts.title, texts.about, {texts.make});
}

void waiting_line(Context &context, const ViewJob &wanted) {
  const auto *job = job_of(context, wanted);
  if (!job) return;
  ImGui::AlignTextToFramePadding();
  faint_line(job->title + ": " + progress_text(*job));
  ImGui::SameLine();
  ImGui::BeginDisabled(job->cancelling);
  if (ImGui::Button("Cancel")) context.jobs.cancel(job->id);
  ImGui::EndDisabled();
}

void faint_line(std::string_view text) {
  ImGui::PushStyleColor(ImGuiCol_Text, theme().faint);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopStyleColor();
}

std::string without_library(const Context &context) {
  if (context.session.library()) return {};
  auto why = said_here(context.commands, context.keys, context.session.failure());
  return why.empty() ? "No library is open, and this needs what it knows of the pictures." : why;
}

std::string choice_members(const Context &context) {
  const auto &paths = context.opening.paths();
  if (paths.empty()) return {};
  std::string members = ",\"paths\":[";
  for (size_t i = 0; i < paths.size(); ++i) {
    if (i > 0) members += ',';
    members += json_text(uri_of(paths[i]));
  }
  return members + "]";
}

std::string problem_text(std::string_view message) {
  std::string text(message);
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  if (!text.empty() && text.back() != '.') text += '.';
  return shown_text(text);
}

}  // namespace kalon::viewer
