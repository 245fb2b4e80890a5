#include "panel.h"

#include <string.h>

#include "neighbour_button.h"

enum { MARGIN = 8, COLUMNS = 2, WIDTH = 272 };

struct _KalonPanel {
  GtkBox parent;
  GtkWidget *name;
  GtkWidget *notice, *notice_text, *notice_button;
  GtkWidget *scores; /* grid: name, value, rank */
  GHashTable *score_rows;
  GtkWidget *flag_text, *pick, *reject, *unflag;
  GtkWidget *neighbours;
  GtkWidget *index, *progress_row, *progress, *outcome;
  gboolean notice_indexes; /* the notice has a button for it */
};

static guint open_signal;

G_DEFINE_TYPE(KalonPanel, kalon_panel, GTK_TYPE_BOX)

void kalon_neighbour_free(KalonNeighbour *neighbour) {
  g_free(neighbour->uri);
  g_free(neighbour->name);
  g_free(neighbour->likeness);
  g_free(neighbour->flag);
  g_free(neighbour);
}

GtkWidget *kalon_panel_new(void) {
  return g_object_new(KALON_TYPE_PANEL, NULL);
}

static void show_if(GtkWidget *widget, gboolean shown) {
  gtk_widget_set_visible(widget, shown);
}

/* One button for it at a time. */
static void show_index(KalonPanel *panel) {
  show_if(panel->index, !panel->notice_indexes && !gtk_widget_get_visible(panel->progress_row));
}

/* ---- what is said */

void kalon_panel_set_message(KalonPanel *panel, const char *text, const char *label, const char *action) {
  show_if(panel->notice, text != NULL);
  panel->notice_indexes = text != NULL && g_strcmp0(action, "win.kalon-index") == 0;
  show_index(panel);
  if (text == NULL) return;
  g_info("panel says: %s%s%s%s", text, label != NULL ? " [" : "", label != NULL ? label : "", label != NULL ? "]" : "");
  gtk_label_set_text(GTK_LABEL(panel->notice_text), text);
  show_if(panel->notice_button, label != NULL);
  if (label == NULL) return;
  gtk_button_set_label(GTK_BUTTON(panel->notice_button), label);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(panel->notice_button), action);
}

static void empty(GtkWidget *container) {
  GList *children = gtk_container_get_children(GTK_CONTAINER(container));
  for (GList *child = children; child != NULL; child = child->next) gtk_widget_destroy(child->data);
  g_list_free(children);
}

void kalon_panel_set_picture(KalonPanel *panel, const char *name) {
  gtk_label_set_text(GTK_LABEL(panel->name), name != NULL ? name : "No picture");
  gtk_widget_set_tooltip_text(panel->name, name);
  kalon_panel_set_message(panel, NULL, NULL, NULL);
  empty(panel->scores);
  g_hash_table_remove_all(panel->score_rows);
  show_if(panel->scores, FALSE);
  kalon_panel_set_flag(panel, NULL);
  empty(panel->neighbours);
}

/* ---- scores and flag */

static GtkWidget *score_cell(KalonPanel *panel, int column, int row) {
  GtkWidget *cell = gtk_label_new(NULL);
  gtk_label_set_xalign(GTK_LABEL(cell), column == 1 ? 1 : 0);
  gtk_label_set_ellipsize(GTK_LABEL(cell), column == 0 ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_NONE);
  gtk_widget_set_hexpand(cell, column == 0);
  if (column != 1) gtk_style_context_add_class(gtk_widget_get_style_context(cell), GTK_STYLE_CLASS_DIM_LABEL);
  gtk_grid_attach(GTK_GRID(panel->scores), cell, column, row, 1, 1);
  gtk_widget_show(cell);
  return cell;
}

void kalon_panel_set_score(KalonPanel *panel, const char *name, const char *value, const char *rank) {
  int row = GPOINTER_TO_INT(g_hash_table_lookup(panel->score_rows, name)) - 1;
  if (row < 0) {
    row = (int)g_hash_table_size(panel->score_rows);
    g_hash_table_insert(panel->score_rows, g_strdup(name), GINT_TO_POINTER(row + 1));
    for (int column = 0; column < 3; ++column) score_cell(panel, column, row);
  }
  const char *texts[] = {name, value, rank != NULL ? rank : ""};
  for (int column = 0; column < 3; ++column)
    gtk_label_set_text(GTK_LABEL(gtk_grid_get_child_at(GTK_GRID(panel->scores), column, row)), texts[column]);
  show_if(panel->scores, TRUE);
  g_info("score: %s is %s%s%s", name, value, rank != NULL ? ", " : "", rank != NULL ? rank : "");
}

