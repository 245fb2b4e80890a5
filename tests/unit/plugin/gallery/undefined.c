/* Needs a function that nothing provides. With lazy binding it would load and fail much later, inside a call. */
#include <kalon/plugin.h>

extern kalon_status kalon_gallery_function_that_nobody_has(void);

static kalon_status init(const kalon_host *host, kalon_text *error) {
  (void)host, (void)error;
  return kalon_gallery_function_that_nobody_has();
}
static const void *get_factory(const char *id) {
  (void)id;
  return 0;
}
KALON_EXPORT const kalon_entry kalon_plugin_entry = {
    KALON_ENTRY_MAGIC, sizeof(kalon_entry), KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, init, 0, get_factory};
