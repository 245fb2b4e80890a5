// What every plugin promises about hosts: those that refuse it, those that have little, those that are newer.

#include <kalon/plugin.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "check.h"
#include "check_host.h"
#include "floating_point.h"
#include "guarded_memory.h"
#include "loaded_plugin.h"

namespace kalon::check {
namespace {

constexpr size_t most_manifest_bytes = 1 << 20;
constexpr double most_scan_seconds = 0.1, most_load_seconds = 3;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

auto threads_of_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

void scan_time(const Subject &subject) {
  require(subject.manifest_text.size() <= most_manifest_bytes,
          "its manifest has " + std::to_string(subject.manifest_text.size()) + " bytes; the engine reads up to 1 MiB");
  double begin = now();
  [[maybe_unused]] auto manifest = nlohmann::json::parse(subject.manifest_text, nullptr, false);
  require(now() - begin <= most_scan_seconds, "its manifest takes more than 0.1 s to read");
}

void load_time(const Subject &subject) {
  double begin = now();
  const auto &entry = initialised(subject);
  for (const char *id : {KALON_MODEL_FACTORY, KALON_DECODER_FACTORY}) entry.get_factory(id);
  require(now() - begin <= most_load_seconds,
          "loading and init() take more than 3 s; leave work to create() or open()");
}

void failed_init(const Subject &subject) {
  const auto &entry = opened_entry(subject);
  auto host = chosen_host(subject);
  host.abi_major = KALON_ABI_MAJOR + 1;
  GuardedArray<uint8_t> memory(sizeof host);
  std::memcpy(memory.data(), &host, sizeof host);
  auto threads = threads_of_process();
  FloatingPoint before;
  Text error;
  auto status = entry.init(reinterpret_cast<const kalon_host *>(memory.data()), error.get());
  require(status != KALON_OK, "init() takes a host of another revision of the contract");
  before.require_unchanged("an init() that fails");
  memory.make_unreachable();  // a host that was refused is not used again
  for (const char *id : {KALON_MODEL_FACTORY, KALON_DECODER_FACTORY, "kalon.no.such.kind/9"}) entry.get_factory(id);
  // What the threads that it may have started do wrong is seen.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  require(threads_of_process() <= threads, "an init() that fails leaves threads behind");
}

void bare_host(const Subject &subject) {
  choose_host(HostKind::bare);
  const auto &entry = initialised(subject);
  for (const char *id : {KALON_MODEL_FACTORY, KALON_DECODER_FACTORY}) entry.get_factory(id);
}

void later_host(const Subject &subject) {
  choose_host(HostKind::later);
  const auto &entry = initialised(subject);
  for (const char *id : {KALON_MODEL_FACTORY, KALON_DECODER_FACTORY}) entry.get_factory(id);
}

void callbacks(const Subject &subject) {
  initialised(subject);
  require_no_host_faults_of_threads();
}

}  // namespace

std::vector<Check> host_checks() {
  return {{"scan-time", "the manifest is read in no time: there may be hundreds", scan_time},
          {"load-time", "loading and init() are quick", load_time},
          {"failed-init", "an init() that failed leaves nothing behind, and get_factory() may be asked", failed_init},
          {"bare-host", "a host without services is enough, or refused with a text", bare_host},
          {"later-host", "a host of a later revision, whose struct is longer, is as good", later_host},
          {"callbacks", "init() uses only services that are for every thread, and as they are meant", callbacks}};
}

}  // namespace kalon::check
