#pragma once
/* What the panel shows of which picture: asks the engine when another picture comes to stand, lets go what was asked of
 * the one before, and carries out the window's actions "kalon-similar", "kalon-pick", "kalon-reject", "kalon-unflag",
 * "kalon-index" and "kalon-cancel-index". All of it belongs to the main thread. */

#include <gio/gio.h>

#include "panel.h"

G_BEGIN_DECLS

#define KALON_TYPE_PRESENTER (kalon_presenter_get_type())
G_DECLARE_FINAL_TYPE(KalonPresenter, kalon_presenter, KALON, PRESENTER, GObject)

/* Adds its actions to the window, and removes them with kalon_presenter_stop(), which must come before the last
 * reference goes. */
KalonPresenter *kalon_presenter_new(GActionMap *window, KalonPanel *panel);
void kalon_presenter_stop(KalonPresenter *presenter);
/* null: no picture. The same file again changes nothing. */
void kalon_presenter_set_file(KalonPresenter *presenter, GFile *file);

G_END_DECLS
