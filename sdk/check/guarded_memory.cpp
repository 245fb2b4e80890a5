#include "guarded_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <stdexcept>

namespace kalon::check {
namespace {

// Read by the signal handler: plain memory, no allocation.
struct Range {
  const char *begin, *end;
};
std::array<Range, 4096> guards{};

std::mutex guards_mutex;

void add(const char *begin, const char *end) {
  std::lock_guard lock(guards_mutex);
  for (auto &guard : guards)
    if (!guard.begin) {
      guard = {begin, end};
      return;
    }
  throw std::runtime_error("too many buffers between guard pages");
}
void remove(const char *begin) {
  std::lock_guard lock(guards_mutex);
  for (auto &guard : guards)
    if (guard.begin == begin) guard = {};
}

}  // namespace

bool is_guard(const void *address) {
  const auto *at = static_cast<const char *>(address);
  for (const auto &guard : guards)
    if (guard.begin && at >= guard.begin && at < guard.end) return true;
  return false;
}

GuardedMemory::GuardedMemory(size_t bytes) : bytes_(bytes) {
  auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  // A stride too far is caught, not only a byte.
  size_t guard = 16 * page, inside = (bytes + page - 1) / page * page;
  length_ = inside + 2 * guard;
  void *mapped = ::mmap(nullptr, length_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::runtime_error("no memory for a buffer between guard pages");
  pages_ = static_cast<char *>(mapped);
  if (inside > 0) ::mprotect(pages_ + guard, inside, PROT_READ | PROT_WRITE);
  data_ = pages_ + guard + inside - bytes;
  add(pages_, pages_ + guard);
  add(pages_ + guard + inside, pages_ + length_);
}

GuardedMemory::~GuardedMemory() {
  auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  size_t guard = 16 * page;
  remove(pages_);
  remove(pages_ + length_ - guard);
  remove(pages_ + guard);
  ::munmap(pages_, length_);
}

void GuardedMemory::make_read_only() {
  protect(PROT_READ);
}

void GuardedMemory::make_unreachable() {
  protect(PROT_NONE);
}

void GuardedMemory::protect(int protection) {
  auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  size_t guard = 16 * page;
  ::mprotect(pages_ + guard, length_ - 2 * guard, protection);
  add(pages_ + guard, pages_ + length_ - guard);
}

}  // namespace kalon::check
