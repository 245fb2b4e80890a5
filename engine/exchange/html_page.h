#pragma once
// One HTML page that shows pictures: everything is in it, it needs no network and no scripts, and it follows the
// reader's preference of light or dark.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace kalon {

struct PagePicture {
  std::string uri;                 // where a click leads; may be empty
  std::string name;                // UTF-8
  std::vector<std::string> notes;  // quiet lines under the name
  std::string badge;               // a word in its corner; may be empty
  double share = -1;               // 0..1: a bar under the picture; negative: none
  uint32_t width = 0, height = 0;  // of the picture itself: its shape and largest size on the page
};

// Pictures that stand together, under a caption of their own (may be empty).
struct PageGroup {
  std::string caption, note;
  std::vector<PagePicture> pictures;
};

enum class PageLayout {
  flow,   // rows of one height that fill the width; groups follow one another, short ones side by side
  rows,   // each group a row of pictures with all their words; short groups stand beside one another
  cards,  // each group a small mosaic
};

struct PageChapter {
  std::string id, title, lead;  // id: for links, ASCII; lead: one or two sentences
  PageLayout layout = PageLayout::flow;
  std::vector<PageGroup> groups;
};

struct PageFact {
  std::string value, name;  // "130", "pictures"
};

struct Page {
  std::string title, subtitle, footer;
  std::vector<PageFact> facts;
  std::vector<PageChapter> chapters;  // those without groups are left out
};

// Writes the page piece by piece. jpeg(chapter, group, picture) gives a picture's JPEG bytes, empty where there are
// none (a plain tile is shown); it is called once for each picture, in order. What write() and jpeg() throw goes
// through. [worker]
void write_html_page(const Page &page, const std::function<Bytes(size_t, size_t, size_t)> &jpeg,
                     const std::function<void(std::string_view)> &write);

// The frame of a page of this look, for those that write chapters of their own (<section id=...>) between both: all up
// to the first chapter with the page's title, subtitle and facts and links to the chapters that are named by id and
// title, and all after the last. style: CSS that is added. [any]
struct PageLink {
  std::string id, title;
};
std::string page_beginning(const Page &page, const std::vector<PageLink> &links, std::string_view style);
std::string page_end(const Page &page);

// For HTML text and attribute values. [any]
std::string html_text(std::string_view text);
// A JPEG as the value of an image's src. [any]
std::string jpeg_source(ByteView jpeg);

}  // namespace kalon
