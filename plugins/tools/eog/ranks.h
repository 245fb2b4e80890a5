#pragma once
/* The scores of one picture and their ranks: which attributes are scores, and how many pictures have better ones. */

#include "engine_client.h"
#include "panel.h"

G_BEGIN_DECLS

typedef struct _KalonRanks KalonRanks;

/* Asks, and shows what comes in the panel. attributes: those of the picture's row. */
KalonRanks *kalon_ranks_ask(KalonEngineClient *client, KalonPanel *panel, JsonObject *attributes);
/* What is still to come is let go. */
void kalon_ranks_free(KalonRanks *ranks);

G_END_DECLS
