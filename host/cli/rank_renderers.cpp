// What commands of ranking say to people.

#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>
#include <vector>

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

// Filled up with blanks to so many characters; what is longer stays whole.
std::string padded(std::string content, size_t width) {
  size_t characters = 0;
  for (char byte : content) characters += (static_cast<unsigned char>(byte) & 0xc0) != 0x80 ? 1 : 0;
  if (characters < width) content.append(width - characters, ' ');
  return content;
}

// A probability that is not quite sure is never shown as sure.
std::string probability(double value) {
  if (value > 0.995 && value < 1) return "more than 99 %";
  if (value > 0 && value < 0.005) return "less than 1 %";
  return percent(value);
}

// Above the first row. One process shows the rows of one command.
void heading(const std::string &content, const Invocation &invocation) {
  static bool shown = false;
  if (!shown && !invocation.quiet) line(content);
  shown = true;
}

std::string file_name(const std::string &path) {
  return path.substr(path.rfind('/') + 1);
}

std::string annotator_name(const json &row) {
  auto name = text(row, "annotator");
  return name.empty() ? "(no name)" : name;
}

// "2026-05-01 12:30 UTC" of "2026-05-01T12:30:59.123456Z"; anything else as it is.
std::string minute(const std::string &time) {
  constexpr size_t date = 10, minutes = 16;
  if (time.size() <= minutes || time[date] != 'T' || time.back() != 'Z') return time;
  return time.substr(0, date) + ' ' + time.substr(date + 1, minutes - date - 1) + " UTC";
}

// An option with its value as one types them in a shell.
std::string typed(const char *option, const std::string &value) {
  bool dashed = !value.empty() && value[0] == '-';
  return std::string(" ") + option + (dashed ? "=" : " ") + shell_word(value);
}

// What goes with every command that is suggested.
std::string with_library(const Invocation &invocation) {
  return invocation.library.empty() ? "" : typed("--library", path_of_uri(invocation.library));
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
       with_library(invocation) + typed("--session", row.value("session", "")) +
       (text(row, "annotator").empty() ? "" : typed("--annotator", row.value("annotator", ""))) + " --next");
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

// "a.jpg over b.jpg", what a vote said; empty when it is not told.
std::string vote_text(const json &vote) {
  auto outcome = text(vote, "outcome");
  auto paths = vote.value("paths", json::array());
  if (outcome.empty() || !paths.is_array() || paths.empty()) return {};
  std::vector<std::string> names;
  for (const auto &path : paths) names.push_back(file_name(printable(path.is_string() ? path.get<std::string>() : "")));
  if (names.size() == 2 && outcome == "left") return names[0] + " over " + names[1];
  if (names.size() == 2 && outcome == "right") return names[1] + " over " + names[0];
  std::string all;
  for (size_t i = 0; i < names.size(); ++i) all += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  if (outcome == "tie") return "a tie of " + all;
  if (outcome == "both_bad") return all + " as bad";
  if (outcome == "skip") return all + " as skipped";
  return "an order of " + all;
}

void undo_summary(const json &summary, const Invocation &, uint64_t) {
  auto name = text(summary, "annotator"), vote = vote_text(summary);
  if (vote.empty()) vote = "the vote of " + minute(text(summary, "made"));
  line("Taken back: " + vote + (name.empty() ? "" : ", by " + name) +
       (text(summary, "question").empty() ? "." : "; it is asked again."));
}

void start_summary(const json &summary, const Invocation &invocation, uint64_t) {
  line(std::string(summary.value("resumed", false) ? "Going on with" : "Begun:") + " the session " +
       text(summary, "session") + ", " + plural(count(summary, "pictures"), "picture", "pictures") + ", strategy " +
       text(summary, "strategy") +
       (summary.value("strategy_chosen", false) ? " (pictures share prompts; --strategy active asks all pairs)" : "") +
       ", estimator " + text(summary, "estimator") + ".");
  if (auto known = count(summary, "votes_of_criterion"); known > 0)
    line(plural(known, "vote", "votes") + " on this criterion count already.");
  line("Ask with: kalon rank next" + with_library(invocation) + typed("--session", summary.value("session", "")));
}