static void mark(GtkWidget *button, const char *class, gboolean on) {
  GtkStyleContext *style = gtk_widget_get_style_context(button);
  if (on)
    gtk_style_context_add_class(style, class);
  else
    gtk_style_context_remove_class(style, class);
}

void kalon_panel_set_flag(KalonPanel *panel, const char *flag) {
  gboolean picked = g_strcmp0(flag, "pick") == 0, rejected = g_strcmp0(flag, "reject") == 0;
  gtk_label_set_text(GTK_LABEL(panel->flag_text), flag == NULL ? ""
                                                  : picked     ? "Picked"
                                                  : rejected   ? "Rejected"
                                                               : "No flag");
  mark(panel->pick, GTK_STYLE_CLASS_SUGGESTED_ACTION, picked);
  mark(panel->reject, GTK_STYLE_CLASS_DESTRUCTIVE_ACTION, rejected);
}

/* ---- neighbours */

static void on_neighbour_clicked(GtkButton *button, gpointer data) {
  g_signal_emit(data, open_signal, 0, kalon_neighbour_button_get_uri(GTK_WIDGET(button)));
}

void kalon_panel_set_neighbours(KalonPanel *panel, GPtrArray *neighbours) {
  empty(panel->neighbours);
  for (guint i = 0; i < neighbours->len; ++i) {
    GtkWidget *button = kalon_neighbour_button_new(neighbours->pdata[i]);
    g_signal_connect(button, "clicked", G_CALLBACK(on_neighbour_clicked), panel);
    gtk_grid_attach(GTK_GRID(panel->neighbours), button, (int)i % COLUMNS, (int)i / COLUMNS, 1, 1);
  }
  gtk_widget_show_all(panel->neighbours);
}

/* ---- work */

void kalon_panel_set_progress(KalonPanel *panel, double fraction, const char *text) {
  show_if(panel->progress_row, text != NULL);
  show_index(panel);
  if (text == NULL) return;
  kalon_panel_set_outcome(panel, NULL);
  gtk_progress_bar_set_text(GTK_PROGRESS_BAR(panel->progress), text);
  if (fraction < 0)
    gtk_progress_bar_pulse(GTK_PROGRESS_BAR(panel->progress));
  else
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(panel->progress), fraction);
}

void kalon_panel_set_outcome(KalonPanel *panel, const char *text) {
  show_if(panel->outcome, text != NULL);
  if (text == NULL) return;
  g_info("panel says: %s", text);
  gtk_label_set_text(GTK_LABEL(panel->outcome), text);
}

/* ---- making it */

static GtkWidget *wrapped_label(const char *text) {
  GtkWidget *label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
  gtk_label_set_line_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars(GTK_LABEL(label), 24);
  return label;
}

static GtkWidget *action_button(const char *label, const char *action, const char *tip) {
  GtkWidget *button = gtk_button_new_with_label(label);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
  gtk_widget_set_tooltip_text(button, tip);
  return button;
}

static GtkWidget *heading(const char *text) {
  GtkWidget *label = gtk_label_new(text);
  PangoAttrList *bold = pango_attr_list_new();
  pango_attr_list_insert(bold, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
  gtk_label_set_attributes(GTK_LABEL(label), bold);
  pango_attr_list_unref(bold);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_widget_set_hexpand(label, TRUE);
  return label;
}

static void add_notice(KalonPanel *panel, GtkBox *box) {
  panel->notice = gtk_box_new(GTK_ORIENTATION_VERTICAL, MARGIN);
  panel->notice_text = wrapped_label(NULL);
  panel->notice_button = gtk_button_new_with_label("");
  gtk_box_pack_start(GTK_BOX(panel->notice), panel->notice_text, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(panel->notice), panel->notice_button, FALSE, FALSE, 0);
  gtk_box_pack_start(box, panel->notice, FALSE, FALSE, 0);
}

static void add_flag(KalonPanel *panel, GtkBox *box) {
  GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_style_context_add_class(gtk_widget_get_style_context(row), GTK_STYLE_CLASS_LINKED);
  panel->pick = action_button("Pick", "win.kalon-pick", "Keep this picture (Ctrl+Alt+P)");
  panel->reject = action_button("Reject", "win.kalon-reject",
                                "Mark this picture as one to give up; nothing is deleted (Ctrl+Alt+X)");
  panel->unflag = action_button("Unflag", "win.kalon-unflag", "Take the mark away (Ctrl+Alt+U)");
  GtkWidget *buttons[] = {panel->pick, panel->reject, panel->unflag};
  for (gsize i = 0; i < G_N_ELEMENTS(buttons); ++i) gtk_box_pack_start(GTK_BOX(row), buttons[i], TRUE, TRUE, 0);
  panel->flag_text = gtk_label_new(NULL);
  gtk_label_set_xalign(GTK_LABEL(panel->flag_text), 1);
  GtkWidget *title = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, MARGIN);
  gtk_box_pack_start(GTK_BOX(title), heading("Flag"), TRUE, TRUE, 0);
  gtk_box_pack_end(GTK_BOX(title), panel->flag_text, FALSE, FALSE, 0);
  gtk_box_pack_start(box, title, FALSE, FALSE, 0);
  gtk_box_pack_start(box, row, FALSE, FALSE, 0);
}

