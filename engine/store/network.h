#pragma once
// Which file systems are shared with other machines. LMDB needs a memory map and locks that all its users see, which
// holds only on one machine.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace kalon {

// The name of the network or cluster file system with this statfs magic number; empty for a local one. [any]
std::string_view network_file_system(int64_t magic);
// Whether a type in /proc/self/mountinfo ("fuse.sshfs") is a network one behind FUSE. [any]
bool network_fuse(std::string_view type);

// Throws unsupported when the folder (or, while it does not exist, its nearest existing parent) is on a network file
// system. file_system: as OpenOptions::file_system; empty asks the system. [any]
void refuse_network(const std::string &folder, const std::function<int64_t(const std::string &)> &file_system);

}  // namespace kalon
