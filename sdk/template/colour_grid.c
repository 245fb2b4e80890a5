/* A model for Kalon in C11: the mean colour of each cell of a 4 x 4 grid, a vector of 48 numbers from 0 to 1. */
#include <kalon/plugin.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64, CELLS = 4, CELL_SIDE = SIDE / CELLS, DIMENSION = CELLS * CELLS * 3, PICTURE_BYTES = SIDE * SIDE * 3 };

/* What one stream of pictures needs. The engine makes several, and uses each on one thread at a time. */
struct kalon_model {
  uint32_t sums[DIMENSION];
};

static void embed(struct kalon_model *instance, const uint8_t *pixels, float *vector) {
  memset(instance->sums, 0, sizeof instance->sums);
  for (int y = 0; y < SIDE; ++y)
    for (int x = 0; x < SIDE; ++x)
      for (int channel = 0; channel < 3; ++channel)
        instance->sums[(y / CELL_SIDE * CELLS + x / CELL_SIDE) * 3 + channel] += *pixels++;
  for (int i = 0; i < DIMENSION; ++i) vector[i] = (float)instance->sums[i] / (float)(255 * CELL_SIDE * CELL_SIDE);
}

/* Writes a sentence into the caller's buffer, which may be missing or too small. */
static void say(kalon_text *error, const char *text) {
  if (!error || !error->data || error->capacity == 0) return;
  size_t length = strlen(text);
  if (length > error->capacity - 1) length = (size_t)(error->capacity - 1);
  memcpy(error->data, text, length);
  error->data[length] = '\0';
}

/* Fills a caller's struct, whose first field says how much of it the caller knows: never more, and zeros for what this
 * plugin does not know. */
static kalon_status hand_out(void *to, const void *from, size_t from_size) {
  uint32_t size = *(uint32_t *)to;
  if (size < sizeof size) return KALON_INVALID_ARGUMENT;
  memset(to, 0, size);
  memcpy(to, from, size < from_size ? size : from_size);
  *(uint32_t *)to = size;
  return KALON_OK;
}

static uint32_t count(void) {
  return 1;
}

static kalon_status describe(uint32_t model, kalon_model_description *out) {
  static const kalon_model_description about = {
      .determinism = KALON_DETERMINISM_EXACT,
      .id = "colour-grid-c",
      .name = "Colour grid, in C",
      .summary = "Sees which colours are where, as with half-closed eyes.",
      .licence = "Apache-2.0",
      /* To be changed whenever the vectors change: those that are stored are not compared with others then. */
      .weights_hash = "c2b1d7f04a6e4d0d9f3b8e5a7c9d1e42",
      .input_width = SIDE,
      .input_height = SIDE,
      .crop = KALON_CROP_SQUASH,
      .filter = KALON_FILTER_BOX,
      .decode_cover = 1,
      .preferred_batch = 32,
      .output_count = 1,
      .input_sample = KALON_SAMPLE_U8,
      .input_layout = KALON_LAYOUT_NHWC,
      .input_colour = KALON_COLOUR_RGB,
      .input_deviation = {1, 1, 1},
  };
  return model == 0 && out ? hand_out(out, &about, sizeof about) : KALON_INVALID_ARGUMENT;
}

static kalon_status describe_output(uint32_t model, uint32_t output, kalon_output_description *out) {
  static const kalon_output_description about = {
      .kind = KALON_OUTPUT_EMBEDDING,
      .name = "colours",
      .dimension = DIMENSION,
      .metric = KALON_METRIC_EUCLIDEAN,
      .low = 0,
      .high = 1,
      .tolerance = 0,
  };
  return model == 0 && output == 0 && out ? hand_out(out, &about, sizeof about) : KALON_INVALID_ARGUMENT;
}

static kalon_status create(uint32_t model, kalon_model **out, kalon_text *error) {
  if (model != 0 || !out) {
    say(error, "this plugin has one model, number 0");
    return KALON_INVALID_ARGUMENT;
  }
  *out = calloc(1, sizeof **out);
  if (*out) return KALON_OK;
  say(error, "not enough memory");
  return KALON_OUT_OF_MEMORY;
}

static kalon_status run(kalon_model *instance, const kalon_batch *batch, kalon_text *error) {
  if (!instance || !batch || batch->size < sizeof *batch || !batch->outputs || !batch->statuses ||
      (batch->count > 0 && !batch->input)) {
    say(error, "the batch lacks its input, outputs or statuses");
    return KALON_INVALID_ARGUMENT;
  }
  const uint8_t *pixels = batch->count > 0 ? batch->input->data : NULL;
  float *vectors = batch->outputs[0] ? batch->outputs[0]->data : NULL; /* null: not wanted */
  for (size_t i = 0; i < batch->count; ++i) {
    if (vectors) embed(instance, pixels + i * PICTURE_BYTES, vectors + i * DIMENSION);
    batch->statuses[i] = KALON_OK;
  }
  return KALON_OK;
}

static void destroy(kalon_model *instance) {
  free(instance);
}

static kalon_status init(const kalon_host *host, kalon_text *error) {
  if (host && host->abi_major == KALON_ABI_MAJOR) return KALON_OK;
  say(error, "the plugin was built for another revision of Kalon's contract");
  return KALON_UNSUPPORTED;
}

static void shut_down(void) {}

static const void *get_factory(const char *id) {
  static const kalon_model_factory models = {count, describe, describe_output, create, run, destroy};
  return id && strcmp(id, KALON_MODEL_FACTORY) == 0 ? &models : NULL;
}

const kalon_entry kalon_plugin_entry = {
    KALON_ENTRY_MAGIC, sizeof(kalon_entry), KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, init, shut_down, get_factory};