// Annotators are told of below what they belong to, which comes last.
std::vector<std::string> &annotator_lines() {
  static std::vector<std::string> lines;
  return lines;
}

void status_row(const json &row, const Invocation &) {
  annotator_lines().push_back("  " + padded(annotator_name(row), 20) + ' ' +
                              padded(plural(count(row, "votes"), "vote", "votes"), 12) + " last " +
                              minute(text(row, "last")));
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
    auto ahead = grouped(count(more, "looked_ahead"));
    auto votes = [&](const char *member) { return grouped(static_cast<uint64_t>(number(more, member))); };
    line("To be 95 % sure of the best " + text(summary, "top") + ", " +
         (more.value("median", json()).is_null()
              ? "more than " + ahead + " votes are missing, or they are too alike to be told apart."
              : "about " + votes("median") + " votes are missing (" + votes("low") + " to " +
                    (more.value("high", json()).is_null() ? "more than " + ahead : votes("high")) + ")."));
  } else if (summary.value("too_early", false)) {
    line("It is too early to say how many votes are missing: " + grouped(count(summary, "contenders")) +
         " pictures might still be among the best " + text(summary, "top") + ".");
  }
  if (summary.contains("votes_left")) {
    auto left = count(summary, "votes_left");
    line(left == 0 ? "The strategy has asked all it asks."
                   : "The strategy is done after " + plural(left, "more vote", "more votes") + ".");
  }
  if (summary.contains("ended")) line("The session has ended: " + text(summary, "ended") + ".");
  for (const auto &one : annotator_lines()) line(one);
}

void table_row(const json &row, const Invocation &invocation) {
  bool certain = row.contains("low"), has_interval = row.contains("rank_low"), of_value = !row.contains("path");
  const size_t interval_width = has_interval ? 11 : 0, utility_width = certain ? 16 : 8,
               votes_width = of_value ? 44 : 9;
  auto level = json::parse(invocation.parameters).value("level", 0.9);
  heading(" rank " + padded(has_interval ? formatted("%.4g %%", 100 * level) : "", interval_width) + ' ' +
              padded(certain ? " utility ± sd" : " utility", utility_width) + "  " +
              padded(of_value ? "pictures, votes" : "votes", votes_width) + "  " + (of_value ? "value" : "picture"),
          invocation);
  std::string interval, utility = formatted("%8.3f", number(row, "mean"));
  if (has_interval)
    interval = formatted("%5.0f", number(row, "rank_low")) + formatted("-%-5.0f", number(row, "rank_high"));
  if (certain) utility += formatted(" ±%6.3f", number(row, "sd"));
  std::string more = plural(count(row, "votes"), "vote", "votes");
  if (of_value) more = plural(count(row, "pictures"), "picture", "pictures") + ", " + more;
  if (row.contains("best_probability")) more += ", best with " + percent(number(row, "best_probability"));
  auto rank = text(row, "rank");
  line(std::string(rank.size() < 5 ? 5 - rank.size() : 0, ' ') + rank + ' ' + interval + ' ' + utility + "  " +
       padded(more, votes_width) + "  " + text(row, of_value ? "value" : "path"));
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

void odds_summary(const json &summary, const Invocation &invocation, uint64_t) {
  std::vector<std::string> names;
  for (const auto &picture : json::parse(invocation.parameters).value("pictures", json::array()))
    names.push_back(file_name(printable(path_of_uri(picture.get<std::string>()))));
  if (names.size() != 2) return;
  auto votes = count(summary, "votes");
  auto compared = votes == 0 ? std::string("never compared") : "compared " + plural(votes, "time", "times");
  auto next = probability(number(summary, "preferred_next_time"));
  auto difference = "difference of utilities " + formatted("%.3f", number(summary, "difference"));
  if (!summary.contains("better"))
    return line(names[0] + " wins the next vote against " + names[1] + " with a probability of " + next + " (" +
                compared + "); " + difference + ".");
  line(names[0] + " is better than " + names[1] + " with a probability of " + probability(number(summary, "better")) +
       " (" + compared + ").");
  line("It wins the next vote with " + next + "; " + difference + formatted(" ± %.3f", number(summary, "sd")) + ".");
}

void session_row(const json &row, const Invocation &) {
  if (row.contains("message")) return line(text(row, "session") + ": " + text(row, "message"));
  std::printf("%-20s  %-14s  %-12s  criterion %-12s  begun %s\n", text(row, "session").c_str(),
              text(row, "strategy").c_str(), text(row, "estimator").c_str(),
              text(row, "criterion").empty() ? "(none)" : text(row, "criterion").c_str(),
              minute(text(row, "created")).c_str());
}

void sessions_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (summary.contains("dropped")) return line("Dropped the session " + text(summary, "dropped") + "; its votes stay.");
  if (rows == 0 && !invocation.quiet) say("No session yet: `kalon rank start` makes one.\n");
}

