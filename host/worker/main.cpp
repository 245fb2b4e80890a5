// kalon-plugin-worker: a process that runs one plugin for an engine which does not trust it, or its libraries, with
// itself. Started by the engine alone.

#include <kalon/draft/worker.h>
#include <kalon/kalon.hpp>

#include <sys/auxv.h>
#include <sys/socket.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace {

constexpr int socket_of_the_engine = 3;

// libkalon.so beside the folder of this program: ../libkalon.so, in the build tree as when installed.
std::string engine_path() {
  std::error_code without_proc;
  auto program = std::filesystem::read_symlink("/proc/self/exe", without_proc);
  if (without_proc) program = reinterpret_cast<const char *>(::getauxval(AT_EXECFN));
  return (program.parent_path().parent_path() / "libkalon.so.1").native();
}

bool is_socket(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

int main() {
  if (!is_socket(socket_of_the_engine)) {
    std::fputs("kalon-plugin-worker is started by Kalon's engine and is of no use by itself\n", stderr);
    return 2;
  }
  try {
    auto engine = kalon::host::Engine::load(engine_path(), "kalon-plugin-worker", KALON_VERSION);
    const auto *worker = engine.extension<kalon_worker_api>(KALON_WORKER);
    return worker->serve(socket_of_the_engine);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "kalon-plugin-worker: %s\n", error.what());
    return 1;
  }
}
