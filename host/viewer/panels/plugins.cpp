// The panel of plugins and models: what works, what does not and why.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <imgui/imgui.h>
#include <nlohmann/json.hpp>

#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/parameter_controls_form.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

using Json = nlohmann::json;

struct PluginRow {
  std::string id, kind, version, licence, state, reason, summary, formats, manifest;
  bool worker = false;
  std::vector<Parameter> parameters = {};  // of its models
};

struct ModelRow {
  std::string name, summary, licence, plugin, size;
  bool standard = false, imported = false;
  uint64_t vectors = 0;
};

// What needs a person's eye first.
constexpr std::array<std::pair<const char *, const char *>, 4> states{
    {{"quarantined", "In quarantine"}, {"rejected", "Rejected"}, {"loaded", "Loaded"}, {"available", "Available"}}};

std::string text_member(const Json &row, const char *name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? shown_text(found->get<std::string>()) : std::string();
}

std::string formats_of(const Json &row) {
  std::string text;
  const auto formats = row.find("formats");
  if (formats == row.end() || !formats->is_array()) return text;
  for (const auto &format : *formats) {
    const auto name = format.is_object() ? text_member(format, "name") : std::string();
    if (!name.empty()) text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

class PluginsPanel : public Panel {
 public:
  explicit PluginsPanel(Context &context) : context_(context) {}
  std::string_view name() const override { return "plugins"; }
  std::string_view title() const override { return "Plugins"; }
  Side side() const override { return Side::right; }
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &json) const override;
  bool busy() const override { return open && waiting_ > 0; }

  void ask();
  void release(std::string_view plugin);
  // Shows what can be set of its models; empty, or the one that is selected: of none.
  void select(std::string_view plugin);

 private:
  void ask_parameters(const std::string &plugin);
  void draw_parameters(const PluginRow &plugin);
  void draw_plugin(const PluginRow &plugin);
  void draw_models();

  Context &context_;
  std::vector<PluginRow> plugins_;
  std::vector<ModelRow> models_;
  std::string problem_, models_problem_, selected_;
  int waiting_ = 0;
  bool asked_ = false;
  size_t jobs_seen_ = 0;
};

void PluginsPanel::ask() {
  asked_ = true;
  waiting_ += 2;
  context_.jobs.ask("plugins", "{}", [this](const Answer &answer) {
    --waiting_;
    problem_ = answer.ok() ? std::string() : answer.message;
    plugins_.clear();
    for (const auto &text : answer.rows) {
      const auto row = Json::parse(text, nullptr, false);
      if (!row.is_object()) continue;
      PluginRow plugin{text_member(row, "id"),
                       text_member(row, "kind"),
                       text_member(row, "version"),
                       text_member(row, "licence"),
                       text_member(row, "state"),
                       text_member(row, "reason"),
                       text_member(row, "summary"),
                       formats_of(row),
                       text_member(row, "manifest_path"),
                       row.value("worker", Json()) == Json(true)};
      plugins_.push_back(std::move(plugin));
    }
    for (const auto &plugin : plugins_)
      if (plugin.kind == "model" && plugin.state != "rejected") ask_parameters(plugin.id);
    context_.animate();
  });
  context_.jobs.ask("models", "{}", [this](const Answer &answer) {
    --waiting_;
    models_problem_ = answer.ok() ? std::string() : answer.message;
    models_.clear();
    for (const auto &text : answer.rows) {
      const auto row = Json::parse(text, nullptr, false);
      if (!row.is_object()) continue;
      ModelRow model;
      model.name = text_member(row, "name");
      if (model.name.empty()) model.name = text_member(row, "id");
      model.summary = text_member(row, "summary");
      model.licence = text_member(row, "licence");
      model.plugin = text_member(row, "plugin");
      model.standard = row.value("default", Json()) == Json(true);
      model.imported = row.value("imported", Json()) == Json(true);
      const auto number = [&](const char *name) {
        const auto found = row.find(name);
        return found != row.end() && found->is_number_unsigned() ? found->get<uint64_t>() : uint64_t{0};
      };
      model.vectors = number("vectors");
      if (const auto wide = number("input_width"), high = number("input_height"); wide > 0 && high > 0) {
        model.size = std::to_string(wide) + " × " + std::to_string(high);
      }
      models_.push_back(std::move(model));
    }
    context_.animate();
  });
}

void PluginsPanel::ask_parameters(const std::string &plugin) {
  ++waiting_;
  context_.jobs.ask("describe", "{\"plugin\":" + json_text(plugin) + "}", [this, plugin](const Answer &answer) {
    --waiting_;
    for (auto &row : plugins_)
      if (row.id == plugin) row.parameters = ParameterForm(answer.rows).parameters();
    context_.animate();
  });
}

void PluginsPanel::select(std::string_view plugin) {
  const bool known =
      std::any_of(plugins_.begin(), plugins_.end(), [&](const PluginRow &row) { return row.id == plugin; });
  if (!plugin.empty() && !known) return context_.complain("There is no plugin " + std::string(plugin) + ".");
  selected_ = selected_ == plugin ? std::string() : std::string(plugin);
  context_.animate();
}

void PluginsPanel::release(std::string_view plugin) {
  context_.jobs.ask("release_plugin", "{\"plugin\":" + json_text(plugin) + "}",
                    [this, name = std::string(plugin)](const Answer &answer) {
                      if (answer.ok()) {
                        context_.say(name + " may work again.");
                      } else {
                        context_.complain(name + " stays in quarantine: " + answer.message);
                      }
                      ask();
                    });
}

void PluginsPanel::draw(Context &context) {
  // Plugins are loaded, and end in quarantine, as jobs run.
  if (!asked_ || (jobs_seen_ != context.jobs.running_count() && waiting_ == 0)) {
    jobs_seen_ = context.jobs.running_count();
    ask();
  }
  if (!problem_.empty()) faint_text("The plugins cannot be listed: " + problem_);
  if (plugins_.empty() && problem_.empty()) {
    faint_text(waiting_ > 0 ? "Looking..."
                            : "No plugins were found. Without decoders no picture can be read: the folder plugins "
                              "beside the program is missing.");
  }
  for (const auto &[state, text] : states) {
    const auto count = std::count_if(plugins_.begin(), plugins_.end(),
                                     [&, which = state](const PluginRow &plugin) { return plugin.state == which; });
    if (count == 0) continue;
    heading(std::string(text) + " (" + std::to_string(count) + ")");
    for (const auto &plugin : plugins_) {
      if (plugin.state == state) draw_plugin(plugin);
    }
  }
  draw_models();
}

void PluginsPanel::draw_plugin(const PluginRow &plugin) {
  const auto &look = theme();
  ImGui::PushID((plugin.id + plugin.manifest).c_str());
  const bool bad = plugin.state == "quarantined" || plugin.state == "rejected";
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(plugin.id.empty() ? plugin.manifest.c_str() : plugin.id.c_str());
  if (ImGui::IsItemHovered() && !plugin.manifest.empty()) ImGui::SetTooltip("%s", plugin.manifest.c_str());
  if (bad && !plugin.reason.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, look.warning);
    ImGui::TextUnformatted(plugin.reason.c_str());
    ImGui::PopStyleColor();
  }
  ImGui::PopTextWrapPos();
  if (!plugin.summary.empty()) faint_text(plugin.summary);
  std::string facts = plugin.kind;
  for (const auto &fact : {plugin.version, plugin.licence, std::string(plugin.worker ? "in its own process" : "")}) {
    if (!fact.empty()) facts += (facts.empty() ? "" : " · ") + fact;
  }
  if (!facts.empty()) faint_text(facts);
  if (!plugin.formats.empty()) faint_text("Reads " + plugin.formats);
  if (!plugin.parameters.empty()) draw_parameters(plugin);
  if (plugin.state == "quarantined") {
    if (ImGui::Button("Let it work again")) release(plugin.id);
    if (ImGui::IsItemHovered()) {
      ImGui::SetTooltip("It crashed or hung several times, and is not used until it is let out");
    }
  }
  ImGui::Dummy({0, look.px(4)});
  ImGui::PopID();
}

