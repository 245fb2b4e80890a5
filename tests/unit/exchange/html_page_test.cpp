// What a page says of its pictures: their places, their limits, their headings; read from the text as a browser would.
#include "exchange/html_page.h"

#include <catch2/catch.hpp>
#include <limits>
#include <regex>

using namespace kalon;

namespace {

PagePicture picture(uint32_t width, uint32_t height, std::string name = "a.jpg") {
  PagePicture made;
  made.name = std::move(name);
  made.uri = "file:///" + made.name;
  made.width = width;
  made.height = height;
  return made;
}

PageGroup group(std::vector<PagePicture> pictures, std::string note = {}) {
  PageGroup made;
  made.pictures = std::move(pictures);
  made.note = std::move(note);
  return made;
}

std::string written(std::vector<PageGroup> groups, PageLayout layout = PageLayout::flow, Bytes jpeg = {0xff, 0xd8}) {
  Page page;
  page.chapters = {{"only", "Only", "All there is.", layout, std::move(groups)}};
  std::string text;
  size_t asked = 0, pictures = 0;
  for (const auto &made : page.chapters[0].groups) pictures += made.pictures.size();
  write_html_page(
      page, [&](size_t, size_t, size_t) { return ++asked, jpeg; }, [&](std::string_view piece) { text += piece; });
  CHECK(asked == pictures);
  return text.substr(text.find("<main>"));
}

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Width by height of each picture's place, in order.
std::vector<double> shapes(const std::string &text) {
  std::vector<double> found;
  std::regex shape("--a:([0-9]+\\.[0-9]{3})\"");
  for (std::sregex_iterator at(text.begin(), text.end(), shape), end; at != end; ++at)
    found.push_back(std::stod((*at)[1]));
  return found;
}

bool whole(const std::string &text) {
  return text.find("whole") != std::string::npos;
}

constexpr double rounding = 0.0006;  // shapes have three digits

}  // namespace

TEST_CASE("a photograph fills a place of its own shape") {
  auto text = written({group({picture(6000, 4000), picture(3000, 4000)})});
  CHECK(shapes(text) == std::vector<double>{1.5, 0.75});
  CHECK_FALSE(whole(text));
  CHECK(text.find("max-width:") == std::string::npos);
}

TEST_CASE("a panorama and a strip are shown whole in a place that leaves room for others") {
  for (auto [width, height] : {std::pair{12000u, 2000u}, std::pair{700u, 7000u}, std::pair{1600u, 40u},
                               std::pair{1u, 1u << 31}, std::pair{std::numeric_limits<uint32_t>::max(), 1u}}) {
    CAPTURE(width, height);
    auto text = written({group({picture(width, height), picture(3000, 2000)})});
    auto places = shapes(text);
    REQUIRE(places.size() == 2);
    CHECK(places[0] >= 0.4 - rounding);
    CHECK(places[0] <= 3.4 + rounding);
    CHECK(whole(text));
    CHECK(whole(written({group({picture(width, height), picture(3000, 2000)})}, PageLayout::cards)));
  }
  // A wide photograph is still not cut.
  auto text = written({group({picture(3000, 1000)})});
  CHECK(shapes(text) == std::vector<double>{3.0});
  CHECK_FALSE(whole(text));
}

TEST_CASE("a small picture is never shown larger than it is") {
  for (auto layout : {PageLayout::flow, PageLayout::rows, PageLayout::cards})
    for (auto [width, height] : {std::pair{14u, 25u}, std::pair{60u, 60u}, std::pair{300u, 200u}, std::pair{1u, 1u}}) {
      auto text = written({group({picture(width, height), picture(3000, 2000)})}, layout);
      auto limits = "max-width:" + std::to_string(width) + "px;max-height:" + std::to_string(height) + "px";
      CHECK(count(text, limits) == 1);
      CHECK(count(text, "max-width:") == 1);
    }
  // Its place is wide enough for it and its margin, and narrower than it were as high as the row.
  auto place = shapes(written({group({picture(60, 60), picture(3000, 2000)})})).at(0);
  CHECK(place * 178 > 60);
  CHECK(place < 1);
}

TEST_CASE("a row of small pictures is as high as the highest of them") {
  CHECK(written({group({picture(120, 100), picture(60, 60)})}).find("--low:100px") != std::string::npos);
  CHECK(written({group({picture(16, 16)})}).find("--low:72px") != std::string::npos);
  CHECK(written({group({picture(16, 16), picture(3000, 2000)})}).find("--low") == std::string::npos);
  CHECK(written({group({picture(16, 16), picture(0, 0)})}).find("--low") == std::string::npos);  // of unknown size
}

TEST_CASE("every group has its heading; short ones stand beside each other") {
  std::vector<PagePicture> many(9, picture(3000, 2000));
  auto text = written({group({picture(30, 20)}, "first"), group({picture(3000, 2000)}, "second"), group(many, "third"),
                       group({picture(2000, 3000)}, "fourth"), group(many, "fifth")});
  for (const char *note : {"first", "second", "third", "fourth", "fifth"})
    CHECK(count(text, "<h3><span>" + std::string(note) + "</span></h3>") == 1);
  CHECK(count(text, "shelf") == 1);
  auto shelf = text.find("shelf");
  CHECK(shelf < text.find("first"));
  // Both are in it, and it ends before the long one: as many ends as begins.
  auto between = text.substr(shelf, text.find("<h3><span>third") - shelf);
  CHECK(count(between, "<div") + 1 == count(between, "</div>"));
  CHECK(count(text, "<div") == count(text, "</div>"));
  for (auto layout : {PageLayout::rows, PageLayout::cards}) {
    auto other = written({group({picture(30, 20)}), group(many)}, layout);
    CHECK(count(other, "<div") == count(other, "</div>"));
  }
}

TEST_CASE("names are text, and a picture that cannot be shown leaves a plain place") {
  auto text = written({group({picture(30, 20, "<b>\"&.jpg")})});
  CHECK(text.find("<b>") == std::string::npos);
  CHECK(text.find("alt=\"&lt;b&gt;&quot;&amp;.jpg\"") != std::string::npos);
  CHECK(count(text, "src=\"data:image/jpeg;base64,/9g=\"") == 1);
  auto plain = written({group({picture(0, 0)})}, PageLayout::flow, {});
  CHECK(count(plain, "<img") == 0);
  CHECK(shapes(plain) == std::vector<double>{1.5});
}
