#pragma once
// The order that the votes of a session give, kept up in the background, and as columns of the catalogue.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"
#include "library/jobs.h"
#include "views/rank_row.h"

namespace kalon::viewer {

struct Context;
class RankDesk;

class RankTable {
 public:
  static constexpr size_t shown_rows = 50;
  // Up to so many pictures each refresh is of all of them, so that the columns stay new.
  static constexpr size_t whole_up_to = 20000;

  RankTable(Context &context, RankDesk &desk) : context_(context), desk_(desk) {}

  // The session of the desk, else the one that was looked at last.
  std::string session() const;
  void look_at(std::string session);
  // Asks again when votes came since, at most one request at a time. Once a frame, where the table is seen.
  void keep_up();
  // Asks now. whole: for all pictures, however many.
  void refresh(bool whole);
  // Sorts what is shown by rank, once the whole table is there.
  void sort_by_rank();

  const std::vector<RankRow> &rows() const { return rows_; }  // best first; all when whole()
  bool whole() const { return whole_; }
  bool known() const { return known_; }  // a table of this session came
  uint64_t votes() const { return votes_; }
  uint64_t pictures() const { return pictures_; }
  const std::string &problem() const { return problem_; }
  bool asking() const { return asking_; }
  uint64_t refreshes() const { return refreshes_; }

 private:
  uint64_t votes_made() const;  // grows with every vote that this viewer hears of
  void take(std::vector<RankRow> rows, const Answer &answer, bool whole);
  void fill_columns();
  void apply_order();

  Context &context_;
  RankDesk &desk_;
  std::string looked_at_, of_;  // of_: whose rows these are
  std::vector<RankRow> rows_;
  bool whole_ = false, known_ = false, asking_ = false, again_ = false, again_whole_ = false, order_wanted_ = false;
  uint64_t votes_ = 0, pictures_ = 0, seen_votes_ = 0, refreshes_ = 0, generation_ = 0;
  double asked_at_ = -1e9, cost_ = 0;
  std::string problem_;
};

}  // namespace kalon::viewer
