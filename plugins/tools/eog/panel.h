#pragma once
/* What the side panel shows. It knows nothing of the engine: its buttons are the window's actions "win.kalon-...", see
 * presenter.h. All of it belongs to the main thread. */

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KALON_TYPE_PANEL (kalon_panel_get_type())
G_DECLARE_FINAL_TYPE(KalonPanel, kalon_panel, KALON, PANEL, GtkBox)

/* Signal "open-picture" (const char *): the URI of the neighbour that was clicked. */

typedef struct {
  char *uri, *name;
  char *likeness; /* "0.93" */
  char *flag;     /* "pick", "reject"; null: none */
} KalonNeighbour;
void kalon_neighbour_free(KalonNeighbour *neighbour);

GtkWidget *kalon_panel_new(void);

/* Another picture: everything that was shown of the last one goes. name may be null: there is none. */
void kalon_panel_set_picture(KalonPanel *panel, const char *name);
/* A notice with a button for an action of the window; label null: without a button; text null: no notice. */
void kalon_panel_set_message(KalonPanel *panel, const char *text, const char *label, const char *action);
/* One line of the table of scores. rank may be null: not known (yet). */
void kalon_panel_set_score(KalonPanel *panel, const char *name, const char *value, const char *rank);
/* "pick", "reject", "none"; null: not known. */
void kalon_panel_set_flag(KalonPanel *panel, const char *flag);
/* Of KalonNeighbour, the nearest first. */
void kalon_panel_set_neighbours(KalonPanel *panel, GPtrArray *neighbours);
/* fraction below 0: how far is not known. text null: no work is going on. */
void kalon_panel_set_progress(KalonPanel *panel, double fraction, const char *text);
/* How the last work ended; null: nothing to say. */
void kalon_panel_set_outcome(KalonPanel *panel, const char *text);

G_END_DECLS
