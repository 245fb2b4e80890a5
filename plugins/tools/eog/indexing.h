#pragma once
/* "Index this folder": one at a time, with its progress in the panel. */

#include "engine_client.h"
#include "panel.h"

G_BEGIN_DECLS

typedef struct _KalonIndexing KalonIndexing;

/* ended: called when one ended, however it did, and runs no more. */
KalonIndexing *kalon_indexing_new(KalonEngineClient *client, KalonPanel *panel, void (*ended)(gpointer data),
                                  gpointer data);
/* Cancels what runs; what is done is kept. */
void kalon_indexing_free(KalonIndexing *indexing);

gboolean kalon_indexing_runs(const KalonIndexing *indexing);
void kalon_indexing_start(KalonIndexing *indexing, GFile *folder); /* nothing while one runs */
void kalon_indexing_cancel(KalonIndexing *indexing);

G_END_DECLS
