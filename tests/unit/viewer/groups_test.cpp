#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "views/groups_model.h"

using namespace kalon::viewer;

namespace {

std::string hex(char digit) {
  return std::string(32, digit);
}

std::string file_row(const std::string &name, char photo, const std::string &format, uint64_t size) {
  return R"({"id":")" + hex(photo) + R"(","photo":")" + hex(photo) + R"(","uri":"file:///p/)" + name +
         R"(","path":"/p/)" + name + R"(","width":600,"height":400,"format":")" + format + R"(","size":)" +
         std::to_string(size) + R"(,"mtime":"2026-01-02T03:04:05.000000Z","status":"ok"})";
}

struct Library {
  Catalogue catalogue;
  ItemIndex add(const std::string &name, char photo, const std::string &format = "jpeg", uint64_t size = 1000) {
    return catalogue.take(parse_row(file_row(name, photo, format, size)));
  }
};

// As the engine writes it.
std::string member(const std::string &name, char photo, const std::string &relation, double similarity,
                   const std::string &more = {}) {
  bool keep = relation.empty();
  return R"({"uri":"file:///p/)" + name + R"(","path":"/p/)" + name + R"(","keep":)" + (keep ? "true" : "false") +
         (keep ? ""
               : R"(,"relation":")" + relation + R"(","similarity":)" + std::to_string(similarity) +
                     R"(,"distance":4,"mirrored":false,"redundant":true)") +
         more + R"(,"id":")" + hex(photo) + R"(","photo":")" + hex(photo) +
         R"(","width":600,"height":400,"format":"jpeg","size":)" + (keep ? "5000" : "1000") + "}";
}

std::string duplicates_row(const std::string &files) {
  return R"({"group":1,"relation":"similar","similarity":0.974206,"keep":"file:///p/a.jpg","keep_path":"/p/a.jpg","reason":"1080x1920 against 540x960","redundant":2,"bytes":2000,"files":[)" +
         files + "]}";
}

}  // namespace

TEST_CASE("A group of duplicates has its keeper first, with the reason and the least similarity") {
  Library library;
  auto a = library.add("a.jpg", 'a', "jpeg", 5000), b = library.add("b.jpg", 'b');
  library.add("copy of a.jpg", 'a');
  auto row = duplicates_row(member("b.jpg", 'b', "similar", 0.974206) + "," + member("a.jpg", 'a', "", 1) + "," +
                            member("copy%20of%20a.jpg", 'a', "same_bytes", 1));
  auto group = group_of_row(GroupKind::duplicates, row, library.catalogue);
  REQUIRE(group);
  REQUIRE(group->members.size() == 3);
  CHECK(group->members[0].item == a);
  CHECK(group->why == "1080x1920 against 540x960");
  CHECK(group->least_similarity == Approx(0.974206));
  CHECK(group->members[1].item == b);
  CHECK(group->members[1].relation == "similar");
  CHECK(group->members[2].path == "/p/copy of a.jpg");

  auto present = present_members(*group, library.catalogue);
  REQUIRE(present.size() == 3);
  // A copy is the photo that is kept: it may go to the trash, and is never rejected.
  CHECK(others_to_reject(*group, present) == std::vector<ItemIndex>{b});
  CHECK(others_to_trash(*group, present) == std::vector<std::string>{"/p/b.jpg", "/p/copy of a.jpg"});
  CHECK(redundant_bytes(*group, present) == 2000);
  CHECK(distinct_paths(*group, present) == std::vector<std::string>{"/p/a.jpg", "/p/b.jpg"});
}

TEST_CASE("With another keeper the former one is among the others, and nothing untrue is told of them") {
  Library library;
  auto a = library.add("a.jpg", 'a', "jpeg", 5000);
  library.add("b.jpg", 'b');
  auto c = library.add("c.jpg", 'c');
  auto row = duplicates_row(member("a.jpg", 'a', "", 1) + "," + member("b.jpg", 'b', "similar", 0.98) + "," +
                            member("c.jpg", 'c', "similar", 0.99));
  auto group = *group_of_row(GroupKind::duplicates, row, library.catalogue);
  choose_keeper(group, 1, library.catalogue);
  CHECK(group.chosen);
  CHECK(group.members[0].path == "/p/b.jpg");
  CHECK(group.members[1].item == a);
  CHECK(group.members[1].similarity == Approx(0.98));  // of two, whichever comes first
  CHECK(group.members[2].item == c);
  CHECK(std::isnan(group.members[2].similarity));  // c was compared with a alone
  CHECK(group.members[2].relation.empty());
  auto present = present_members(group, library.catalogue);
  CHECK(others_to_reject(group, present) == std::vector<ItemIndex>{a, c});
  CHECK(redundant_bytes(group, present) == 6000);
  choose_keeper(group, 99, library.catalogue);
  CHECK(group.members[0].path == "/p/b.jpg");
}

TEST_CASE("A photo with a RAW is not given up for one without") {
  Library library;
  library.add("a.jpg", 'a', "jpeg", 5000);
  auto b = library.add("b.jpg", 'b');
  library.add("b.nef", 'b', "raw");
  library.add("c.jpg", 'c');
  REQUIRE(library.catalogue.item(b).has_raw);
  auto row =
      duplicates_row(member("a.jpg", 'a', "", 1) + "," +
                     member("b.jpg", 'b', "similar", 0.98, R"(,"guarded":"has a RAW, which the one to keep has not")") +
                     "," + member("c.jpg", 'c', "similar", 0.99));
  auto group = *group_of_row(GroupKind::duplicates, row, library.catalogue);
  auto present = present_members(group, library.catalogue);
  CHECK(others_to_trash(group, present) == std::vector<std::string>{"/p/c.jpg"});
  CHECK(others_to_reject(group, present).size() == 1);
  // A person who keeps c may not lose the RAW by it either; who keeps the one with the RAW gives up both others.
  choose_keeper(group, 2, library.catalogue);
  CHECK(others_to_trash(group, present_members(group, library.catalogue)) == std::vector<std::string>{"/p/a.jpg"});
  choose_keeper(group, 2, library.catalogue);
  REQUIRE(group.members[0].path == "/p/b.jpg");
  CHECK(others_to_trash(group, present_members(group, library.catalogue)).size() == 2);
}

