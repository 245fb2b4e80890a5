/* What the author of a decoder or a model sees. abi.h has the rules.
 *
 * A plugin is a shared library that exports `kalon_plugin_entry` and nothing else, with a manifest (JSON) of the same
 * name beside it. The manifest alone decides whether and for what the library is ever loaded. */
#ifndef KALON_PLUGIN_H
#define KALON_PLUGIN_H

#include "services.h"

#ifdef __cplusplus
extern "C" {
#endif

extern KALON_EXPORT const kalon_entry kalon_plugin_entry;

/* ---- pixels ---------------------------------------------------------------------------------------------------- */

enum { KALON_SAMPLE_U8 = 1, KALON_SAMPLE_U16 = 2, KALON_SAMPLE_F32 = 3 };
enum { KALON_COLOUR_GREY = 1, KALON_COLOUR_RGB = 2, KALON_COLOUR_CMYK = 3 };
enum { KALON_ALPHA_NONE = 0, KALON_ALPHA_STRAIGHT = 1, KALON_ALPHA_PREMULTIPLIED = 2 };
enum { KALON_TRANSFER_ENCODED = 0 /* as the ICC profile says, else sRGB */, KALON_TRANSFER_LINEAR = 1 };

/* Interleaved rows, top row first. The alpha channel, if any, comes last. CMYK: 0 is no ink, the maximum full ink. */
typedef struct kalon_pixels {
  uint32_t size;
  uint32_t width;
  uint32_t height;
  uint32_t channels;
  int32_t sample;
  uint32_t reserved;
  uint64_t stride; /* bytes from one row to the next */
  void *data;
} kalon_pixels;

/* A dense array in C order: the last index runs fastest, without gaps. */
enum { KALON_TENSOR_MOST_RANK = 6 };
typedef struct kalon_tensor {
  uint32_t size;
  int32_t sample; /* KALON_SAMPLE_* of each value */
  uint32_t rank;  /* 1..KALON_TENSOR_MOST_RANK */
  uint32_t reserved;
  uint64_t shape[6]; /* the first rank ones count */
  void *data;        /* aligned as its values are */
} kalon_tensor;

/* ---- decoders -------------------------------------------------------------------------------------------------- */

/* The file to decode: all of its bytes, and its path for libraries that insist on opening files themselves. */
typedef struct kalon_source {
  uint32_t size;
  uint32_t reserved;
  const uint8_t *data;
  uint64_t data_size;
  const char *path; /* bytes as the file system has them; may be null */
} kalon_source;

typedef struct kalon_decode_limits {
  uint32_t size;
  uint32_t reserved;
  uint64_t max_pixels; /* width x height of the stored picture; larger ones are refused from the header */
} kalon_decode_limits;

typedef struct kalon_picture_info {
  uint32_t size;
  uint32_t width; /* of the stored picture, before orientation */
  uint32_t height;
  uint32_t decoded_width; /* of what read() will write: smaller when a scale was chosen */
  uint32_t decoded_height;
  uint32_t channels; /* of what read() will write, alpha included: 1..5 */
  int32_t colour;
  int32_t sample;
  int32_t alpha;
  int32_t transfer;
  int32_t orientation; /* EXIF 1..8 to be applied by the caller; 1 when the decoder applied it already */
  uint32_t frames;     /* pictures in the file; read() gives the first */
  char format[16];     /* short lower-case name: "jpeg", "tiff", "cr2", ... */
} kalon_picture_info;

enum {
  KALON_METADATA_ICC = 1,       /* ICC profile */
  KALON_METADATA_EXIF = 2,      /* TIFF structure, beginning with II*\0 or MM\0* */
  KALON_METADATA_XMP = 3,       /* XMP packet */
  KALON_METADATA_PROPERTIES = 4 /* "key=value\n" lines, UTF-8, for what has no standard block: keys are the names
                                   of EXIF tags (DateTimeOriginal, Make, Model, LensModel) or "text:<keyword>" for PNG
                                   text; \ newline and carriage return in values are written \\ \n \r */
};

typedef struct kalon_decode kalon_decode; /* one file being decoded; used by one thread at a time */

#define KALON_DECODER_FACTORY "kalon.decoder/1"
typedef struct kalon_decoder_factory {
  /* Reads the header. The source stays valid until close. corrupt_data, unsupported, limit_exceeded. [worker] */
  kalon_status (*open)(const kalon_source *source, const kalon_decode_limits *limits, kalon_decode **out,
                       kalon_text *error);
  /* [worker] */
  kalon_status (*info)(kalon_decode *decode, kalon_picture_info *out);
  /* Borrowed until close; not_found when the file has none. [worker] */
  kalon_status (*metadata)(kalon_decode *decode, int32_t kind, const uint8_t **data, uint64_t *data_size);
  /* Chooses the smallest decoded size whose width and height are both at least the given ones (of the stored
   * picture, before orientation), never larger than the stored size. Optional: null means full size only. [worker] */
  kalon_status (*scale)(kalon_decode *decode, uint32_t min_width, uint32_t min_height);
  /* Decodes into dst, whose width, height, channels and sample equal those of info(). May be called once. A picture
   * whose data ends early is corrupt_data. [worker] */
  kalon_status (*read)(kalon_decode *decode, const kalon_pixels *dst, kalon_text *error);
  void (*close)(kalon_decode *decode); /* [worker] */
} kalon_decoder_factory;

/* ---- models ---------------------------------------------------------------------------------------------------- */

enum { KALON_OUTPUT_EMBEDDING = 1, KALON_OUTPUT_LOGITS = 2, KALON_OUTPUT_PROBABILITY = 3, KALON_OUTPUT_SCORE = 4 };
enum { KALON_METRIC_COSINE = 1, KALON_METRIC_EUCLIDEAN = 2 };
enum { KALON_CROP_CENTRE = 1, KALON_CROP_SQUASH = 2, KALON_CROP_PAD = 3, KALON_CROP_MORE_SCAN = 4 };
enum { KALON_FILTER_BILINEAR = 1, KALON_FILTER_BICUBIC = 2, KALON_FILTER_LANCZOS = 3, KALON_FILTER_BOX = 4 };
enum { KALON_LAYOUT_NHWC = 1 /* batch, height, width, channel */, KALON_LAYOUT_NCHW = 2 };
enum { KALON_DETERMINISM_EXACT = 1 /* bit for bit on every CPU */, KALON_DETERMINISM_TOLERANCE = 2 };

typedef struct kalon_output_description {
  uint32_t size;
  int32_t kind;
  const char *name; /* "features", "logits", ... */
  uint32_t dimension;
  int32_t metric; /* for embeddings */
  float low;      /* range of each value; low = high = 0 when unbounded */
  float high;
  int32_t direction; /* for scores: +1 higher is better, -1 lower is better, 0 neither */
  float tolerance;   /* largest absolute difference between runs, batches and CPUs */
} kalon_output_description;

typedef struct kalon_model_description {
  uint32_t size;
  int32_t determinism;
  const char *id;           /* stable, reverse-dotted or short: "descriptor" */
  const char *name;         /* for people */
  const char *summary;      /* one sentence: what it sees and what it does not */
  const char *licence;      /* SPDX */
  const char *weights_hash; /* 32 hex digits that change whenever the vectors do */
  uint32_t input_width;     /* of each picture as the model takes it */
  uint32_t input_height;
  int32_t crop; /* policy by which the engine makes the input from a picture */
  int32_t filter;
  float decode_cover; /* decode to at least this many times the input size before resampling; 0 = full size */
  uint32_t preferred_batch;
  uint32_t output_count;
  int32_t input_sample; /* KALON_SAMPLE_U8: sRGB values 0..255; KALON_SAMPLE_F32: (value / 255 - mean) / deviation */
  int32_t input_layout;
  int32_t input_colour;     /* KALON_COLOUR_RGB */
  float input_mean[3];      /* of red, green and blue on 0..1; for KALON_SAMPLE_F32 only */
  float input_deviation[3]; /* above 0 */
} kalon_model_description;

typedef struct kalon_batch {
  uint32_t size;
  uint32_t count;
  /* count x height x width x 3, or count x 3 x height x width, of input_sample. May be null when count is 0. */
  const kalon_tensor *input;
  const kalon_tensor *const *outputs; /* output_count of them, each count x dimension of F32; null = not wanted */
  kalon_status *statuses;             /* count: one status for each picture */
} kalon_batch;

typedef struct kalon_model kalon_model; /* one single-threaded stream; several may exist and run at once */

#define KALON_MODEL_FACTORY "kalon.model/1"
typedef struct kalon_model_factory {
  uint32_t (*count)(void);                                                /* [any] */
  kalon_status (*describe)(uint32_t model, kalon_model_description *out); /* strings valid until shutdown [any] */
  kalon_status (*describe_output)(uint32_t model, uint32_t output, kalon_output_description *out); /* [any] */
  kalon_status (*create)(uint32_t model, kalon_model **out, kalon_text *error);                    /* [worker] */
  /* The result for one picture is the same alone and inside a batch, within the stated tolerance. [worker] */
  kalon_status (*run)(kalon_model *instance, const kalon_batch *batch, kalon_text *error);
  void (*destroy)(kalon_model *instance); /* [worker] */
} kalon_model_factory;

#ifdef __cplusplus
}
#endif
#endif
