// The page is read back by a small reader of tags of this test's own: what is opened is closed, and text stays text.
#include "exchange/vote_report.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <regex>

#include "exchange/report_marks.h"

using namespace kalon;

namespace {

const std::string hostile = "<script>alert('1')</script>\"&\xff";

// A study with something in every table.
VoteQuality study(size_t annotators) {
  VoteQuality quality;
  quality.items = 40;
  auto fill = [](AnnotatorQuality &own) {
    own.counts = {100, 7, 2, 3, 1};
    own.consistency = {share_of(18, 20), share_of(9, 10), share_of(9, 10), 2};
    own.side.left = share_of(60, 100);
    own.side.probability = 0.0567;
    own.side.of_equals = 0.59;
    own.side.of_equals_interval = {0.5, 0.68};
    own.times = {100, 0.8, 1.25, 2.5, share_of(3, 100), 2, 0.9, {0.8, 1.01}};
    own.cycles.triads = 1000;
    own.cycles.circular = 37;
    own.cycles.share = 0.037;
  };
  fill(quality.all);
  for (size_t i = 0; i < annotators; ++i) {
    quality.annotators.emplace_back();
    fill(quality.annotators.back());
    AnnotatorReliability own;
    own.votes = 100;
    own.scale = i == 1 ? -0.93 : 1.07;
    own.interval = i == 1 ? Bounds{-1.2, -0.66} : Bounds{0.9, 1.24};
    own.judgement = i == 1 ? Judgement::adversarial : Judgement::good;
    own.agreement = share_of(i == 1 ? 20 : 80, 100);
    own.gold = share_of(4, 5);
    quality.reliability.annotators.push_back(own);
  }
  quality.agreement.alpha = 0.4321;
  quality.agreement.interval = {0.35, 0.51};
  quality.agreement.pairs = 210;
  quality.agreement.same_share = 0.7654;
  quality.all.cycles.examples = {{{3, 5, 9}, 17, 2}};
  quality.connection.part_sizes = {30, 8};
  quality.connection.without_vote = {38, 39};
  quality.contested = {{4, 7, 6, 5, 1}};
  return quality;
}

std::string page_of(const VoteReport &report) {
  std::string text;
  write_vote_report(report, [&](std::string_view piece) { text += piece; });
  return text;
}

VoteReport report_of(const VoteQuality &quality) {
  VoteReport report;
  report.title = "Five people";
  report.parts.push_back({"", &quality, {"Ada", "Bert", "Cy"}, {}, {}});
  return report;
}

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Tags that need an end and have none, or the other way round; of the tags whose end HTML leaves out none are needed.
std::string unbalanced(const std::string &text) {
  std::vector<std::string> open;
  std::regex tag("<(/?)([a-z0-9]+)([^>]*)>");
  const std::vector<std::string> alone{"meta", "li", "html", "img", "tr", "td", "th", "thead", "tbody"};
  for (std::sregex_iterator at(text.begin(), text.end(), tag), end; at != end; ++at) {
    std::string name = (*at)[2];
    if (std::find(alone.begin(), alone.end(), name) != alone.end()) continue;
    if ((*at)[1].length() == 0)
      open.push_back(name);
    else if (open.empty() || open.back() != name)
      return name;
    else
      open.pop_back();
  }
  return open.empty() ? "" : open.back();
}

}  // namespace

