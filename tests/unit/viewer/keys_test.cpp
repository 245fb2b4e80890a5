#include "commands/keys.h"

#include <catch2/catch.hpp>
#include <set>

#include "commands/keys_dialog_changes.h"

using namespace kalon::viewer;

namespace {

// What the viewer has: some for all views, some for one.
Commands some_commands() {
  Commands commands;
  const auto add = [&](const char *name, const char *view) {
    commands.add({name, name, "Group", view, "", nullptr, nullptr, nullptr});
  };
  for (const char *name : {"rate-0", "rate-1", "rate-2", "rank", "loupe", "help", "reload", "flag-reject",
                           "flag-toggle", "label-red", "filter-bar", "filter-off"}) {
    add(name, "");
  }
  for (const char *name : {"vote-left", "vote-tie", "vote-3"}) add(name, "rank");
  add("film-strip", "loupe");
  add("map-fit", "map");
  add("previous", "loupe");
  add("left", "");
  add("cell-larger", "grid");
  add("zoom-in", "");
  return commands;
}

std::string runs(const KeyMap &keys, const Commands &commands, const char *chord, const char *view) {
  const auto *command = keys.command(commands, chord, view);
  return command == nullptr ? "" : command->name;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("chords have one form, however they are written") {
  const std::pair<const char *, const char *> written[] = {
      {"p", "P"},
      {"P", "P"},
      {"ctrl-p", "Ctrl+P"},
      {"CTRL+p", "Ctrl+P"},
      {" shift + a ", "Shift+A"},
      {"shift+ctrl+alt+x", "Ctrl+Alt+Shift+X"},
      {"cmd+q", "Super+Q"},
      {"spacebar", "Space"},
      {"return", "Enter"},
      {"Ctrl+PgDn", "Ctrl+PageDown"},
      {"page_up", "PageUp"},
      {"f11", "F11"},
      {"Shift+F1", "Shift+F1"},
      {"+", "+"},
      {"-", "-"},
      {"ctrl++", "Ctrl++"},
      {"ctrl--", "Ctrl+-"},
      {"ctrl+minus", "Ctrl+-"},
      {"?", "?"},
      {"Shift+?", "?"},        // typed with Shift on some keyboards, without on others
      {"Shift+1", "Shift+1"},  // a key of its own
      {"backslash", "\\"},
      {"Keypad 5", "5"},
      {"KP_Enter", "Enter"},
      {"ö", "Ö"},
      {"ctrl+ж", "Ctrl+Ж"},
      {"ω", "Ω"},
      {"ß", "ß"},
      {"3", "3"}};
  for (const auto &[text, chord] : written) {
    INFO(text);
    CHECK(normal_chord(text) == chord);
    CHECK(normal_chord(normal_chord(text)) == chord);
  }
  for (const char *none : {"", " ", "ctrl+", "ctrl", "hyper+x", "F0", "F26", "F1x", "word", "ctrl+ctrl", "\xff", "\xc3",
                           "\xed\xa0\x80", "\x01", "ab"}) {
    INFO(none);
    CHECK(normal_chord(none).empty());
  }
}

TEST_CASE("every chord of every profile is one, and no profile clears what is not there") {
  std::set<std::string> of_kalon;
  for (const auto &binding : key_profile("Kalon")) of_kalon.insert(binding.chord);
  for (const auto name : key_profile_names()) {
    CHECK_FALSE(key_profile(name).empty());
    for (const auto &binding : key_profile(name)) {
      INFO(name << " " << binding.chord);
      CHECK(normal_chord(binding.chord) == binding.chord);
      CHECK((!binding.command.empty() || of_kalon.contains(binding.chord)));
    }
  }
  CHECK(key_profile("Unknown").empty());
}

TEST_CASE("a key of the view wins over one for all views") {
  const auto commands = some_commands();
  KeyMap keys;
  keys.load(commands, "Kalon", {});
  CHECK(runs(keys, commands, "Left", "rank") == "vote-left");
  CHECK(runs(keys, commands, "Left", "grid") == "left");
  CHECK(runs(keys, commands, "left", "loupe") == "left");
  CHECK(runs(keys, commands, "+", "grid") == "cell-larger");
  CHECK(runs(keys, commands, "+", "loupe") == "zoom-in");
  CHECK(runs(keys, commands, "Ctrl+Alt+Q", "grid").empty());
  CHECK(keys.chords("help") == Names{"?", "F1"});
  CHECK(keys.chords("nothing").empty());
}

TEST_CASE("a profile lies over Kalon's keys, and what a person chose over both") {
  const auto commands = some_commands();
  KeyMap keys;
  keys.load(commands, "darktable", {});
  CHECK(runs(keys, commands, "R", "grid") == "flag-reject");
  CHECK(runs(keys, commands, "Shift+R", "grid") == "rank");
  CHECK(runs(keys, commands, "F1", "grid") == "label-red");
  CHECK(runs(keys, commands, "1", "grid") == "rate-1");
  CHECK(runs(keys, commands, "Left", "rank") == "vote-left");

  keys.load(commands, "Photo Mechanic", {});
  CHECK(runs(keys, commands, "Ctrl+0", "map") == "rate-0");
  CHECK(runs(keys, commands, "Home", "map") == "map-fit");
  CHECK(runs(keys, commands, "T", "loupe") == "flag-toggle");
  CHECK(runs(keys, commands, "T", "rank") == "vote-tie");
  CHECK(runs(keys, commands, "3", "rank") == "vote-3");
  CHECK(runs(keys, commands, "3", "grid").empty());

  keys.load(commands, "Lightroom", {});
  CHECK(runs(keys, commands, "\\", "grid") == "filter-bar");
  CHECK(runs(keys, commands, "Ctrl+L", "grid") == "filter-off");

  keys.load(commands, "Kalon",
            {{"q", "rank"}, {"R", ""}, {"1", "rate-2"}, {"ctrl+j", "no-such-command"}, {"hm", "rank"}});
  CHECK(runs(keys, commands, "Q", "grid") == "rank");
  CHECK(runs(keys, commands, "R", "grid").empty());
  CHECK(runs(keys, commands, "1", "grid") == "rate-2");
  CHECK(runs(keys, commands, "Ctrl+J", "grid").empty());

  SECTION("for all views takes it in each, but for those that the same list names") {
    keys.load(commands, "Kalon", {{"Left", "help"}});
    CHECK(runs(keys, commands, "Left", "rank") == "help");
    keys.load(commands, "Kalon", {{"Left", "vote-left"}, {"Left", "help"}});
    CHECK(runs(keys, commands, "Left", "rank") == "vote-left");
    CHECK(runs(keys, commands, "Left", "grid") == "help");
  }
  SECTION("for one view leaves it to the others") {
    keys.load(commands, "Kalon", {{"Left", "previous"}});
    CHECK(runs(keys, commands, "Left", "loupe") == "previous");
    CHECK(runs(keys, commands, "Left", "rank") == "vote-left");
    CHECK(runs(keys, commands, "Left", "grid") == "left");
  }
}

TEST_CASE("conflicts are what the chord runs where the command could") {
  const auto commands = some_commands();
  KeyMap keys;
  keys.load(commands, "Kalon", {});
  CHECK(keys.conflicts(commands, "R", "help") == Names{"rank"});
  CHECK(keys.conflicts(commands, "r", "rank").empty());  // its own key
  CHECK(keys.conflicts(commands, "Ctrl+Alt+Q", "rank").empty());
  CHECK(keys.conflicts(commands, "R", "no-such-command").empty());
  // In rank, Left votes: what it does elsewhere is no loss there.
  CHECK(keys.conflicts(commands, "Left", "previous") == Names{"left"});
  keys.load(commands, "Kalon", {{"Left", "previous"}});
  CHECK(keys.conflicts(commands, "Left", "previous").empty() == false);
  const auto of_help = keys.conflicts(commands, "Left", "help");
  CHECK(std::set<std::string>(of_help.begin(), of_help.end()) ==
        std::set<std::string>{"left", "previous", "vote-left"});
  // Two views never meet.
  keys.load(commands, "Kalon", {{"Q", "vote-left"}});
  CHECK(keys.conflicts(commands, "Q", "previous").empty());
  CHECK(keys.conflicts(commands, "Q", "rank") == Names{"vote-left"});
}

TEST_CASE("changes are kept as what differs from the profile, and come back the same") {
  const auto commands = some_commands();
  for (const char *profile : {"Kalon", "darktable", "Photo Mechanic"}) {
    KeyMap keys;
    keys.load(commands, profile, {});
    CHECK(own_bindings(commands, profile, keys.all()).empty());
    auto wanted = keys.all();
    wanted.erase("R");
    wanted.emplace("R", "help");
    wanted.emplace("Ctrl+J", "vote-left");
    wanted.erase("Left");
    wanted.emplace("Left", "help");
    wanted.emplace("Left", "vote-left");
    const auto own = own_bindings(commands, profile, wanted);
    KeyMap again;
    again.load(commands, profile, own);
    const std::set<std::pair<std::string, std::string>> one(again.all().begin(), again.all().end());
    CHECK(one == std::set<std::pair<std::string, std::string>>(wanted.begin(), wanted.end()));
    CHECK(own.size() <= 2 + 1 + 3);
  }
}

TEST_CASE("taking a key, removing one and setting back") {
  const auto commands = some_commands();
  KeyMap keys;
  const auto load = [&](const BoundKeys &wanted) {
    keys.load(commands, "Kalon", own_bindings(commands, "Kalon", wanted));
  };
  load({});
  CHECK(keys.all().empty());
  keys.load(commands, "Kalon", {});

  load(with_binding(commands, keys, "r", "help"));
  CHECK(runs(keys, commands, "R", "grid") == "help");
  CHECK(keys.chords("rank").empty());
  CHECK(keys.chords("help") == Names{"?", "R", "F1"});

  // A command of one view takes it there alone.
  load(with_binding(commands, keys, "R", "vote-left"));
  CHECK(runs(keys, commands, "R", "rank") == "vote-left");
  CHECK(runs(keys, commands, "R", "grid") == "help");

  load(without_binding(keys.all(), "F1", "help"));
  CHECK(runs(keys, commands, "F1", "grid").empty());

  load(with_reset(commands, "Kalon", keys.all(), "help"));
  CHECK(keys.chords("help") == Names{"?", "F1"});
  CHECK(runs(keys, commands, "R", "grid") == "rank");

  const auto text = keys_as_text(commands, keys, "Kalon");
  CHECK(text.find("?, F1") != std::string::npos);
  CHECK(text.find("(vote-left, in rank)") != std::string::npos);
}
