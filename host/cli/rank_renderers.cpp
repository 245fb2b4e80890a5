// What commands of ranking say to people.

#include <nlohmann/json.hpp>

#include <cstdio>

#include "invocation.h"
#include "renderers.h"
#include "style.h"

namespace kalon::cli {

using nlohmann::json;

namespace {

std::string formatted(const char *format, double value) {
  char digits[48];
  std::snprintf(digits, sizeof digits, format, value);
  return digits;
}

std::string percent(double share) {
  return formatted("%.0f %%", 100 * share);
}

std::string person(const json &row) {
  auto name = text(row, "annotator");
  return name.empty() ? "" : " --annotator " + name;
}

void question_row(const json &row, const Invocation &invocation) {
  if (!row.contains("pictures")) return;
  const auto &pictures = row.at("pictures");
  bool pair = pictures.size() == 2;
  for (size_t i = 0; i < pictures.size(); ++i)
    line((pair ? std::string(i == 0 ? "left   " : "right  ") : formatted("%-2.0f     ", static_cast<double>(i + 1))) +
         text(pictures[i], "path"));
  if (invocation.quiet) return;
  line(std::string("       kalon rank vote ") + (pair ? "left|right|tie|both_bad|skip" : "--best PLACE") +
       " --session " + text(row, "session") + person(row) + " --next");
}

void asked_summary(const json &summary) {
  if (summary.contains("finished") && !text(summary, "finished").empty())
    line("No more questions: " + text(summary, "finished") + ".");
}

void next_summary(const json &summary, const Invocation &, uint64_t) {
  asked_summary(summary);
}

void vote_summary(const json &summary, const Invocation &invocation, uint64_t) {
  if (summary.value("known_already", false)) line("This vote was known already.");
  asked_summary(summary);
  if (!invocation.quiet && !summary.contains("asked")) line("Vote taken; `kalon rank undo` takes it back.");
}

void undo_summary(const json &summary, const Invocation &, uint64_t) {
  auto name = text(summary, "annotator");
  line("Taken back: the vote of " + shorter_time(text(summary, "made")) + (name.empty() ? "" : " by " + name) + ".");
}

void start_summary(const json &summary, const Invocation &, uint64_t) {
  line(std::string(summary.value("resumed", false) ? "Going on with" : "Begun:") + " the session " +
       text(summary, "session") + ", " + plural(count(summary, "pictures"), "picture", "pictures") + ", strategy " +
       text(summary, "strategy") + ", estimator " + text(summary, "estimator") + ".");
  if (auto known = count(summary, "votes_of_criterion"); known > 0)
    line(plural(known, "vote", "votes") + " on this criterion count already.");
  line("Ask with: kalon rank next --session " + text(summary, "session"));
}

void status_row(const json &row, const Invocation &) {
  auto name = text(row, "annotator");
  std::printf("  %-20s %8s  last %s\n", name.empty() ? "(no name)" : name.c_str(),
              plural(count(row, "votes"), "vote", "votes").c_str(), shorter_time(text(row, "last")).c_str());
}

void status_summary(const json &summary, const Invocation &, uint64_t) {
  line("Session " + text(summary, "session") + ": " + plural(count(summary, "votes"), "vote", "votes") + " over " +
       plural(count(summary, "pictures"), "picture", "pictures") + ", " + grouped(count(summary, "unvoted")) +
       " without a vote; strategy " + text(summary, "strategy") + ", estimator " + text(summary, "estimator") + ".");
  if (summary.contains("settled"))
    line("Settled: " + percent(number(summary, "settled")) + " of the neighbours in the order; the best " +
         text(summary, "top") + (summary.value("top_settled", false) ? " are settled." : " are not settled yet."));
  if (summary.contains("votes_to_settle_top")) {
    const auto &more = summary.at("votes_to_settle_top");
    auto ahead = text(more, "looked_ahead");
    line("For the best " + text(summary, "top") + ", " +
         (more.value("median", json()).is_null()
              ? "more than " + ahead + " votes are missing, or they are too alike to be told apart."
              : "about " + text(more, "median") + " votes are missing (" + text(more, "low") + " to " +
                    (more.value("high", json()).is_null() ? "more than " + ahead : text(more, "high")) + ")."));
  } else if (summary.value("too_early", false)) {
    line("It is too early to say how many votes are missing: " + grouped(count(summary, "contenders")) +
         " pictures might still be among the best " + text(summary, "top") + ".");
  }
  if (summary.contains("votes_left"))
    line("The strategy is done after " + plural(count(summary, "votes_left"), "more vote", "more votes") + ".");
  if (summary.contains("ended")) line("The session has ended: " + text(summary, "ended") + ".");
}

void table_row(const json &row, const Invocation &) {
  bool certain = row.contains("low");
  std::string interval, utility = formatted("%8.3f", number(row, "mean"));
  if (row.contains("rank_low"))
    interval = formatted("%5.0f", number(row, "rank_low")) + formatted("-%-5.0f", number(row, "rank_high"));
  if (certain) utility += formatted(" ±%6.3f", number(row, "sd"));
  std::string name = row.contains("path") ? text(row, "path") : text(row, "value");
  std::string more = plural(count(row, "votes"), "vote", "votes");
  if (row.contains("best_probability"))
    more = plural(count(row, "pictures"), "picture", "pictures") + ", " + more + ", best of all with " +
           percent(number(row, "best_probability"));
  std::printf("%5s %s %s  %-9s  %s\n", text(row, "rank").c_str(), interval.c_str(), utility.c_str(), more.c_str(),
              name.c_str());
}

void table_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (rows == 0) return line("No picture is ranked.");
  if (invocation.quiet) return;
  auto out = plural(count(summary, "pictures"), "picture", "pictures");
  if (summary.contains("votes")) out += ", " + plural(count(summary, "votes"), "vote", "votes");
  if (summary.contains("estimator")) out += ", estimator " + text(summary, "estimator");
  if (summary.contains("settled")) out += "; " + percent(number(summary, "settled")) + " settled";
  line(out + ".");
  if (summary.contains("column")) line("Kept as the column " + text(summary, "column") + ".");
}

void odds_summary(const json &summary, const Invocation &, uint64_t) {
  if (summary.contains("better"))
    line("The first is better with " + formatted("%.1f %%", 100 * number(summary, "better")) + ".");
  line("It wins the next vote with " + formatted("%.1f %%", 100 * number(summary, "preferred_next_time")) +
       "; difference " + formatted("%.3f", number(summary, "difference")) +
       (summary.contains("sd") ? formatted(" ± %.3f", number(summary, "sd")) : "") + ", compared " +
       plural(count(summary, "votes"), "time", "times") + ".");
}

void session_row(const json &row, const Invocation &) {
  if (row.contains("message")) return line(text(row, "session") + ": " + text(row, "message"));
  std::printf("%-20s  %-14s  %-12s  criterion %-12s  begun %s\n", text(row, "session").c_str(),
              text(row, "strategy").c_str(), text(row, "estimator").c_str(),
              text(row, "criterion").empty() ? "(none)" : text(row, "criterion").c_str(),
              shorter_time(text(row, "created")).c_str());
}

void sessions_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (summary.contains("dropped")) return line("Dropped the session " + text(summary, "dropped") + "; its votes stay.");
  if (rows == 0 && !invocation.quiet) say("No session yet: `kalon rank start` makes one.\n");
}

