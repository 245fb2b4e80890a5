#include "panels/send.h"
#include "shell/context.h"
#include "shell/parts.h"

namespace kalon::viewer {

void add_send(Context &context) {
  using Argument = std::string_view;
  auto &overlay = context.interface.add_overlay<SendOverlay>();
  auto has_target = [](const Context &of) { return of.shown.current() != no_item; };
  auto &commands = context.commands;
  commands.add({"send", "Send to a folder", "Files", "", "",
                [&overlay](Context &of, Argument argument) { overlay.show(of, argument); }, has_target, nullptr});
  commands.add({"send-preview", "Show what would be sent to a folder", "Files", "", "FOLDER",
                [&overlay](Context &of, Argument argument) { overlay.show(of, argument); }, has_target, nullptr});
  commands.add({"send-to", "Send to this folder without asking", "Files", "", "FOLDER",
                [&overlay](Context &of, Argument argument) { overlay.send_at_once(of, argument); }, has_target,
                nullptr});
  commands.add({"send-as", "Send as hardlink, symlink or copy", "Files", "", "KIND",
                [&overlay](Context &of, Argument argument) {
                  SendKind kind{};
                  if (send_kind_named(argument, kind) && kind != SendKind::trash)
                    overlay.use(of, kind);
                  else
                    of.complain("Photos are sent as hardlink, symlink or copy.");
                },
                nullptr, nullptr});
  commands.add({"trash", "Move to the trash", "Files", "", "",
                [&overlay](Context &of, Argument) { overlay.ask_trash(of, {}, {}); }, has_target, nullptr});
  commands.add({"send-confirm", "Do what the dialog shows", "Files", "", "",
                [&overlay](Context &of, Argument) { overlay.go(of); },
                [&overlay](const Context &) { return overlay.can_go(); }, nullptr});
  commands.add({"send-cancel", "Close the dialog", "Files", "", "",
                [&overlay](Context &of, Argument) { overlay.hide(of); },
                [&overlay](const Context &) { return overlay.open; }, nullptr});
}

}  // namespace kalon::viewer
