#pragma once
// Permissions as an ordinary user meets them: the system refuses root nothing.

#include <sys/fsuid.h>
#include <unistd.h>

// While it lives, the calling thread's file accesses are judged as those of a user who owns nothing; without effect
// when the test does not run as root. Folders on the way must be open to others.
class OrdinaryUser {
 public:
  OrdinaryUser() : root_(::geteuid() == 0) {
    if (root_) ::setfsuid(65534);
  }
  ~OrdinaryUser() {
    if (root_) ::setfsuid(0);
  }
  OrdinaryUser(const OrdinaryUser &) = delete;
  OrdinaryUser &operator=(const OrdinaryUser &) = delete;

 private:
  bool root_;
};
