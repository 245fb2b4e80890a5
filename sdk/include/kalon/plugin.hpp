// For authors of plugins in C++17: the contract of plugin.h without its chores. Header-only, standard library only.
//
// A decoder is a class with these members, and one line that exports it:
//
//   class MyDecoder {
//    public:
//     MyDecoder(const kalon_source &source, const kalon_decode_limits &limits);  // reads the header
//     const kalon_picture_info &info() const;
//     kalon::plugin::ByteSpan metadata(int32_t kind);        // empty: the file has none
//     void scale(uint32_t min_width, uint32_t min_height);   // may be left out
//     void read(const kalon_pixels &dst);                    // called once at most, dst fits info()
//   };
//   const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<MyDecoder>();
//
// A model is a class with these three:
//
//   class MyModel {
//    public:
//     static kalon::plugin::ModelDescription describe();           // its texts live as long as the process
//     MyModel();                                                    // one stream of pictures; one thread at a time
//     void embed(const uint8_t *pixels, float *const *outputs);     // one picture, input_height x input_width x 3; an
//   };                                                              // output is null when it is not wanted
//   const kalon_entry kalon_plugin_entry = kalon::plugin::model_entry<MyModel>();
//
// One whose embed() takes `const float *` is given floats, by the mean and deviation of its description and in its
// layout. One that is faster with many pictures at once has run(const kalon_batch &) instead of embed(): it stores a
// status for each picture; input_of<uint8_t>(batch) and output_of(batch, i) are the memory.
//
// Every member may throw: Failure with the status and text that the caller shall see, std::bad_alloc, or anything else
// (an internal error). Nothing thrown leaves the plugin.
//
// kalon::plugin::host() has the services of whoever loaded the plugin: services.hpp.
#ifndef KALON_PLUGIN_HPP
#define KALON_PLUGIN_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plugin.h"
#include "services.hpp"

namespace kalon {
namespace plugin {

// Borrowed bytes.
struct ByteSpan {
  const uint8_t *data = nullptr;
  size_t size = 0;

