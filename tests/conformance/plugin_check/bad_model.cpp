// A model with one fault of a gallery, named by the environment variable KALON_BAD_PLUGIN; without it a good one.
// Faults that lie in the library itself are chosen when it is built.
#include <kalon/plugin.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>

struct kalon_model {
  int unused = 0;
};

#ifdef BAD_UNDEFINED
extern "C" void nobody_defines_this();
#endif
#ifdef BAD_EXPORTS
extern "C" KALON_EXPORT int an_open_helper() {
  return 1;
}
#endif

namespace {

constexpr uint32_t side = 8, dimension = 4;

bool bad(std::string_view fault) {
  const char *chosen = std::getenv("KALON_BAD_PLUGIN");
  return chosen && fault == chosen;
}

uint32_t count() {
  return 1;
}

template <class Struct>
kalon_status hand_out(Struct from, Struct *out) {
  from.size = bad("sizes") ? uint32_t{sizeof from} : out->size;
  auto size = bad("sizes") ? sizeof from : out->size;
  std::memset(static_cast<void *>(out), 0, size);
  std::memcpy(static_cast<void *>(out), &from, std::min<size_t>(size, sizeof from));
  return KALON_OK;
}

kalon_status describe(uint32_t model, kalon_model_description *out) {
  if (model != 0 && !bad("any-number")) return KALON_INVALID_ARGUMENT;
  kalon_model_description about{};
  about.determinism = KALON_DETERMINISM_EXACT;
  about.id = "gallery";
  about.name = "Gallery";
  about.summary = bad("nameless") ? nullptr : "Means of quarters.";
  about.licence = "Apache-2.0";
  about.weights_hash = "00112233445566778899aabbccddeeff";
  about.input_width = side;
  about.input_height = side;
  about.crop = KALON_CROP_SQUASH;
  about.filter = KALON_FILTER_BOX;
  about.decode_cover = 1;
  about.preferred_batch = 4;
  about.output_count = 1;
  return hand_out(about, out);
}

kalon_status describe_output(uint32_t model, uint32_t output, kalon_output_description *out) {
  if ((model != 0 || output != 0) && !bad("any-number")) return KALON_INVALID_ARGUMENT;
  kalon_output_description about{};
  about.kind = KALON_OUTPUT_EMBEDDING;
  about.name = "means";
  about.dimension = dimension;
  about.metric = KALON_METRIC_EUCLIDEAN;
  about.low = 0;
  about.high = 255;
  return hand_out(about, out);
}

kalon_status create(uint32_t model, kalon_model **out, kalon_text *) {
  if (model != 0 && !bad("any-number")) return KALON_INVALID_ARGUMENT;
  *out = new kalon_model;
  return KALON_OK;
}

int living = 0;  // what instances share, by mistake
std::atomic<int> inside{0};

void embed(const uint8_t *pixels, float *means) {
  constexpr size_t quarter = side * side * 3 / dimension;
  for (size_t part = 0; part < dimension; ++part) {
    double sum = 0;
    for (size_t i = 0; i < quarter; ++i) sum += pixels[part * quarter + i];
    means[part] = static_cast<float>(sum / quarter);
  }
}

kalon_status run(kalon_model *, const kalon_batch *batch, kalon_text *) {
  if (bad("throws")) throw std::runtime_error("thrown by the gallery");
  if (bad("hangs"))
    while (true) ::pause();
  if (bad("crashes")) *reinterpret_cast<volatile int *>(8) = 1;
  if (bad("exits")) std::exit(0);
  if (bad("aborts")) std::abort();
  if (bad("fails")) return KALON_INTERNAL;
  if (bad("rounds")) std::fesetround(FE_UPWARD);
  if (bad("leaks")) [[maybe_unused]]
    auto *lost = new char[1000];
  bool crowded = ++inside > 1;
  if (bad("unsafe")) ::usleep(2000), crowded = inside > 1;
  for (uint32_t i = 0; i < batch->count; ++i) {
    float *means = batch->outputs[0] ? batch->outputs[0] + size_t{i} * dimension : nullptr;
    if (means) embed(batch->pixels + size_t{i} * side * side * 3, means);
    if (means && bad("nan")) means[1] = NAN;
    if (means && bad("out-of-range")) means[1] = 300;
    if (means && bad("batch")) means[0] = static_cast<float>(i);
    if (means && bad("shared")) means[0] = static_cast<float>(living);
    if (means && bad("unsafe") && crowded) means[0] = 1;
    if (!bad("no-status")) batch->statuses[i] = KALON_OK;
  }
  if (bad("wants-all") && !batch->outputs[0]) std::abort();
  if (bad("out-of-bounds")) batch->outputs[0][size_t{batch->count} * dimension] = 1;
  if (bad("writes-input")) const_cast<uint8_t *>(batch->pixels)[0] = 1;
  --inside;
  return KALON_OK;
}

kalon_status counted_create(uint32_t model, kalon_model **out, kalon_text *error) {
  if (bad("shared")) ++living;
  return create(model, out, error);
}

void destroy(kalon_model *instance) {
  if (!bad("instance-leaks")) delete instance;
}

kalon_status init(const kalon_host *host, kalon_text *) {
  if (bad("init-fails")) return KALON_MISSING_FEATURE;
  if (bad("prints")) std::puts("hello from the gallery");
  if (bad("init-rounds")) std::fesetround(FE_DOWNWARD);
#ifdef BAD_UNDEFINED
  nobody_defines_this();
#endif
  return host->abi_major == KALON_ABI_MAJOR || bad("init-takes-all") ? KALON_OK : KALON_UNSUPPORTED;
}
void shutdown() {}

const void *get_factory(const char *id) {
  static constexpr kalon_model_factory models = {count, describe, describe_output, counted_create, run, destroy};
  if (bad("no-factory")) return nullptr;
  return bad("any-factory") || std::strcmp(id, KALON_MODEL_FACTORY) == 0 ? &models : nullptr;
}

#ifdef BAD_SIZE
constexpr uint32_t entry_size = 8;
#else
constexpr uint32_t entry_size = sizeof(kalon_entry);
#endif
#ifdef BAD_MAGIC
constexpr uint32_t magic = 1;
#else
constexpr uint32_t magic = KALON_ENTRY_MAGIC;
#endif

}  // namespace

const kalon_entry kalon_plugin_entry = {magic, entry_size, KALON_ABI_MAJOR, KALON_ABI_MINOR,
                                        0,     init,       shutdown,        get_factory};
