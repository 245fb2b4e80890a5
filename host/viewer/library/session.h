#pragma once
// The engine and the open library, as long as the viewer runs.

#include <memory>
#include <optional>
#include <string>

#include <kalon/kalon.hpp>

namespace kalon::viewer {

class Session {
 public:
  // Loads the engine that lies beside the program (../lib) with Boost.DLL's search, and opens the library (empty: the
  // default one) for writing, or for reading where it may not be written. Throws host::Failure when there is no engine;
  // a library that cannot be opened leaves failure() behind instead, and everything without a library still works.
  Session(const std::string &library_folder, bool read_only, const std::string &engine_options);
  Session();  // the engine alone

  const host::Engine &engine() const { return *engine_; }
  host::Library *library() const { return library_.get(); }  // null: see failure()
  kalon_library *handle() const { return library_ ? library_->get() : nullptr; }
  bool read_only() const { return read_only_; }
  const std::string &failure() const { return failure_; }

 private:
  std::optional<host::Engine> engine_;
  std::unique_ptr<host::Library> library_;
  bool read_only_ = false;
  std::string failure_;
};

}  // namespace kalon::viewer