TEST_CASE("the page tells what was found, those to look at first") {
  auto quality = study(3);
  auto text = page_of(report_of(quality));
  CHECK(unbalanced(text) == "");
  CHECK(text.find("<title>Five people</title>") != std::string::npos);
  for (const char *part :
       {"<b>0.43</b> (95 %: 0.35 to 0.51), <b>too little</b>, over 210 pairs", "77 %", "adversarial", "−0.93",
        "−1.20 to −0.66", "113 votes by 3 annotators on 40 pictures", "p = 0.06", "1.2 s", "−10 %", "−20 % to +1 %",
        "37 of 1,000", "2 separate sets", "30, 8.", "2 pictures have no vote: 39, 40.", "picture 4", "1 tie",
        "<th class=number>sittings", "changed their mind"})
    CHECK(text.find(part) != std::string::npos);
  CHECK(text.find("Bert") < text.find("Ada"));
  // Every link leads somewhere.
  std::regex link("href=\"#([^\"]*)\"");
  int links = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at, ++links)
    CHECK(count(text, "id=\"" + std::string((*at)[1]) + "\"") == 1);
  CHECK(links == 7);
  // Nothing comes from elsewhere and nothing runs.
  for (const char *part : {"<script", "http:", "https:", "<link", "@import", "url(", "javascript:", "<iframe"})
    CHECK(text.find(part) == std::string::npos);
}

TEST_CASE("the verdict is the page in a sentence, and alpha has a word") {
  auto said = [](const VoteQuality &quality) {
    auto text = page_of(report_of(quality));
    auto begin = text.find("<p class=verdict>");
    return begin == std::string::npos ? std::string() : text.substr(begin + 17, text.find("</p>", begin) - begin - 17);
  };
  auto quality = study(3);
  CHECK(said(quality) ==
        "1 of 3 annotators needs a look: <b>Bert</b> answers the contrary of the others, each of those votes counts "
        "−0.93. On the whole, agreement is too little to rely on (alpha&nbsp;0.43).");
  auto &bert = quality.reliability.annotators[1];
  bert.judgement = Judgement::careless;
  bert.scale = 0.11;
  bert.interval = {0.02, 0.2};
  CHECK(said(quality).find("<b>Bert</b> answers like chance, each of those votes counts 0.11.") != std::string::npos);
  bert.interval.lower = -0.1;
  CHECK(said(quality).find("like chance, and those votes count for next to nothing.") != std::string::npos);
  bert.judgement = Judgement::good;
  quality.agreement.alpha = 0.7;
  CHECK(said(quality) == "All 3 annotators answer with care. On the whole, agreement is tentative (alpha&nbsp;0.70).");
  bert.judgement = Judgement::too_few_votes;
  quality.agreement.alpha = 0.83;
  CHECK(said(quality) ==
        "2 of 3 annotators answer with care; of the rest there are too few votes to say. On the whole, agreement is "
        "good (alpha&nbsp;0.83).");
  for (auto &own : quality.reliability.annotators) own.judgement = Judgement::too_few_votes;
  quality.agreement.alpha.reset();
  CHECK(said(quality) == "There are too few votes yet to judge anybody.");
  CHECK(said(study(1)).find("alone") != std::string::npos);
  CHECK(said(VoteQuality()).empty());
  // Limits as Krippendorff has them.
  for (auto [alpha, word] : {std::pair(0.66, "too little"), {0.667, "tentative"}, {0.79, "tentative"}, {0.8, "good"}}) {
    quality.agreement.alpha = alpha;
    CHECK(page_of(report_of(quality)).find("<b>" + std::string(word) + "</b>, over 210 pairs") != std::string::npos);
  }
}

TEST_CASE("names are text, whatever they hold") {
  auto quality = study(3);
  VoteReport report;
  report.title = report.subtitle = report.footer = hostile;
  auto name = [](int32_t) { return hostile; };
  report.parts.push_back({hostile, &quality, {hostile, "", hostile}, name, {}});
  report.parts.push_back({"", &quality, {}, name, {}});
  quality.agreement.alpha.reset();
  quality.agreement.unknown = hostile;
  auto text = page_of(report);
  CHECK(unbalanced(text) == "");
  CHECK(text.find("<script") == std::string::npos);
  CHECK(count(text, "&lt;script&gt;alert('1')&lt;/script&gt;&quot;&amp;\xef\xbf\xbd") > 20);
  CHECK(text.find('\xff') == std::string::npos);
  CHECK(text.find("annotator 2") != std::string::npos);
}

