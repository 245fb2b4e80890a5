#pragma once
/* Small pictures for the panel, loaded on threads. */

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* From the desktop's cache of thumbnails where it has a valid one, else from the file; upright, fitted into width x
 * height pixels. */
void kalon_thumbnail_load_async(GFile *file, int width, int height, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
/* A new reference; null with an error. */
GdkPixbuf *kalon_thumbnail_load_finish(GAsyncResult *result, GError **error);

G_END_DECLS
