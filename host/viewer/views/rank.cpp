// The voting view and the leaderboard: their commands.

#include <charconv>

#include "panels/leaderboard.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "views/rank_view.h"

namespace kalon::viewer {
namespace {

constexpr const char *group = "Rank";

int number_in(std::string_view text, int otherwise) {
  int number = otherwise;
  auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? number : otherwise;
}

// "left REASON", "right REASON", "2 REASON": which one, and the rest.
std::pair<int, std::string> slot_and_rest(std::string_view text) {
  auto space = text.find(' ');
  auto word = text.substr(0, space);
  int slot = word == "left" ? 1 : word == "right" ? 2 : number_in(word, 0);
  auto rest = space == std::string_view::npos ? std::string_view() : text.substr(text.find_first_not_of(' ', space));
  return {slot, std::string(rest)};
}

// A key that stays down votes once: it says what to do while it is held, which is nothing more.
void add_vote(Commands &commands, std::string name, std::string title, std::function<void(Context &)> votes,
              const std::function<bool(const Context &)> &enabled) {
  Command command{std::move(name),
                  std::move(title),
                  group,
                  "rank",
                  "",
                  [votes = std::move(votes)](Context &of, std::string_view argument) {
                    if (argument != "released") votes(of);
                  },
                  enabled,
                  nullptr};
  command.while_held = true;
  commands.add(std::move(command));
}

void add_vote_commands(Context &context, RankView &view) {
  auto &commands = context.commands;
  auto asked = [&view](const Context &) { return view.desk().hand().shown() != nullptr; };
  commands.add({"vote", "Vote", group, "rank", "left | right | tie | both_bad | skip | NUMBERS",
                [&view](Context &of, std::string_view what) { view.vote(of, what); }, asked, nullptr});
  struct One {
    const char *name, *title, *says;
  };
  for (const auto &one :
       {One{"vote-left", "The left one is better", "left"}, One{"vote-right", "The right one is better", "right"},
        One{"vote-tie", "Equally good", "tie"}, One{"vote-both-bad", "Both are bad", "both_bad"},
        One{"vote-skip", "Skip this question", "skip"}})
    add_vote(
        commands, one.name, one.title, [&view, says = one.says](Context &of) { view.vote(of, says); }, asked);
  for (int slot = 1; slot <= 4; ++slot) {
    auto number = std::to_string(slot);
    add_vote(
        commands, "vote-" + number, "Number " + number + " is the best",
        [&view, slot](Context &of) { view.press(of, slot); }, asked);
  }
  commands.add(
      {"rank-order", "Put several in order, the best first", group, "rank", "on | off",
       [&view](Context &, std::string_view how) { view.set_ordering(how.empty() ? !view.ordering() : how == "on"); },
       [&view](const Context &) { return view.desk().size() > 2; },
       [&view](const Context &) { return view.ordering(); }});
  commands.add({"rank-order-done", "This order; others share the last place", group, "rank", "",
                [&view](Context &of, std::string_view) { view.confirm_order(of); }, asked, nullptr});
  commands.add({"rank-exclude", "Leave a picture out of every ranking", group, "rank", "left | right | NUMBER [REASON]",
                [&view](Context &of, std::string_view text) {
                  auto [slot, reason] = slot_and_rest(text);
                  if (slot > 0)
                    view.exclude(of, slot, reason);
                  else
                    of.say("Say which one: left, right or its number.");
                },
                asked, nullptr});
  commands.add({"rank-exclude-left", "Leave the left one out, with a reason", group, "rank", "",
                [&view](Context &, std::string_view) { view.ask_reason(1); }, asked, nullptr});
  commands.add({"rank-exclude-right", "Leave the right one out, with a reason", group, "rank", "",
                [&view](Context &, std::string_view) { view.ask_reason(2); }, asked, nullptr});
  commands.add({"rank-undo", "Take the last vote back", group, "rank", "",
                [&view](Context &, std::string_view) { view.undo(); },
                [&view](const Context &) { return view.desk().can_undo(); }, nullptr});
}

void add_look_commands(Context &context, RankView &view) {
  auto &commands = context.commands;
  struct One {
    const char *name, *title;
    int slot;
  };
  for (const auto &one :
       {One{"peek-left", "Look at the left one at 100 %", 1}, One{"peek-right", "Look at the right one at 100 %", 2},
        One{"peek-all", "Look at all of them at 100 %", RankView::all_slots}}) {
    Command command{one.name,
                    one.title,
                    group,
                    "rank",
                    "",
                    [&view, slot = one.slot](Context &of, std::string_view argument) {
                      view.peek(argument == "released" ? 0 : slot);
                      of.animate();
                    },
                    nullptr,  // what is held is let go whatever became of the question
                    nullptr};
    command.while_held = true;
    commands.add(std::move(command));
  }
  commands.add({"rank-names", "Names of the pictures", group, "rank", "on | off",
                [&view](Context &of, std::string_view how) {
                  view.show_names = how.empty() ? !view.show_names : how == "on";
                  of.settings.more["rank.names"] = view.show_names ? "on" : "off";
                },
                nullptr, [&view](const Context &) { return view.show_names; }});
  commands.add({"rank-size", "So many pictures at a time", group, "rank", "2 | 3 | 4",
                [&view](Context &of, std::string_view size) {
                  if (int number = number_in(size, 0); number >= 2 && number <= 4)
                    view.desk().set_size(number);
                  else if (size.empty())
                    view.desk().set_size(view.desk().size() == 2 ? 4 : 2);
                  else
                    of.say("Two, three or four pictures are shown at a time.");
                },
                nullptr, nullptr});
}

void add_session_commands(Context &context, RankView &view) {
  auto &commands = context.commands;
  auto library = [](const Context &of) { return of.session.library() != nullptr; };
  auto is_shown = [&view](const Context &of) { return of.interface.current() == &view; };
  commands.add({"rank", "Rank", "View", "", "", [](Context &of, std::string_view) { of.interface.show(of, "rank"); },
                nullptr, is_shown});
  commands.add({"rank-session", "Go on with a session of ranking", group, "", "NAME",
                [&view](Context &of, std::string_view name) {
                  of.interface.show(of, "rank");
                  if (name.empty())
                    view.desk().close();
                  else
                    view.desk().open(std::string(name));
                },
                library, nullptr});
  commands.add({"rank-sessions", "Choose or begin a session of ranking", group, "", "",
                [&view](Context &of, std::string_view) {
                  of.interface.show(of, "rank");
                  view.desk().close();
                  view.desk().load_sessions();
                  view.start_page().prepare(of);
                },
                library, nullptr});
  commands.add(
      {"rank-new", "Begin a session of ranking", group, "",
       "NAME [criterion=... strategy=... estimator=... annotator=... of=shown|selection|library where=\"...\"]",
       [&view](Context &of, std::string_view text) {
         of.interface.show(of, "rank");
         view.desk().start(rank_request(text));
       },
       [](const Context &of) { return of.session.library() && !of.session.read_only(); }, nullptr});
  commands.add({"rank-resume", "Go on with a session that ended", group, "rank", "[votes=N] [minutes=M]",
                [&view](Context &of, std::string_view text) {
                  auto request = rank_request("resume " + std::string(text));
                  if (request.problem.empty())
                    view.desk().resume(rank_members(request.parameters));
                  else
                    of.complain(request.problem);
                },
                [&view](const Context &) { return !view.desk().session().empty(); }, nullptr});
  commands.add({"annotator", "Who votes", group, "", "NAME",
                [&view](Context &of, std::string_view name) {
                  if (name.empty())
                    of.say("Votes are those of " + view.desk().annotator() + ".");
                  else
                    view.desk().set_annotator(std::string(name));
                },
                nullptr, nullptr});
}

void add_table_commands(Context &context, RankTable &table, Leaderboard &board) {
  auto &commands = context.commands;
  auto library = [](const Context &of) { return of.session.library() != nullptr; };
  commands.add({"leaderboard", "Leaderboard", "Panels", "", "on | off",
                [&board](Context &of, std::string_view how) {
                  board.open = how.empty() ? !board.open : how == "on";
                  if (board.open) of.fresh_panel = board.name();
                },
                library, [&board](const Context &) { return board.open; }});
  commands.add({"rank-table", "The order that the votes give, anew", group, "", "[SESSION]",
                [&table, &board](Context &of, std::string_view session) {
                  board.open = true;
                  of.fresh_panel = board.name();
                  if (!session.empty()) table.look_at(std::string(session));
                  table.refresh(false);
                },
                library, nullptr});
  commands.add({"rank-columns", "Rank and votes as columns of all pictures", group, "", "",
                [&table](Context &, std::string_view) { table.refresh(true); }, library, nullptr});
  commands.add({"sort-by-rank", "Sort by rank", group, "", "",
                [&table](Context &of, std::string_view) {
                  table.sort_by_rank();
                  if (of.interface.current() && of.interface.current()->name() == "rank") of.interface.show(of, "grid");
                },
                library, nullptr});
  commands.add({"leaderboard-show", "Go to the picture of this rank", group, "", "RANK",
                [&table](Context &of, std::string_view text) {
                  auto rank = number_in(text, 1);
                  for (const auto &row : table.rows())
                    if (row.item != no_item && row.rank == static_cast<uint32_t>(rank)) {
                      of.shown.go_to(row.item);
                      if (of.interface.current() && of.interface.current()->name() == "rank")
                        of.interface.show(of, "loupe");
                      return;
                    }
                  of.say("No picture that is open has this rank.");
                },
                [&table](const Context &) { return !table.rows().empty(); }, nullptr});
}

}  // namespace

void add_rank(Context &context) {
  auto &view = context.interface.add_view<RankView>(context);
  auto &board = context.interface.add_panel<Leaderboard>(view.desk(), view.table());
  if (auto names = context.settings.more.find("rank.names"); names != context.settings.more.end())
    view.show_names = names->second == "on";
  add_session_commands(context, view);
  add_vote_commands(context, view);
  add_look_commands(context, view);
  add_table_commands(context, view.table(), board);
}

}  // namespace kalon::viewer
