#include "thumbnail.h"

typedef struct {
  GFile *file;
  int width, height;
} Wanted;

static void wanted_free(gpointer data) {
  g_object_unref(((Wanted *)data)->file);
  g_free(data);
}

/* Which side is the longer one is known only once it is upright. */
static GdkPixbuf *load(const char *path, const Wanted *wanted, GError **error) {
  int side = MAX(wanted->width, wanted->height);
  GdkPixbuf *stored = gdk_pixbuf_new_from_file_at_scale(path, side, side, TRUE, error);
  if (stored == NULL) return NULL;
  GdkPixbuf *upright = gdk_pixbuf_apply_embedded_orientation(stored);
  g_object_unref(stored);
  int width = gdk_pixbuf_get_width(upright), height = gdk_pixbuf_get_height(upright);
  double scale = MIN((double)wanted->width / width, (double)wanted->height / height);
  if (scale >= 1) return upright;
  GdkPixbuf *fitted = gdk_pixbuf_scale_simple(upright, MAX(1, (int)(width * scale + 0.5)),
                                              MAX(1, (int)(height * scale + 0.5)), GDK_INTERP_BILINEAR);
  g_object_unref(upright);
  return fitted;
}

/* The path of the desktop's thumbnail of the file as it is now; null: there is none. */
static char *cached_thumbnail(GFile *file, GCancellable *cancellable) {
  GFileInfo *info = g_file_query_info(file, G_FILE_ATTRIBUTE_THUMBNAIL_PATH "," G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID,
                                      G_FILE_QUERY_INFO_NONE, cancellable, NULL);
  if (info == NULL) return NULL;
  char *path = NULL;
  if (g_file_info_get_attribute_boolean(info, G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID))
    path = g_strdup(g_file_info_get_attribute_byte_string(info, G_FILE_ATTRIBUTE_THUMBNAIL_PATH));
  g_object_unref(info);
  return path;
}

static void work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  (void)source;
  const Wanted *wanted = data;
  if (g_task_return_error_if_cancelled(task)) return;
  GError *error = NULL;
  GdkPixbuf *picture = NULL;
  char *cached = cached_thumbnail(wanted->file, cancellable);
  if (cached != NULL) picture = load(cached, wanted, NULL);
  if (picture == NULL) {
    char *path = g_file_get_path(wanted->file);
    if (path != NULL)
      picture = load(path, wanted, &error);
    else
      error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "is no local file");
    g_free(path);
  }
  g_free(cached);
  if (picture != NULL)
    g_task_return_pointer(task, picture, g_object_unref);
  else
    g_task_return_error(task, error);
}

void kalon_thumbnail_load_async(GFile *file, int width, int height, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data) {
  GTask *task = g_task_new(NULL, cancellable, callback, data);
  Wanted *wanted = g_new(Wanted, 1);
  *wanted = (Wanted){g_object_ref(file), width, height};
  g_task_set_task_data(task, wanted, wanted_free);
  g_task_set_return_on_cancel(task, TRUE);
  g_task_run_in_thread(task, work);
  g_object_unref(task);
}

GdkPixbuf *kalon_thumbnail_load_finish(GAsyncResult *result, GError **error) {
  return g_task_propagate_pointer(G_TASK(result), error);
}
