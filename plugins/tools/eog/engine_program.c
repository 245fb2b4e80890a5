#include "engine_program.h"

#include <dlfcn.h>
#include <stdlib.h>

/* PREFIX/lib/ARCHITECTURE/eog/plugins/kalon-eog is the deepest that this library lies. */
enum { MOST_FOLDERS = 6 };

static char *beside_this_library(void) {
  Dl_info self;
  if (dladdr((void *)(guintptr)kalon_engine_program, &self) == 0 || self.dli_fname == NULL) return NULL;
  char *real = realpath(self.dli_fname, NULL);
  if (real == NULL) return NULL;
  char *folder = g_path_get_dirname(real), *program = NULL;
  free(real);
  for (int i = 0; i < MOST_FOLDERS && program == NULL; ++i) {
    char *parent = g_path_get_dirname(folder);
    g_free(folder);
    folder = parent;
    program = g_build_filename(folder, "bin", "kalon", NULL);
    if (!g_file_test(program, G_FILE_TEST_IS_EXECUTABLE) || g_file_test(program, G_FILE_TEST_IS_DIR))
      g_clear_pointer(&program, g_free);
  }
  g_free(folder);
  return program;
}

char *kalon_engine_program(void) {
  const char *given = g_getenv("KALON_PROGRAM");
  if (given != NULL && *given != '\0') return g_strdup(given);
  char *program = beside_this_library();
  return program != NULL ? program : g_find_program_in_path("kalon");
}
