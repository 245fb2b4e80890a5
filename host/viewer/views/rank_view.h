#pragma once
// The voting view: which of these is better?

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "views/rank_desk.h"
#include "views/rank_start_page.h"
#include "views/rank_table.h"
#include "views/view.h"

namespace kalon::viewer {

class RankView : public View {
 public:
  explicit RankView(Context &context) : desk_(context), table_(context, desk_), start_page_(desk_) {}

  std::string_view name() const override { return "rank"; }
  std::string_view title() const override { return "Rank"; }
  void draw(Context &context, const Area &area) override;
  void enter(Context &context) override;
  void leave(Context &context) override;
  void describe(const Context &context, nlohmann::json &state) const override;
  bool busy() const override;

  RankDesk &desk() { return desk_; }
  const RankDesk &desk() const { return desk_; }
  RankTable &table() { return table_; }
  RankStartPage &start_page() { return start_page_; }

  // ---- what commands do
  // "left", "right", "tie", "both_bad", "skip", "1".."4", or several numbers ("2 1 3"): an order, the best first. False
  // when it does not fit what is asked; it was said why.
  bool vote(Context &context, std::string_view what);
  void press(Context &context, int number);  // a number key: a vote, or the next place of an order
  void confirm_order(Context &context);
  void set_ordering(bool ordering);
  bool ordering() const { return ordering_; }
  void exclude(Context &context, int slot, const std::string &reason);
  void ask_reason(int slot) { reason_of_ = slot; }  // opens the field for it
  void undo();
  void peek(int slot) { peek_ = slot; }  // 0: none; 5: all of them
  static constexpr int all_slots = 5;
  bool show_names = false;

 private:
  void draw_voting(Context &context, const Area &area);
  void draw_top(Context &context, const Area &area);
  void draw_menu(Context &context);
  void draw_keys(Context &context, const Area &area);
  void draw_panes(Context &context, const Area &area);
  void draw_pane(Context &context, const Question &question, int slot, ItemIndex item, const Area &pane);
  void draw_reason(Context &context);
  void draw_finished(Context &context, const Area &area);
  bool judged(Context &context, bool needs_pictures);
  void light(unsigned slots, bool bad, double now);

  RankDesk desk_;
  RankTable table_;
  RankStartPage start_page_;
  RankOrder order_;
  bool ordering_ = false;
  int peek_ = 0, reason_of_ = 0, reason_slot_ = 0;
  std::string reason_, annotator_;
  std::string drawn_;                              // id of the question whose pictures are all on the screen
  std::string unreadable_;                         // id of the question of which one cannot be shown
  std::chrono::steady_clock::time_point since_{};  // when they came onto it
  unsigned lit_ = 0;                               // bits of the panes that light up
  bool lit_bad_ = false;
  double lit_until_ = 0;
  size_t waited_ = 0;                                           // how often a vote found no next question ready
  std::optional<std::chrono::steady_clock::time_point> voted_;  // until the next question is drawn
  double next_ms_ = 0, slowest_next_ms_ = 0;                    // from a vote to that; slowest_: of all so far
};

}  // namespace kalon::viewer
