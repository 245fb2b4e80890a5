#pragma once
// What a person or a program attached to a file beside its bytes: user.* attributes and access control lists.

#include <map>
#include <string>

#include "base/error.h"

namespace kalon {

using ExtendedAttributes = std::map<std::string, std::string>;  // name -> value, both any bytes

// Those named user.* or system.posix_acl_* of an open file; those of the system's own making (security.*, trusted.*)
// and what may not be read are left out. Empty where the file system has none. Throws io. [any]
ExtendedAttributes extended_attributes_of(int descriptor);

// Makes them those of an open file: adds, replaces, removes. A list of access control changes the file's permissions
// with it. Throws io. [any]
void set_extended_attributes(int descriptor, const ExtendedAttributes &wanted);

}  // namespace kalon
