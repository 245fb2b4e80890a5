#include "commands/keys_dialog.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <imgui/imgui.h>
#include <nlohmann/json.hpp>

#include "commands/palette_match.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/overlay_window.h"

namespace kalon::viewer {

void KeysDialog::show(Context &context, std::string_view argument) {
  close_others(context, *this);
  search_ = argument;
  waiting_.clear();
  offered_ = {};
  open = find_again_ = focus_ = true;
  changed(context);
}

void KeysDialog::hide(Context &) {
  waiting_.clear();
  offered_ = {};
  open = false;
}

// The keys of settings are in force from now on, and after the next start.
void KeysDialog::changed(Context &context) {
  context.keys.load(context.commands, context.settings.key_profile, context.settings.own_keys);
  KeyMap profile;
  profile.load(context.commands, context.settings.key_profile, {});
  const auto pairs = [](const BoundKeys &keys) {
    return std::set<std::pair<std::string, std::string>>(keys.begin(), keys.end());
  };
  const auto now = pairs(context.keys.all()), then = pairs(profile.all());
  own_.clear();
  changed_.clear();
  for (const auto &bound : now) {
    if (then.contains(bound)) continue;
    own_.insert(bound);
    changed_.insert(bound.second);
  }
  for (const auto &bound : then) {
    if (!now.contains(bound)) changed_.insert(bound.second);
  }
  find_again_ = true;
  context.animate();
}

void KeysDialog::change(Context &context, const BoundKeys &keys) {
  context.settings.own_keys = own_bindings(context.commands, context.settings.key_profile, keys);
  changed(context);
  std::string why;
  if (!context.settings.save(&why)) context.complain("The keys could not be kept: " + why);
}

void KeysDialog::use_profile(Context &context, std::string_view profile) {
  const auto names = key_profile_names();
  if (std::find(names.begin(), names.end(), profile) == names.end()) {
    std::string known;
    for (const auto name : names) known += (known.empty() ? "" : ", ") + std::string(name);
    context.complain("There is no key profile \"" + std::string(profile) + "\"; there are " + known + ".");
    return;
  }
  // What a person changed was changed about the old profile, and stays: it lies over the new one too.
  context.settings.key_profile = profile;
  changed(context);
  std::string why;
  if (!context.settings.save(&why)) context.complain("The keys could not be kept: " + why);
}

void KeysDialog::wait_for_key(Context &context, std::string_view command) {
  if (context.commands.find(command) == nullptr) {
    context.complain("There is no command \"" + std::string(command) + "\".");
    return;
  }
  if (!open) show(context, {});
  offered_ = {};
  waiting_ = command;
  focus_ = false;
  context.animate();
}

void KeysDialog::offer(Context &context, std::string_view command, std::string_view chord) {
  waiting_.clear();
  const auto normal = normal_chord(chord);
  if (normal.empty()) {
    context.complain("\"" + std::string(chord) + "\" is no key.");
    return;
  }
  if (context.commands.find(command) == nullptr) {
    context.complain("There is no command \"" + std::string(command) + "\".");
    return;
  }
  offered_ = {std::string(command), normal, context.keys.conflicts(context.commands, normal, command)};
  if (offered_.held_by.empty()) take(context);
  context.animate();
}

void KeysDialog::take(Context &context) {
  if (!asking()) return;
  const auto offered = std::move(offered_);
  offered_ = {};
  change(context, with_binding(context.commands, context.keys, offered.chord, offered.command));
}

void KeysDialog::keep(Context &context) {
  offered_ = {};
  context.animate();
}

void KeysDialog::remove(Context &context, std::string_view command, std::string_view chord) {
  change(context, without_binding(context.keys.all(), normal_chord(chord), command));
}

void KeysDialog::reset(Context &context, std::string_view command) {
  change(context, with_reset(context.commands, context.settings.key_profile, context.keys.all(), command));
}

void KeysDialog::reset_all(Context &context) {
  KeyMap profile;
  profile.load(context.commands, context.settings.key_profile, {});
  change(context, profile.all());
}

void KeysDialog::export_text(Context &context, std::string_view file) const {
  const auto text = keys_as_text(context.commands, context.keys, context.settings.key_profile);
  if (file.empty()) {
    ImGui::SetClipboardText(text.c_str());
    context.say("The keys are in the clipboard.");
    return;
  }
  std::ofstream out(std::string(file), std::ios::binary);
  out << text;
  out.close();
  if (out.fail()) {
    context.complain("The keys could not be written to " + shown_text(file) + ": " + std::strerror(errno));
  } else {
    context.say("The keys were written to " + shown_text(file) + ".");
  }
}

// By group, as they were added; a search that is a key finds what has the key.
void KeysDialog::find(const Context &context) {
  find_again_ = false;
  found_.clear();
  const auto &all = context.commands.all();
  std::vector<std::string> groups;
  for (const auto &command : all) {
    if (std::find(groups.begin(), groups.end(), command.group) == groups.end()) groups.push_back(command.group);
  }
  const auto chord = normal_chord(search_);
  for (const auto &group : groups) {
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].group != group) continue;
      const auto chords = context.keys.chords(all[i].name);
      // What stands in no menu is for scripts and dialogs, and for an argument the palette asks.
      const bool seldom = group.empty() || !all[i].argument.empty();
      if (seldom && chords.empty() && !changed_.contains(all[i].name)) continue;
      const bool has_key = !chord.empty() && std::find(chords.begin(), chords.end(), chord) != chords.end();
      const bool fits =
          search_.empty() || has_key ||
          palette_match(search_, all[i].title + " " + all[i].name + " " + all[i].group + " " + all[i].view);
      if (fits) found_.push_back(i);
    }
  }
}

