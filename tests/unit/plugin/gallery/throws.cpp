// Lets an exception out of init, which the contract forbids.
#include <kalon/plugin.h>

#include <stdexcept>

extern "C" {
static kalon_status init(const kalon_host *, kalon_text *) {
  throw std::runtime_error("out of paint");
}
static const void *get_factory(const char *) {
  return nullptr;
}
const kalon_entry kalon_plugin_entry = {
    KALON_ENTRY_MAGIC, sizeof(kalon_entry), KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, init, nullptr, get_factory};
}
