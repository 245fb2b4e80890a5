// A decoder that does nothing but use its host: it logs its folder, and says in its text what it was told of its call.
#include <kalon/plugin.hpp>

namespace {

using kalon::plugin::Failure;
using kalon::plugin::host;

class Asking {
 public:
  Asking(const kalon_source &, const kalon_decode_limits &) {
    host().progress(1, 2);
    host().throw_if_cancelled();
    int done = 0;
    host().parallel_for(1, [&](uint64_t) { ++done; });
    throw Failure(KALON_UNSUPPORTED, std::to_string(done) + " done, not cancelled");
  }
  const kalon_picture_info &info() const { return info_; }
  kalon::plugin::ByteSpan metadata(int32_t) { return {}; }
  void read(const kalon_pixels &) {}

 private:
  kalon_picture_info info_{};
};

void prepare() {
  host().log(KALON_LOG_WARNING, "lies in " + host().folder(KALON_FOLDER_PLUGIN));
}

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<Asking, prepare>();