void KeysDialog::describe(const Context &context, nlohmann::json &json) const {
  json["profile"] = context.settings.key_profile;
  json["search"] = search_;
  json["waiting"] = waiting_;
  json["offered"] = {{"command", offered_.command}, {"chord", offered_.chord}, {"held_by", offered_.held_by}};
  json["found"] = found_.size();
  auto &own = json["own"] = nlohmann::json::array();
  for (const auto &binding : context.settings.own_keys) own.push_back({binding.chord, binding.command});
  // Two commands on one key in one view: the tables must not have such.
  auto &doubled = json["doubled"] = nlohmann::json::array();
  for (const auto &[chord, name] : context.keys.all()) {
    const auto *one = context.commands.find(name);
    for (const auto &other : context.keys.conflicts(context.commands, chord, name)) {
      if (context.commands.find(other)->view == one->view) doubled.push_back({chord, name, other});
    }
  }
}

void add_keys_dialog(Context &context) {
  auto &dialog = context.interface.add_overlay<KeysDialog>();
  // "COMMAND CHORD"
  const auto halves = [](std::string_view text) {
    const auto space = text.find(' ');
    return std::pair{text.substr(0, space),
                     space == std::string_view::npos ? std::string_view() : text.substr(space + 1)};
  };
  const auto add = [&](const char *name, const char *title, const char *argument, auto run,
                       std::function<bool(const Context &)> enabled = nullptr) {
    // What belongs to the dialog alone is in no menu.
    const char *group = std::string_view(name) == "keys" || std::string_view(name) == "keys-profile" ? "Help" : "";
    context.commands.add({name, title, group, "", argument,
                          [&dialog, run](Context &now, std::string_view given) { run(now, dialog, given); }, enabled,
                          nullptr});
  };
  const auto is_asking = [&dialog](const Context &) { return dialog.asking(); };
  add("keys", "Change keys", "", [](Context &now, KeysDialog &keys, std::string_view given) {
    if (keys.open) {
      keys.hide(now);
    } else {
      keys.show(now, given);
    }
  });
  add("keys-profile", "Use the keys of another program", "Kalon, Lightroom, darktable or Photo Mechanic",
      [](Context &now, KeysDialog &keys, std::string_view given) { keys.use_profile(now, given); });
  add("keys-wait", "Give a command the next key that is pressed", "COMMAND",
      [](Context &now, KeysDialog &keys, std::string_view given) { keys.wait_for_key(now, given); });
  add("keys-bind", "Give a command a key", "COMMAND KEY",
      [halves](Context &now, KeysDialog &keys, std::string_view given) {
        const auto [command, chord] = halves(given);
        if (!keys.open) keys.show(now, {});
        keys.offer(now, command, chord);
      });
  add("keys-remove", "Take a key from a command", "COMMAND KEY",
      [halves](Context &now, KeysDialog &keys, std::string_view given) {
        const auto [command, chord] = halves(given);
        keys.remove(now, command, chord);
      });
  add(
      "keys-take", "Take the key from the other command", "",
      [](Context &now, KeysDialog &keys, std::string_view) { keys.take(now); }, is_asking);
  add(
      "keys-keep", "Leave the key with the other command", "",
      [](Context &now, KeysDialog &keys, std::string_view) { keys.keep(now); }, is_asking);
  add("keys-reset", "Set keys back", "COMMAND, or nothing for all",
      [](Context &now, KeysDialog &keys, std::string_view given) {
        if (given.empty()) {
          keys.reset_all(now);
        } else {
          keys.reset(now, given);
        }
      });
  add("keys-export", "Write the keys as text", "FILE",
      [](Context &now, KeysDialog &keys, std::string_view given) { keys.export_text(now, given); });
}

}  // namespace kalon::viewer
