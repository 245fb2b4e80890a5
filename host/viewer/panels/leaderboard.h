#pragma once
// The best ones so far, with how certain that is: beside the vote, as it changes.

#include <string_view>

#include "views/rank_desk.h"
#include "views/rank_table.h"
#include "views/view.h"

namespace kalon::viewer {

class Leaderboard : public Panel {
 public:
  Leaderboard(RankDesk &desk, RankTable &table) : desk_(desk), table_(table) {}

  std::string_view name() const override { return "leaderboard"; }
  std::string_view title() const override { return "Leaderboard"; }
  Side side() const override { return Side::right; }
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &state) const override;
  bool busy() const override { return open && table_.asking(); }

 private:
  void draw_row(Context &context, const RankRow &row, float low, float high);

  RankDesk &desk_;
  RankTable &table_;
};

}  // namespace kalon::viewer
