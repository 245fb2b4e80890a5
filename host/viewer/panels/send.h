#pragma once
// Sending photos to a folder or to the trash: what would go where, then it is done, and undo takes it back.

#include <string>
#include <vector>

#include "panels/send_plan.h"
#include "views/order_states.h"
#include "views/view.h"

namespace kalon::viewer {

class SendOverlay : public Overlay {
 public:
  std::string_view name() const override { return "send"; }
  void draw(Context &context) override;
  // argument: a folder, or empty.
  void show(Context &context, std::string_view argument) override;
  void hide(Context &context) override;
  void describe(const Context &context, nlohmann::json &told) const override;
  bool busy() const override { return open && (changed_ >= 0 || answered_ != asked_); }

  // Asks whether these files are to be moved to the trash. note: what more there is to say; may be empty.
  void ask_trash(Context &context, std::vector<std::string> paths, std::string note);
  void use(Context &context, SendKind kind);
  SendKind kind() const { return kind_; }
  // Does what is shown. Nothing when it cannot be done now.
  void go(Context &context);
  bool can_go() const;
  // Sends the selection there without asking.
  void send_at_once(Context &context, std::string_view folder);

 private:
  void begin(Context &context);
  void preview(Context &context);
  void start(Context &context, std::vector<std::string> paths, std::string folder, SendKind kind);
  void ended(Context &context, const struct Answer &answer, SendKind kind, const std::string &folder, size_t photos,
             const std::string &parameters, SendPlan made);
  void draw_target(Context &context);
  void draw_lines(const Context &context, float height);
  void draw_foot(Context &context);
  std::string summary_text() const;
  void remember(Context &context, const std::string &folder);
  std::vector<std::string> recent(const Context &context) const;

  SendKind kind_ = SendKind::hardlink;
  bool chosen_kind_ = false;          // kind_ was set, or read from the settings
  std::string folder_text_, folder_;  // as written, and the path that it means
  bool sidecars_ = false, numbered_ = false;
  std::vector<std::string> paths_;
  size_t photos_ = 0;
  std::string note_;
  SendPlan plan_;
  bool done_ = false;  // plan_ is what was done
  uint64_t asked_ = 0, answered_ = 0;
  double changed_ = -1;  // when what is written changed last; negative: it is previewed
  std::string problem_;  // why there is no plan
  bool focus_ = false;
  int turn_ = 0;  // a field that is asked anew forgets what was typed
};

}  // namespace kalon::viewer
