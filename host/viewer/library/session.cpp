#include "library/session.h"

#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>

namespace kalon::viewer {
namespace {

// The engine of this installation, or of this build folder: both have the same layout.
host::Engine load_engine() {
  namespace dll = boost::dll;
  auto path = dll::program_location().parent_path().parent_path() / "lib" / "libkalon.so.1";
  // Never unloaded, not when the program ends either: plugins and threads of the engine outlive everything here.
  static auto &engine = *new dll::shared_library;
  try {
    engine.load(path, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    const auto &entry = engine.get<const kalon_entry>(KALON_ENGINE_SYMBOL);
    return host::Engine::with_entry(entry, "kalon-viewer", KALON_VERSION);
  } catch (const boost::system::system_error &error) {
    throw host::Failure(KALON_MISSING_FEATURE, path.string() + ": the engine cannot be loaded: " + error.what() +
                                                   "; install kalon as a whole");
  }
}

}  // namespace

Session::Session() : engine_(load_engine()) {}

Session::Session(const std::string &library_folder, bool read_only, const std::string &engine_options)
    : engine_(load_engine()), read_only_(read_only) {
  if (!engine_options.empty()) engine_->configure(engine_options);
  auto open = [&](bool write) { library_ = std::make_unique<host::Library>(*engine_, library_folder, write); };
  try {
    if (!read_only) {
      try {
        open(true);
        return;
      } catch (const host::Failure &failure) {
        if (failure.status() != KALON_READ_ONLY) throw;
        read_only_ = true;
      }
    }
    open(false);
  } catch (const host::Failure &failure) {
    failure_ = failure.what();
  }
}

}  // namespace kalon::viewer
