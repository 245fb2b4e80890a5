#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <numeric>
#include <random>

#include "library/natural.h"
#include "library/shown.h"

using namespace kalon::viewer;

namespace {

const char *const formats[] = {"jpeg", "png", "heif"};
const char *const labels[] = {"", "Red", "green", "2 x", "10 x"};

std::string hex(uint64_t number) {
  char text[33];
  std::snprintf(text, sizeof text, "%032llx", static_cast<unsigned long long>(number));
  return text;
}

struct Library {
  Catalogue catalogue;
  Stacks stacks;
  Shown shown{catalogue, stacks};
  std::mt19937 random{7};
  double now = 0;
  uint64_t taken = 0;

  uint64_t below(uint64_t count) { return random() % count; }

  // Names with numbers of several lengths, leading zeros and both cases; the same ones in several folders.
  std::string some_path() {
    static const char *const folders[] = {"/p/a", "/p/a/2", "/p/a/10", "/p/B", "/p/b", "/q", "/p"};
    static const char *const stems[] = {"img", "IMG", "img_", "9", "x-0", "", "Ä"};
    auto number = std::to_string(below(30));
    if (below(4) == 0) number.insert(0, below(3), '0');
    return std::string(folders[below(7)]) + "/" + stems[below(7)] + number + (below(5) == 0 ? "a.jpg" : ".jpg");
  }

  void take(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      auto path = some_path();
      auto id = hex(++taken);
      auto item = catalogue.take(parse_row(
          R"({"id":")" + id + R"(","photo":")" + id + R"(","uri":")" + uri_of(path) + R"(","path":)" + json_text(path) +
          R"(,"width":)" + std::to_string(1 + below(4)) + R"(,"height":)" + std::to_string(1 + below(4)) +
          R"(,"format":")" + formats[below(3)] + R"(","size":)" + std::to_string(below(20)) + R"(,"mtime":"2026-01-0)" +
          std::to_string(1 + below(9)) + R"(T03:04:05.000000Z","status":"ok"})"));
      if (item == no_item) continue;
      catalogue.set_stars(item, static_cast<int>(below(6)));
      catalogue.set_label(item, labels[below(5)]);
    }
  }

  const std::vector<ItemIndex> &items() {
    shown.update(now += 1000);
    return shown.items();
  }

  // As it is meant, item by item: compared by names, folders and paths, whatever is kept of them.
  std::vector<ItemIndex> brute(const Sorting &sorting) const {
    const auto &all = catalogue.items();
    auto of = [&](ItemIndex i) -> const Item & { return all[i]; };
    auto by_name = [&](ItemIndex l, ItemIndex r) {
      int order = natural_compare(name_of(of(l)), name_of(of(r)));
      return order != 0 ? order < 0 : of(l).path < of(r).path;
    };
    auto by_path = [&](ItemIndex l, ItemIndex r) {
      int order = natural_compare(folder_of(of(l)), folder_of(of(r)));
      return order != 0 ? order < 0 : by_name(l, r);
    };
    auto number = [&](auto key) {
      return std::function([&, key](ItemIndex l, ItemIndex r) {
        if (key(of(l)) == key(of(r))) return by_path(l, r);
        return sorting.descending ? key(of(l)) > key(of(r)) : key(of(l)) < key(of(r));
      });
    };
    auto word = [&](auto key) {
      return std::function([&, key](ItemIndex l, ItemIndex r) {
        auto first = catalogue.word(key(of(l))), second = catalogue.word(key(of(r)));
        if (first == second) return by_path(l, r);
        if (first.empty() != second.empty()) return second.empty();
        int order = natural_compare(first, second);
        return sorting.descending ? order > 0 : order < 0;
      });
    };
    std::function<bool(ItemIndex, ItemIndex)> less;
    const auto &by = sorting.by;
    if (by == "name")
      less = [&](ItemIndex l, ItemIndex r) { return sorting.descending ? by_name(r, l) : by_name(l, r); };
    if (by == "folder")
      less = [&](ItemIndex l, ItemIndex r) { return sorting.descending ? by_path(r, l) : by_path(l, r); };
    if (by == "modified") less = number([](const Item &item) { return item.mtime; });
    if (by == "size") less = number([](const Item &item) { return item.size; });
    if (by == "pixels") less = number([](const Item &item) { return item.width * item.height; });
    if (by == "stars") less = number([](const Item &item) { return item.stars; });
    if (by == "label") less = word([](const Item &item) { return item.label; });
    if (by == "format") less = word([](const Item &item) { return item.format; });
    std::vector<ItemIndex> order;
    for (ItemIndex i = 0; i < all.size(); ++i)
      if (!all[i].gone) order.push_back(i);
    std::sort(order.begin(), order.end(), less);
    return order;
  }
};

}  // namespace

TEST_CASE("Photos are in their order by whatever they are sorted, while rows stream in and after each change") {
  Library library;
  for (const char *by : {"name", "folder", "modified", "size", "pixels", "stars", "label", "format"})
    for (bool descending : {false, true}) {
      INFO(by << (descending ? " descending" : ""));
      Sorting sorting{by, descending};
      library.shown.set_sorting(sorting);
      CHECK(library.items() == library.brute(sorting));
      library.take(40);
      CHECK(library.items() == library.brute(sorting));
    }
  CHECK(library.items().size() > 300);
}

TEST_CASE("What is opened anew is in its order, be some of it what was open before") {
  Library library;
  library.take(50);
  Sorting name;
  CHECK(library.items() == library.brute(name));
  library.catalogue.close();
  library.shown.forget();
  CHECK(library.items().empty());
  library.take(300);
  CHECK(library.items() == library.brute(name));
}

TEST_CASE("A picture whose RAW was there first is sorted by its own name once photos are sorted again") {
  Library library;
  library.take(30);
  auto row = [&](const char *path, const char *format) {
    return library.catalogue.take(parse_row(R"({"id":")" + hex(900) + R"(","photo":")" + hex(900) +
                                            R"(","uri":"file://)" + path + R"(","path":")" + path + R"(","format":")" +
                                            format + R"(","width":3,"height":2,"size":9,"status":"ok"})"));
  };
  auto raw = row("/p/zz.nef", "raw");
  Sorting name;
  CHECK(library.items() == library.brute(name));
  REQUIRE(row("/p/aa.jpg", "jpeg") == raw);
  REQUIRE(library.catalogue.item(raw).path == "/p/aa.jpg");
  Sorting descending{"name", true};
  library.shown.set_sorting(descending);
  CHECK(library.items() == library.brute(descending));
}
