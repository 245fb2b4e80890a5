#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "commands.h"
#include "runner.h"

namespace {

// A standard descriptor that the caller closed would be given to the next file that is opened, the library's among
// them, and then written to. What stands in for it cannot be used either.
void occupy_standard_descriptors() {
  for (int wanted = STDIN_FILENO; wanted <= STDERR_FILENO; ++wanted)
    if (::fcntl(wanted, F_GETFD) < 0) ::open("/dev/null", wanted == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// Beyond the greatest size that files may have, writing fails as on a full disk instead of ending the program; so it
// does in what this starts.
void outlive_file_size_limits() {
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char **argv) {
  occupy_standard_descriptors();
  outlive_file_size_limits();
  auto parsed = kalon::cli::parse(argc, argv);
  return parsed.invocation ? kalon::cli::run(*parsed.invocation) : parsed.exit_code;
}
