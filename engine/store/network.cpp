#include "store/network.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/text.h"

namespace kalon {
namespace {

constexpr int64_t fuse_magic = 0x65735546;

struct Magic {
  int64_t number;
  std::string_view name;
};
// From statfs(2), linux/magic.h and the file systems' own sources. Cluster file systems and folders shared with the
// host of a virtual machine are as unfit as network ones: several kernels map the same file.
constexpr Magic network_magics[] = {
    {0x6969, "NFS"},          {0x517b, "SMB"},        {0xff534d42, "CIFS"},   {0xfe534d42, "SMB2"},
    {0x5346414f, "AFS"},      {0x6b414653, "AFS"},    {0x73757245, "Coda"},   {0x01021997, "9P"},
    {0x00c36400, "Ceph"},     {0x47504653, "GPFS"},   {0x0bd00bd0, "Lustre"}, {0x564c, "NCP"},
    {0x7461636f, "OCFS2"},    {0x01161970, "GFS2"},   {0x19830326, "BeeGFS"}, {0xaad7aaea, "PanFS"},
    {0x20030528, "OrangeFS"}, {0x786f4256, "vboxsf"}, {0xbacbacbc, "vmhgfs"}, {0x7c7c6673, "prl_fs"},
    {0xbeefdead, "StorNext"},
};

// Others behind FUSE (ntfs-3g, encfs, gocryptfs, mergerfs, ...) are local.
constexpr std::string_view network_fuse_types[] = {
    "sshfs",          "rclone",    "s3fs",       "gcsfuse",  "goofys",    "davfs",
    "davfs2",         "curlftpfs", "gvfsd-fuse", "smbnetfs", "smbfs",     "glusterfs",
    "ceph",           "ceph-fuse", "juicefs",    "blobfuse", "blobfuse2", "mount-s3",
    "mountpoint-s3",  "mfs",       "mfsmount",   "lizardfs", "seaweedfs", "weed",
    "kio-fuse",       "afpfs",     "nfs",        "fuse-nfs", "hdfs",      "google-drive-ocamlfuse",
    "onedriver",      "cvmfs2",    "beegfs",     "lustre",   "orangefs",  "vmhgfs-fuse",
    "vmware-vmblock",
};

// The type that mountinfo gives for the mount a folder is on, by its device number.
std::string mounted_type(const std::string &folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return {};
  std::string device = std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    // "36 35 98:0 /root /mount options optional-fields - type source options", see proc(5).
    std::istringstream fields(line);
    std::string mount, parent, number, word, type;
    fields >> mount >> parent >> number;
    if (number != device) continue;
    while (fields >> word && word != "-") {
    }
    fields >> type;
    return type;
  }
  return {};
}

int64_t system_magic(const std::string &folder) {
  struct statfs status {};
  while (::statfs(folder.c_str(), &status) != 0)
    if (errno != EINTR) throw system_error(errno, "cannot tell its file system", folder);
  return static_cast<int64_t>(static_cast<uint32_t>(status.f_type));  // f_type is signed; the numbers are 32 bits
}

}  // namespace

std::string_view network_file_system(int64_t magic) {
  for (const Magic &known : network_magics)
    if (known.number == static_cast<int64_t>(static_cast<uint32_t>(magic))) return known.name;
  return {};
}

bool network_fuse(std::string_view type) {
  if (!type.starts_with("fuse.")) return false;
  type.remove_prefix(5);
  return std::find(std::begin(network_fuse_types), std::end(network_fuse_types), type) != std::end(network_fuse_types);
}

void refuse_network(const std::string &folder, const std::function<int64_t(const std::string &)> &file_system) {
  std::filesystem::path existing = folder;
  std::error_code ignored;
  while (!std::filesystem::exists(existing, ignored) && existing.has_relative_path()) existing = existing.parent_path();
  int64_t magic = file_system ? file_system(existing) : system_magic(existing);
  std::string name(network_file_system(magic));
  if (name.empty() && magic == fuse_magic) {
    std::string type = mounted_type(existing);
    if (network_fuse(type)) name = type;
  }
  if (!name.empty())
    throw Error(Status::unsupported,
                "lies on a network file system (" + name +
                    "), where a library would be damaged by its second user; keep "
                    "it on a local disk (--library DIR): the pictures themselves may stay where they are",
                display_text(folder));
}

}  // namespace kalon
