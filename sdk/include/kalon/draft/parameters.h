/* Models that take parameters: what a person may set, as numbers, choices and switches.
 *
 * A plugin declares them in its manifest, in the member "parameters", and hosts draw them; the values that somebody chose come to the
 * model when it is created. Vectors that were made with other values than the defaults lie in a space of their own. */
#ifndef KALON_DRAFT_PARAMETERS_H
#define KALON_DRAFT_PARAMETERS_H

#include "../plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KALON_MODEL_PARAMETERS "kalon.parameters/1"
typedef struct kalon_model_parameters {
  /* As create of kalon.model/1, with values: a JSON object in UTF-8 with one member for each parameter of the manifest, each of the
   * declared type and within the declared range; valid until the call returns. create itself stands for the defaults. [worker] */
  kalon_status (*create)(uint32_t model, const char *values, kalon_model **out, kalon_text *error);
} kalon_model_parameters;

#ifdef __cplusplus
}
#endif

#endif
