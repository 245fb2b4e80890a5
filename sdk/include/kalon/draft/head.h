/* What the author of a head would see: it learns from what a person said of some pictures to score all others, on
 * vectors of a model, never on pixels. ../abi.h has the rules. A draft: it may change with any revision, and the engine
 * does not load heads yet. */
#ifndef KALON_DRAFT_HEAD_H
#define KALON_DRAFT_HEAD_H

#include "../plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  KALON_LABEL_VALUE = 1, /* one number for a picture: a rating, pick (1) or reject (0) */
  KALON_LABEL_PAIR = 2   /* which of two pictures is the better one */
};

typedef struct kalon_head_label {
  uint32_t size;
  float weight;    /* above 0; how often the label counts */
  uint64_t first;  /* a row of the vectors */
  uint64_t second; /* of pairs: the other row; else 0 */
  float value;     /* finite; of pairs 1: the first is better, 0: the second, 0.5: neither */
  uint32_t reserved;
} kalon_head_label;

/* What there is to learn from. Rows that no label names may serve to learn how vectors are spread. */
typedef struct kalon_training {
  uint32_t size;
  uint32_t reserved;
  const kalon_tensor *vectors; /* pictures x dimension of F32, finite, all of one space */
  const kalon_head_label *labels;
  uint64_t label_count;
  uint64_t label_stride; /* bytes from one label to the next */
} kalon_training;

typedef struct kalon_head_description {
  uint32_t size;
  int32_t label;       /* KALON_LABEL_* that it learns from */
  const char *id;      /* stable, reverse-dotted or short: "ridge" */
  const char *name;    /* for people */
  const char *summary; /* one sentence: what it assumes, and how many labels it wants */
  const char *licence; /* SPDX */
  float low;           /* range of each score, higher is better; low = high = 0 when unbounded */
  float high;
  int32_t gives_deviation; /* 1: scores come with a standard deviation */
  int32_t determinism;     /* KALON_DETERMINISM_* of training and scoring, for one seed of the host */
  float tolerance;         /* largest absolute difference between runs, batches and CPUs */
  uint32_t reserved;
} kalon_head_description;

typedef struct kalon_head_batch {
  uint32_t size;
  uint32_t count;
  const kalon_tensor *vectors;    /* count x dimension of F32 */
  const kalon_tensor *scores;     /* count of F32 */
  const kalon_tensor *deviations; /* count of F32; null = not wanted, or none are given */
  kalon_status *statuses;         /* count: one for each picture; a vector with NaN is invalid_argument */
} kalon_head_batch;

typedef struct kalon_head kalon_head; /* trained, never changed: several threads may score with it at once */

#define KALON_HEAD_FACTORY "kalon.head/1"
typedef struct kalon_head_factory {
  uint32_t (*count)(void);                                              /* [any] */
  kalon_status (*describe)(uint32_t head, kalon_head_description *out); /* strings valid until shutdown [any] */
  /* Long work: asks kalon.host.call/1 whether it was cancelled and gives it signs of life; chance comes from
   * kalon.host.seed/1. The training data is borrowed until the return. invalid_argument: labels of another kind, or
   * that name rows which are not there; unsupported: too few labels to learn from. [worker] */
  kalon_status (*train)(uint32_t head, const kalon_training *training, kalon_head **out, kalon_text *error);
  /* What save() gave, perhaps years ago and on another machine. corrupt_data, unsupported. [worker] */
  kalon_status (*load)(uint32_t head, const uint8_t *data, uint64_t data_size, kalon_head **out, kalon_text *error);
  /* All that load() needs, in a form with a version of its own: two-call form as in services.h. [worker] */
  kalon_status (*save)(const kalon_head *instance, uint8_t *buffer, uint64_t capacity, uint64_t *size);
  /* The score of one picture is the same alone and inside a batch, within the stated tolerance. invalid_argument:
   * vectors of another dimension than it was trained on. [worker] */
  kalon_status (*run)(const kalon_head *instance, const kalon_head_batch *batch, kalon_text *error);
  void (*destroy)(kalon_head *instance); /* [worker] */
} kalon_head_factory;

#ifdef __cplusplus
}
#endif
#endif
