#pragma once
// Plugins of the tests' folders, trusted or not, with the worker program of this build.

#include <string>

#include "plugin/registry.h"

// Plugins of this folder run in the test's own process unless they ask for a worker. Nothing is remembered in the
// user's folders.
inline kalon::Isolation trusting(const std::string &folder) {
  kalon::Isolation isolation;
  isolation.trusted_folder = folder;
  isolation.worker_program = KALON_PLUGIN_DIR "/../kalon-plugin-worker";
  isolation.python_worker = KALON_PLUGIN_DIR "/../python/worker.py";
  return isolation;
}
