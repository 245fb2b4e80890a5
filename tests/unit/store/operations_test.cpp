// Operations come back newest first, with all their items in order.
#include <catch2/catch.hpp>

#include "base/clock.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

TEST_CASE("operations keep their items in order", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  replace_clock([] { return int64_t{1234567}; });
  std::vector<PlacedItem> items;
  for (int i = 0; i < 1500; ++i)
    items.push_back({"/p/\xff" + std::to_string(i), std::to_string(i) + "_x.jpg", int64_t{i} * 1000000007 - 5,
                     static_cast<uint32_t>(i % 512), -int64_t{i} * 999999937});
  Writer writer = library->write();
  uint64_t first = writer.begin_operation("/out/\xfe", "hardlink"), second = writer.begin_operation("/other", "copy");
  replace_clock({});
  writer.add_operation_items(first, std::span(items).first(700), 2);
  writer.add_operation_items(second, std::span(items).first(1));
  writer.add_operation_items(first, std::span(items).subspan(700), 3);
  writer.set_operation_undone(second);
  CHECK(status_of([&] { writer.set_operation_undone(9); }) == Status::not_found);
  writer.commit();

  Reader reader = library->read();
  auto operations = reader.operations();
  REQUIRE(operations.size() == 2);
  CHECK(operations[0].id == second);
  CHECK(operations[0].undone);
  CHECK(operations[1].folder == "/out/\xfe");
  CHECK(operations[1].kind == "hardlink");
  CHECK(operations[1].time == 1234567);
  CHECK_FALSE(operations[1].undone);
  CHECK(operations[1].items == 1500);
  CHECK(operations[1].others == 5);
  CHECK(operations[0].others == 0);
  auto found = reader.operation_items(first);
  REQUIRE(found.size() == items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    REQUIRE(found[i].source == items[i].source);
    REQUIRE(found[i].name == items[i].name);
    REQUIRE(found[i].mtime_ns == items[i].mtime_ns);
    REQUIRE(found[i].mode == items[i].mode);
    REQUIRE(found[i].source_mtime_ns == items[i].source_mtime_ns);
  }
  CHECK(reader.operation_items(second).size() == 1);
  CHECK(library->check().empty());
}
