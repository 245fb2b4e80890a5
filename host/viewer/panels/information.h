#pragma once
// All that is known of the photo that is looked at.

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "panels/information_facts.h"
#include "shell/context.h"

namespace kalon::viewer {

class Information final : public Panel {
 public:
  std::string_view name() const override { return "information"; }
  std::string_view title() const override { return "Information"; }
  Side side() const override { return Side::right; }
  void draw(Context &context) override;
  bool belongs(std::string_view view) const override { return view != "rank"; }
  void describe(const Context &context, nlohmann::json &state) const override;
  bool busy() const override;
  // Only attributes that mention it are listed.
  void search(std::string_view text) { sought_ = text; }

 private:
  // The facts of one photo, and what they were made of: when that changed they are asked for again.
  struct Known {
    ItemIndex item;
    std::string path;
    uint64_t decisions;
    int64_t mtime;
    bool indexed;
    std::shared_ptr<const Facts> facts;  // null: asked for
  };

  void look(Context &context);
  void ask(Context &context);
  void answered(const std::string &path, const Answer &answer);
  const Known *known(ItemIndex item) const;
  bool up_to_date(const Context &context, const Known &known) const;

  void draw_histogram_of(Context &context);
  void draw_decisions(const Context &context, const Facts *facts);
  void draw_photo(const Context &context, const Facts *facts);
  void draw_files(const Context &context, const Facts &facts);
  void draw_attributes(const Facts &facts);

  ItemIndex item_ = no_item;
  double since_ = 0;         // when it became the one that is looked at
  bool waits_ = false;       // for the person to stay, or for the answer
  bool counts_ = false;      // the histogram comes
  int frame_ = 0;            // in which it was drawn last: behind another tab it waits for nothing
  std::deque<Known> known_;  // newest first
  std::string sought_;
};

}  // namespace kalon::viewer
