#include "exchange/vote_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "exchange/html_page.h"
#include "exchange/report_marks.h"
#include "exchange/vote_verdict.h"

namespace kalon {
namespace {

using Write = std::function<void(std::string_view)>;

constexpr std::string_view style = R"css(
.wide{overflow-x:auto;margin:0 0 1.2rem}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums lining-nums}
th{font-weight:500;font-size:.82rem;color:var(--quiet);text-align:left;vertical-align:bottom;line-height:1.25}
th,td{padding:.38rem 1.5rem .38rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
td small{color:var(--quiet);font-size:.82rem}
td.name,th.name{white-space:normal;overflow-wrap:anywhere;min-width:9rem;max-width:22rem}
td.number,th.number{text-align:right}
tr.all td{border-bottom:2px solid var(--line);font-weight:600}
tr.all small{font-weight:400}
.word{padding:.08rem .55rem;border-radius:1rem;font-size:.8rem;border:1px solid var(--line);color:var(--quiet)}
.word.careless,.word.adversarial{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.word.good{color:var(--ink)}
.verdict{font-size:1.15rem;line-height:1.5;max-width:60ch;margin:.2rem 0 1.4rem;padding-left:.9rem;border-left:3px solid var(--accent)}
.note{color:var(--quiet);max-width:72ch;margin:.2rem 0 1rem}
.cycle{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem .7rem}
.cycle i{color:var(--quiet);font-style:normal}
.item{display:inline-flex;vertical-align:middle;align-items:center;gap:.5rem;overflow-wrap:anywhere;max-width:17rem;white-space:normal;line-height:1.25}
.item img{position:static;inset:auto;margin:0;width:64px;height:48px;object-fit:cover;border-radius:3px;flex:none;background:var(--tile)}
section h3{color:var(--ink);font-size:1rem}
section+section{border-top:1px solid var(--line);margin-top:1.5rem}
@media print{.wide{overflow:visible}}
)css";
// A part's chapters, in order.
struct Chapter {
  const char *id, *title;
};
constexpr Chapter annotators_chapter{"annotators", "Annotators"}, consistency_chapter{"consistency", "Consistency"},
    sides_chapter{"sides", "Sides"}, times_chapter{"times", "Time for a vote"},
    cycles_chapter{"cycles", "Preferences that go round"}, contested_chapter{"contested", "Most contested pairs"},
    connection_chapter{"connection", "What can be compared"};
constexpr size_t most_rows = 500;  // of annotators

std::string count_text(uint64_t count, const char *one, const char *many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

std::string quiet(const std::string &text) {
  return " <small>" + text + "</small>";
}

const std::string unknown = "<small>–</small>";

// "87 %" with how many of how many.
std::string share_text(const Share &share) {
  if (!share.known()) return unknown;
  return percent(share.share) + quiet(grouped(share.count) + " of " + grouped(share.of));
}

std::string bounds_text(const Bounds &bounds, int places) {
  return quiet(fixed(bounds.lower, places) + " to " + fixed(bounds.upper, places));
}

struct Column {
  std::string title;
  const char *name = "";  // class of its cells
};

// A table that is written row by row.
class Table {
 public:
  Table(const Write &write, const std::vector<Column> &columns) : write_(write), columns_(columns) {
    std::string text = "<div class=wide><table><thead><tr>";
    for (const auto &column : columns_) text += "<th" + name_of(column) + ">" + column.title;
    write_(text + "</thead><tbody>\n");
  }
  void row(const std::vector<std::string> &cells, bool all = false) {
    std::string text = all ? "<tr class=all>" : "<tr>";
    for (size_t i = 0; i < cells.size(); ++i) text += "<td" + name_of(columns_[i]) + ">" + cells[i];
    write_(text + "\n");
  }
  void finish() { write_("</tbody></table></div>\n"); }

 private:
  static std::string name_of(const Column &column) {
    return column.name[0] == 0 ? "" : " class=" + std::string(column.name);
  }
  const Write &write_;
  std::vector<Column> columns_;
};

class PartPage {
 public:
  PartPage(const VoteReport &report, const VoteReportPart &part, const Write &write)
      : report_(report), part_(part), quality_(*part.quality), write_(write) {
    // Those to look at first: by judgement, then by scale.
    order_.resize(quality_.annotators.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    auto urgency = [&](size_t i) {
      auto judgement = reliability(i).judgement;
      return judgement == Judgement::adversarial ? 0 : judgement == Judgement::careless ? 1 : 2;
    };
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return urgency(a) < urgency(b); });
    if (order_.size() > most_rows) order_.resize(most_rows);
  }

  void write(const std::string &id, const std::string &title) {
    id_ = id + "-";
    write_("<section id=\"" + html_text(id) + "\"><h2>" + html_text(title) + "</h2><p class=lead>" + lead() + "</p>\n");
    if (auto text = verdict_text(quality_, [&](size_t i) { return annotator(i); }); !text.empty())
      write_("<p class=verdict>" + text + "</p>\n");
    annotators();
    consistency();
    sides();
    times();
    cycles();
    contested();
    connection();
    write_("</section>\n");
  }

 private:
  const AnnotatorReliability &reliability(size_t i) const {
    static const AnnotatorReliability none;
    return i < quality_.reliability.annotators.size() ? quality_.reliability.annotators[i] : none;
  }

  std::string annotator(size_t i) const {
    auto name = i < part_.annotators.size() ? part_.annotators[i] : std::string();
    return name.empty() ? "annotator " + std::to_string(i + 1) : html_text(name);
  }

  std::string item(int32_t number) const {
    std::string text = "<span class=item>";
    auto name = part_.item ? part_.item(number) : "picture " + std::to_string(number + 1);
    if (part_.jpeg)
      if (auto jpeg = part_.jpeg(number); !jpeg.empty())
        text += "<img loading=lazy alt=\"\" src=\"" + jpeg_source(jpeg) + "\">";
    return text + "<span>" + html_text(name) + "</span></span>";
  }

  std::string lead() const {
    const auto &counts = quality_.all.counts;
    std::string text = count_text(counts.all(), "vote", "votes") + " by " +
                       count_text(quality_.annotators.size(), "annotator", "annotators") + " on " +
                       count_text(static_cast<uint64_t>(quality_.items), "picture", "pictures");
    std::string more;
    auto add = [&](uint64_t count, const char *one, const char *many) {
      if (count > 0) more += (more.empty() ? "" : ", ") + count_text(count, one, many);
    };
    add(counts.orderings, "over several pictures at once", "over several pictures at once");
    add(counts.ties, "tie", "ties");
    add(counts.both_bad, "both bad", "both bad");
    add(counts.skips, "skip", "skips");
    return text + (more.empty() ? "." : ": among them " + more + ".");
  }

  void head(const Chapter &chapter, const std::string &note) {
    write_("<h3 id=\"" + html_text(id_ + chapter.id) + "\">" + std::string(chapter.title) + "</h3>\n<p class=note>" +
           note + "</p>\n");
  }

  void annotators() {
    const auto &agreement = quality_.agreement;
    std::string note;
    if (agreement.alpha)
      note = "Krippendorff's alpha is <b>" + fixed(*agreement.alpha, 2) +
             "</b> (95 %: " + fixed(agreement.interval.lower, 2) + " to " + fixed(agreement.interval.upper, 2) +
             "), <b>" + agreement_word(*agreement.alpha) + "</b>, over " +
             count_text(agreement.pairs, "pair", "pairs") +
             " that several people answered; two of their answers to the "
             "same pair are the same in " +
             percent(agreement.same_share) +
             ". 1 is agreement in everything, 0 chance; below .667 it is too little to rely on, to .8 tentative, above "
             "good (Krippendorff 2004). ";
    else
      note = "Krippendorff's alpha is not known: " + html_text(agreement.unknown) + ". ";
    note +=
        "Reliability is 1 for the usual annotator, 0 for chance, negative for the contrary of what others prefer; "
        "votes "
        "count by it. Bars are 95 % intervals; grey ticks stand at 0 and 1, and at a half in shares.";
    head(annotators_chapter, note);
    Table table(write_, {{"annotator", "name"},
                         {"votes", "number"},
                         {"judgement"},
                         {"reliability, −1.5 to 2"},
                         {"as the others prefer"},
                         {"known answers"}});
    const MarkScale scale{-1.5, 2, {0, 1}}, share{0, 1, {0.5}};
    for (auto i : order_) {
      const auto &own = reliability(i);
      bool compared = own.judgement != Judgement::alone;
      auto word = std::string(judgement_name(own.judgement));
      auto votes = grouped(quality_.annotators[i].counts.all());
      table.row({annotator(i), votes, "<span class=\"word " + word.substr(0, word.find(' ')) + "\">" + word + "</span>",
                 compared ? interval_mark(scale, own.interval.lower, own.scale, own.interval.upper) +
                                fixed(own.scale, 2) + bounds_text(own.interval, 2)
                          : unknown,
                 share_mark(share, own.agreement), share_text(own.gold)});
    }
    table.finish();
    cut_note();
  }

  static std::string share_mark(const MarkScale &scale, const Share &share) {
    if (!share.known()) return unknown;
    return interval_mark(scale, share.interval.lower, share.share, share.interval.upper) + percent(share.share) +
           quiet("of " + grouped(share.of));
  }

  void cut_note() {
    if (order_.size() < quality_.annotators.size())
      write_("<p class=note>" + grouped(order_.size()) + " of " + grouped(quality_.annotators.size()) +
             " annotators are shown in each table.</p>\n");
  }

  // A row for all, and one for each annotator where there are several.
  template <class Cells>
  void rows(Table &table, const Cells &cells) {
    bool several = quality_.annotators.size() > 1;
    table.row(cells(several ? "all" : annotator(0), quality_.all), several);
    if (several)
      for (auto i : order_) table.row(cells(annotator(i), quality_.annotators[i]));
    table.finish();
  }

  void consistency() {
    head(consistency_chapter,
         "Answers to a pair that the same annotator had answered before, against the answer before; and preferences of "
         "one annotator that go round, a before b before c before a (chance gives a quarter of all triads). Changed "
         "their mind: of these answers, those for the other picture. Grey ticks stand at a half.");
    Table table(write_, {{"annotator", "name"},
                         {"the same answer"},
                         {"same sides"},
                         {"sides swapped"},
                         {"changed their mind", "number"},
                         {"triads that go round"}});
    const MarkScale scale{0, 1, {0.5}};
    rows(table, [&](const std::string &name, const AnnotatorQuality &own) {
      const auto &known = own.consistency;
      return std::vector<std::string>{name,
                                      share_mark(scale, known.same),
                                      share_text(known.same_side),
                                      share_text(known.swapped),
                                      known.same.known() ? grouped(known.opposed) : unknown,
                                      triads_text(own.cycles)};
    });
  }

  static std::string triads_text(const Cycles &cycles) {
    if (!(cycles.triads >= 0.5)) return unknown;
    std::string about = cycles.exact ? "" : "about ";
    return percent(cycles.share) + quiet(about + whole(cycles.circular) + " of " + whole(cycles.triads));
  }

  static std::string whole(double value) { return grouped(static_cast<uint64_t>(std::llround(std::max(0.0, value)))); }

  void sides() {
    head(sides_chapter,
         "How often the left one was chosen, where the sides are known; p is how "
         "often somebody without any bias would be as far from a half as this, by chance alone: only below .05 is it a "
         "hint of a habit. Between equals: the same corrected for which pictures stood where. Grey ticks stand at a "
         "half.");
    Table table(write_, {{"annotator", "name"}, {"left, 0 to 100 %"}, {""}, {"left between equals, 0 to 100 %"}});
    const MarkScale scale{0, 1, {0.5}};
    rows(table, [&](const std::string &name, const AnnotatorQuality &own) {
      const auto &side = own.side;
      std::string equals = unknown;
      if (side.of_equals) {
        const auto &bounds = side.of_equals_interval;
        equals = interval_mark(scale, bounds.lower, *side.of_equals, bounds.upper) + percent(*side.of_equals) +
                 quiet(percent(bounds.lower) + " to " + percent(bounds.upper));
      }
      return std::vector<std::string>{name, share_mark(scale, side.left),
                                      side.left.known() ? chance_text(side.probability) : unknown, equals};
    });
  }

  void times() {
    double longest = quality_.all.times.upper_quartile;
    for (auto i : order_) longest = std::max(longest, quality_.annotators[i].times.upper_quartile);
    if (quality_.all.times.known == 0) {
      head(times_chapter, "Not known for any vote.");
      return;
    }
    head(times_chapter, "Median and quartiles; hurried votes took less than " + fixed(report_.hurry, 1) +
                            " s. The drift is what a hundred more votes in one sitting do to the time for a vote.");
    Table table(write_, {{"annotator", "name"},
                         {"quartiles, 0 to " + seconds_text(longest)},
                         {"median", "number"},
                         {"hurried"},
                         {"drift by 100 votes"},
                         {"sittings", "number"}});
    const MarkScale scale{0, longest, {}};
    rows(table, [&](const std::string &name, const AnnotatorQuality &own) {
      const auto &known = own.times;
      if (known.known == 0) return std::vector<std::string>{name, unknown, unknown, unknown, unknown, unknown};
      std::string drift = unknown;
      if (known.drift)
        drift = change_text(*known.drift) +
                quiet(change_text(known.drift_interval.lower) + " to " + change_text(known.drift_interval.upper));
      return std::vector<std::string>{
          name,
          quartile_mark(scale, known.lower_quartile, known.median, known.upper_quartile) +
              quiet(seconds_text(known.lower_quartile) + " to " + seconds_text(known.upper_quartile)),
          seconds_text(known.median),
          share_text(known.hurried),
          drift,
          known.sessions > 0 ? grouped(known.sessions) : unknown};
    });
  }

  // A factor as a change: "+12 %", "× 3.4" where it is more than a doubling.
  static std::string change_text(double factor) {
    constexpr double much = 2;
    if (!(factor < much)) return factor < 1000 ? "× " + fixed(factor, 1) : "× 1000 or more";
    double change = (factor - 1) * 100;
    return (change > 0.5 ? "+" : "") + fixed(change, 0) + " %";
  }

  void cycles() {
    const auto &cycles = quality_.all.cycles;
    std::string note;
    if (cycles.triads < 0.5) {
      note = "No three pictures have a majority for each of their pairs.";
    } else {
      note = (cycles.exact ? "" : "About ") + whole(cycles.circular) + " of " + whole(cycles.triads) +
             " triads of majorities go round (" + percent(cycles.share) + "; chance gives 25 %";
      if (!cycles.exact)
        note += "; from a sample, 95 %: " + whole(cycles.circular_interval.lower) + " to " +
                whole(cycles.circular_interval.upper);
      note += ").";
      if (cycles.consistence)
        note +=
            " Every pair is decided: Kendall's coefficient of consistence is " + fixed(*cycles.consistence, 2) + ".";
      if (!cycles.examples.empty()) note += " The best supported:";
    }
    head(cycles_chapter, note);
    if (cycles.examples.empty()) return;
    Table table(write_, {{"each is preferred to the next"}, {"votes", "number"}, {"smallest majority", "number"}});
    for (const auto &cycle : cycles.examples) {
      std::string text = "<span class=cycle>";
      for (auto number : cycle.items) text += item(number) + "<i>→</i>";
      table.row({text + "<i>the first</i></span>", grouped(cycle.votes),
                 grouped(static_cast<uint64_t>(std::max<int64_t>(0, cycle.margin)))});
    }
    table.finish();
  }

  void contested() {
    if (quality_.contested.empty()) {
      head(contested_chapter, "No pair has votes for both of its pictures.");
      return;
    }
    head(contested_chapter, "Those with the most votes for the less preferred picture; ties between both.");
    Table table(write_, {{"picture", "name"}, {"votes", "number"}, {""}, {"votes"}, {"picture", "name"}});
    for (const auto &pair : quality_.contested)
      table.row({item(pair.low), grouped(pair.low_wins),
                 split_mark({static_cast<double>(pair.low_wins), static_cast<double>(pair.ties),
                             static_cast<double>(pair.high_wins)}),
                 grouped(pair.high_wins) + (pair.ties > 0 ? quiet(count_text(pair.ties, "tie", "ties")) : ""),
                 item(pair.high)});
    table.finish();
  }

  void connection() {
    constexpr size_t most_named = 30;
    const auto &known = quality_.connection;
    std::string note;
    if (known.parts() == 0)
      note = "No vote tells an order of any pictures.";
    else if (known.parts() == 1)
      note = count_text(static_cast<uint64_t>(known.part_sizes[0]), "picture is", "pictures are") +
             " connected by votes: each can be compared with each.";
    else {
      note = "Votes connect pictures in " + grouped(static_cast<uint64_t>(known.parts())) +
             " separate sets; between them only what is assumed of all pictures tells an order. Their sizes: ";
      for (size_t i = 0; i < std::min(most_named, known.part_sizes.size()); ++i)
        note += (i > 0 ? ", " : "") + grouped(static_cast<uint64_t>(known.part_sizes[i]));
      note += known.part_sizes.size() > most_named ? ", …" : ".";
    }
    if (!known.without_vote.empty()) {
      note += " " + count_text(known.without_vote.size(), "picture has", "pictures have") + " no vote: ";
      for (size_t i = 0; i < std::min(most_named, known.without_vote.size()); ++i)
        note += (i > 0 ? ", " : "") +
                html_text(part_.item ? part_.item(known.without_vote[i]) : std::to_string(known.without_vote[i] + 1));
      note += known.without_vote.size() > most_named ? ", …" : ".";
    }
    head(connection_chapter, note);
  }

  const VoteReport &report_;
  const VoteReportPart &part_;
  const VoteQuality &quality_;
  const Write &write_;
  std::string id_;             // before those of chapters
  std::vector<size_t> order_;  // annotators, those to look at first
};

std::string part_title(const VoteReportPart &part) {
  return part.criterion.empty() ? "Votes" : part.criterion;
}

// Several criteria side by side.
void write_overview(const VoteReport &report, const Write &write) {
  write("<section id=criteria><h2>Criteria</h2><p class=lead>How far annotators agree on each.</p>\n");
  Table table(write, {{"criterion", "name"},
                      {"votes", "number"},
                      {"Krippendorff's alpha, −1 to 1"},
                      {"the same answer twice"},
                      {"left"},
                      {"triads that go round"}});
  const MarkScale scale{-1, 1, {0}};
  for (const auto &part : report.parts) {
    const auto &quality = *part.quality;
    const auto &agreement = quality.agreement;
    const auto &side = quality.all.side.left;
    const auto &cycles = quality.all.cycles;
    table.row({html_text(part_title(part)), grouped(quality.all.counts.all()),
               agreement.alpha
                   ? interval_mark(scale, agreement.interval.lower, *agreement.alpha, agreement.interval.upper) +
                         fixed(*agreement.alpha, 2) + bounds_text(agreement.interval, 2) + " " +
                         agreement_word(*agreement.alpha)
                   : unknown + quiet(html_text(agreement.unknown)),
               share_text(quality.all.consistency.same), side.known() ? percent(side.share) : unknown,
               cycles.triads >= 0.5 ? percent(cycles.share) : unknown});
  }
  table.finish();
  write("</section>\n");
}

}  // namespace

void write_vote_report(const VoteReport &report, const Write &write) {
  Page page;
  page.title = report.title;
  page.subtitle = report.subtitle;
  page.footer = report.footer;
  bool several = report.parts.size() > 1;
  auto id_of = [](size_t part) { return "part" + std::to_string(part + 1); };
  std::vector<PageLink> links;
  if (several) links.push_back({"criteria", "Criteria"});
  uint64_t votes = 0;
  size_t people = 0;
  for (size_t i = 0; i < report.parts.size(); ++i) {
    if (several) links.push_back({id_of(i), part_title(report.parts[i])});
    votes += report.parts[i].quality->all.counts.all();
    people = std::max(people, report.parts[i].quality->annotators.size());
  }
  if (report.parts.size() == 1)
    for (const auto &chapter : {annotators_chapter, consistency_chapter, sides_chapter, times_chapter, cycles_chapter,
                                contested_chapter, connection_chapter})
      links.push_back({id_of(0) + "-" + chapter.id, chapter.title});
  page.facts = {{grouped(votes), votes == 1 ? "vote" : "votes"},
                {grouped(people), people == 1 ? "annotator" : "annotators"}};
  if (report.parts.size() == 1) {
    const auto &quality = *report.parts[0].quality;
    page.facts.push_back({quality.agreement.alpha ? fixed(*quality.agreement.alpha, 2) : "–",
                          quality.agreement.alpha ? "agreement (alpha): " + agreement_word(*quality.agreement.alpha)
                                                  : "agreement (alpha)"});
    const auto &same = quality.all.consistency.same;
    page.facts.push_back({same.known() ? fixed(100 * same.share, 0) + " %" : "–", "repeated the same"});
  } else {
    page.facts.push_back({grouped(report.parts.size()), "criteria"});
  }
  write(page_beginning(page, links, std::string(style) + std::string(mark_style())));
  if (several) write_overview(report, write);
  for (size_t i = 0; i < report.parts.size(); ++i)
    PartPage(report, report.parts[i], write).write(id_of(i), part_title(report.parts[i]));
  write(page_end(page));
}

}  // namespace kalon
