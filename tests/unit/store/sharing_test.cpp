// One library in several hands: handles, threads, processes, copies.
#include <catch2/catch.hpp>

#include <sys/wait.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

TEST_CASE("the same folder is opened once per process", "[store]") {
  TemporaryFolder folder;
  auto first = Library::open(folder / "library");
  std::filesystem::create_directory_symlink(folder / "library", folder / "link");
  auto second = Library::open(folder / "link");
  put_files(first, 1, 3);
  CHECK(second->read().file_count() == 3);
  auto read_only = Library::open(folder / "library", reading);
  CHECK(read_only->read().file_count() == 3);
  CHECK(status_of([&] { read_only->write(); }) == Status::read_only);
  CHECK(status_of([&] { read_only->compact(); }) == Status::read_only);
  CHECK(read_only->access() == Access::read);
}

TEST_CASE("a library opened for reading first can be opened for writing later", "[store]") {
  TemporaryFolder folder;
  put_files(Library::open(folder / "library"), 1, 2);
  auto read_only = Library::open(folder / "library", reading);
  CHECK(read_only->read().file_count() == 2);
  {
    Reader held = read_only->read();
    CHECK(status_of([&] { Library::open(folder / "library"); }) == Status::busy);
    CHECK(held.file_count() == 2);
  }
  auto writable = Library::open(folder / "library");
  put_files(writable, 3, 2);
  CHECK(read_only->read().file_count() == 4);
  CHECK(status_of([&] { read_only->write(); }) == Status::read_only);
}

TEST_CASE("readers keep their snapshot, and outlive the library's handle", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 5);
  Reader old = library->read();
  put_files(library, 6, 5);
  CHECK(old.file_count() == 5);
  CHECK(library->read().file_count() == 10);
  library.reset();
  CHECK(paths(old).size() == 5);
}

TEST_CASE("threads write one after the other and read meanwhile", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  constexpr uint64_t threads = 4, batches = 10, rows = 20;
  std::vector<std::thread> running;
  std::atomic<bool> whole{true};
  for (uint64_t thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      for (uint64_t batch = 0; batch < batches; ++batch) {
        put_files(library, (thread * batches + batch) * rows, rows);
        Reader reader = library->read();
        if (reader.file_count() % rows != 0 || paths(reader).size() != reader.file_count()) whole = false;
      }
    });
  for (std::thread &thread : running) thread.join();
  CHECK(whole);
  CHECK(library->read().file_count() == threads * batches * rows);
  CHECK(library->check().empty());
}

TEST_CASE("a copy is a whole library, made while others read and write", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 100);
  Reader reader = library->read();
  library->copy_to(folder / "copy");
  put_files(library, 101, 5);
  auto copy = Library::open(folder / "copy");
  CHECK(copy->read().file_count() == 100);
  CHECK(copy->check().empty());
  put_files(copy, 500, 1);
  CHECK(library->read().file_count() == 105);
  CHECK(status_of([&] { library->copy_to(folder / "copy"); }) == Status::invalid_argument);
  std::ofstream(folder / "file").close();
  CHECK(status_of([&] { library->copy_to(folder / "file"); }) != Status::ok);
}

TEST_CASE("compacting gives pages back and keeps everything", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  {
    Writer writer = library->write();
    uint32_t space = writer.put_space({"m", "", "", "", "f32", 64, 0}).id;
    std::vector<float> rows(64 * 3000, 0.5f);
    std::vector<VectorKey> keys;
    for (uint64_t i = 0; i < 3000; ++i) keys.push_back(vector_key(i));
    writer.put_vectors(space, keys, rows.data());
    writer.commit();
    for (int round = 0; round < 4; ++round) {
      Writer again = library->write();
      again.put_vectors(space, keys, rows.data());
      again.commit();
    }
  }
  put_files(library, 1, 100);
  auto size = [&] { return std::filesystem::file_size(folder / "library/data.mdb"); };
  auto before = size();
  {
    Reader held = library->read();
    CHECK(status_of([&] { library->compact(); }) == Status::busy);
  }
  library->compact();
  CHECK(size() < before * 3 / 4);
  CHECK(library->read().file_count() == 100);
  CHECK(library->check().empty());
  put_files(library, 101, 10);
  CHECK(Library::open(folder / "library")->read().file_count() == 110);
}

TEST_CASE("compacting waits for no other process: it is busy then", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 10);
  int ready[2], done[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(done) == 0);
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    char byte = 0;
    int code = 1;
    try {
      auto own = Library::open(folder / "library", reading);
      if (::write(ready[1], "r", 1) == 1 && ::read(done[0], &byte, 1) == 1)
        code = own->read().file_count() == 10 ? 0 : 2;
    } catch (...) {
    }
    ::_exit(code);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(status_of([&] { library->compact(); }) == Status::busy);
  CHECK(library->read().file_count() == 10);
  REQUIRE(::write(done[1], "d", 1) == 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  library->compact();
  CHECK(library->read().file_count() == 10);
  for (int end : {ready[0], ready[1], done[0], done[1]}) ::close(end);
}

TEST_CASE("a child of fork opens the library anew", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 3);
  Reader held = library->read();
  int code = in_child([&] {
    if (status_of([&] { library->read(); }) != Status::internal) return 1;
    if (status_of([&] { library->write(); }) != Status::internal) return 2;
    auto own = Library::open(folder / "library");
    if (own->read().file_count() != 3) return 3;
    put_files(own, 4, 1);
    return own->read().file_count() == 4 ? 0 : 4;
  });
  CHECK(code == 0);
  CHECK(held.file_count() == 3);
  put_files(library, 5, 1);
  CHECK(library->read().file_count() == 5);
  CHECK(library->check().empty());
}

TEST_CASE("a folder that was replaced is opened anew", "[store]") {
  TemporaryFolder folder;
  auto ghost = Library::open(folder / "library");
  put_files(ghost, 1, 3);
  std::filesystem::remove_all(folder / "library");
  auto library = Library::open(folder / "library");
  CHECK(library->read().file_count() == 0);
  put_files(library, 1, 1);
  CHECK(ghost->read().file_count() == 3);
}