TEST_CASE("several criteria stand side by side first") {
  auto one = study(2), other = study(4);
  VoteReport report;
  report.parts.push_back({"sharpness", &one, {}, {}, {}});
  report.parts.push_back({"beauty", &other, {}, {}, {}});
  auto text = page_of(report);
  CHECK(unbalanced(text) == "");
  CHECK(text.find("id=criteria") < text.find("id=\"part1\""));
  CHECK(count(text, "href=\"#") == 3);
  for (const char *id : {"criteria", "part1", "part2"}) CHECK(count(text, "href=\"#" + std::string(id) + "\"") == 1);
  CHECK(count(text, "<h2>beauty</h2>") == 1);
}

TEST_CASE("a study without anything known makes a page, too") {
  VoteQuality none;
  none.agreement.unknown = "no vote tells an order";
  auto text = page_of(report_of(none));
  CHECK(unbalanced(text) == "");
  CHECK(text.find("not known: no vote tells an order") != std::string::npos);
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("inf") == std::string::npos);
  CHECK_FALSE(page_of(VoteReport()).empty());
}

TEST_CASE("pictures are shown where there are any") {
  auto quality = study(2);
  auto report = report_of(quality);
  int asked = 0;
  report.parts[0].jpeg = [&](int32_t item) { return ++asked, item == 7 ? Bytes() : Bytes{0xff, 0xd8, 0xff}; };
  auto text = page_of(report);
  CHECK(asked == 5);  // of a cycle and a contested pair
  CHECK(count(text, "src=\"data:image/jpeg;base64,/9j/\"") == 4);
  CHECK(unbalanced(text) == "");
}

TEST_CASE("very many annotators are cut, those to look at first stay") {
  auto quality = study(600);
  auto text = page_of(report_of(quality));
  CHECK(text.find("500 of 600 annotators") != std::string::npos);
  CHECK(text.find("annotator 500") != std::string::npos);
  CHECK(text.find("annotator 501") == std::string::npos);
}

TEST_CASE("numbers are written as people read them") {
  CHECK(fixed(-0.0421, 2) == "−0.04");
  CHECK(fixed(-0.001, 2) == "0.00");
  CHECK(fixed(std::numeric_limits<double>::quiet_NaN(), 2) == "–");
  CHECK(fixed(std::numeric_limits<double>::infinity(), 2) == "–");
  CHECK(percent(1) == "100 %");
  CHECK(percent(0.9999) == "&gt; 99 %");
  CHECK(percent(0.0001) == "&lt; 1 %");
  CHECK(percent(0) == "0 %");
  CHECK(percent(0.5) == "50 %");
  CHECK(seconds_text(1.44) == "1.4 s");
  CHECK(seconds_text(45.4) == "45 s");
  CHECK(seconds_text(600) == "10 min");
  CHECK(chance_text(1e-9) == "p &lt; 0.001");
  CHECK(chance_text(0.0042) == "p = 0.004");
  CHECK(chance_text(1) == "p = 1.00");
}

TEST_CASE("marks stand where their numbers are") {
  // 130 pixels for 0 to 1; what lies beyond is drawn at the end.
  auto mark = interval_mark({0, 1, {0.5}}, 0.2, 0.4, 7);
  CHECK(mark.find("class=reach x=26.0") != std::string::npos);
  CHECK(mark.find("width=104.0") != std::string::npos);
  CHECK(mark.find("cx=52.0") != std::string::npos);
  CHECK(mark.find("class=ground x=64.5") != std::string::npos);
  auto split = split_mark({3, 1, 1});
  CHECK(split.find("class=part0 x=0.0 y=3.0 width=78.0") != std::string::npos);
  CHECK(split.find("class=part2 x=104.0 y=3.0 width=26.0") != std::string::npos);
  CHECK(split_mark({0, 0}).find("rect") == std::string::npos);
  for (const auto &strange : {interval_mark({0, 0, {0}}, 0, 0, 0), interval_mark({0, 1, {}}, NAN, NAN, NAN)}) {
    CHECK(strange.find("nan") == std::string::npos);
    CHECK(strange.find("inf") == std::string::npos);
  }
}
