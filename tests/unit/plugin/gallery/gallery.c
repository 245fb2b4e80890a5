/* The gallery: plugins of which all but GALLERY_DECODER and GALLERY_MODEL break the contract in one way each. */
#include <kalon/plugin.h>
#include <stdio.h>
#include <string.h>

/* ---- a decoder of nothing ---- */

static kalon_status open_file(const kalon_source *source, const kalon_decode_limits *limits, kalon_decode **out,
                              kalon_text *error) {
  (void)source, (void)limits, (void)out;
  if (error && error->capacity) snprintf(error->data, error->capacity, "the gallery's decoder reads nothing");
  return KALON_UNSUPPORTED;
}
static kalon_status info(kalon_decode *decode, kalon_picture_info *out) {
  (void)decode, (void)out;
  return KALON_INTERNAL;
}
static kalon_status metadata(kalon_decode *decode, int32_t kind, const uint8_t **data, uint64_t *size) {
  (void)decode, (void)kind, (void)data, (void)size;
  return KALON_NOT_FOUND;
}
#ifndef GALLERY_HALF_DECODER
static kalon_status read_pixels(kalon_decode *decode, const kalon_pixels *dst, kalon_text *error) {
  (void)decode, (void)dst, (void)error;
  return KALON_INTERNAL;
}
#endif
static void close_file(kalon_decode *decode) {
  (void)decode;
}

static const kalon_decoder_factory decoder = {
    .open = open_file,
    .info = info,
    .metadata = metadata,
#ifndef GALLERY_HALF_DECODER
    .read = read_pixels,
#endif
    .close = close_file,
};

/* ---- a model whose only output is the first byte ---- */

static uint32_t count(void) {
  return 1;
}
static kalon_status describe(uint32_t model, kalon_model_description *out) {
  static const kalon_model_description description = {
      .size = sizeof description,
      .determinism = KALON_DETERMINISM_EXACT,
      .id = "gallery",
      .name = "First byte",
      .summary = "Sees one byte and nothing else.",
      .licence = "Apache-2.0",
      .weights_hash = "000102030405060708090a0b0c0d0e0f",
      .input_width = 1,
      .input_height = 1,
      .crop = KALON_CROP_SQUASH,
      .filter = KALON_FILTER_BOX,
      .decode_cover = 1,
      .preferred_batch = 1,
      .output_count = 1,
      .input_sample = KALON_SAMPLE_U8,
      .input_layout = KALON_LAYOUT_NHWC,
      .input_colour = KALON_COLOUR_RGB,
      .input_deviation = {1, 1, 1},
  };
  if (model != 0) return KALON_INVALID_ARGUMENT;
  uint32_t size = out->size < sizeof description ? out->size : (uint32_t)sizeof description;
  memcpy(out, &description, size);
  out->size = size;
  return KALON_OK;
}
static kalon_status describe_output(uint32_t model, uint32_t output, kalon_output_description *out) {
  static const kalon_output_description description = {
      .size = sizeof description,
      .kind = KALON_OUTPUT_SCORE,
      .name = "byte",
#ifndef GALLERY_BAD_MODEL
      .dimension = 1,
#endif
      .low = 0,
      .high = 255,
  };
  if (model != 0 || output != 0) return KALON_INVALID_ARGUMENT;
  uint32_t size = out->size < sizeof description ? out->size : (uint32_t)sizeof description;
  memcpy(out, &description, size);
  out->size = size;
  return KALON_OK;
}
static kalon_status create(uint32_t model, kalon_model **out, kalon_text *error) {
  (void)model, (void)error;
  static char instance;
  *out = (kalon_model *)&instance;
  return KALON_OK;
}
static kalon_status run(kalon_model *instance, const kalon_batch *batch, kalon_text *error) {
  (void)instance, (void)error;
  for (uint32_t i = 0; i < batch->count; ++i) {
    if (batch->outputs[0]) ((float *)batch->outputs[0]->data)[i] = ((const uint8_t *)batch->input->data)[3 * (uint64_t)i];
    batch->statuses[i] = KALON_OK;
  }
  return KALON_OK;
}
static void destroy(kalon_model *instance) {
  (void)instance;
}

static const kalon_model_factory model = {count, describe, describe_output, create, run, destroy};

/* ---- the entry ---- */

static kalon_status init(const kalon_host *host, kalon_text *error) {
#ifdef GALLERY_FAILING_INIT
  (void)host;
  if (error && error->capacity) snprintf(error->data, error->capacity, "the gallery is closed on Mondays");
  return KALON_IO;
#else
  (void)error;
  const kalon_host_log *log = host->get_extension(host, KALON_HOST_LOG);
  if (host->get_extension(host, "no.such.extension/1")) return KALON_INTERNAL;
  if (!log) return KALON_MISSING_FEATURE;
  log->write(host, KALON_LOG_WARNING, "init was called");
  return KALON_OK;
#endif
}

static const void *get_factory(const char *id) {
#ifndef GALLERY_NO_FACTORY
  if (strcmp(id, KALON_DECODER_FACTORY) == 0) return &decoder;
  if (strcmp(id, KALON_MODEL_FACTORY) == 0) return &model;
#else
  (void)id, (void)decoder, (void)model;
#endif
  return NULL;
}

#ifdef GALLERY_NO_ENTRY
KALON_EXPORT const kalon_entry another_symbol = {
#else
KALON_EXPORT const kalon_entry kalon_plugin_entry = {
#endif
#ifdef GALLERY_WRONG_MAGIC
    .magic = 0x12345678,
#else
    .magic = KALON_ENTRY_MAGIC,
#endif
#ifdef GALLERY_SHORT_ENTRY
    .size = 16,
#else
    .size = sizeof(kalon_entry),
#endif
    .abi_major = KALON_ABI_MAJOR,
#ifdef GALLERY_WRONG_ABI
    .abi_minor = KALON_ABI_MINOR + 1,
#elif defined(GALLERY_MODEL)
    .abi_minor = 0, /* later engines load it */
#else
    .abi_minor = KALON_ABI_MINOR,
#endif
    .init = init,
    .get_factory = get_factory,
};
