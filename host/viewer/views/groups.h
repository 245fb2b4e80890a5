#pragma once
// Groups and duplicates, each with the one to keep first, and what can be done with the others.

#include <functional>
#include <string>
#include <vector>

#include "views/groups_model.h"
#include "views/order_layout.h"
#include "views/order_scroll.h"
#include "views/order_states.h"
#include "views/view.h"

namespace kalon::viewer {

// What groups are looked for.
struct GroupWish {
  GroupKind kind = GroupKind::duplicates;
  int relation = 2;  // of duplicates: same bytes, same picture, similar
  int keep = 0;      // of duplicates: what decides first
  float duplicate_level = 0.98f, similar_level = 0.9f, burst_level = 0.8f;
  float gap = 2;          // of bursts, seconds
  int least_size = 2;     // of similar groups
  bool density = false;   // clusters
  int clusters = 0;       // 0: as many as suit the pictures
  int least_cluster = 5;  // of density
  // The members of the parameters of `duplicates` or `groups`.
  std::string members() const;
};

class GroupsView : public View {
 public:
  std::string_view name() const override { return "groups"; }
  std::string_view title() const override { return "Groups"; }
  void draw(Context &context, const Area &area) override;
  void enter(Context &context) override;
  void describe(const Context &context, nlohmann::json &told) const override;
  bool busy() const override { return job_.running || scroll_.moving(); }

  bool there() const { return !groups_.empty(); }
  GroupWish &wish() { return wish_; }
  // Looks for groups of the wish; when they are there, the grid stacks them if `stack`.
  void find(Context &context, bool stack);
  // The grid stacks what was found, or from now on nothing.
  void stack(Context &context);
  void set_cell(Context &context, int cell);
  int cell() const { return cell_; }

  // ---- what is done with the group of the current picture
  void step(Context &context, int places, int rows);
  void step_group(Context &context, int groups);
  void keep_current(Context &context);
  void reject_others(Context &context);
  void reject_all_others(Context &context);
  void not_duplicates(Context &context);
  void trash_others(Context &context);
  void compare(Context &context);
  void take_out(Context &context);
  bool has_current(const Context &) const { return current_group() != none; }
  bool keeps_one() const { return !groups_.empty() && groups_.front().keeps_one(); }
  bool of_duplicates() const { return !groups_.empty() && groups_.front().kind == GroupKind::duplicates; }

 private:
  static constexpr size_t none = ~size_t{0};
  // A group of which two pictures and more are left.
  struct Left {
    size_t group = 0;             // in groups_
    std::vector<size_t> members;  // in it
  };
  struct Place {
    uint32_t left = 0, member = 0;  // in left_, in its members
  };

  void follow(Context &context);
  void settle(Context &context);
  void lay_out(float width);
  void draw_bar(Context &context, const Area &area);
  void draw_wish(Context &context);
  void draw_summary(Context &context);
  void draw_list(Context &context, const Area &area);
  void draw_group(Context &context, const Area &area, size_t index);
  void draw_facts(Context &context, const Area &area, size_t index);
  void draw_member(Context &context, const Area &area, size_t position);
  void mouse(Context &context, const Area &area, bool hovered);
  Area cell_of(const Area &area, size_t position) const;
  void make_current(Context &context, size_t position);
  void reveal(size_t position, bool at_once);
  void change(Context &context, size_t left, const std::function<void(Group &)> &work);
  void next_after(Context &context, size_t left);
  size_t current_group() const;  // in left_
  const Group &group_of(size_t left) const { return groups_[left_[left].group]; }

  GroupWish wish_;
  ViewJob job_;
  std::vector<Group> groups_;
  std::string found_note_;             // what the summary said besides
  std::vector<std::string> of_paths_;  // what was open when they were found
  bool found_ = false;                 // something was looked for, if only in vain
  bool stacked_ = false;               // the grid shows them as stacks
  uint64_t seen_structure_ = 0, seen_generation_ = 0, seen_selection_ = 0;
  double settled_at_ = -1;

  std::vector<Left> left_;
  std::vector<Place> places_;  // by position
  uint64_t redundant_ = 0;     // bytes of all
  size_t redundant_files_ = 0;
  StripLayout layout_;
  Scroll scroll_;
  float laid_out_width_ = 0, view_height_ = 0, bar_height_ = 0;
  int laid_out_cell_ = 0, cell_ = 0;
  bool lay_out_again_ = true;
  size_t current_ = none;  // position
};

}  // namespace kalon::viewer
