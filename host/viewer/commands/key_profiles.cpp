// The keys as the manuals of the programs list them, as far as the viewer has the same thing to do.

#include <array>

#include "commands/keys.h"

namespace kalon::viewer {
namespace {

const std::vector<Binding> &kalon() {
  static const std::vector<Binding> bindings{
      // culling
      {"0", "rate-0"},
      {"1", "rate-1"},
      {"2", "rate-2"},
      {"3", "rate-3"},
      {"4", "rate-4"},
      {"5", "rate-5"},
      {"P", "flag-pick"},
      {"X", "flag-reject"},
      {"U", "flag-none"},
      {"6", "label-red"},
      {"7", "label-yellow"},
      {"8", "label-green"},
      {"9", "label-blue"},
      {"]", "rate-up"},
      {"[", "rate-down"},
      // views
      {"G", "grid"},
      {"E", "loupe"},
      {"C", "compare"},
      {"N", "compare-four"},
      {"R", "rank"},
      {"M", "map"},
      {"O", "order"},
      {"D", "groups"},
      {"H", "scores"},
      {"Space", "open-loupe"},
      {"Enter", "open-loupe"},
      {"Escape", "back"},
      // moving
      {"Left", "left"},
      {"Right", "right"},
      {"Up", "up"},
      {"Down", "down"},
      {"Home", "first"},
      {"End", "last"},
      {"PageUp", "page-up"},
      {"PageDown", "page-down"},
      {"Shift+Left", "extend-left"},
      {"Shift+Right", "extend-right"},
      {"Shift+Up", "extend-up"},
      {"Shift+Down", "extend-down"},
      {"Shift+Home", "extend-first"},
      {"Shift+End", "extend-last"},
      {"Ctrl+A", "select-all"},
      {"Ctrl+D", "select-none"},
      {"Ctrl+I", "select-invert"},
      {"S", "stack-toggle"},
      {"Shift+S", "unstack"},
      // looking
      {"Z", "zoom-toggle"},
      {"+", "zoom-in"},
      {"=", "zoom-in"},
      {"-", "zoom-out"},
      {"Ctrl+0", "zoom-fit"},
      {"Ctrl+1", "zoom-100"},
      {"Ctrl+2", "zoom-200"},
      {"Alt+Left", "pan-left"},
      {"Alt+Right", "pan-right"},
      {"Alt+Up", "pan-up"},
      {"Alt+Down", "pan-down"},
      {"J", "show-clipping"},
      {"+", "cell-larger"},
      {"=", "cell-larger"},
      {"-", "cell-smaller"},
      {"I", "information"},
      {"L", "lights-out"},
      {"F", "full-screen"},
      {"F11", "full-screen"},
      {"Tab", "panels"},
      {"Ctrl+F", "find"},
      {"\\", "filter-off"},
      // work
      {"Ctrl+Z", "undo"},
      {"Ctrl+Shift+Z", "redo"},
      {"Ctrl+Y", "redo"},
      {"Delete", "trash"},
      {"Ctrl+E", "send"},
      {"Ctrl+O", "open-dialog"},
      {"F5", "reload"},
      {"Ctrl+Q", "quit"},
      {"Ctrl+P", "palette"},
      {"Ctrl+K", "keys"},
      {"Ctrl+T", "tasks"},
      {"Ctrl+H", "history"},
      {"?", "help"},
      {"F1", "help"},
      {"Ctrl+L", "leaderboard"},
      {"Y", "accept-suggestions"},
      // rank
      {"Left", "vote-left"},
      {"Right", "vote-right"},
      {"Down", "vote-tie"},
      {"T", "vote-tie"},
      {"B", "vote-both-bad"},
      {"S", "vote-skip"},
      {"Space", "vote-skip"},
      {"1", "vote-1"},
      {"2", "vote-2"},
      {"3", "vote-3"},
      {"4", "vote-4"},
      {"Enter", "rank-order-done"},
      {"O", "rank-order"},
      {"Shift+Left", "rank-exclude-left"},
      {"Shift+Right", "rank-exclude-right"},
      {"Ctrl+Z", "rank-undo"},
      {"Backspace", "rank-undo"},
      {"Q", "peek-left"},
      {"W", "peek-right"},
      {"Z", "peek-all"},
      {"K", "rank-names"},
      {"V", "rank-size"},
      // loupe
      {"B", "show-histogram"},
      {"T", "film-strip"},
      {"Y", "show-info-line"},
      {"K", "keep-zoom"},
      // compare
      {"Right", "compare-next"},
      {"Left", "compare-previous"},
      {"Up", "promote"},
      {"Enter", "promote"},
      {"Down", "compare-swap"},
      {"Tab", "next-pane"},
      {"Shift+Tab", "previous-pane"},
      {"A", "flip"},
      {"W", "align-panes"},
      {"Q", "compare-same-framing"},
      // scores
      {"Left", "threshold-down"},
      {"Right", "threshold-up"},
      {"Shift+Left", "threshold-down-far"},
      {"Shift+Right", "threshold-up-far"},
      {"T", "threshold-other"},
      {"Backspace", "threshold-off"},
      {"V", "score-log"},
      // order
      {"Right", "order-next"},
      {"Left", "order-previous"},
      {"Down", "order-down"},
      {"Up", "order-up"},
      {"Home", "order-first"},
      {"End", "order-last"},
      {"Ctrl+Down", "order-next-section"},
      {"Ctrl+Up", "order-previous-section"},
      {"Shift+O", "order-from-here"},
      {"+", "order-larger"},
      {"=", "order-larger"},
      {"-", "order-smaller"},
      {"PageDown", "order-page-down"},
      {"PageUp", "order-page-up"},
      // map
      {"Left", "map-left"},
      {"Right", "map-right"},
      {"Up", "map-up"},
      {"Down", "map-down"},
      {"+", "map-zoom-in"},
      {"=", "map-zoom-in"},
      {"-", "map-zoom-out"},
      {"Ctrl+0", "map-fit"},
      {"Home", "map-fit"},
      {"H", "map-to-current"},
      // groups
      {"Right", "group-right"},
      {"Left", "group-left"},
      {"Down", "group-down"},
      {"Up", "group-up"},
      {"Tab", "group-next"},
      {"Shift+Tab", "group-previous"},
      {"Ctrl+Down", "group-next"},
      {"Ctrl+Up", "group-previous"},
      {"Enter", "group-keeper"},
      {"Shift+X", "group-reject-others"},
      {"C", "group-compare"},
      {"Shift+Delete", "group-trash-others"},
      {"Shift+N", "group-not-duplicates"},
      {"Backspace", "group-remove"},
      {"+", "groups-larger"},
      {"=", "groups-larger"},
      {"-", "groups-smaller"},
  };
  return bindings;
}

// Its culling keys are those of Kalon.
const std::vector<Binding> &lightroom() {
  static const std::vector<Binding> bindings{
      {"Ctrl+Shift+I", "open-dialog"},
      {"Ctrl+Shift+E", "send"},
      {"Ctrl+/", "help"},
      {"Ctrl+Shift+D", "select-none"},
      {"Ctrl+L", "filter-off"},
      {"Ctrl+Shift+L", "leaderboard"},
      {"Shift+Tab", "panels"},
      {"Ctrl+=", "zoom-in"},
      {"Ctrl+-", "zoom-out"},
      {"`", "flag-toggle"},
      {"Space", "zoom-toggle"},
      {"Backspace", "trash"},
      {"\\", "filter-bar"},
      {"Shift+F", "full-screen"},
      {"F6", "film-strip"},
      {"Ctrl+Shift+G", "unstack"},
  };
  return bindings;
}

const std::vector<Binding> &darktable() {
  static const std::vector<Binding> bindings{
      // R is its reject, D its darkroom and X its culling: what Kalon has on them moves to Shift.
      {"R", "flag-reject"},
      {"Shift+R", "rank"},
      {"F1", "label-red"},
      {"F2", "label-yellow"},
      {"F3", "label-green"},
      {"F4", "label-blue"},
      {"F5", "label-purple"},
      {"Ctrl+R", "reload"},
      // Its darkroom, and its full preview, held and staying.
      {"D", "loupe"},
      {"W", "loupe"},
      {"F", "loupe"},
      {"Space", "right"},
      {"Backspace", "left"},
      {"Alt+1", "zoom-100"},
      {"Alt+3", "zoom-fit"},
      {"L", "grid"},
      {"Shift+L", "lights-out"},
      {"Shift+D", "groups"},
      {"X", "compare"},
      {"Ctrl+X", "compare-four"},
      {"H", "help"},
      {"Shift+H", "scores"},
      {"Ctrl+Shift+A", "select-none"},
      {"Ctrl+I", "select-invert"},
      {"Ctrl+Shift+I", "open-dialog"},
  };
  return bindings;
}

const std::vector<Binding> &photo_mechanic() {
  static const std::vector<Binding> bindings{
      // Digits alone are its colour classes: 3 (orange), 6 (teal) have no like here, 8 is its trash.
      {"0", "label-none"},
      {"1", "label-purple"},
      {"2", "label-red"},
      {"3", ""},
      {"3", "vote-3"},
      {"4", "label-yellow"},
      {"5", "label-green"},
      {"6", ""},
      {"7", "label-blue"},
      {"8", "flag-reject"},
      {"9", ""},
      {"Ctrl+0", ""},
      {"Ctrl+0", "rate-0"},
      {"Ctrl+1", "rate-1"},
      {"Ctrl+2", "rate-2"},
      {"Ctrl+3", "rate-3"},
      {"Ctrl+4", "rate-4"},
      {"Ctrl+5", "rate-5"},
      // Its tag is a pick, in its preview as well.
      {"T", ""},
      {"T", "flag-toggle"},
      {"T", "vote-tie"},
      {"Shift+T", "film-strip"},
      {"F3", "filter-picks"},
      {"Ctrl+R", "loupe"},
      {"Ctrl++", "flag-pick"},
      {"Ctrl+=", "flag-pick"},
      {"Ctrl+-", "flag-none"},
  };
  return bindings;
}

}  // namespace

std::span<const std::string_view> key_profile_names() {
  static constexpr std::array<std::string_view, 4> names{"Kalon", "Lightroom", "darktable", "Photo Mechanic"};
  return names;
}

std::span<const Binding> key_profile(std::string_view name) {
  if (name == "Kalon") return kalon();
  if (name == "Lightroom") return lightroom();
  if (name == "darktable") return darktable();
  if (name == "Photo Mechanic") return photo_mechanic();
  return {};
}

}  // namespace kalon::viewer
