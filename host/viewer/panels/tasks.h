#pragma once
// The panel of tasks: what runs, what came of what ran, and what can be started.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "views/view.h"
#include "widgets/parameter_controls_form.h"

namespace kalon::viewer {

struct Job;

class TasksPanel : public Panel {
 public:
  explicit TasksPanel(Context &context) : context_(context) {}
  std::string_view name() const override { return "tasks"; }
  std::string_view title() const override { return "Tasks"; }
  Side side() const override { return Side::bottom; }
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &json) const override;
  bool busy() const override { return open && waiting_ > 0; }

  // Shows the parameters of a method; empty: the list of jobs.
  void go_to(std::string_view method);
  bool has_page() const { return !page_.empty(); }
  void set_parameter(std::string_view name, std::string_view value);
  void reset_parameter(std::string_view name);
  // With the parameters that are shown.
  void start();
  // Opens or closes the list of what failed; id 0: of the newest job.
  void show_failures(uint64_t id);
  // Selects the picture in the grid.
  void reveal(std::string_view path);

 private:
  void draw_pages();
  void draw_jobs();
  void draw_job(const Job &job);
  void draw_failures(const Job &job);
  void draw_start();
  // The model that is chosen, or the default: its plugin's parameters are asked for when they are not known.
  void follow_model();
  // Those of it; null: there are none, or the method takes none now.
  ParameterForm *of_model();
  const ParameterForm *of_model() const { return const_cast<TasksPanel *>(this)->of_model(); }

  Context &context_;
  std::string page_;  // a method; empty: the jobs
  ParameterForm form_;
  std::vector<std::string> models_;
  std::map<std::string, std::string, std::less<>> plugin_of_;      // of a model; of the default one as "" too
  std::map<std::string, ParameterForm, std::less<>> model_forms_;  // by plugin
  std::set<std::string, std::less<>> asked_plugins_;               // since the page was opened: a script may change
  std::string problem_;                                            // why the parameters are not known
  std::set<uint64_t> opened_;
  int waiting_ = 0;
  bool bring_own_ = false;  // the model's parameters into sight: the panel is low, and they lie at its end
};

}  // namespace kalon::viewer
