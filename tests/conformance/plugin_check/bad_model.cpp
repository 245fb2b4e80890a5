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
#include <thread>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

struct kalon_model {
  double *sums = nullptr;  // the host's memory, where it has some
  bool spoiled = false;
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

// What the host offers; null where it offers nothing.
const kalon_host *host;
const kalon_host_memory *memory;
const kalon_host_threads *lent_threads;
const kalon_host_call *under_way;

template <class Table>
void find(const char *id, const Table *&table) {
  table = static_cast<const Table *>(host->get_extension(host, id));
}

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
  about.input_sample = KALON_SAMPLE_U8;
  about.input_layout = bad("layout") ? 7 : KALON_LAYOUT_NHWC;
  about.input_colour = KALON_COLOUR_RGB;
  for (float &deviation : about.input_deviation) deviation = 1;
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
  if (!memory) return KALON_OK;
  constexpr size_t bytes = dimension * sizeof(double);
  (*out)->sums = static_cast<double *>(memory->allocate(host, bytes, 0));
  if (bad("overruns") || bad("overruns-far"))
    reinterpret_cast<char *>((*out)->sums)[bad("overruns") ? bytes + 3 : bytes + 64] = 1;
  return KALON_OK;
}

int living = 0;  // what instances share, by mistake
std::atomic<int> inside{0};

struct Picture {
  const uint8_t *pixels;
  double *sums;
};

void add_up(void *context, uint64_t part) {
  constexpr size_t quarter = side * side * 3 / dimension;
  auto &picture = *static_cast<Picture *>(context);
  picture.sums[part] = 0;
  for (size_t i = 0; i < quarter; ++i) picture.sums[part] += picture.pixels[part * quarter + i];
  picture.sums[part] /= quarter;
}

kalon_status embed(kalon_model *model, const uint8_t *pixels, float *means) {
  double own[dimension];
  Picture picture{pixels, model->sums ? model->sums : own};
  kalon_status status = KALON_OK;
  if (lent_threads)
    status = lent_threads->parallel_for(host, dimension, add_up, &picture);
  else
    for (uint64_t part = 0; part < dimension; ++part) add_up(&picture, part);
  std::copy_n(picture.sums, dimension, means);
  return status;
}

bool is_cancelled() {
  return under_way && under_way->cancelled(host) && !bad("ignores-cancel");
}

// The faults of a batch that have to do with the host.
kalon_status misuse_host(const kalon_batch *batch) {
  if (bad("needs-call") && !under_way) std::abort();
  if (bad("exact-structs") && batch->size != sizeof *batch) return KALON_INVALID_ARGUMENT;
  if (bad("wrong-thread")) std::thread([] { under_way->cancelled(host); }).join();
  if (bad("more-than-all")) under_way->progress(host, 2, 1);
  if (bad("ignores-cancel") && batch->count >= 8) ::usleep(batch->count * 500'000);
  if (bad("cancel-fails") && is_cancelled()) return KALON_INTERNAL;
  return KALON_OK;
}

kalon_status run(kalon_model *model, const kalon_batch *batch, kalon_text *) {
  if (auto status = misuse_host(batch); status != KALON_OK) return status;
  if (bad("throws")) throw std::runtime_error("thrown by the gallery");
  if (bad("hangs"))
    while (true) ::pause();
  if (bad("hides")) {  // hangs, with all that it has open closed
    for (int i = 3; i < 64; ++i) ::close(i);
    while (true) ::pause();
  }
  if (bad("crashes")) *reinterpret_cast<volatile int *>(8) = 1;
  if (bad("exits")) std::exit(0);
  if (bad("aborts")) std::abort();
  if (bad("fails")) return KALON_INTERNAL;
  if (bad("rounds")) std::fesetround(FE_UPWARD);
#if defined(__SSE__)
  if (bad("flushes")) _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
  if (bad("leaks")) [[maybe_unused]]
    auto *lost = new char[1000];
  bool crowded = ++inside > 1;
  if (bad("unsafe")) ::usleep(2000), crowded = inside > 1;
  auto *pixels = batch->count ? static_cast<uint8_t *>(batch->input->data) : nullptr;
  auto *vectors = batch->outputs[0] ? static_cast<float *>(batch->outputs[0]->data) : nullptr;
  for (uint32_t i = 0; i < batch->count; ++i) {
    float *means = vectors ? vectors + size_t{i} * dimension : nullptr;
    if (under_way) under_way->progress(host, i, batch->count);
    kalon_status status = KALON_OK;
    if (is_cancelled()) {
      status = bad("cancel-lies") ? KALON_OK : KALON_CANCELLED;
      model->spoiled = bad("cancel-spoils");
    } else if (means) {
      status = embed(model, pixels + size_t{i} * side * side * 3, means);
      if (model->spoiled) means[0] = 1;
    }
    if (means && bad("nan")) means[1] = NAN;
    if (means && bad("out-of-range")) means[1] = 300;
    if (means && bad("batch")) means[0] = static_cast<float>(i);
    if (means && bad("shared")) means[0] = static_cast<float>(living);
    if (means && bad("unsafe") && crowded) means[0] = 1;
    if (!bad("no-status")) batch->statuses[i] = status;
  }
  if (bad("wants-all") && !vectors) std::abort();
  if (bad("out-of-bounds")) vectors[size_t{batch->count} * dimension] = 1;
  if (bad("writes-input")) pixels[0] = 1;
  --inside;
  return KALON_OK;
}

kalon_status counted_create(uint32_t model, kalon_model **out, kalon_text *error) {
  if (bad("shared")) ++living;
  return create(model, out, error);
}

void destroy(kalon_model *instance) {
  if (memory && !bad("keeps-memory")) memory->release(host, instance->sums);
  if (memory && bad("releases-twice")) memory->release(host, instance->sums);
  if (!bad("instance-leaks")) delete instance;
}

bool refused = false;

kalon_status init(const kalon_host *given, kalon_text *) {
  if (given->abi_major != KALON_ABI_MAJOR && !bad("init-takes-all")) {
    refused = true;
    if (bad("failed-init-thread"))
      std::thread([given] {
        while (given->size) ::usleep(1000);
      }).detach();
    if (bad("failed-init-stays")) std::thread([] { ::pause(); }).detach();
    return KALON_UNSUPPORTED;
  }
  if (bad("exact-host") && given->size != sizeof *given) return KALON_UNSUPPORTED;
  if (bad("slow-init")) ::usleep(3'200'000);
  host = given;
  find(KALON_HOST_MEMORY, memory);
  find(KALON_HOST_THREADS, lent_threads);
  find(KALON_HOST_CALL, under_way);
  if (bad("needs-services") && !memory) std::abort();
  if (bad("init-progress")) under_way->progress(host, 1, 2);
  if (bad("init-thread"))
    std::thread([] {
      ::usleep(10'000);
      under_way->cancelled(host);
    }).detach();
  if (bad("other-host")) memory->release(nullptr, nullptr);
  if (bad("init-fails")) return KALON_MISSING_FEATURE;
  if (bad("prints")) std::puts("hello from the gallery");
  if (bad("init-rounds")) std::fesetround(FE_DOWNWARD);
#ifdef BAD_UNDEFINED
  nobody_defines_this();
#endif
  return KALON_OK;
}
void shutdown() {}

const void *get_factory(const char *id) {
  static constexpr kalon_model_factory models = {count, describe, describe_output, counted_create, run, destroy};
  if (bad("no-factory")) return nullptr;
  if (bad("failed-init-crashes") && refused) std::abort();
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
