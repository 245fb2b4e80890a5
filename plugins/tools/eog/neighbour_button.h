#pragma once
/* One neighbour of the panel: its thumbnail, its name, and how much it looks like the picture that is shown. */

#include "panel.h"

G_BEGIN_DECLS

/* The thumbnail comes when it is loaded; loading ends when the button is destroyed. */
GtkWidget *kalon_neighbour_button_new(const KalonNeighbour *neighbour);
const char *kalon_neighbour_button_get_uri(GtkWidget *button);

G_END_DECLS
