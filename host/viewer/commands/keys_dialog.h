#pragma once
// The dialog in which keys are given to commands.

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/keys_dialog_changes.h"
#include "views/view.h"

namespace kalon::viewer {

class KeysDialog : public Overlay {
 public:
  std::string_view name() const override { return "keys"; }
  void show(Context &context, std::string_view argument) override;
  void hide(Context &context) override;
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &json) const override;
  bool captures_keys() const override { return open && !waiting_.empty(); }

  void use_profile(Context &context, std::string_view profile);
  // The next key that is pressed becomes one of the command.
  void wait_for_key(Context &context, std::string_view command);
  // Gives the chord to the command, or asks first, where it runs another one.
  void offer(Context &context, std::string_view command, std::string_view chord);
  bool asking() const { return !offered_.chord.empty(); }
  void take(Context &context);
  void keep(Context &context);
  void remove(Context &context, std::string_view command, std::string_view chord);
  void reset(Context &context, std::string_view command);
  void reset_all(Context &context);
  // Empty: to the clipboard.
  void export_text(Context &context, std::string_view file) const;

 private:
  struct Offer {
    std::string command, chord;
    std::vector<std::string> held_by;
  };
  void change(Context &context, const BoundKeys &keys);
  void changed(Context &context);
  void find(const Context &context);
  void draw_head(Context &context);
  void draw_table(Context &context);
  void draw_row(Context &context, const Command &command);
  void draw_foot(Context &context);

  std::string search_, waiting_;
  Offer offered_;
  std::vector<size_t> found_;                          // commands, by group
  std::set<std::pair<std::string, std::string>> own_;  // chord and command that the profile does not have
  std::set<std::string> changed_;                      // commands whose keys are not those of the profile
  bool find_again_ = true, focus_ = false;
  bool takes_key_ = false;  // in this frame
};

}  // namespace kalon::viewer
