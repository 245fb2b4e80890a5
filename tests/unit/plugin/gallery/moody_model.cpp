// A model that does what the pictures ask of it: moods.h.
#include <kalon/plugin.hpp>

#include <dirent.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "moods.h"

namespace {

std::atomic<int> inside{0};

float open_descriptors() {
  int count = 0;
  DIR *folder = ::opendir("/proc/self/fd");
  while (const dirent *entry = ::readdir(folder)) {
    int number = std::atoi(entry->d_name);
    if (entry->d_name[0] == '.' || number <= 3 || number == ::dirfd(folder)) continue;
    char path[64], target[256] = "";
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    // Shared memory that was sent is no inheritance.
    if (::readlink(path, target, sizeof target - 1) > 0 && !std::strstr(target, "memfd:kalon")) ++count;
  }
  ::closedir(folder);
  return static_cast<float>(count);
}

class Moody {
 public:
  static kalon::plugin::ModelDescription describe() {
    kalon::plugin::ModelDescription about;
    about.model.determinism = KALON_DETERMINISM_EXACT;
    about.model.id = "moody";
    about.model.name = "Moody";
    about.model.summary = "Does what the pictures ask of it.";
    about.model.licence = "Apache-2.0";
    about.model.weights_hash = "0123456789abcdef0123456789abcdef";
    about.model.input_width = 1;
    about.model.input_height = 1;
    about.model.crop = KALON_CROP_SQUASH;
    about.model.filter = KALON_FILTER_BOX;
    about.model.decode_cover = 1;
    about.model.preferred_batch = 4;
    kalon_output_description output{};
    output.kind = KALON_OUTPUT_EMBEDDING;
    output.name = "mood";
    output.dimension = 1;
    output.metric = KALON_METRIC_EUCLIDEAN;
    about.outputs = {output};
    return about;
  }

  Moody() {
    if (const char *start = std::getenv("MOODY_START"); start && ::access(start, F_OK) == 0) std::raise(SIGKILL);
  }

  void embed(const uint8_t *pixel, float *const *outputs) {
    float value = 0;
    if (const char *always = std::getenv("MOODY_ALWAYS"); always && ::access(always, F_OK) == 0) std::raise(SIGKILL);
    switch (pixel[0]) {
      case moods::crash:
        std::signal(SIGSEGV, SIG_DFL);  // sanitizers would make an exit of it
        std::raise(SIGSEGV);
        break;
      case moods::hang:
        for (;;) ::pause();
      case moods::leave:
        ::_exit(0);
      case moods::chatter:
        std::printf("a line on standard output\n");
        std::fflush(stdout);
        std::fprintf(stderr, "the last words\n");
        std::raise(SIGABRT);
        break;
      case moods::process:
        value = static_cast<float>(::getpid());
        break;
      case moods::crowd:
        ++inside;
        ::usleep(500);
        value = static_cast<float>(inside);
        --inside;
        break;
      case moods::obey:
        while (!kalon::plugin::host().cancelled()) ::usleep(1000);
        throw kalon::plugin::Failure(KALON_CANCELLED, "cancelled");
      case moods::crash_once:
        if (const char *marker = std::getenv("MOODY_MARKER"); marker && ::unlink(marker) == 0) std::raise(SIGKILL);
        value = pixel[1];
        break;
      case moods::descriptors:
        value = open_descriptors();
        break;
      case moods::not_a_number:
        value = NAN;
        break;
      case moods::busy:
        for (int i = 0; i < 40; ++i) {
          ::usleep(50'000);
          kalon::plugin::host().progress(static_cast<uint64_t>(i), 40);
        }
        value = pixel[1];
        break;
      case moods::scribble:
        std::signal(SIGSEGV, SIG_DFL);
        const_cast<uint8_t *>(pixel)[1] = 99;
        value = pixel[1];
        break;
      case moods::fails:
        throw kalon::plugin::Failure(KALON_CORRUPT_DATA, "this picture is in a bad mood");
      default:
        value = pixel[1];
    }
    if (outputs[0]) outputs[0][0] = value;
  }
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::model_entry<Moody>();
