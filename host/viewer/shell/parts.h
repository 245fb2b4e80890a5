#pragma once
// The parts of the viewer: each adds its views, panels, overlays and commands, and knows nothing of the others.

namespace kalon::viewer {

struct Context;

void add_parts(Context &context);

void add_library_commands(Context &context);  // open, reload, undo, sorting, filtering, selection
void add_culling_commands(Context &context);  // stars, flags, labels, exclusion
void add_window_commands(Context &context);   // quit, full screen, theme, scale, panels
void add_grid(Context &context);
void add_filter_bar(Context &context);
void add_loupe(Context &context);
void add_compare(Context &context);
void add_information(Context &context);  // metadata, histogram
void add_rank(Context &context);
void add_scores(Context &context);
void add_order(Context &context);
void add_map(Context &context);
void add_groups(Context &context);
void add_send(Context &context);
void add_tasks(Context &context);
void add_plugins(Context &context);
void add_history(Context &context);
void add_palette(Context &context);
void add_help(Context &context);
void add_keys_dialog(Context &context);
void add_open_dialog(Context &context);

}  // namespace kalon::viewer
