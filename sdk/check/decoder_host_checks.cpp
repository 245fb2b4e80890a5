// What a decoder promises about its host.

#include "check.h"
#include "check_host.h"
#include "deadline.h"
#include "decoder_runs.h"
#include "loaded_plugin.h"

namespace kalon::check {
namespace {

Bytes read_whole(const kalon_decoder_factory &factory, const Sample &sample, Structs structs = Structs::own) {
  Open file(factory, sample.bytes, sample.path, Open::most_pixels, structs);
  require(file.status == KALON_OK, sample.name + ": open() gives " + status_text(file.status) + ": " + file.text.str());
  kalon_status result = KALON_OK;
  auto pixels = file.read(result);
  require(result == KALON_OK, sample.name + ": read() gives " + status_text(result));
  return pixels;
}

void cancel(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    auto expected = read_whole(factory, sample);
    set_cancelled(true);
    {
      Deadline deadline(soon, sample.name + ": decoding goes on for more than 3 s after its cancel");
      Open file(factory, sample.bytes, sample.path);
      kalon_status result = file.status;
      Bytes pixels;
      if (result == KALON_OK) pixels = file.read(result);
      require(result == KALON_OK || result == KALON_CANCELLED,
              sample.name + ": decoding that is cancelled gives " + status_text(result));
      require(result != KALON_OK || pixels == expected, sample.name + ": decoding gives ok and wrong pixels");
    }
    set_cancelled(false);
    require(read_whole(factory, sample) == expected, sample.name + ": gives other pixels after a cancel");
  }
}

void callbacks(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    read_whole(factory, sample);
    require_no_host_faults_of_threads(sample.name + ": ");
  }
}

void host_memory(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) read_whole(factory, sample);
  require_memory_given_back(subject);
}

void bare_host(const Subject &subject) {
  choose_host(HostKind::bare);
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) read_whole(factory, sample);
}

void later_structs(const Subject &subject) {
  choose_host(HostKind::later);
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject))
    require(read_whole(factory, sample, Structs::later) == read_whole(factory, sample),
            sample.name + ": gives other pixels with structs of a later revision");
}

}  // namespace

std::vector<Check> decoder_host_checks() {
  return {{"decoder-cancel", "decoding that is cancelled ends soon, and the next is as good as ever", cancel},
          {"decoder-callbacks", "the host is called on the right threads, and as it is meant", callbacks},
          {"decoder-host-memory", "memory of the host is kept within its bounds and given back", host_memory},
          {"decoder-bare-host", "decoding works without the host's services", bare_host},
          {"decoder-later-structs", "structs of later revisions are read as far as they are known", later_structs}};
}

}  // namespace kalon::check
