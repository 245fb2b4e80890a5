#include "commands.h"
#include "runner.h"

int main(int argc, char **argv) {
  auto parsed = kalon::cli::parse(argc, argv);
  return parsed.invocation ? kalon::cli::run(*parsed.invocation) : parsed.exit_code;
}