// What may be set of its models, with what it may be; it is set where a task is started.
void PluginsPanel::draw_parameters(const PluginRow &plugin) {
  const auto &look = theme();
  const bool selected = selected_ == plugin.id;
  const auto count = plugin.parameters.size();
  const auto text =
      (selected ? "Hide " : "Show ") + (count == 1 ? std::string("1 parameter") : count_text(count) + " parameters");
  if (ImGui::Button((text + "###parameters").c_str())) select(plugin.id);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("What can be set of its models, where a task with one is started");
  if (!selected) return;
  ImGui::Indent(look.px(12));
  for (const auto &parameter : plugin.parameters) {
    ImGui::Dummy({0, look.px(2)});
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(parameter.label.c_str());
    ImGui::PopTextWrapPos();
    faint_text(range_text(parameter));
    if (!parameter.help.empty()) faint_text(parameter.help);
  }
  ImGui::Unindent(look.px(12));
}

void PluginsPanel::draw_models() {
  heading("Models (" + std::to_string(models_.size()) + ")");
  if (!models_problem_.empty()) faint_text(models_problem_);
  if (models_.empty() && models_problem_.empty() && waiting_ == 0) {
    faint_text(
        "There is no model, so that pictures cannot be compared by what they show. `kalon models` tells how to get "
        "one.");
  }
  for (const auto &model : models_) {
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted((model.name + (model.standard ? " (default)" : "")).c_str());
    ImGui::PopTextWrapPos();
    if (!model.summary.empty()) faint_text(model.summary);
    std::string facts = model.imported ? "imported" : model.plugin;
    for (const auto &fact : {model.licence, model.size}) {
      if (!fact.empty()) facts += (facts.empty() ? "" : " · ") + fact;
    }
    if (model.vectors > 0) facts += " · " + count_text(model.vectors) + " vectors";
    if (!facts.empty()) faint_text(facts);
    ImGui::Dummy({0, theme().px(4)});
  }
}

