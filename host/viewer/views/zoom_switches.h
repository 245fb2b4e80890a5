#pragma once
// What is on or off in views of large pictures, kept in the settings.

#include <string>

namespace kalon::viewer {

struct Context;

struct Switch {
  const char *command, *title, *group, *view;
  const char *setting;
  bool usually;
};

bool is_on(const Context &context, const Switch &which);
// Adds its command; the argument "on" or "off" sets it, none turns it over.
void add_switch(Context &context, const Switch &which);

inline constexpr Switch clipping_switch{
    "show-clipping", "Mark clipped lights and shadows", "Loupe", "", "loupe.clipping", false};

}  // namespace kalon::viewer
