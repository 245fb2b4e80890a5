#include <csignal>
#include <cstdio>
#include <exception>

#include "shell/application.h"
#include "shell/options.h"

int main(int argc, char **argv) {
  // Beyond the greatest size that files may have, writing fails as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  int exit_code = 0;
  auto options = kalon::viewer::parse_options(argc, argv, exit_code);
  if (!options) return exit_code;
  try {
    kalon::viewer::Application application(*options);
    if (!options->list_commands) return application.run();
    application.print_commands();
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "kalon-viewer: %s\n", error.what());
    return 1;
  }
}