void PluginsPanel::describe(const Context &, nlohmann::json &json) const {
  auto &plugins = json["plugins"] = Json::array();
  for (const auto &plugin : plugins_) {
    auto parameters = Json::array();
    for (const auto &parameter : plugin.parameters)
      parameters.push_back({{"name", parameter.name},
                            {"label", parameter.label},
                            {"range", range_text(parameter)},
                            {"help", parameter.help}});
    plugins.push_back({{"id", plugin.id},
                       {"state", plugin.state},
                       {"reason", plugin.reason},
                       {"formats", plugin.formats},
                       {"selected", plugin.id == selected_},
                       {"parameters", std::move(parameters)}});
  }
  auto &models = json["models"] = Json::array();
  for (const auto &model : models_) models.push_back({{"name", model.name}, {"default", model.standard}});
  json["problem"] = problem_;
}

}  // namespace

void add_plugins(Context &context) {
  auto &panel = context.interface.add_panel<PluginsPanel>(context);
  const auto toggle = [&panel](Context &now, std::string_view) {
    panel.open = !panel.open;
    if (panel.open) {
      now.fresh_panel = panel.name();
      panel.ask();
    }
    now.animate();
  };
  const auto is_open = [&panel](const Context &) { return panel.open; };
  const auto release = [&panel](Context &, std::string_view argument) { panel.release(argument); };
  if (context.commands.find("plugins") == nullptr) {
    context.commands.add({"plugins", "Plugins", "Panels", "", "", toggle, nullptr, is_open});
  }
  const auto select = [&panel](Context &, std::string_view argument) { panel.select(argument); };
  context.commands.add(
      {"select-plugin", "Show the parameters of a plugin", "", "", "PLUGIN", select, is_open, nullptr});
  context.commands.add({"release-plugin", "Let a plugin work again", "", "", "PLUGIN", release, nullptr, nullptr});
}

}  // namespace kalon::viewer
