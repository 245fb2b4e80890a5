/* What the author of an exporter would see: it writes what the engine found, such as an order or a choice of pictures,
 * in a form that the engine does not know: a catalogue, a data set, a site. ../abi.h has the rules. A draft: it may
 * change with any revision, and the engine does not load exporters yet. */
#ifndef KALON_DRAFT_EXPORTER_H
#define KALON_DRAFT_EXPORTER_H

#include "../services.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { KALON_DESTINATION_FILE = 1, KALON_DESTINATION_FOLDER = 2 };

typedef struct kalon_exporter_description {
  uint32_t size;
  int32_t destination;   /* KALON_DESTINATION_*: what it makes */
  const char *id;        /* stable, reverse-dotted or short: "webdataset" */
  const char *name;      /* for people */
  const char *summary;   /* one sentence: what it writes, and for which program */
  const char *licence;   /* SPDX */
  const char *extension; /* of the file: lower case, no dot; null for a folder */
  uint32_t preferred_batch;
  uint32_t reserved;
} kalon_exporter_description;

typedef struct kalon_export_item {
  uint32_t size;
  uint32_t reserved;
  uint64_t position; /* in the export, from 0, without gaps */
  const char *path;  /* of the picture, absolute, bytes as the file system has them; only to be read */
  const char *row;   /* all that is known of it: a JSON object as the method that is exported gives it */
} kalon_export_item;

typedef struct kalon_export_batch {
  uint32_t size;
  uint32_t count;
  const kalon_export_item *items;
  uint64_t item_stride;   /* bytes from one item to the next */
  kalon_status *statuses; /* count: one for each item; one that fails is left out, the others are written */
} kalon_export_batch;

typedef struct kalon_export kalon_export; /* one export under way; used by one thread at a time */

#define KALON_EXPORTER_FACTORY "kalon.exporter/1"
typedef struct kalon_exporter_factory {
  uint32_t (*count)(void);                                                      /* [any] */
  kalon_status (*describe)(uint32_t exporter, kalon_exporter_description *out); /* strings valid until shutdown [any] */
  /* destination: absolute, in a folder of the engine's choice, and nothing is there yet. The engine moves it to where
   * the user wants it after finish() and removes it when there was none, so that nobody meets half an export.
   * parameters: a JSON object of the exporter's own; one that it does not know is invalid_argument. io. [worker] */
  kalon_status (*open)(uint32_t exporter, const char *destination, const char *parameters, kalon_export **out,
                       kalon_text *error);
  /* In the order of positions. The text explains the first item that failed. io (a full disk): the export is over.
   * [worker] */
  kalon_status (*write)(kalon_export *instance, const kalon_export_batch *batch, kalon_text *error);
  /* Completes what was written; nothing but close comes after. io. [worker] */
  kalon_status (*finish)(kalon_export *instance, kalon_text *error);
  void (*close)(kalon_export *instance); /* [worker] */
} kalon_exporter_factory;

#ifdef __cplusplus
}
#endif
#endif
