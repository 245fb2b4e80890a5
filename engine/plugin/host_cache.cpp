#include "plugin/host_cache.h"

#include <fcntl.h>
#include <kalon/services.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

namespace kalon {
namespace {

constexpr char magic[8] = {'K', 'a', 'l', 'o', 'n', 'K', 'V', '1'};

// The beginning of a file, in the machine's byte order: it does not travel. Key and value follow.
struct Header {
  char magic[8];
  uint64_t key_bytes, value_bytes;
  Hash128 checksum;
};
static_assert(sizeof(Header) == 40);

Header header_of(std::string_view key, ByteView value) {
  Header header{};
  std::memcpy(header.magic, magic, sizeof magic);
  header.key_bytes = key.size();
  header.value_bytes = value.size();
  Hasher hasher;
  hasher.add({reinterpret_cast<const uint8_t *>(&header), offsetof(Header, checksum)});
  hasher.add(bytes_of(key));
  hasher.add(value);
  header.checksum = hasher.finish();
  return header;
}

std::string file_of(const std::string &folder, std::string_view key) {
  if (key.empty() || key.size() > KALON_CACHE_KEY_BYTES)
    throw Error(Status::invalid_argument, "a key has 1 to " + std::to_string(KALON_CACHE_KEY_BYTES) + " bytes, not " +
                                              std::to_string(key.size()));
  return folder + '/' + hash_of(key).hex();
}

[[noreturn]] void missing() {
  throw Error(Status::not_found, "the cache holds no such value");
}

// False when the file ends early.
bool read_whole(int descriptor, void *to, uint64_t size) {
  auto *at = static_cast<char *>(to);
  while (size > 0) {
    auto count = ::read(descriptor, at, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
    size -= static_cast<uint64_t>(count);
  }
  return true;
}

void write_whole(int descriptor, const void *from, uint64_t size) {
  const auto *at = static_cast<const char *>(from);
  while (size > 0) {
    auto count = ::write(descriptor, at, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "cannot write", "the plugin's cache");
    at += count;
    size -= static_cast<uint64_t>(count);
  }
}

}  // namespace

PluginCache::PluginCache(std::function<std::string()> folder) : PluginCache(std::move(folder), Limits{}) {}

PluginCache::PluginCache(std::function<std::string()> folder, Limits limits)
    : folder_(std::move(folder)), limits_(limits) {}

uint64_t PluginCache::get(std::string_view key, void *buffer, uint64_t capacity) const {
  auto path = file_of(folder_(), key);
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    if (errno == ENOENT || errno == ELOOP) missing();
    throw system_error(errno, "cannot open", path);
  }
  struct stat status {};
  Header header{};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      !read_whole(file.get(), &header, sizeof header) || std::memcmp(header.magic, magic, sizeof magic) != 0 ||
      header.key_bytes != key.size() || header.value_bytes > limits_.value_bytes ||
      static_cast<uint64_t>(status.st_size) != sizeof header + header.key_bytes + header.value_bytes)
    missing();
  std::string own(key.size(), '\0');
  if (!read_whole(file.get(), own.data(), own.size()) || own != key) missing();
  if (capacity < header.value_bytes) return header.value_bytes;
  if (!read_whole(file.get(), buffer, header.value_bytes)) missing();
  ByteView value{static_cast<const uint8_t *>(buffer), static_cast<size_t>(header.value_bytes)};
  if (header_of(key, value).checksum != header.checksum) missing();
  return header.value_bytes;
}

void PluginCache::put(std::string_view key, ByteView value) {
  if (value.size() > limits_.value_bytes)
    throw Error(Status::limit_exceeded, "a value has at most " + std::to_string(limits_.value_bytes) + " bytes");
  auto folder = folder_();
  auto path = file_of(folder, key);
  auto header = header_of(key, value);
  auto made = create_beside(path);
  Descriptor file(made.descriptor);
  try {
    // No fsync: what a crash leaves behind is found out by its checksum.
    write_whole(file.get(), &header, sizeof header);
    write_whole(file.get(), key.data(), key.size());
    write_whole(file.get(), value.data(), value.size());
    if (::rename(made.path.c_str(), path.c_str()) != 0) throw system_error(errno, "cannot replace", path);
  } catch (...) {
    ::unlink(made.path.c_str());
    throw;
  }
  make_room(folder, sizeof header + key.size() + value.size());
}

void PluginCache::remove(std::string_view key) {
  auto path = file_of(folder_(), key);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw system_error(errno, "cannot remove", path);
}

void PluginCache::make_room(const std::string &folder, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  new_bytes_ += bytes;
  ++new_files_;
  // Looking costs as much as there are files, so now and then is enough.
  if (looked_ && new_bytes_ <= limits_.bytes / 16 && new_files_ <= limits_.files / 16) return;
  looked_ = true;
  new_bytes_ = new_files_ = 0;

  struct File {
    std::filesystem::file_time_type written;
    uint64_t bytes;
    std::string path;
  };
  std::vector<File> files;
  uint64_t total = 0;
  std::error_code failed;  // of files that another process removes meanwhile, and of folders that cannot be read
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code gone;
    if (entry->symlink_status(gone).type() != std::filesystem::file_type::regular) continue;
    auto name = entry->path().filename().native();
    auto written = entry->last_write_time(gone);
    if (gone) continue;
    // What a crash left half written.
    if (name.starts_with(".kalon-") && written < std::filesystem::file_time_type::clock::now() - std::chrono::hours(1))
      std::filesystem::remove(entry->path(), gone);
    if (name.size() != 32 || !Hash128::from_hex(name)) continue;
    auto size = entry->file_size(gone);
    if (gone) continue;
    total += size;
    files.push_back({written, size, entry->path().native()});
  }
  if (total <= limits_.bytes && files.size() <= limits_.files) return;
  // A tenth less than allowed, so that the next value does not have to sort again.
  std::sort(files.begin(), files.end(),
            [](const File &a, const File &b) { return std::tie(a.written, a.path) < std::tie(b.written, b.path); });
  auto left = files.size();
  for (const auto &file : files) {
    if (total <= limits_.bytes / 10 * 9 && left <= limits_.files / 10 * 9) break;
    if (::unlink(file.path.c_str()) != 0 && errno != ENOENT) continue;
    total -= file.bytes;
    --left;
  }
}

}  // namespace kalon
