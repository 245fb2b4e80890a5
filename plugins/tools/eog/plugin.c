/* What Eye of GNOME loads: one of these for each of its windows. */

#include <eog/eog-list-store.h>
#include <eog/eog-sidebar.h>
#include <eog/eog-thumb-view.h>
#include <eog/eog-window-activatable.h>
#include <eog/eog-window.h>
#include <libpeas/peas.h>

#include "panel.h"
#include "presenter.h"

#define KALON_TYPE_PLUGIN (kalon_plugin_get_type())
G_DECLARE_FINAL_TYPE(KalonPlugin, kalon_plugin, KALON, PLUGIN, PeasExtensionBase)

struct _KalonPlugin {
  PeasExtensionBase parent;
  EogWindow *window;
  GtkWidget *panel;
  KalonPresenter *presenter;
  gulong selection_handler;
};

enum { PROPERTY_WINDOW = 1 };

static void activatable_init(EogWindowActivatableInterface *interface);

G_DEFINE_DYNAMIC_TYPE_EXTENDED(KalonPlugin, kalon_plugin, PEAS_TYPE_EXTENSION_BASE, 0,
                               G_IMPLEMENT_INTERFACE_DYNAMIC(EOG_TYPE_WINDOW_ACTIVATABLE, activatable_init))

/* The picture that was chosen. While the signal is sent the window's own picture is still the one before. */
static void on_selection_changed(EogThumbView *view, gpointer data) {
  KalonPlugin *plugin = data;
  EogImage *image = eog_thumb_view_get_n_selected(view) > 0 ? eog_thumb_view_get_first_selected_image(view) : NULL;
  GFile *file = image != NULL ? eog_image_get_file(image) : NULL;
  kalon_presenter_set_file(plugin->presenter, file);
  g_clear_object(&file);
  g_clear_object(&image);
}

/* The window's picture of this file; null: it has none. A new reference. */
static EogImage *image_of(EogWindow *window, GFile *file) {
  GtkTreeModel *store = GTK_TREE_MODEL(eog_window_get_store(window));
  EogImage *found = NULL;
  GtkTreeIter at;
  for (gboolean more = store != NULL && gtk_tree_model_get_iter_first(store, &at); more && found == NULL;
       more = gtk_tree_model_iter_next(store, &at)) {
    EogImage *image = NULL;
    gtk_tree_model_get(store, &at, EOG_LIST_STORE_EOG_IMAGE, &image, -1);
    GFile *other = image != NULL ? eog_image_get_file(image) : NULL;
    if (other != NULL && g_file_equal(file, other)) found = g_object_ref(image);
    g_clear_object(&other);
    g_clear_object(&image);
  }
  return found;
}

/* In the folder that is open it is only gone to; elsewhere its folder is opened. */
static void on_open_picture(KalonPanel *panel, const char *uri, gpointer data) {
  (void)panel;
  KalonPlugin *plugin = data;
  g_info("opening: %s", uri);
  GFile *file = g_file_new_for_uri(uri);
  EogImage *image = image_of(plugin->window, file);
  if (image != NULL) {
    eog_thumb_view_set_current_image(EOG_THUMB_VIEW(eog_window_get_thumb_view(plugin->window)), image, TRUE);
    g_object_unref(image);
  } else {
    GSList files = {file, NULL};
    eog_window_open_file_list(plugin->window, &files);
  }
  g_object_unref(file);
}

static void set_keys(GtkApplication *application) {
  static const char *const keys[][2] = {{"win.kalon-pick", "<Ctrl><Alt>p"},
                                        {"win.kalon-reject", "<Ctrl><Alt>x"},
                                        {"win.kalon-unflag", "<Ctrl><Alt>u"},
                                        {"win.kalon-similar", "<Ctrl><Alt>s"},
                                        {"win.kalon-index", "<Ctrl><Alt>i"}};
  for (gsize i = 0; application != NULL && i < G_N_ELEMENTS(keys); ++i)
    gtk_application_set_accels_for_action(application, keys[i][0], (const char *const[]){keys[i][1], NULL});
}

static void activate(EogWindowActivatable *activatable) {
  KalonPlugin *plugin = KALON_PLUGIN(activatable);
  plugin->panel = g_object_ref_sink(kalon_panel_new());
  plugin->presenter = kalon_presenter_new(G_ACTION_MAP(plugin->window), KALON_PANEL(plugin->panel));
  g_signal_connect(plugin->panel, "open-picture", G_CALLBACK(on_open_picture), plugin);
  gtk_widget_show(plugin->panel);
  EogSidebar *sidebar = EOG_SIDEBAR(eog_window_get_sidebar(plugin->window));
  eog_sidebar_add_page(sidebar, "Kalon", plugin->panel);
  eog_sidebar_set_page(sidebar, plugin->panel);
  set_keys(GTK_APPLICATION(g_application_get_default()));
  GtkWidget *view = eog_window_get_thumb_view(plugin->window);
  plugin->selection_handler = g_signal_connect(view, "selection-changed", G_CALLBACK(on_selection_changed), plugin);
  on_selection_changed(EOG_THUMB_VIEW(view), plugin);
  g_info("panel added");
}

static void deactivate(EogWindowActivatable *activatable) {
  KalonPlugin *plugin = KALON_PLUGIN(activatable);
  if (plugin->presenter == NULL) return;
  g_clear_signal_handler(&plugin->selection_handler, eog_window_get_thumb_view(plugin->window));
  kalon_presenter_stop(plugin->presenter);
  eog_sidebar_remove_page(EOG_SIDEBAR(eog_window_get_sidebar(plugin->window)), plugin->panel);
  g_clear_object(&plugin->presenter);
  g_clear_object(&plugin->panel);
  g_info("panel removed");
}

static void activatable_init(EogWindowActivatableInterface *interface) {
  interface->activate = activate;
  interface->deactivate = deactivate;
}

static void kalon_plugin_set_property(GObject *object, guint property, const GValue *value, GParamSpec *description) {
  if (property == PROPERTY_WINDOW)
    KALON_PLUGIN(object)->window = EOG_WINDOW(g_value_dup_object(value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, description);
}

static void kalon_plugin_get_property(GObject *object, guint property, GValue *value, GParamSpec *description) {
  if (property == PROPERTY_WINDOW)
    g_value_set_object(value, KALON_PLUGIN(object)->window);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, description);
}

static void kalon_plugin_dispose(GObject *object) {
  g_clear_object(&KALON_PLUGIN(object)->window);
  G_OBJECT_CLASS(kalon_plugin_parent_class)->dispose(object);
}

static void kalon_plugin_init(KalonPlugin *plugin) {
  (void)plugin;
}

static void kalon_plugin_class_init(KalonPluginClass *class) {
  GObjectClass *object = G_OBJECT_CLASS(class);
  object->set_property = kalon_plugin_set_property;
  object->get_property = kalon_plugin_get_property;
  object->dispose = kalon_plugin_dispose;
  g_object_class_override_property(object, PROPERTY_WINDOW, "window");
}

static void kalon_plugin_class_finalize(KalonPluginClass *class) {
  (void)class;
}

G_MODULE_EXPORT void peas_register_types(PeasObjectModule *module) {
  /* Answers and thumbnails may be on their way when somebody switches the plugin off: its code stays. */
  g_type_module_use(G_TYPE_MODULE(module));
  kalon_plugin_register_type(G_TYPE_MODULE(module));
  peas_object_module_register_extension_type(module, EOG_TYPE_WINDOW_ACTIVATABLE, KALON_TYPE_PLUGIN);
}