  bool empty() const { return size == 0; }
  // The part from offset on, at most count bytes; empty when there is none.
  ByteSpan part(size_t offset, size_t count = SIZE_MAX) const {
    return offset >= size ? ByteSpan{} : ByteSpan{data + offset, std::min(count, size - offset)};
  }
  bool starts_with(std::string_view text) const {
    return size >= text.size() && std::memcmp(data, text.data(), text.size()) == 0;
  }
};

// Writes text into a caller's buffer, cut at a character's boundary when it is too small.
inline void write_text(kalon_text *out, std::string_view text) noexcept {
  if (!out || !out->data || out->capacity == 0) return;
  size_t count = static_cast<size_t>(std::min<uint64_t>(text.size(), out->capacity - 1));
  if (count < text.size())
    while (count > 0 && (static_cast<unsigned char>(text[count]) & 0xc0) == 0x80) --count;
  if (count > 0) std::memcpy(out->data, text.data(), count);
  out->data[count] = '\0';
}

// Calls function() and turns whatever it throws into a status and a text.
template <class Function>
kalon_status guarded(kalon_text *error, Function &&function) noexcept {
  try {
    function();
    return KALON_OK;
  } catch (const Failure &failure) {
    write_text(error, failure.what());
    return failure.status();
  } catch (const std::bad_alloc &) {
    write_text(error, "out of memory");
    return KALON_OUT_OF_MEMORY;
  } catch (const std::exception &exception) {
    write_text(error, exception.what());
    return KALON_INTERNAL;
  } catch (...) {
    write_text(error, "an unknown exception");
    return KALON_INTERNAL;
  }
}

// Copies a struct that begins with its size, from a provider of another revision: fields it lacks are zero.
template <class Struct>
Struct copy_in(const Struct *from) {
  static_assert(std::is_trivially_copyable<Struct>::value, "a struct of the contract");
  Struct copy{};
  if (from) std::memcpy(&copy, from, std::min<size_t>(from->size, sizeof copy));
  copy.size = sizeof copy;
  return copy;
}

// Fills a caller's struct, whose size field says how much of it there is.
template <class Struct>
void copy_out(Struct *to, const Struct &from) {
  static_assert(std::is_trivially_copyable<Struct>::value, "a struct of the contract");
  const uint32_t size = to->size;
  std::memset(static_cast<void *>(to), 0, size);
  std::memcpy(static_cast<void *>(to), &from, std::min<size_t>(size, sizeof from));
  if (size >= sizeof size) std::memcpy(static_cast<void *>(to), &size, sizeof size);
}

// One line of KALON_METADATA_PROPERTIES. A '=' inside the key becomes '_'.
inline void append_property(std::string &lines, std::string_view key, std::string_view value) {
  auto escape = [&](char c) {
    if (c == '\\')
      lines += "\\\\";
    else if (c == '\n')
      lines += "\\n";
    else if (c == '\r')
      lines += "\\r";
    else
      lines += c;
  };
  for (char c : key) escape(c == '=' ? '_' : c);
  lines += '=';
  for (char c : value) escape(c);
  lines += '\n';
}

inline uint32_t sample_bytes(int32_t sample) {
  return sample == KALON_SAMPLE_U8 ? 1 : sample == KALON_SAMPLE_U16 ? 2 : 4;
}

// Throws limit_exceeded when a picture has more pixels than the caller wants. A limit of 0 is none.
inline void check_limits(uint64_t width, uint64_t height, const kalon_decode_limits &limits) {
  if (limits.max_pixels == 0 || height == 0 || width <= limits.max_pixels / height) return;
  throw Failure(KALON_LIMIT_EXCEEDED, "the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                                          " pixels; at most " + std::to_string(limits.max_pixels) + " are allowed");
}

// The values of a batch's input, and of an output: null when it is not wanted.
template <class Value>
const Value *input_of(const kalon_batch &batch) {
  return batch.input ? static_cast<const Value *>(batch.input->data) : nullptr;
}
inline float *output_of(const kalon_batch &batch, size_t output) {
  return batch.outputs[output] ? static_cast<float *>(batch.outputs[output]->data) : nullptr;
}

// What a model says of itself; sizes, the number of outputs, and whatever of the input is left 0 (uint8 or, where
// embed() takes floats, 0..1; N x H x W x 3; RGB) are filled in.
struct ModelDescription {
  kalon_model_description model{};
  std::vector<kalon_output_description> outputs;
};

// What the init of an entry that is written by hand begins with: refuses hosts of other revisions, and makes this one
// what host() gives.
inline void begin(const kalon_host *host) {
  if (!host || host->abi_major != KALON_ABI_MAJOR)
    throw Failure(KALON_UNSUPPORTED, "the plugin was built for another revision of Kalon's contract");
  detail::this_host() = Host(host);
}

namespace detail {

template <class Decoder>
struct Instance {
  Decoder decoder;
  bool was_read = false;

  Instance(const kalon_source &source, const kalon_decode_limits &limits) : decoder(source, limits) {}
  static Instance *of(kalon_decode *decode) { return reinterpret_cast<Instance *>(decode); }
};

template <class Decoder, class = void>
struct HasScale : std::false_type {};
template <class Decoder>
struct HasScale<Decoder, decltype(std::declval<Decoder &>().scale(0u, 0u), void())> : std::true_type {};

inline void check_destination(const kalon_picture_info &info, const kalon_pixels &dst) {
  const uint64_t row = uint64_t{dst.width} * dst.channels * sample_bytes(dst.sample);
  if (!dst.data || dst.width != info.decoded_width || dst.height != info.decoded_height ||
      dst.channels != info.channels || dst.sample != info.sample || dst.stride < row)
    throw Failure(KALON_INVALID_ARGUMENT, "the destination does not fit the picture that info() describes");
}

template <class Decoder>
kalon_status open(const kalon_source *source, const kalon_decode_limits *limits, kalon_decode **out,
                  kalon_text *error) {
  return guarded(error, [&] {
    if (!source || !out) throw Failure(KALON_INVALID_ARGUMENT, "no source, or no place for the result");
    *out = nullptr;
    const kalon_source own = copy_in(source);
    if (!own.data || own.data_size == 0) throw Failure(KALON_CORRUPT_DATA, "the file is empty");
    *out = reinterpret_cast<kalon_decode *>(new Instance<Decoder>(own, copy_in(limits)));
  });
}

template <class Decoder>
kalon_status info(kalon_decode *decode, kalon_picture_info *out) {
  return guarded(nullptr, [&] {
    if (!decode || !out) throw Failure(KALON_INVALID_ARGUMENT, "");
    copy_out(out, Instance<Decoder>::of(decode)->decoder.info());
  });
}

template <class Decoder>
kalon_status metadata(kalon_decode *decode, int32_t kind, const uint8_t **data, uint64_t *data_size) {
  return guarded(nullptr, [&] {
    if (!decode || !data || !data_size) throw Failure(KALON_INVALID_ARGUMENT, "");
    const ByteSpan bytes = Instance<Decoder>::of(decode)->decoder.metadata(kind);
    *data = bytes.data;
    *data_size = bytes.size;
    if (bytes.empty()) throw Failure(KALON_NOT_FOUND, "");
  });
}

template <class Decoder>
kalon_status scale(kalon_decode *decode, uint32_t min_width, uint32_t min_height) {
  return guarded(nullptr, [&] {
    auto *instance = Instance<Decoder>::of(decode);
    if (!decode || instance->was_read) throw Failure(KALON_INVALID_ARGUMENT, "");
    instance->decoder.scale(min_width, min_height);
  });
}

template <class Decoder>
kalon_status read(kalon_decode *decode, const kalon_pixels *dst, kalon_text *error) {
  return guarded(error, [&] {
    auto *instance = Instance<Decoder>::of(decode);
    if (!decode || !dst) throw Failure(KALON_INVALID_ARGUMENT, "no picture, or no destination");
    if (instance->was_read) throw Failure(KALON_INVALID_ARGUMENT, "the picture was read already");
    const kalon_pixels own = copy_in(dst);
    check_destination(instance->decoder.info(), own);
    instance->was_read = true;
    instance->decoder.read(own);
  });
}

template <class Decoder>
void close(kalon_decode *decode) {
  guarded(nullptr, [&] { delete Instance<Decoder>::of(decode); });
}

template <class Decoder>
constexpr auto scale_function() -> kalon_status (*)(kalon_decode *, uint32_t, uint32_t) {
  if constexpr (HasScale<Decoder>::value)
    return &scale<Decoder>;
  else
    return nullptr;
}

template <class Decoder>
struct Factory {
  static constexpr kalon_decoder_factory table = {
      &open<Decoder>, &info<Decoder>, &metadata<Decoder>, scale_function<Decoder>(), &read<Decoder>, &close<Decoder>};
  static const void *get(const char *id) {
    return id && std::strcmp(id, KALON_DECODER_FACTORY) == 0 ? &table : nullptr;
  }
};

template <class Model, class = void>
struct TakesFloats : std::false_type {};
template <class Model>
struct TakesFloats<Model, decltype(std::declval<Model &>().embed(static_cast<const float *>(nullptr),
                                                                 static_cast<float *const *>(nullptr)),
                                   void())> : std::true_type {};

template <class Model>
const ModelDescription &description() {
  static const ModelDescription made = [] {
    ModelDescription described = Model::describe();
    auto &model = described.model;
    model.size = sizeof model;
    model.output_count = static_cast<uint32_t>(described.outputs.size());
    if (model.input_sample == 0) model.input_sample = TakesFloats<Model>::value ? KALON_SAMPLE_F32 : KALON_SAMPLE_U8;
    if (model.input_layout == 0) model.input_layout = KALON_LAYOUT_NHWC;
    if (model.input_colour == 0) model.input_colour = KALON_COLOUR_RGB;
    for (float &deviation : model.input_deviation)
      if (deviation == 0) deviation = 1;
    for (auto &output : described.outputs) output.size = sizeof output;
    return described;
  }();
  return made;
}

inline uint32_t one_model() {
  return 1;
}

template <class Model>
kalon_status describe(uint32_t model, kalon_model_description *out) {
  return guarded(nullptr, [&] {
    if (model != 0 || !out) throw Failure(KALON_INVALID_ARGUMENT, "");
    copy_out(out, description<Model>().model);
  });
}

template <class Model>
kalon_status describe_output(uint32_t model, uint32_t output, kalon_output_description *out) {
  return guarded(nullptr, [&] {
    const auto &outputs = description<Model>().outputs;
    if (model != 0 || output >= outputs.size() || !out) throw Failure(KALON_INVALID_ARGUMENT, "");
    copy_out(out, outputs[output]);
  });
}

template <class Model>
kalon_status create(uint32_t model, kalon_model **out, kalon_text *error) {
  return guarded(error, [&] {
    if (model != 0 || !out) throw Failure(KALON_INVALID_ARGUMENT, "this plugin has one model, number 0");
    *out = nullptr;
    *out = reinterpret_cast<kalon_model *>(new Model());
  });
}

// Throws unless the batch has all its parts and its tensors are those of the description.
inline void check_batch(const void *instance, const kalon_batch &batch, const ModelDescription &about) {
  if (!instance || !batch.outputs || !batch.statuses || (batch.count > 0 && (!batch.input || !batch.input->data)))
    throw Failure(KALON_INVALID_ARGUMENT, "the batch lacks its input, outputs or statuses");
  if (batch.count == 0) return;
  const kalon_tensor input = copy_in(batch.input);
  const bool channels_first = about.model.input_layout == KALON_LAYOUT_NCHW;
  const uint64_t height = about.model.input_height, width = about.model.input_width;
  const uint64_t shape[] = {batch.count, channels_first ? 3 : height, channels_first ? height : width,
                            channels_first ? width : 3};
  if (input.sample != about.model.input_sample || input.rank != 4 || !std::equal(shape, shape + 4, input.shape))
    throw Failure(KALON_INVALID_ARGUMENT, "the batch's input is not what the model describes");
  for (size_t i = 0; i < about.outputs.size(); ++i) {
    if (!batch.outputs[i]) continue;
    const kalon_tensor output = copy_in(batch.outputs[i]);
    if (!output.data || output.sample != KALON_SAMPLE_F32 || output.rank != 2 || output.shape[0] != batch.count ||
        output.shape[1] != about.outputs[i].dimension)
      throw Failure(KALON_INVALID_ARGUMENT, "an output of the batch is not what the model describes");
  }
}

template <class Model, class = void>
struct HasRun : std::false_type {};
template <class Model>
struct HasRun<Model, decltype(std::declval<Model &>().run(std::declval<const kalon_batch &>()), void())>
    : std::true_type {};

// One picture after the other; one that fails leaves the others alone.
template <class Model>
void embed_each(Model &model, const kalon_batch &batch, kalon_text *error) {
  using Value = std::conditional_t<TakesFloats<Model>::value, float, uint8_t>;
  const auto &about = description<Model>();
  const size_t picture = size_t{about.model.input_width} * about.model.input_height * 3;
  std::vector<float *> outputs(about.outputs.size());
  for (size_t i = 0; i < batch.count; ++i) {
    host().throw_if_cancelled();
    host().progress(i, batch.count);
    for (size_t o = 0; o < outputs.size(); ++o) {
      float *all = output_of(batch, o);
      outputs[o] = all ? all + i * about.outputs[o].dimension : nullptr;
    }
    batch.statuses[i] = guarded(error, [&] { model.embed(input_of<Value>(batch) + i * picture, outputs.data()); });
  }
}

template <class Model>
kalon_status run(kalon_model *instance, const kalon_batch *batch, kalon_text *error) {
  return guarded(error, [&] {
    const kalon_batch own = copy_in(batch);
    check_batch(instance, own, description<Model>());
    auto &model = *reinterpret_cast<Model *>(instance);
    if constexpr (HasRun<Model>::value)
      model.run(own);
    else
      embed_each(model, own, error);
  });
}

template <class Model>
void destroy(kalon_model *instance) {
  guarded(nullptr, [&] { delete reinterpret_cast<Model *>(instance); });
}

template <class Model>
struct ModelFactory {
  static constexpr kalon_model_factory table = {&one_model,     &describe<Model>, &describe_output<Model>,
                                                &create<Model>, &run<Model>,      &destroy<Model>};
  static const void *get(const char *id) { return id && std::strcmp(id, KALON_MODEL_FACTORY) == 0 ? &table : nullptr; }
};

template <void (*prepare)()>
kalon_status init(const kalon_host *host, kalon_text *error) {
  return guarded(error, [&] {
    begin(host);
    if constexpr (prepare != nullptr) prepare();
  });
}

inline void shutdown() {}

}  // namespace detail

// The entry of a plugin that holds one decoder. prepare() runs once, before anything else, and may throw.
template <class Decoder, void (*prepare)() = nullptr>
constexpr kalon_entry decoder_entry() {
  return {KALON_ENTRY_MAGIC, sizeof(kalon_entry),           KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, &detail::init<prepare>,
          &detail::shutdown, &detail::Factory<Decoder>::get};
}

// The entry of a plugin that holds one model. prepare() runs once, before anything else, and may throw.
template <class Model, void (*prepare)() = nullptr>
constexpr kalon_entry model_entry() {
  return {KALON_ENTRY_MAGIC,
          sizeof(kalon_entry),
          KALON_ABI_MAJOR,
          KALON_ABI_MINOR,
          0,
          &detail::init<prepare>,
          &detail::shutdown,
          &detail::ModelFactory<Model>::get};
}

}  // namespace plugin
}  // namespace kalon

#endif
