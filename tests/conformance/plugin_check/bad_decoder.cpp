// A decoder with one fault of a gallery, named by the environment variable KALON_BAD_PLUGIN; without it a good one. Its
// files: "KG", width, height (a byte each), and the RGB samples.
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <cstdlib>
#include <cstring>
#include <kalon/plugin.hpp>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using kalon::plugin::Failure;

bool bad(std::string_view fault) {
  const char *chosen = std::getenv("KALON_BAD_PLUGIN");
  return chosen && fault == chosen;
}

std::atomic<int> inside{0};
char *volatile lost;  // one that the compiler cannot do without

class GalleryDecoder {
 public:
  GalleryDecoder(const kalon_source &source, const kalon_decode_limits &limits) : source_(source) {
    const auto &host = kalon::plugin::host();
    if (bad("needs-call") && !host.get()->get_extension(host.get(), KALON_HOST_CALL)) std::abort();
    bool header = source.data_size >= 4 && source.data[0] == 'K' && source.data[1] == 'G';
    if (!header && bad("nonsense")) std::abort();
    if (!header) throw Failure(KALON_CORRUPT_DATA, "no picture of the gallery");
    info_.size = sizeof info_;
    info_.width = info_.decoded_width = source.data[2];
    info_.height = info_.decoded_height = source.data[3];
    if (info_.width == 0 || info_.height == 0) throw Failure(KALON_CORRUPT_DATA, "has no size");
    if (!bad("limits")) kalon::plugin::check_limits(info_.width, info_.height, limits);
    info_.channels = 3;
    info_.colour = KALON_COLOUR_RGB;
    info_.sample = KALON_SAMPLE_U8;
    info_.orientation = bad("info") ? 9 : 1;
    info_.frames = 1;
    std::strcpy(info_.format, "kg");
    if (bad("leaks")) lost = new char[1000];
    if (bad("keeps-memory")) host.memory<char>(100).release();
  }
  const kalon_picture_info &info() const { return info_; }
  kalon::plugin::ByteSpan metadata(int32_t) { return {}; }
  void scale(uint32_t width, uint32_t height) {
    if (bad("scale")) info_.decoded_width = std::max(1u, width / 2), info_.decoded_height = std::max(1u, height / 2);
  }
  void read(const kalon_pixels &dst) {
    const auto &host = kalon::plugin::host();
    if (bad("wrong-thread")) std::thread([&] { host.progress(1); }).join();
    if (bad("ignores-cancel") && host.cancelled()) ::sleep(60);
    host.throw_if_cancelled();
    const size_t row = size_t{info_.decoded_width} * 3, bytes = row * info_.decoded_height;
    bool whole = source_.data_size >= 4 + bytes;
    if (!whole && bad("damaged")) std::abort();
    if (!whole) throw Failure(KALON_CORRUPT_DATA, "ends early");
    bool crowded = ++inside > 1;
    if (bad("unsafe")) ::usleep(2000), crowded = inside > 1;
    auto *to = static_cast<uint8_t *>(dst.data);
    host.parallel_for(info_.decoded_height,
                      [&](uint64_t y) { std::memcpy(to + y * dst.stride, source_.data + 4 + y * row, row); });
    static uint8_t times = 0;
    if (bad("changes")) to[0] = ++times;
    if (bad("unsafe") && crowded) to[0] = static_cast<uint8_t>(to[0] + 1);
    if (bad("out-of-bounds")) to[bytes] = 1;
    if (bad("rounds")) std::fesetround(FE_UPWARD);
    --inside;
  }

 private:
  kalon_source source_;
  kalon_picture_info info_{};
};

using Factory = kalon::plugin::detail::Factory<GalleryDecoder>;

// Faults that kalon/plugin.hpp keeps its users from.
kalon_status open_exact(const kalon_source *source, const kalon_decode_limits *limits, kalon_decode **out,
                        kalon_text *error) {
  if (source->size != sizeof *source) return KALON_INVALID_ARGUMENT;
  return Factory::table.open(source, limits, out, error);
}
kalon_status info_whole(kalon_decode *decode, kalon_picture_info *out) {
  out->size = sizeof *out;
  return Factory::table.info(decode, out);
}

const void *get_factory(const char *id) {
  static const kalon_decoder_factory table = [] {
    auto made = Factory::table;
    if (bad("exact-structs")) made.open = open_exact;
    if (bad("sizes")) made.info = info_whole;
    return made;
  }();
  return std::strcmp(id, KALON_DECODER_FACTORY) == 0 ? &table : nullptr;
}

constexpr kalon_entry whole = kalon::plugin::decoder_entry<GalleryDecoder>();

}  // namespace

const kalon_entry kalon_plugin_entry = {whole.magic,    whole.size, whole.abi_major, whole.abi_minor,
                                        whole.reserved, whole.init, whole.shutdown,  get_factory};
