#include "shell/parts.h"

#include "commands/wording.h"
#include "shell/context.h"

namespace kalon::viewer {

void add_parts(Context &context) {
  context.jobs.set_wording(
      [&context](std::string_view text) { return said_here(context.commands, context.keys, text); });
  add_library_commands(context);
  add_culling_commands(context);
  add_window_commands(context);
  add_grid(context);
  add_filter_bar(context);
  add_loupe(context);
  add_compare(context);
  add_information(context);
  add_rank(context);
  add_scores(context);
  add_order(context);
  add_map(context);
  add_groups(context);
  add_send(context);
  add_tasks(context);
  add_plugins(context);
  add_history(context);
  add_palette(context);
  add_help(context);
  add_keys_dialog(context);
  add_open_dialog(context);
}

}  // namespace kalon::viewer
