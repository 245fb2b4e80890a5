#include "exchange/html_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace kalon {
namespace {

constexpr std::string_view house_style = R"css(
:root{--ground:#faf8f5;--card:#fff;--ink:#24211d;--quiet:#766f65;--line:#e6e0d7;--accent:#b3541e;--on-accent:#fff;--tile:#e9e4dc;--row:178px}
@media(prefers-color-scheme:dark){:root{--ground:#171614;--card:#201f1c;--ink:#ece7df;--quiet:#978f84;--line:#34312c;--accent:#e58a4f;--on-accent:#201f1c;--tile:#2b2925}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3.6rem}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Cantarell,"DejaVu Sans",sans-serif}
header,main,footer{max-width:1680px;margin:0 auto;padding:0 clamp(1rem,3.5vw,3.5rem)}
header{padding-top:clamp(2rem,6vw,4.5rem);padding-bottom:1.4rem}
h1{font:400 clamp(2rem,5vw,3.4rem)/1.1 Georgia,"Liberation Serif","DejaVu Serif",serif;margin:0 0 .5rem;letter-spacing:-.01em}
.subtitle{color:var(--quiet);margin:0;overflow-wrap:anywhere}
dl{display:flex;flex-wrap:wrap;gap:.6rem 2.6rem;margin:1.8rem 0 0}
dl div{display:flex;flex-direction:column-reverse}
dt{color:var(--quiet);font-size:.86rem}
dd{margin:0;font:400 1.9rem/1.15 Georgia,"Liberation Serif","DejaVu Serif",serif;font-variant-numeric:lining-nums tabular-nums}
nav{position:sticky;top:0;z-index:2;background:var(--ground);border-bottom:1px solid var(--line)}
nav ul{max-width:1680px;margin:0 auto;padding:.75rem clamp(1rem,3.5vw,3.5rem);display:flex;gap:1.8rem;list-style:none;overflow-x:auto}
nav a{color:var(--quiet);text-decoration:none;white-space:nowrap}
nav a:hover,nav a:focus-visible{color:var(--accent)}
section{padding:2.6rem 0 1rem}
h2{font:400 1.75rem/1.2 Georgia,"Liberation Serif","DejaVu Serif",serif;margin:0 0 .3rem}
.lead{color:var(--quiet);max-width:62ch;margin:0 0 1.5rem}
h3{font-size:.86rem;font-weight:500;color:var(--quiet);margin:1.5rem 0 .5rem;display:flex;gap:.9rem;align-items:center}
h3::after{content:"";flex:1;border-top:1px solid var(--line)}
h3 b{font-weight:600;color:var(--ink)}
figure{margin:0;position:relative;min-width:0}
figure>a{display:block;position:relative;width:100%;height:100%;background:var(--tile);border-radius:4px;overflow:hidden}
img{position:absolute;inset:0;margin:auto;width:100%;height:100%;object-fit:cover}
figure>a::after{content:"";position:absolute;inset:0;border:1px solid rgba(128,128,128,.14);border-radius:4px}
.whole img{object-fit:contain}
.flow,.rows{--tall:min(var(--row),var(--low,999px));display:flex;flex-wrap:wrap}
.flow{gap:6px}
.flow::after{content:"";flex:100000 0 0}
.flow figure{flex:var(--a) 1 calc(var(--a)*var(--tall));max-width:calc(var(--a)*var(--tall)*1.5);aspect-ratio:var(--a)}
.low figure{flex-grow:0}
.shelf .flow figure{flex:none;width:calc(var(--a)*var(--tall));max-width:100%}
.shelf .flow::after{content:none}
.flow figcaption{position:absolute;inset:auto 0 0 0;padding:1.6rem .6rem .45rem;font-size:.8rem;line-height:1.3;color:#fff;background:linear-gradient(transparent,rgba(0,0,0,.72));border-radius:0 0 4px 4px;opacity:0;transition:opacity .15s;pointer-events:none;overflow-wrap:anywhere}
.flow figure:hover figcaption,.flow figure:focus-within figcaption{opacity:1}
.shelf{display:flex;flex-wrap:wrap;gap:1rem 2.6rem}
.shelf>div{max-width:100%}
.shelf h3{margin-top:.4rem}
.shelf.close{gap:.4rem 1.2rem;margin-top:1.1rem}
.rows{gap:1.3rem 1.1rem;align-items:flex-start}
.rows figure{width:max(var(--a)*var(--tall),9rem);max-width:100%}
.rows figure>a{width:calc(var(--a)*var(--tall));max-width:100%;aspect-ratio:var(--a);height:auto}
.rows figcaption{font-size:.82rem;line-height:1.4;padding-top:.45rem;overflow-wrap:anywhere}
.rows figcaption span{display:block;color:var(--quiet)}
figure.marked>a{outline:2px solid var(--accent);outline-offset:2px}
.badge{position:absolute;top:.5rem;left:.5rem;padding:.05rem .5rem;border-radius:1rem;font-size:.76rem;background:var(--accent);color:var(--on-accent);z-index:1}
.bar{display:block;height:4px;margin-top:.4rem;border-radius:2px;background:var(--line)}
.bar i{display:block;height:100%;border-radius:2px;background:var(--accent)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1.4rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem .7rem .8rem}
.mosaic{display:grid;grid-template-columns:repeat(6,1fr);gap:4px}
.mosaic figure{grid-column:span 2;aspect-ratio:1}
.mosaic figure:first-child{grid-column:span 4;grid-row:span 2;aspect-ratio:auto}
.mosaic figure:only-child{grid-column:span 6;aspect-ratio:1.5}
.mosaic.two figure{grid-column:span 3;grid-row:auto;aspect-ratio:.75}
.mosaic.four figure{grid-column:span 3;grid-row:auto;aspect-ratio:1.4}
.mosaic.five figure:nth-child(n+4){grid-column:span 3;aspect-ratio:1.5}
.mosaic figcaption{display:none}
.card h4{margin:.65rem 0 0;font-weight:600;font-size:.95rem}
.card p{margin:0;color:var(--quiet);font-size:.82rem}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
footer{color:var(--quiet);font-size:.82rem;padding-top:2.5rem;padding-bottom:3rem}
@media(max-width:900px){:root{--row:140px}}
@media(max-width:640px){:root{--row:112px}}
@media print{nav{display:none}.flow figcaption{display:none}figure,.card{break-inside:avoid}}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}.flow figcaption{transition:none}}
)css";

std::string base64(ByteView bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    size_t left = std::min<size_t>(3, bytes.size() - i);
    uint32_t triple = 0;
    for (size_t j = 0; j < 3; ++j) triple = triple << 8 | (j < left ? bytes[i + j] : 0u);
    for (size_t j = 0; j < 4; ++j) text += j <= left ? digits[triple >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

constexpr double row_height = 178;  // --row of the style
constexpr double lowest_row = 72;   // of pictures that are all smaller

double ratio(const PagePicture &picture) {
  return picture.width > 0 && picture.height > 0 ? static_cast<double>(picture.width) / picture.height : 1.5;
}

// A row is as high as the highest of its pictures where none is as high as a row.
double row_of(const PageGroup &group) {
  double highest = 0;
  for (const auto &picture : group.pictures)
    highest = std::max(highest, picture.height > 0 ? static_cast<double>(picture.height) : row_height);
  return std::clamp(highest, lowest_row, row_height);
}

// The width of a picture's place in a row. A picture lower than the row stands in the middle of its place, with a
// margin; panoramas and strips of extreme shape leave room for the others.
double place_width(const PagePicture &picture, double row) {
  constexpr double margins = 40, widest = 3.4 * row_height, narrowest = 0.4;
  double width = ratio(picture) * row;
  if (picture.height > 0 && picture.height < row) width = std::min(width, picture.width + margins);
  return std::clamp(width, narrowest * row, widest);
}

std::string thousandths(double value) {
  auto whole = std::lround(value * 1000);
  auto digits = std::to_string(whole % 1000);
  return std::to_string(whole / 1000) + "." + std::string(3 - digits.size(), '0') + digits;
}

// Nothing is shown larger than it is: the limits of a picture that could be.
std::string own_size(const PagePicture &picture) {
  constexpr uint32_t largest_place = 640;
  if (picture.width == 0 || picture.height == 0 || std::min(picture.width, picture.height) > largest_place) return {};
  return " style=\"max-width:" + std::to_string(picture.width) + "px;max-height:" + std::to_string(picture.height) +
         "px\"";
}

std::string figure(const PagePicture &picture, const Bytes &jpeg, PageLayout layout, double row) {
  // The places of a mosaic cut what fills them; a panorama would lose too much.
  constexpr double widest_cut = 2.6, same_shape = 0.01;
  double own = ratio(picture), shape = own;
  if (layout != PageLayout::cards) shape = place_width(picture, row) / row;
  bool whole =
      layout == PageLayout::cards ? std::max(own, 1 / own) > widest_cut : std::abs(shape - own) > same_shape * own;
  std::string names = whole ? "whole" : "";
  if (!picture.badge.empty()) names += names.empty() ? "marked" : " marked";
  std::string text = names.empty() ? "<figure" : "<figure class=\"" + names + "\"";
  if (layout != PageLayout::cards) text += " style=\"--a:" + thousandths(shape) + "\"";
  text += ">";
  if (!picture.badge.empty()) text += "<span class=badge>" + html_text(picture.badge) + "</span>";
  text += picture.uri.empty() ? "<a" : "<a href=\"" + html_text(picture.uri) + "\"";
  text += " title=\"" + html_text(picture.name) + "\">";
  if (!jpeg.empty())
    text += "<img loading=lazy decoding=async" + own_size(picture) + " alt=\"" + html_text(picture.name) + "\" src=\"" +
            jpeg_source(jpeg) + "\">";
  text += "</a>";
  if (picture.share >= 0)
    text += "<span class=bar><i style=\"width:" + std::to_string(std::lround(std::min(picture.share, 1.0) * 100)) +
            "%\"></i></span>";
  text += "<figcaption>" + html_text(picture.name);
  for (const auto &note : picture.notes) text += "<span>" + std::string(" ") + html_text(note) + "</span>";
  return text + "</figcaption></figure>\n";
}

// Which groups of a flow are short enough to stand beside their neighbours, where a neighbour is short too.
std::vector<bool> shelved(const PageChapter &chapter) {
  constexpr double short_width = 3.2 * row_height;
  std::vector<bool> is_short, beside;
  for (const auto &group : chapter.groups) {
    double width = 0;
    for (const auto &picture : group.pictures) width += place_width(picture, row_of(group));
    is_short.push_back(width <= short_width);
  }
  for (size_t i = 0; i < is_short.size(); ++i)
    beside.push_back(is_short[i] && ((i > 0 && is_short[i - 1]) || (i + 1 < is_short.size() && is_short[i + 1])));
  return beside;
}

std::string_view mosaic_class(size_t pictures) {
  switch (pictures) {
    case 2:
      return " two";
    case 4:
      return " four";
    case 5:
      return " five";
    default:
      return "";
  }
}

std::string group_head(const PageGroup &group, PageLayout layout) {
  if (layout == PageLayout::cards)
    return "<div class=card><div class=\"mosaic" + std::string(mosaic_class(group.pictures.size())) + "\">\n";
  std::string text = layout == PageLayout::rows ? "<div>" : "";
  if (!group.caption.empty() || !group.note.empty()) {
    text += "<h3>";
    if (!group.caption.empty()) text += "<b>" + html_text(group.caption) + "</b>";
    if (!group.note.empty()) text += "<span>" + html_text(group.note) + "</span>";
    text += "</h3>";
  }
  std::string name = layout == PageLayout::flow ? "flow" : "rows";
  auto row = row_of(group);
  if (row == row_height) return text + "<div class=" + name + ">\n";
  return text + "<div class=\"" + name + " low\" style=\"--low:" + std::to_string(std::lround(row)) + "px\">\n";
}

std::string group_tail(const PageGroup &group, PageLayout layout) {
  if (layout == PageLayout::flow) return "</div>\n";
  if (layout == PageLayout::rows) return "</div></div>\n";
  return "</div><h4>" + html_text(group.caption) + "</h4>" +
         (group.note.empty() ? "" : "<p>" + html_text(group.note) + "</p>") + "</div>\n";
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string escaped;
  for (char c : display_text(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string page_beginning(const Page &page, const std::vector<PageLink> &links, std::string_view style) {
  std::string text = "<!doctype html>\n<html lang=en><meta charset=utf-8>\n";
  text += "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n";
  text += "<meta name=color-scheme content=\"light dark\">\n<title>" + html_text(page.title) + "</title>\n<style>" +
          std::string(house_style) + std::string(style) + "</style>\n";
  text += "<header><h1>" + html_text(page.title) + "</h1><p class=subtitle>" + html_text(page.subtitle) + "</p>";
  if (!page.facts.empty()) {
    text += "<dl>";
    for (const auto &fact : page.facts)
      text += "<div><dt>" + html_text(fact.name) + "</dt><dd>" + html_text(fact.value) + "</dd></div>";
    text += "</dl>";
  }
  text += "</header>\n<nav><ul>";
  for (const auto &link : links)
    text += "<li><a href=\"#" + html_text(link.id) + "\">" + html_text(link.title) + "</a>";
  return text + "</ul></nav>\n<main>\n";
}

std::string page_end(const Page &page) {
  return "</main>\n<footer>" + html_text(page.footer) + "</footer>\n</html>\n";
}

std::string jpeg_source(ByteView jpeg) {
  return "data:image/jpeg;base64," + base64(jpeg);
}

void write_html_page(const Page &page, const std::function<Bytes(size_t, size_t, size_t)> &jpeg,
                     const std::function<void(std::string_view)> &write) {
  std::vector<PageLink> links;
  for (const auto &chapter : page.chapters)
    if (!chapter.groups.empty()) links.push_back({chapter.id, chapter.title});
  write(page_beginning(page, links, {}));
  for (size_t c = 0; c < page.chapters.size(); ++c) {
    const auto &chapter = page.chapters[c];
    if (chapter.groups.empty()) continue;
    write("<section id=\"" + html_text(chapter.id) + "\"><h2>" + html_text(chapter.title) + "</h2><p class=lead>" +
          html_text(chapter.lead) + "</p>\n");
    bool flows = chapter.layout == PageLayout::flow;
    if (!flows) write(chapter.layout == PageLayout::cards ? "<div class=cards>\n" : "<div class=shelf>\n");
    auto beside = flows ? shelved(chapter) : std::vector<bool>(chapter.groups.size(), false);
    for (size_t g = 0; g < chapter.groups.size(); ++g) {
      const auto &group = chapter.groups[g];
      auto row = row_of(group);
      if (beside[g]) write(g > 0 && beside[g - 1] ? "<div>" : "<div class=\"shelf close\">\n<div>");
      write(group_head(group, chapter.layout));
      for (size_t p = 0; p < group.pictures.size(); ++p)
        write(figure(group.pictures[p], jpeg(c, g, p), chapter.layout, row));
      write(group_tail(group, chapter.layout));
      if (beside[g]) write(g + 1 < beside.size() && beside[g + 1] ? "</div>" : "</div>\n</div>\n");
    }
    if (!flows) write("</div>\n");
    write("</section>\n");
  }
  write(page_end(page));
}

}  // namespace kalon