void report_row(const json &row, const Invocation &invocation) {
  auto share = [&](const char *member) {
    return row.contains(member) ? percent(number(row.at(member), "share")) : std::string("-");
  };
  heading("  " + padded("annotator", 20) + "   votes  judgement       reliability (95 %)        " +
              "agrees  gold    itself  left",
          invocation);
  bool compared = text(row, "judgement") != "alone";
  std::string reliability = "-";
  if (compared)
    reliability = formatted("%6.2f", number(row, "scale")) +
                  formatted(" (%.2f", number(row.at("scale_interval"), "low")) +
                  formatted(" to %.2f)", number(row.at("scale_interval"), "high"));
  line("  " + padded(annotator_name(row), 20) + ' ' + formatted("%7.0f", number(row, "votes")) + "  " +
       padded(text(row, "judgement"), 14) + "  " + padded(reliability, 24) + "  " + padded(share("agreement"), 6) +
       "  " + padded(share("gold"), 6) + "  " + padded(share("self_consistency"), 6) + "  " + share("left"));
}

void report_summary(const json &summary, const Invocation &, uint64_t) {
  for (const auto &criterion : summary.at("criteria")) {
    auto name = text(criterion, "criterion");
    auto out = name.empty() ? std::string() : name + ": ";
    out += plural(count(criterion, "votes"), "vote", "votes");
    auto word = text(criterion, "alpha_word");
    out += criterion.value("alpha", json()).is_null()
               ? "; agreement is not known: " + text(criterion, "alpha_unknown")
               : "; Krippendorff's alpha " + formatted("%.3f", number(criterion, "alpha")) +
                     formatted(" (%.3f", number(criterion.at("alpha_interval"), "low")) +
                     formatted(" to %.3f)", number(criterion.at("alpha_interval"), "high")) + ": " +
                     (word == "too little" ? word + " agreement to rely on" : word);
    line(out + ".");
    if (auto parts = count(criterion, "parts"); parts > 1)
      line("The votes fall into " + grouped(parts) + " parts that nothing compares with one another.");
  }
  if (summary.contains("path")) line("Page: " + text(summary, "path"));
}

void import_summary(const json &summary, const Invocation &invocation, uint64_t) {
  auto out = (summary.value("dry_run", false) ? std::string("Would take ") : std::string("Took ")) +
             grouped(count(summary, "imported")) + " of " + plural(count(summary, "rows"), "row", "rows");
  if (auto known = count(summary, "known_already"); known > 0) out += "; " + grouped(known) + " were known already";
  if (auto skipped = count(summary, "skipped"); skipped > 0) out += "; " + grouped(skipped) + " name unknown pictures";
  line(out + ".");
  if (summary.contains("column")) line("Column: " + text(summary, "column"));
  if (!invocation.quiet && summary.contains("action") && !summary.value("dry_run", false))
    line("`kalon undo --action " + text(summary, "action") + "` takes all of it back.");
}

void export_summary(const json &summary, const Invocation &, uint64_t) {
  bool configuration = text(summary, "format") == "label-studio-config";
  line("Wrote " + (configuration ? "the configuration" : plural(count(summary, "rows"), "row", "rows")) + " to " +
       text(summary, "path") + ".");
  for (const auto &[member, what] :
       {std::pair("unsettled", "not certain enough"), std::pair("ties_left_out", "ties"),
        std::pair("contradicted", "voted against what is certain"), std::pair("without_order", "without an order"),
        std::pair("mixed_prompts", "of pictures with different prompts; --mixed-prompts keeps them"),
        std::pair("lost", "with a picture that cannot be named or read")})
    if (auto left = count(summary, member); left > 0) line("Left out: " + grouped(left) + " " + what + ".");
}

