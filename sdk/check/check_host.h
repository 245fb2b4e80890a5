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

// What the plugin did to its host that it must not, as one text; empty when there is nothing. [any]
std::string host_faults();

// The host's memory that the plugin holds. [any]
size_t host_bytes_in_use();

}  // namespace kalon::check