void report_row(const json &row, const Invocation &) {
  auto name = text(row, "annotator");
  auto share = [&](const char *member) {
    return row.contains(member) ? percent(number(row.at(member), "share")) : std::string("-");
  };
  std::printf("  %-20s %8s  %-14s scale %6.2f (%.2f to %.2f)  agrees %-6s consistent %-6s left %-6s\n",
              name.empty() ? "(no name)" : name.c_str(), plural(count(row, "votes"), "vote", "votes").c_str(),
              text(row, "judgement").c_str(), number(row, "scale"), number(row.at("scale_interval"), "low"),
              number(row.at("scale_interval"), "high"), share("agreement").c_str(), share("self_consistency").c_str(),
              share("left").c_str());
}

void report_summary(const json &summary, const Invocation &, uint64_t) {
  for (const auto &criterion : summary.at("criteria")) {
    auto name = text(criterion, "criterion");
    auto out = name.empty() ? std::string() : name + ": ";
    out += plural(count(criterion, "votes"), "vote", "votes");
    out += criterion.value("alpha", json()).is_null()
               ? "; agreement is not known: " + text(criterion, "alpha_unknown")
               : "; Krippendorff's alpha " + formatted("%.3f", number(criterion, "alpha")) +
                     formatted(" (%.3f", number(criterion.at("alpha_interval"), "low")) +
                     formatted(" to %.3f)", number(criterion.at("alpha_interval"), "high"));
    line(out + ".");
    if (auto parts = count(criterion, "parts"); parts > 1)
      line("The votes fall into " + grouped(parts) + " parts that nothing compares with one another.");
  }
  if (summary.contains("path")) line("Page: " + text(summary, "path"));
}