TEST_CASE("Among look-alikes what a person decided comes before what was suggested") {
  Library library;
  library.add("a.jpg", 'a');
  auto b = library.add("b.jpg", 'b'), c = library.add("c.jpg", 'c');
  std::string row =
      R"({"group":1,"size":3,"min_similarity":0.91,"medoid":"file:///p/a.jpg","medoid_path":"/p/a.jpg","files":[)";
  for (const char *name : {"b", "a", "c"})
    row += std::string(name == std::string("b") ? "" : ",") + R"({"uri":"file:///p/)" + name + R"(.jpg","path":"/p/)" +
           name + R"(.jpg","photo":")" + hex(name[0]) + R"(","similarity":0.95})";
  row += "]}";
  auto fresh = [&] { return *group_of_row(GroupKind::similar, row, library.catalogue); };
  auto group = fresh();
  CHECK(group.members[0].path == "/p/a.jpg");
  CHECK(group.members[1].bytes == 1000);  // from the catalogue: these rows do not tell it
  prefer_decided(group, library.catalogue);
  CHECK(group.members[0].path == "/p/a.jpg");

  library.catalogue.set_stars(b, 2);
  group = fresh();
  prefer_decided(group, library.catalogue);
  CHECK(group.members[0].item == b);
  CHECK(group.why == "2 stars");
  CHECK_FALSE(group.chosen);

  library.catalogue.set_flag(c, Flag::pick);
  group = fresh();
  prefer_decided(group, library.catalogue);
  CHECK(group.members[0].item == c);
  CHECK(group.why == "picked");

  library.catalogue.set_flag(c, Flag::reject);
  library.catalogue.set_flag(b, Flag::reject);
  group = fresh();
  prefer_decided(group, library.catalogue);
  CHECK(group.members[0].path == "/p/a.jpg");
}

TEST_CASE("Stacks have each photo once, the keeper on top") {
  Library library;
  auto a = library.add("a.jpg", 'a'), b = library.add("b.jpg", 'b');
  library.add("copy.jpg", 'a');
  auto row = duplicates_row(member("a.jpg", 'a', "", 1) + "," + member("copy.jpg", 'a', "same_bytes", 1) + "," +
                            member("b.jpg", 'b', "similar", 0.98));
  auto group = *group_of_row(GroupKind::duplicates, row, library.catalogue);
  auto copies = *group_of_row(
      GroupKind::duplicates,
      duplicates_row(member("a.jpg", 'a', "", 1) + "," + member("copy.jpg", 'a', "same_bytes", 1)), library.catalogue);
  auto stacks = stacks_of({copies, group}, library.catalogue);
  // The copies are one photo and no stack; the photo is free for the group that it does stack with.
  REQUIRE(stacks.size() == 1);
  CHECK(stacks[0].items == std::vector<ItemIndex>{a, b});
  CHECK(stacks[0].similarity == Approx(0.974206));
}

TEST_CASE("A least similarity promises no more than is true") {
  CHECK(similarity_text(0.98) == ".980");
  CHECK(similarity_text(0.97999) == ".979");
  CHECK(similarity_text(0.99999) == ".999");
  CHECK(similarity_text(1) == "1");
  CHECK(similarity_text(1.0000001) == "1");
  CHECK(similarity_text(NAN).empty());
  CHECK(similarity_text(0) == ".000");
}

TEST_CASE("Rows that are none make no group") {
  Library library;
  for (const char *row :
       {"", "[]", "null", "{}", R"({"files":[]})", R"({"files":{}})", R"({"files":[1,"x",null]})", R"({"files")"})
    CHECK_FALSE(group_of_row(GroupKind::duplicates, row, library.catalogue));
  // Members of unexpected types are as if they were not told.
  auto odd =
      group_of_row(GroupKind::duplicates,
                   R"({"keep":7,"similarity":"x","files":[{"uri":5,"size":-3,"similarity":[]},{"uri":"file:///p/x"}]})",
                   library.catalogue);
  REQUIRE(odd);
  CHECK(odd->members[0].bytes == 0);
  CHECK(present_members(*odd, library.catalogue).empty());
}

TEST_CASE("A group is compared keeper first, then what is most like it, each photo once") {
  Library library;
  auto a = library.add("a.jpg", 'a'), b = library.add("b.jpg", 'b'), c = library.add("c.jpg", 'c'),
       d = library.add("d.jpg", 'd');
  auto member = [](ItemIndex item, double similarity) {
    GroupMember made;
    made.item = item;
    made.similarity = similarity;
    return made;
  };
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  Group group;
  group.members = {member(c, unknown), member(a, unknown), member(d, 0.91),
                   member(c, 1),       member(b, 0.97),    member(no_item, 0.99)};
  CHECK(items_to_compare(group, {0, 1, 2, 3, 4, 5}) == std::vector<ItemIndex>{c, b, d, a});
  CHECK(items_to_compare(group, {2, 1}) == std::vector<ItemIndex>{d, a});
  CHECK(items_to_compare(group, {}).empty());
}