static void add_neighbours(KalonPanel *panel, GtkBox *box) {
  GtkWidget *title = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, MARGIN);
  gtk_box_pack_start(GTK_BOX(title), heading("Similar pictures"), TRUE, TRUE, 0);
  gtk_box_pack_end(GTK_BOX(title), action_button("Find similar", "win.kalon-similar", "Ask again (Ctrl+Alt+S)"), FALSE,
                   FALSE, 0);
  gtk_box_pack_start(box, title, FALSE, FALSE, 0);
  panel->neighbours = gtk_grid_new();
  gtk_grid_set_column_homogeneous(GTK_GRID(panel->neighbours), TRUE);
  /* As wide without any: or the window's picture would jump whenever they come and go. */
  gtk_widget_set_size_request(panel->neighbours, WIDTH, -1);
  gtk_box_pack_start(box, panel->neighbours, FALSE, FALSE, 0);
}

static void add_work(KalonPanel *panel, GtkBox *box) {
  panel->index =
      action_button("Index this folder", "win.kalon-index",
                    "Take the pictures of this folder, and of those inside it, into Kalon's library (Ctrl+Alt+I)");
  panel->progress_row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, MARGIN);
  panel->progress = gtk_progress_bar_new();
  gtk_progress_bar_set_show_text(GTK_PROGRESS_BAR(panel->progress), TRUE);
  gtk_widget_set_valign(panel->progress, GTK_ALIGN_CENTER);
  gtk_box_pack_start(GTK_BOX(panel->progress_row), panel->progress, TRUE, TRUE, 0);
  gtk_box_pack_end(GTK_BOX(panel->progress_row),
                   action_button("Cancel", "win.kalon-cancel-index", "What is done is kept"), FALSE, FALSE, 0);
  panel->outcome = wrapped_label(NULL);
  gtk_style_context_add_class(gtk_widget_get_style_context(panel->outcome), GTK_STYLE_CLASS_DIM_LABEL);
  gtk_box_pack_start(box, panel->index, FALSE, FALSE, 0);
  gtk_box_pack_start(box, panel->progress_row, FALSE, FALSE, 0);
  gtk_box_pack_start(box, panel->outcome, FALSE, FALSE, 0);
}

static void kalon_panel_init(KalonPanel *panel) {
  panel->score_rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  GtkWidget *content = gtk_box_new(GTK_ORIENTATION_VERTICAL, MARGIN);
  g_object_set(content, "margin", MARGIN, NULL);
  GtkBox *box = GTK_BOX(content);

  panel->name = heading("");
  gtk_label_set_ellipsize(GTK_LABEL(panel->name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_box_pack_start(box, panel->name, FALSE, FALSE, 0);
  add_notice(panel, box);
  panel->scores = gtk_grid_new();
  gtk_grid_set_column_spacing(GTK_GRID(panel->scores), MARGIN);
  gtk_box_pack_start(box, panel->scores, FALSE, FALSE, 0);
  add_flag(panel, box);
  add_neighbours(panel, box);
  add_work(panel, box);

  GtkWidget *scrolled = gtk_scrolled_window_new(NULL, NULL);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_container_add(GTK_CONTAINER(scrolled), content);
  gtk_box_pack_start(GTK_BOX(panel), scrolled, TRUE, TRUE, 0);
  gtk_widget_show_all(scrolled);
  kalon_panel_set_picture(panel, NULL);
  kalon_panel_set_progress(panel, 0, NULL);
  kalon_panel_set_outcome(panel, NULL);
}

static void kalon_panel_finalize(GObject *object) {
  g_hash_table_unref(KALON_PANEL(object)->score_rows);
  G_OBJECT_CLASS(kalon_panel_parent_class)->finalize(object);
}

static void kalon_panel_class_init(KalonPanelClass *class) {
  G_OBJECT_CLASS(class)->finalize = kalon_panel_finalize;
  open_signal = g_signal_new("open-picture", KALON_TYPE_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                             G_TYPE_STRING);
}