void import_summary(const json &summary, const Invocation &, uint64_t) {
  auto out = (summary.value("dry_run", false) ? std::string("Would take ") : std::string("Took ")) +
             grouped(count(summary, "imported")) + " of " + plural(count(summary, "rows"), "row", "rows");
  if (auto known = count(summary, "known_already"); known > 0) out += "; " + grouped(known) + " were known already";
  if (auto skipped = count(summary, "skipped"); skipped > 0) out += "; " + grouped(skipped) + " name unknown pictures";
  line(out + ".");
  if (summary.contains("column")) line("Column: " + text(summary, "column"));
}

void export_summary(const json &summary, const Invocation &, uint64_t) {
  line("Wrote " + plural(count(summary, "rows"), "row", "rows") + " to " + text(summary, "path") + ".");
  for (const auto &[member, what] :
       {std::pair("unsettled", "not certain enough"), std::pair("ties_left_out", "ties"),
        std::pair("without_order", "without an order"), std::pair("lost", "with a picture that is missing")})
    if (auto left = count(summary, member); left > 0) line("Left out: " + grouped(left) + " " + what + ".");
}

void fit_row(const json &row, const Invocation &) {
  std::printf("%6s %9.4f%s  %s\n", text(row, "rank").c_str(), number(row, "mean"),
              row.contains("sd") ? formatted(" ±%7.4f", number(row, "sd")).c_str() : "", text(row, "item").c_str());
}

void fit_summary(const json &summary, const Invocation &invocation, uint64_t) {
  if (invocation.quiet) return;
  line(plural(count(summary, "items"), "item", "items") + ", " + plural(count(summary, "votes"), "vote", "votes") +
       ", estimator " + text(summary, "estimator") + ".");
  for (const auto &person : summary.value("annotators", json::array()))
    line("  " + text(person, "annotator") + ": " + text(person, "judgement") + ", scale " +
         formatted("%.2f", number(person, "scale")));
}

void simulate_row(const json &row, const Invocation &) {
  auto spread = [&](const char *member) {
    if (!row.contains(member)) return std::string("-");
    const auto &of = row.at(member);
    return formatted("%.3f", number(of, "median")) + formatted(" (%.3f", number(of, "low")) +
           formatted("-%.3f)", number(of, "high"));
  };
  std::printf("%9s votes  spearman %-22s top %-22s settled %s\n", grouped(count(row, "votes")).c_str(),
              spread("spearman").c_str(), spread("top_recall").c_str(), spread("settled").c_str());
}

void simulate_summary(const json &summary, const Invocation &, uint64_t) {
  const auto &needed = summary.at("votes_needed");
  auto median = needed.value("median", json());
  auto high = needed.value("high", json());
  auto goal = text(summary, "measure") + " " + formatted("%.2f", number(summary, "reach"));
  if (median.is_null())
    return line("Most studies do not reach " + goal + " with so many votes; try --votes with more.");
  line("For " + goal + ": about " + grouped(static_cast<uint64_t>(median.get<double>())) + " votes, " +
       (high.is_null() ? "but some studies need more than were simulated."
                       : grouped(static_cast<uint64_t>(high.get<double>())) + " to be nearly sure."));
}

}  // namespace

void add_rank_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["rank_start"] = {nullptr, start_summary, false};
  renderers["rank_next"] = {question_row, next_summary, false};
  renderers["rank_vote"] = {question_row, vote_summary, false};
  renderers["rank_undo"] = {nullptr, undo_summary, false};
  renderers["rank_status"] = {status_row, status_summary, false};
  renderers["rank_table"] = {table_row, table_summary, false};
  renderers["rank_odds"] = {nullptr, odds_summary, false};
  renderers["rank_report"] = {report_row, report_summary, false};
  renderers["rank_import"] = {nullptr, import_summary, false};
  renderers["rank_export"] = {failure_row, export_summary, false};
  renderers["rank_fit"] = {fit_row, fit_summary, true};
  renderers["rank_simulate"] = {simulate_row, simulate_summary, false};
  renderers["rank_sessions"] = {session_row, sessions_summary, false};
}

}  // namespace kalon::cli