void person_line(const json &person) {
  line("  " + padded(annotator_name(person), 20) + formatted(" %7.2f", number(person, "scale")) +
       formatted(" (%.2f", number(person, "low")) + formatted(" to %.2f)", number(person, "high")) + "  " +
       padded(text(person, "judgement"), 14) + "  " + plural(count(person, "votes"), "vote", "votes"));
}

constexpr const char *reliability_heading =
    "Annotators, with reliability (1 is usual, 0 chance, negative the contrary) and its 95 % interval:";

void fit_row(const json &row, const Invocation &invocation) {
  if (!row.contains("item")) {
    heading(reliability_heading, invocation);
    return person_line(row);
  }
  heading(row.contains("sd") ? "  rank   utility ± sd       item" : "  rank   utility  item", invocation);
  std::printf("%6s %9.4f%s  %s\n", text(row, "rank").c_str(), number(row, "mean"),
              row.contains("sd") ? formatted(" ±%7.4f", number(row, "sd")).c_str() : "", text(row, "item").c_str());
}

void fit_summary(const json &summary, const Invocation &invocation, uint64_t) {
  if (invocation.quiet) return;
  line(plural(count(summary, "items"), "item", "items") + ", " + plural(count(summary, "votes"), "vote", "votes") +
       ", estimator " + text(summary, "estimator") + ".");
  auto people = summary.value("annotators", json::array());
  if (people.empty() || json::parse(invocation.parameters).value("annotators", false)) return;
  line(reliability_heading);
  for (const auto &person : people) person_line(person);
}

void simulate_row(const json &row, const Invocation &invocation) {
  auto spread = [&](const char *member) {
    if (!row.contains(member)) return std::string("-");
    const auto &of = row.at(member);
    return formatted("%.3f", number(of, "median")) + formatted(" (%.3f", number(of, "low")) +
           formatted("-%.3f)", number(of, "high"));
  };
  auto parameters = json::parse(invocation.parameters);
  auto measure = parameters.value("measure", "spearman");
  auto other = measure == "kendall" || measure == "coverage" ? measure : std::string("settled");
  heading("    votes  order (spearman)      top " + padded(std::to_string(parameters.value("top", 10)) + " found", 19) +
              (other == "settled" ? "neighbours told apart" : other),
          invocation);
  auto votes = grouped(count(row, "votes"));
  line(std::string(votes.size() < 9 ? 9 - votes.size() : 0, ' ') + votes + "  " + padded(spread("spearman"), 20) +
       "  " + padded(spread("top_recall"), 21) + "  " + spread(other.c_str()));
}

void simulate_summary(const json &summary, const Invocation &, uint64_t) {
  const auto &needed = summary.at("votes_needed");
  auto median = needed.value("median", json());
  auto high = needed.value("high", json());
  auto goal = text(summary, "measure") + " " + formatted("%.2f", number(summary, "reach"));
  bool out = summary.contains("out_of_pairs");
  if (out) {
    auto asked = count(summary, "out_of_pairs"), items = count(summary, "items"), overlap = count(summary, "overlap");
    auto pairs = items * (items - 1) / 2;
    line(overlap > 0 && asked == pairs * overlap
             ? "All " + grouped(pairs) + " pairs were asked after " + grouped(asked) + " votes" +
                   (overlap > 1 ? ", each " + grouped(overlap) + " times." : ".")
             : "The strategy had asked all it asks after " + grouped(asked) + " votes.");
  }
  if (median.is_null())
    return line(
        "Most studies do not reach " + goal +
        (out ? " with them; more votes on each pair (--overlap) may." : " with so many votes; try --votes with more."));
  line("For " + goal + ": about " + grouped(static_cast<uint64_t>(median.get<double>())) + " votes, " +
       (high.is_null()
            ? (out ? "but some studies do not get there." : "but some studies need more than were simulated.")
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
