#include "neighbour_button.h"

#include "thumbnail.h"

enum { WIDTH = 116, HEIGHT = 72 }; /* of thumbnails, in the units of widgets */

typedef struct {
  char *uri, *name;
  GtkWidget *image; /* owned by the button */
  GCancellable *cancellable;
} Content;

static const char content_key[] = "kalon-neighbour";

static void content_free(gpointer data) {
  Content *content = data;
  g_cancellable_cancel(content->cancellable);
  g_object_unref(content->cancellable);
  g_free(content->uri);
  g_free(content->name);
  g_free(content);
}

const char *kalon_neighbour_button_get_uri(GtkWidget *button) {
  return ((Content *)g_object_get_data(G_OBJECT(button), content_key))->uri;
}

static void on_destroy(GtkWidget *button, gpointer data) {
  (void)data;
  g_cancellable_cancel(((Content *)g_object_get_data(G_OBJECT(button), content_key))->cancellable);
}

/* data: a reference to the button. */
static void on_thumbnail(GObject *source, GAsyncResult *result, gpointer data) {
  (void)source;
  GtkWidget *button = data;
  GError *error = NULL;
  GdkPixbuf *picture = kalon_thumbnail_load_finish(result, &error);
  if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !gtk_widget_in_destruction(button)) {
    Content *content = g_object_get_data(G_OBJECT(button), content_key);
    GtkImage *image = GTK_IMAGE(content->image);
    if (picture != NULL) {
      cairo_surface_t *surface =
          gdk_cairo_surface_create_from_pixbuf(picture, gtk_widget_get_scale_factor(button), NULL);
      gtk_image_set_from_surface(image, surface);
      cairo_surface_destroy(surface);
      g_info("thumbnail: %s", content->name);
    } else {
      gtk_image_set_from_icon_name(image, "image-missing", GTK_ICON_SIZE_DIALOG);
      g_info("no thumbnail: %s: %s", content->name, error->message);
    }
  }
  g_clear_object(&picture);
  g_clear_error(&error);
  g_object_unref(button);
}

/* Where it can be clicked, for whoever reads the log. */
static void on_size_allocate(GtkWidget *button, GtkAllocation *area, gpointer data) {
  (void)data;
  GdkWindow *window = gtk_widget_get_window(button);
  if (window == NULL || !gtk_widget_get_mapped(button) || area->width <= 1) return;
  int left = 0, top = 0;
  gdk_window_get_root_coords(window, area->x + area->width / 2, area->y + area->height / 2, &left, &top);
  g_debug("neighbour %s lies at %d %d", kalon_neighbour_button_get_uri(button), left, top);
}

static void on_map(GtkWidget *button, gpointer data) {
  GtkAllocation area;
  gtk_widget_get_allocation(button, &area);
  on_size_allocate(button, &area, data);
}

static GtkWidget *small_label(const char *text, PangoEllipsizeMode ellipsize) {
  GtkWidget *label = gtk_label_new(NULL);
  char *markup = g_markup_printf_escaped("<small>%s</small>", text);
  gtk_label_set_markup(GTK_LABEL(label), markup);
  g_free(markup);
  gtk_label_set_ellipsize(GTK_LABEL(label), ellipsize);
  gtk_label_set_max_width_chars(GTK_LABEL(label), 1);
  gtk_widget_set_hexpand(label, TRUE);
  return label;
}

GtkWidget *kalon_neighbour_button_new(const KalonNeighbour *neighbour) {
  GtkWidget *button = gtk_button_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  Content *content = g_new0(Content, 1);
  content->uri = g_strdup(neighbour->uri);
  content->name = g_strdup(neighbour->name);
  content->image = gtk_image_new_from_icon_name("image-loading", GTK_ICON_SIZE_DIALOG);
  content->cancellable = g_cancellable_new();
  g_object_set_data_full(G_OBJECT(button), content_key, content, content_free);
  gtk_widget_set_size_request(content->image, WIDTH, HEIGHT);

  char *mark = neighbour->flag == NULL ? g_strdup(neighbour->likeness)
                                       : g_strdup_printf("%s \u00b7 %s", neighbour->likeness, neighbour->flag);
  GtkWidget *likeness = small_label(mark, PANGO_ELLIPSIZE_END);
  gtk_style_context_add_class(gtk_widget_get_style_context(likeness), GTK_STYLE_CLASS_DIM_LABEL);
  g_free(mark);
  gtk_box_pack_start(GTK_BOX(box), content->image, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(box), small_label(neighbour->name, PANGO_ELLIPSIZE_MIDDLE), FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(box), likeness, FALSE, FALSE, 0);
  gtk_container_add(GTK_CONTAINER(button), box);
  gtk_button_set_relief(GTK_BUTTON(button), GTK_RELIEF_NONE);
  gtk_widget_set_tooltip_text(button, neighbour->name);
  g_signal_connect(button, "destroy", G_CALLBACK(on_destroy), NULL);
  g_signal_connect_after(button, "size-allocate", G_CALLBACK(on_size_allocate), NULL);
  g_signal_connect_after(button, "map", G_CALLBACK(on_map), NULL);

  GFile *file = g_file_new_for_uri(neighbour->uri);
  int scale = gtk_widget_get_scale_factor(button);
  kalon_thumbnail_load_async(file, WIDTH * scale, HEIGHT * scale, content->cancellable, on_thumbnail,
                             g_object_ref_sink(button));
  g_object_unref(file);
  return button;
}
