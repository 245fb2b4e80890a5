#include "viewer.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "style.h"

namespace kalon::cli {

int become_viewer(const Invocation &invocation) {
  auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kalon-viewer";
  std::vector<std::string> words{program.native()};
  if (!invocation.library.empty()) words.insert(words.end(), {"--library", invocation.library});
  if (!invocation.plugins.empty()) words.insert(words.end(), {"--plugin-path", invocation.plugins});
  words.emplace_back("--");
  for (const auto &path : invocation.viewed) words.push_back(path);
  std::vector<char *> arguments;
  for (auto &word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  say("kalon: " + program.native() + ": " + std::strerror(errno) + "; install kalon as a whole\n");
  return 1;
}

}  // namespace kalon::cli
