#pragma once
/* Where the program `kalon` is. */

#include <glib.h>

G_BEGIN_DECLS

/* KALON_PROGRAM, else bin/kalon of the installation that this plugin is a part of, else what PATH has. Free with
 * g_free; null: there is none. */
char *kalon_engine_program(void);

G_END_DECLS
