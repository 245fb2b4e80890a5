#pragma once
// Before voting: which session to go on with, or what to begin.

#include <string>
#include <string_view>
#include <vector>

#include "views/rank_desk.h"
#include "views/view.h"

namespace kalon::viewer {

class RankStartPage {
 public:
  explicit RankStartPage(RankDesk &desk) : desk_(desk) {}
  void draw(Context &context, const Area &area);
  // Fills in a name that no session has yet, and who votes.
  void prepare(const Context &context);

 private:
  void draw_sessions();
  void draw_form(Context &context);
  void draw_strategy();
  void draw_estimator();
  void draw_pictures(Context &context);
  RankRequest request() const;

  RankDesk &desk_;
  std::string session_, criterion_, annotator_, strategy_ = "active", estimator_ = "bayes", of_ = "shown";
  std::string groups_ = "burst", scores_, attribute_ = "prompt";
  int top_ = 10, keep_ = 1, bins_ = 10, clusters_ = 48, shuffle_ = 3, overlap_ = 1, votes_ = 0;
  float variance_ = 1;
  bool named_ = false;  // a person wrote the name
};

}  // namespace kalon::viewer
