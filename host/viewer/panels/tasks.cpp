#include "panels/tasks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "panels/tasks_results.h"
#include "panels/tasks_text.h"
#include "shell/context.h"
#include "shell/parts.h"

namespace kalon::viewer {
namespace {

// What the viewer gives itself, or has other places for: links and files are made where they can be looked at first.
constexpr std::array<std::string_view, 16> not_shown{
    "paths", "where",     "to",     "action",    "dry_run",  "link", "as",      "filter",
    "save",  "histogram", "scores", "overwrite", "no_sheet", "rows", "samples", "pick"};

}  // namespace

void TasksPanel::go_to(std::string_view method) {
  page_ = method;
  bring_own_ = false;
  form_ = ParameterForm();
  problem_.clear();
  context_.animate();
  if (page_.empty()) return;
  ++waiting_;
  context_.jobs.ask("describe", "{\"method\":" + json_text(page_) + "}", [this, asked = page_](const Answer &answer) {
    --waiting_;
    if (asked != page_) return;
    problem_ = answer.ok() ? std::string() : answer.message;
    form_ = ParameterForm(answer.rows, asked, not_shown);
    follow_model();
    context_.animate();
  });
  asked_plugins_.clear();
  ++waiting_;
  context_.jobs.ask("models", "{}", [this](const Answer &answer) {
    --waiting_;
    // A script may have become one meanwhile.
    models_.clear();
    plugin_of_.clear();
    for (const auto &text : answer.rows) {
      const auto row = nlohmann::json::parse(text, nullptr, false);
      if (!row.is_object()) continue;
      const auto text_of = [&](const char *member) {
        const auto found = row.find(member);
        return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
      };
      const auto name = text_of("id");
      if (name.empty()) continue;
      models_.push_back(name);
      const auto plugin = text_of("plugin");
      if (plugin.empty()) continue;
      plugin_of_[name] = plugin;
      if (row.value("default", nlohmann::json()) == nlohmann::json(true)) plugin_of_[""] = plugin;
    }
    follow_model();
    context_.animate();
  });
}

void TasksPanel::follow_model() {
  if (!form_.takes(ParameterType::parameters) || !form_.takes(ParameterType::model)) return;
  const auto found = plugin_of_.find(form_.value("model"));
  if (found == plugin_of_.end() || !asked_plugins_.insert(found->second).second) return;
  ++waiting_;
  context_.jobs.ask("describe", "{\"plugin\":" + json_text(found->second) + "}",
                    [this, plugin = found->second](const Answer &answer) {
                      --waiting_;
                      // What was chosen stays, as far as it still may be.
                      const auto chosen = std::exchange(model_forms_[plugin], ParameterForm(answer.rows)).json();
                      model_forms_[plugin].take_json(chosen);
                      context_.animate();
                    });
}

ParameterForm *TasksPanel::of_model() {
  if (!form_.takes(ParameterType::parameters) || !form_.takes(ParameterType::model)) return nullptr;
  const auto plugin = plugin_of_.find(form_.value("model"));
  if (plugin == plugin_of_.end()) return nullptr;
  const auto form = model_forms_.find(plugin->second);
  return form == model_forms_.end() || form->second.parameters().empty() ? nullptr : &form->second;
}

void TasksPanel::set_parameter(std::string_view name, std::string_view value) {
  auto *form = &form_;
  constexpr std::string_view of_the_model = "model.";
  if (name.starts_with(of_the_model)) {
    name.remove_prefix(of_the_model.size());
    form = of_model();
    if (form == nullptr) {
      context_.complain("The model lets nothing be set.");
      return;
    }
  }
  if (std::string why; !form->set(name, value, &why)) context_.complain(why);
  bring_own_ = form != &form_ || name == "model";
  follow_model();
  context_.animate();
}

void TasksPanel::reset_parameter(std::string_view name) {
  if (name.empty()) {
    form_.reset_all();
    for (auto &[plugin, form] : model_forms_) form.reset_all();
  } else {
    form_.reset(name);
  }
  context_.animate();
}

void TasksPanel::start() {
  if (page_.empty()) return;
  if (const auto missing = form_.missing(); !missing.empty()) {
    context_.complain(missing.front() + " is needed.");
    return;
  }
  if (std::string why; !start_task(context_, page_, form_.json(of_model()), &why)) {
    context_.complain(why);
    return;
  }
  page_.clear();
}

void TasksPanel::show_failures(uint64_t id) {
  const auto &jobs = context_.jobs.all();
  if (id == 0 && !jobs.empty()) id = jobs.front().id;
  if (std::none_of(jobs.begin(), jobs.end(), [&](const Job &job) { return job.id == id; })) return;
  if (!opened_.erase(id)) opened_.insert(id);
  context_.animate();
}

void TasksPanel::reveal(std::string_view path) {
  const auto item = context_.catalogue.with_path(path);
  if (item == no_item) {
    context_.complain(shown_text(path) + " is not among the pictures that are open.");
    return;
  }
  if (context_.shown.position(item) >= context_.shown.items().size()) {
    context_.complain(shown_text(path) + " is hidden by the filter.");
    return;
  }
  context_.shown.go_to(item);
  context_.interface.show(context_, "grid");
  context_.animate();
}

void TasksPanel::describe(const Context &context, nlohmann::json &json) const {
  json["page"] = page_;
  auto &jobs = json["jobs"] = nlohmann::json::array();
  for (const auto &job : context.jobs.all()) {
    nlohmann::json told{{"id", job.id},
                        {"title", job.title},
                        {"method", job.method},
                        {"running", job.running},
                        {"failed", job.failure_count},
                        {"failures_open", opened_.contains(job.id)},
                        {"text", job.running ? progress_text(job) : result_text(job)}};
    if (!job.running) told["status"] = job.status;
    auto &failures = told["failures"] = nlohmann::json::array();
    for (size_t i = 0; i < std::min<size_t>(job.failures.size(), 20); ++i) {
      failures.push_back({{"path", job.failures[i].path}, {"reason", job.failures[i].reason}});
    }
    jobs.push_back(std::move(told));
  }
  if (page_.empty()) return;
  auto &parameters = json["parameters"] = nlohmann::json::object();
  for (const auto *parameter : form_.shown()) parameters[parameter->name] = form_.value(parameter->name);
  if (const auto *form = of_model()) {
    auto &own = json["model_parameters"] = nlohmann::json::object();
    for (const auto *parameter : form->shown()) own[parameter->name] = form->value(parameter->name);
  }
  json["given"] = nlohmann::json::parse(form_.json(of_model()), nullptr, false);
  json["problem"] = problem_;
}

void add_tasks(Context &context) {
  auto &panel = context.interface.add_panel<TasksPanel>(context);
  const auto number_in = [](std::string_view text) {
    uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  };
  const auto halves = [](std::string_view text) {
    const auto space = text.find(' ');
    return std::pair{text.substr(0, space),
                     space == std::string_view::npos ? std::string_view() : text.substr(space + 1)};
  };
  const auto add = [&](const char *name, const char *title, const char *group, const char *argument, auto run,
                       std::function<bool(const Context &)> enabled = nullptr) {
    context.commands.add({name, title, group, "", argument,
                          [&panel, run](Context &now, std::string_view given) { run(now, panel, given); }, enabled,
                          nullptr});
  };
  const auto any_running = [](const Context &now) { return now.jobs.running_count() > 0; };
  const auto any_ended = [](const Context &now) { return now.jobs.all().size() > now.jobs.running_count(); };
  const auto has_page = [&panel](const Context &) { return panel.has_page(); };
  const auto bring = [](Context &now, TasksPanel &tasks) {
    tasks.open = true;
    now.fresh_panel = tasks.name();
    now.animate();
  };

  if (context.commands.find("tasks") == nullptr) {
    context.commands.add({"tasks", "Tasks", "Panels", "", "",
                          [&panel, bring](Context &now, std::string_view) {
                            if (panel.open) {
                              panel.open = false;
                            } else {
                              bring(now, panel);
                            }
                            now.animate();
                          },
                          nullptr, [&panel](const Context &) { return panel.open; }});
  }
  size_t count = 0;
  const auto *startable = startable_tasks(count);
  for (size_t i = 0; i < count; ++i) {
    const auto method = std::string(startable[i].method);
    const auto name = "start-" + method;
    context.commands.add({name, std::string(startable[i].title) + "...", "Tasks", "", "",
                          [&panel, bring, method](Context &now, std::string_view) {
                            bring(now, panel);
                            panel.go_to(method);
                          },
                          nullptr, nullptr});
  }
  add("start", "Start a method", "", "METHOD {PARAMETERS}",
      [halves](Context &now, TasksPanel &, std::string_view given) {
        const auto [method, parameters] = halves(given);
        if (std::string why; !start_task(now, method, parameters, &why)) now.complain(why);
      });
  add(
      "cancel-all", "Cancel all tasks", "Tasks", "",
      [](Context &now, TasksPanel &, std::string_view) {
        for (const auto &job : now.jobs.all()) {
          if (job.running) now.jobs.cancel(job.id);
        }
      },
      any_running);
  add(
      "cancel-task", "Cancel the task of a number", "", "NUMBER",
      [number_in](Context &now, TasksPanel &, std::string_view given) { now.jobs.cancel(number_in(given)); },
      any_running);
  add(
      "forget-tasks", "Clear tasks that ended", "Tasks", "",
      [](Context &now, TasksPanel &, std::string_view) { now.jobs.forget_ended(); }, any_ended);
  add("task-page", "Show the parameters of a task", "", "METHOD",
      [bring](Context &now, TasksPanel &tasks, std::string_view given) {
        bring(now, tasks);
        tasks.go_to(given);
      });
  add(
      "task-set", "Set a parameter of the task that is shown", "", "NAME VALUE",
      [halves](Context &, TasksPanel &tasks, std::string_view given) {
        const auto [name, value] = halves(given);
        tasks.set_parameter(name, value);
      },
      has_page);
  add(
      "task-reset", "Set parameters of the task that is shown back", "", "NAME, or nothing for all",
      [](Context &, TasksPanel &tasks, std::string_view given) { tasks.reset_parameter(given); }, has_page);
  add(
      "task-start", "Start the task that is shown", "", "",
      [](Context &, TasksPanel &tasks, std::string_view) { tasks.start(); }, has_page);
  add("task-failures", "Show which files a task could not use", "", "NUMBER",
      [number_in](Context &, TasksPanel &tasks, std::string_view given) { tasks.show_failures(number_in(given)); });
  add("reveal", "Go to a file in the grid", "", "PATH",
      [](Context &, TasksPanel &tasks, std::string_view given) { tasks.reveal(given); });
}

}  // namespace kalon::viewer
