// Manifests of plugins.
#include "plugin/manifest.h"
#include "base/log.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  [[maybe_unused]] static const bool quiet = (kalon::set_log_sink([](kalon::LogLevel, std::string_view) {}), true);
  InputFile file(data, size);
  auto manifest = kalon::read_manifest(file.path());
  const auto &info = manifest.info;
  promise(!info.id.empty(), "every manifest comes back under a name");
  promise(info.state != kalon::PluginState::rejected || !info.reason.empty(), "rejections have a reason");
  for (const auto &format : info.formats)
    for (const auto &magic : format.magics)
      promise(magic.offset + magic.bytes.size() <= kalon::magic_window, "magics lie in their window");
  return 0;
}
