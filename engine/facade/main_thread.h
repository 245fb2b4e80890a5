#pragma once
// The thread tag [main] of kalon.h: such functions are called on the thread that called init. Builds for development
// (without NDEBUG) check it; in others the check is nothing.

#include <atomic>
#include <thread>

namespace kalon {

enum class TagCheck { off, on };
#ifdef NDEBUG
inline constexpr TagCheck tag_check = TagCheck::off;
#else
inline constexpr TagCheck tag_check = TagCheck::on;
#endif

class MainThread {
 public:
  // From now on the calling thread is the main one. [any]
  void claim() { owner_ = std::this_thread::get_id(); }

  // Throws invalid_argument, and logs an error for hosts that do not look at the status, when the calling thread is not
  // the main one. Before the first claim there is none to compare with. function: its name, for the text. [any]
  void require(const char *function, TagCheck check = tag_check) const {
    if (check == TagCheck::off) return;
    auto owner = owner_.load();
    if (owner != std::thread::id() && owner != std::this_thread::get_id()) refuse(function);
  }

 private:
  [[noreturn]] static void refuse(const char *function);

  std::atomic<std::thread::id> owner_{};
};

}  // namespace kalon
