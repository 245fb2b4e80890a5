#pragma once
// The plugin as the engine loads it.

#include <kalon/plugin.h>

#include <array>
#include <string>

#include "check.h"

namespace kalon::check {

// A caller's buffer for a text.
class Text {
 public:
  kalon_text *get() { return &text_; }
  std::string str() const { return {buffer_.data()}; }

 private:
  std::array<char, 1024> buffer_{};
  kalon_text text_{buffer_.data(), buffer_.size()};
};

std::string status_text(kalon_status status);

// Opened and looked at, not yet initialised. Throws Fault.
const kalon_entry &opened_entry(const Subject &subject);
// Initialised once for the process, by the chosen host. Throws Fault, or Skipped when it needs more than that host has.
const kalon_entry &initialised(const Subject &subject);

// Shuts the plugin down, after every object of it was closed. Throws Fault when it keeps memory of the host, or used
// the host wrongly until then.
void require_memory_given_back(const Subject &subject);

// The table of a kind, whose [worker] functions are called as a host calls them; initialises the plugin. Throws Fault.
const kalon_model_factory &model_factory(const Subject &subject);
const kalon_decoder_factory &decoder_factory(const Subject &subject);

}  // namespace kalon::check
