// Which later work on files stands in the way of taking earlier work back, told by hand for each pair of kinds.
#include <catch2/catch.hpp>

#include <filesystem>

#include "base/error.h"
#include "facade/built_upon.h"
#include "facade/file_journal.h"
#include "temporary_folder.h"

using namespace kalon;
namespace fs = std::filesystem;

namespace {

struct Journal {
  TemporaryFolder folder;
  std::shared_ptr<Library> library = Library::open(folder / "library");

  uint64_t add(const std::string &kind, const std::string &into, const std::string &source, const std::string &name) {
    auto writer = library->write();
    auto number = writer.begin_operation(into, kind);
    PlacedItem item{source, name};
    writer.add_operation_items(number, std::span(&item, 1));
    writer.commit();
    return number;
  }
  uint64_t send(const std::string &from, const std::string &into, const std::string &name) {
    return add("send", into, from, name);
  }
  uint64_t trash(const std::string &path) { return add(trash_operation, {}, path, "/trash/files/x"); }
  uint64_t link(const std::string &path, const std::string &kept) { return add(link_operation, {}, kept, path); }
  void take_back(uint64_t number) {
    auto writer = library->write();
    writer.set_operation_undone(number);
    writer.commit();
  }

  // The context of the refusal; empty when nothing is in the way.
  std::string in_the_way(uint64_t number) {
    auto reader = library->read();
    for (const auto &operation : reader.operations()) {
      if (operation.id != number) continue;
      try {
        refuse_when_built_upon(reader, operation);
        return {};
      } catch (const Error &error) {
        CHECK(error.status() == Status::busy);
        return error.context();
      }
    }
    return "no such operation";
  }
};

}  // namespace

TEST_CASE("work on the same files that came later is in the way while it stands", "[facade]") {
  Journal journal;
  const auto &folder = journal.folder;
  std::string p = folder / "p.jpg", q = folder / "q.jpg", out = folder / "out", elsewhere = folder / "elsewhere";
  auto placed = out + "/p.jpg";
  fs::create_directory(out);
  fs::create_directory(elsewhere);

  SECTION("what was sent was moved to the trash") {
    auto sent = journal.send(p, out, "p.jpg"), later = journal.trash(placed);
    CHECK(journal.in_the_way(sent) == placed);
    CHECK(journal.in_the_way(later).empty());
    journal.take_back(later);
    CHECK(journal.in_the_way(sent).empty());
  }
  SECTION("its source was") {
    auto sent = journal.send(p, out, "p.jpg");
    journal.trash(p);
    CHECK(journal.in_the_way(sent) == p);
    folder.write("p.jpg", "another came, or it never went");
    CHECK(journal.in_the_way(sent).empty());
  }
  SECTION("it was sent on, as long as that is there") {
    auto sent = journal.send(p, out, "p.jpg");
    journal.send(placed, elsewhere, "x.jpg");
    CHECK(journal.in_the_way(sent).empty());
    folder.write("elsewhere/x.jpg", "a copy");
    CHECK(journal.in_the_way(sent) == placed);
  }
  SECTION("it was replaced by a link") {
    auto sent = journal.send(p, out, "p.jpg");
    folder.write("out/p.jpg", "bytes");
    journal.link(placed, q);
    CHECK(journal.in_the_way(sent) == placed);
  }
  SECTION("others of the same folder, and what was before, are not") {
    journal.trash(placed);
    journal.send(placed, elsewhere, "x.jpg");
    auto sent = journal.send(p, out, "p.jpg");
    journal.send(q, out, "q.jpg");
    journal.send(p, elsewhere, "p.jpg");
    journal.trash(q);
    folder.write("out/p.jpg", "bytes");
    folder.write("elsewhere/p.jpg", "bytes");
    CHECK(journal.in_the_way(sent).empty());
  }
  SECTION("the place of what went to the trash was taken, as long as it is") {
    auto trashed = journal.trash(placed);
    journal.send(p, out, "p.jpg");
    CHECK(journal.in_the_way(trashed).empty());
    folder.write("out/p.jpg", "bytes");
    CHECK(journal.in_the_way(trashed) == placed);
  }
  SECTION("what became a link, or what it was linked to, went to the trash") {
    auto linked = journal.link(p, q);
    folder.write("p.jpg", "bytes");
    folder.write("q.jpg", "bytes");
    // A link that parts from its copy stays what was placed elsewhere of it.
    journal.send(p, out, "p.jpg");
    folder.write("out/p.jpg", "bytes");
    CHECK(journal.in_the_way(linked).empty());
    journal.trash(q);
    fs::remove(q);
    CHECK(journal.in_the_way(linked) == q);
  }
}
