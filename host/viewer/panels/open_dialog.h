#pragma once
// The dialog that opens a folder.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "panels/open_dialog_paths.h"
#include "panels/open_dialog_reader.h"
#include "views/view.h"

namespace kalon::viewer {

class OpenDialog : public Overlay {
 public:
  explicit OpenDialog(Context &context);
  std::string_view name() const override { return "open-dialog"; }
  void show(Context &context, std::string_view argument) override;
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &json) const override;

  // As if it were typed into the field.
  void write(std::string_view text) {
    type(text);
    cursor_to_end_ = true;
  }
  // Steps through the folders that fit what is typed.
  void step(int by);
  // Goes into the chosen folder, or writes what all that fit have in common.
  void complete();
  // Opens the chosen folder, else the one that is typed.
  void accept();
  void open_library();
  bool busy() const override { return reading_ || counts_coming_ > 0; }

 private:
  void type(std::string_view text);
  void go_to(const std::string &folder);
  void read(const std::string &folder);
  void filter();
  void open_folder(const std::string &path);
  std::string chosen_path() const;  // empty: none
  void draw_places();
  void draw_place(const NamedPath &place);
  void draw_steps();
  void draw_field();
  void draw_folders();
  void draw_folder(size_t row);
  void draw_foot();
  void count_visible(size_t begin, size_t end);

  Context &context_;
  FolderReader reader_;
  std::string home_;
  std::string folder_;     // bytes, that is listed
  std::string typed_;      // what stands in the field
  std::string beginning_;  // of names, as typed
  FolderListing listing_;
  std::vector<size_t> found_;  // folders of the listing that fit
  std::unordered_map<std::string, FolderCount> counts_;
  std::vector<std::string> asked_counts_;
  std::vector<NamedPath> places_;
  int chosen_ = -1;
  size_t counts_coming_ = 0;
  bool reading_ = false, focus_ = false, cursor_to_end_ = false, scroll_to_chosen_ = false;
};

}  // namespace kalon::viewer
