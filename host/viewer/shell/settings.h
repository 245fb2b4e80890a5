#pragma once
// What a person chose, kept from one start to the next.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commands/keys.h"

namespace kalon::viewer {

class Settings {
 public:
  // file: empty: nothing is kept. A damaged file is set aside beside itself (NAME.damaged) and counts as none.
  explicit Settings(std::string file);

  std::string theme = "dark";  // "dark", "light"
  std::string key_profile = "Kalon";
  std::vector<Binding> own_keys;
  double interface_scale = 1;  // times the content scale of the screen
  std::string extra_font;      // merged for CJK; empty: the first of the usual ones that is installed
  int cell = 180;              // of the grid, pixels at scale 1
  bool auto_advance = true;
  bool show_badges = true, show_names = false;
  std::string sort_by = "name";
  bool sort_descending = false;
  std::string score_column;                                  // shown as a badge; empty: none
  std::string annotator;                                     // who votes; empty: the user's name
  std::vector<std::string> panels{"filter", "information"};  // that are open
  std::vector<std::string> recent;                           // folders, newest first
  int window_width = 1440, window_height = 900;
  std::map<std::string, std::string> more;  // of views and panels, "map.zoom": they name them themselves

  // Written when something changed since the last time: to a new file that takes the place of the old one. False when
  // it could not be written; `why` says so.
  bool save(std::string *why = nullptr);

 private:
  std::string text() const;
  std::string file_, saved_;
};

}  // namespace kalon::viewer
