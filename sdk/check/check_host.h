#pragma once
// The host that the checks are: all services of the contract, which count and tell what a plugin does with them.

#include <kalon/plugin.h>

#include <cstddef>
#include <string>

#include "check.h"

namespace kalon::check {

// whole: every service. bare: none. later: every service, of a later revision whose struct holds more than the plugin
// knows.
enum class HostKind { whole, bare, later };

void choose_host(HostKind kind);  // whole until then; before the plugin is initialised
bool offers_services();           // [any]
// The host of this process. [any]
const kalon_host &chosen_host(const Subject &subject);

// Stands around a call to a function tagged [worker]: [worker] services are for the time between.
class Call {
 public:
  Call();
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

 private:
  bool previous_;
};

// What `cancelled` tells from now on. [any]
void set_cancelled(bool cancelled);

// Throws Fault, which begins with `whose`, for what the plugin did to its host that it must not. [any]
void require_no_host_faults(const std::string &whose = {});
// The same, after a while in which the threads that it may have started do what they do.
void require_no_host_faults_of_threads(const std::string &whose = {});

// The host's memory that the plugin holds. [any]
size_t host_bytes_in_use();

}  // namespace kalon::check
