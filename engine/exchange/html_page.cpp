#include "exchange/html_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace kalon {
namespace {

constexpr std::string_view style = R"css(
:root{--ground:#faf8f5;--card:#fff;--ink:#24211d;--quiet:#857e74;--line:#e6e0d7;--accent:#b3541e;--tile:#e9e4dc;--row:178px}
@media(prefers-color-scheme:dark){:root{--ground:#171614;--card:#201f1c;--ink:#ece7df;--quiet:#978f84;--line:#34312c;--accent:#e58a4f;--tile:#2b2925}}
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
figure>a{display:block;width:100%;height:100%;background:var(--tile);border-radius:4px;overflow:hidden}
img{display:block;width:100%;height:100%;object-fit:cover}
.flow{display:flex;flex-wrap:wrap;gap:6px}
.flow::after{content:"";flex:100000 0 0}
.flow figure{flex:var(--a) 1 calc(var(--a)*var(--row));aspect-ratio:var(--a)}
.flow figcaption{position:absolute;inset:auto 0 0 0;padding:1.6rem .6rem .45rem;font-size:.8rem;line-height:1.3;color:#fff;background:linear-gradient(transparent,rgba(0,0,0,.72));border-radius:0 0 4px 4px;opacity:0;transition:opacity .15s;pointer-events:none;overflow-wrap:anywhere}
.flow figure:hover figcaption,.flow figure:focus-within figcaption{opacity:1}
.shelf{display:flex;flex-wrap:wrap;gap:1rem 2.6rem}
.shelf h3{margin-top:.4rem}
.rows{display:flex;flex-wrap:wrap;gap:1.3rem 1.1rem;align-items:flex-start}
.rows figure{width:calc(var(--a)*var(--row));max-width:100%}
.rows figure>a{aspect-ratio:var(--a);height:auto}
.rows figcaption{font-size:.82rem;line-height:1.4;padding-top:.45rem;overflow-wrap:anywhere}
.rows figcaption span{display:block;color:var(--quiet)}
figure.marked>a{outline:2px solid var(--accent);outline-offset:2px}
.badge{position:absolute;top:.5rem;left:.5rem;padding:.05rem .5rem;border-radius:1rem;font-size:.76rem;background:var(--accent);color:#fff;z-index:1}
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

// Shapes beyond these are cropped on the page, so that a panorama or a strip leaves room for the others.
std::string proportion(const PagePicture &picture) {
  double value = picture.width > 0 && picture.height > 0 ? static_cast<double>(picture.width) / picture.height : 1.5;
  auto thousandths = std::lround(std::clamp(value, 0.5, 2.6) * 1000);
  auto digits = std::to_string(thousandths % 1000);
  return std::to_string(thousandths / 1000) + "." + std::string(3 - digits.size(), '0') + digits;
}

std::string figure(const PagePicture &picture, const Bytes &jpeg) {
  std::string text = picture.badge.empty() ? "<figure" : "<figure class=marked";
  text += " style=\"--a:" + proportion(picture) + "\">";
  if (!picture.badge.empty()) text += "<span class=badge>" + html_text(picture.badge) + "</span>";
  text += picture.uri.empty() ? "<a" : "<a href=\"" + html_text(picture.uri) + "\"";
  text += " title=\"" + html_text(picture.name) + "\">";
  if (!jpeg.empty())
    text += "<img loading=lazy decoding=async alt=\"" + html_text(picture.name) + "\" src=\"data:image/jpeg;base64," +
            base64(jpeg) + "\">";
  text += "</a>";
  if (picture.share >= 0)
    text += "<span class=bar><i style=\"width:" + std::to_string(std::lround(std::min(picture.share, 1.0) * 100)) +
            "%\"></i></span>";
  text += "<figcaption>" + html_text(picture.name);
  for (const auto &note : picture.notes) text += "<span>" + std::string(" ") + html_text(note) + "</span>";
  return text + "</figcaption></figure>\n";
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
  return text + (layout == PageLayout::flow ? "<div class=flow>\n" : "<div class=rows>\n");
}

std::string group_tail(const PageGroup &group, PageLayout layout) {
  if (layout == PageLayout::flow) return "</div>\n";
  if (layout == PageLayout::rows) return "</div></div>\n";
  return "</div><h4>" + html_text(group.caption) + "</h4><p>" + html_text(group.note) + "</p></div>\n";
}

std::string head(const Page &page) {
  std::string text = "<!doctype html>\n<html lang=en><meta charset=utf-8>\n";
  text += "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n";
  text += "<meta name=color-scheme content=\"light dark\">\n<title>" + html_text(page.title) + "</title>\n<style>" +
          std::string(style) + "</style>\n";
  text += "<header><h1>" + html_text(page.title) + "</h1><p class=subtitle>" + html_text(page.subtitle) + "</p>";
  if (!page.facts.empty()) {
    text += "<dl>";
    for (const auto &fact : page.facts)
      text += "<div><dt>" + html_text(fact.name) + "</dt><dd>" + html_text(fact.value) + "</dd></div>";
    text += "</dl>";
  }
  text += "</header>\n<nav><ul>";
  for (const auto &chapter : page.chapters)
    if (!chapter.groups.empty())
      text += "<li><a href=\"#" + html_text(chapter.id) + "\">" + html_text(chapter.title) + "</a>";
  return text + "</ul></nav>\n<main>\n";
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

void write_html_page(const Page &page, const std::function<Bytes(size_t, size_t, size_t)> &jpeg,
                     const std::function<void(std::string_view)> &write) {
  write(head(page));
  for (size_t c = 0; c < page.chapters.size(); ++c) {
    const auto &chapter = page.chapters[c];
    if (chapter.groups.empty()) continue;
    write("<section id=\"" + html_text(chapter.id) + "\"><h2>" + html_text(chapter.title) + "</h2><p class=lead>" +
          html_text(chapter.lead) + "</p>\n");
    if (chapter.layout != PageLayout::flow)
      write(chapter.layout == PageLayout::cards ? "<div class=cards>\n" : "<div class=shelf>\n");
    for (size_t g = 0; g < chapter.groups.size(); ++g) {
      const auto &group = chapter.groups[g];
      write(group_head(group, chapter.layout));
      for (size_t p = 0; p < group.pictures.size(); ++p) write(figure(group.pictures[p], jpeg(c, g, p)));
      write(group_tail(group, chapter.layout));
    }
    if (chapter.layout != PageLayout::flow) write("</div>\n");
    write("</section>\n");
  }
  write("</main>\n<footer>" + html_text(page.footer) + "</footer>\n</html>\n");
}

}  // namespace kalon
