// Opening, refusing, copying and compacting libraries. Network file systems are those of statfs(2).
#include <catch2/catch.hpp>

#include <lmdb.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <thread>

#include "base/file.h"
#include "store/database.h"
#include "store/environment.h"
#include "store/network.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

const OpenOptions reading{Access::read, {}};

// Runs in a child process; its exit code is what the call returns, 99 when it throws.
template <typename Call>
int in_child(Call call) {
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int code = 99;
    try {
      code = call();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void put(const std::shared_ptr<Library> &library, uint64_t first, uint64_t count) {
  Writer writer = library->write();
  for (uint64_t i = first; i < first + count; ++i) {
    FileRow row = file_row("/p/" + std::to_string(i) + ".jpg", i);
    writer.put_file(row);
  }
  writer.commit();
}

// Changes the version of the schema behind the library's back.
void set_schema(const std::string &folder, uint64_t version) {
  MDB_env *environment = nullptr;
  REQUIRE(mdb_env_create(&environment) == 0);
  mdb_env_set_maxdbs(environment, 4);
  REQUIRE(mdb_env_open(environment, folder.c_str(), 0, 0644) == 0);
  MDB_txn *transaction = nullptr;
  MDB_dbi meta = 0;
  REQUIRE(mdb_txn_begin(environment, nullptr, 0, &transaction) == 0);
  REQUIRE(mdb_dbi_open(transaction, "meta", 0, &meta) == 0);
  unsigned char bytes[8] = {0, 0, 0, 0, 0, 0, 0, static_cast<unsigned char>(version)};
  std::string name = "schema";
  MDB_val key{name.size(), name.data()}, value{8, bytes};
  REQUIRE(mdb_put(transaction, meta, &key, &value, 0) == 0);
  REQUIRE(mdb_txn_commit(transaction) == 0);
  mdb_env_close(environment);
}

std::string message_of(const std::function<void()> &call) {
  try {
    call();
  } catch (const Error &error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a library is made for writing only", "[store]") {
  TemporaryFolder folder;
  CHECK(status_of([&] { Library::open(folder / "none", reading); }) == Status::not_found);
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
  std::filesystem::create_directory(folder / "empty");
  CHECK(status_of([&] { Library::open(folder / "empty", reading); }) == Status::not_found);
  CHECK(std::filesystem::is_empty(folder / "empty"));
  std::ofstream(folder / "empty/data.mdb").close();  // what a crash in the first moment leaves
  CHECK(status_of([&] { Library::open(folder / "empty", reading); }) == Status::not_found);
  CHECK(Library::open(folder / "empty")->read().file_count() == 0);
  CHECK(Library::open(folder / "deep/er/library/")->folder() == folder / "deep/er/library");
  std::ofstream(folder / "file").close();
  CHECK(status_of([&] { Library::open(folder / "file"); }) == Status::invalid_argument);
  CHECK(status_of([&] { Library::open(""); }) == Status::invalid_argument);
}

TEST_CASE("the same folder is opened once per process", "[store]") {
  TemporaryFolder folder;
  auto first = Library::open(folder / "library");
  std::filesystem::create_directory_symlink(folder / "library", folder / "link");
  auto second = Library::open(folder / "link");
  put(first, 1, 3);
  CHECK(second->read().file_count() == 3);
  auto read_only = Library::open(folder / "library", reading);
  CHECK(read_only->read().file_count() == 3);
  CHECK(status_of([&] { read_only->write(); }) == Status::read_only);
  CHECK(status_of([&] { read_only->compact(); }) == Status::read_only);
  CHECK(read_only->access() == Access::read);
}

TEST_CASE("a library opened for reading first can be opened for writing later", "[store]") {
  TemporaryFolder folder;
  put(Library::open(folder / "library"), 1, 2);
  auto read_only = Library::open(folder / "library", reading);
  CHECK(read_only->read().file_count() == 2);
  {
    Reader held = read_only->read();
    CHECK(status_of([&] { Library::open(folder / "library"); }) == Status::busy);
    CHECK(held.file_count() == 2);
  }
  auto writable = Library::open(folder / "library");
  put(writable, 3, 2);
  CHECK(read_only->read().file_count() == 4);
  CHECK(status_of([&] { read_only->write(); }) == Status::read_only);
}

TEST_CASE("reading changes nothing", "[store]") {
  TemporaryFolder folder;
  put(Library::open(folder / "library"), 1, 20);
  Bytes before = read_file(folder / "library/data.mdb");
  auto library = Library::open(folder / "library", reading);
  CHECK(paths(library->read()).size() == 20);
  CHECK(library->check().empty());
  CHECK(read_file(folder / "library/data.mdb") == before);
}

TEST_CASE("readers keep their snapshot, and outlive the library's handle", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(library, 1, 5);
  Reader old = library->read();
  put(library, 6, 5);
  CHECK(old.file_count() == 5);
  CHECK(library->read().file_count() == 10);
  library.reset();
  CHECK(paths(old).size() == 5);
}

TEST_CASE("a writer that is dropped or finished writes no more", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  {
    Writer writer = library->write();
    FileRow row = file_row("/a");
    writer.put_file(row);
    CHECK(status_of([&] { library->write(); }) == Status::internal);  // not a deadlock
  }
  CHECK(library->read().file_count() == 0);
  Writer writer = library->write();
  writer.commit();
  CHECK(status_of([&] { writer.file_count(); }) == Status::internal);
  CHECK(status_of([&] { writer.commit(); }) == Status::internal);
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
        put(library, (thread * batches + batch) * rows, rows);
        Reader reader = library->read();
        if (reader.file_count() % rows != 0 || paths(reader).size() != reader.file_count()) whole = false;
      }
    });
  for (std::thread &thread : running) thread.join();
  CHECK(whole);
  CHECK(library->read().file_count() == threads * batches * rows);
  CHECK(library->check().empty());
}

TEST_CASE("a newer library is refused and stays as it is", "[store]") {
  TemporaryFolder folder;
  put(Library::open(folder / "library"), 1, 2);
  set_schema(folder / "library", 2);
  Bytes before = read_file(folder / "library/data.mdb");
  for (const OpenOptions &options : {OpenOptions{}, reading}) {
    CHECK(status_of([&] { Library::open(folder / "library", options); }) == Status::unsupported);
    std::string message = message_of([&] { Library::open(folder / "library", options); });
    CHECK(message.find("newer Kalon (schema 2; this one knows 1)") != std::string::npos);
  }
  CHECK(read_file(folder / "library/data.mdb") == before);
  set_schema(folder / "library", 1);
  CHECK(Library::open(folder / "library")->read().file_count() == 2);
}

TEST_CASE("what is no library is refused", "[store]") {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "text");
  std::ofstream(folder / "text/data.mdb") << std::string(20000, 'x');
  CHECK(status_of([&] { Library::open(folder / "text"); }) == Status::corrupt_data);
  std::filesystem::create_directory(folder / "short");
  std::ofstream(folder / "short/data.mdb") << "x";
  CHECK(status_of([&] { Library::open(folder / "short"); }) == Status::corrupt_data);

  std::filesystem::create_directory(folder / "other");  // somebody else's LMDB
  MDB_env *environment = nullptr;
  REQUIRE(mdb_env_create(&environment) == 0);
  REQUIRE(mdb_env_open(environment, (folder / "other").c_str(), 0, 0644) == 0);
  MDB_txn *transaction = nullptr;
  MDB_dbi main = 0;
  REQUIRE(mdb_txn_begin(environment, nullptr, 0, &transaction) == 0);
  REQUIRE(mdb_dbi_open(transaction, nullptr, 0, &main) == 0);
  char text[] = "theirs";
  MDB_val key{6, text}, value{6, text};
  REQUIRE(mdb_put(transaction, main, &key, &value, 0) == 0);
  REQUIRE(mdb_txn_commit(transaction) == 0);
  mdb_env_close(environment);
  CHECK(status_of([&] { Library::open(folder / "other"); }) == Status::corrupt_data);
}

TEST_CASE("a file that was cut short is refused, wherever it was cut", "[store]") {
  TemporaryFolder folder;
  {
    auto library = Library::open(folder / "library");
    put(library, 1, 300);
    for (uint64_t round = 0; round < 20; ++round) put(library, round * 10, 40);  // leaves free pages
    Writer writer = library->write();
    uint32_t space = writer.put_space({"m", "", "", "", "f32", 64, 0}).id;
    std::vector<float> rows(64 * 100, 1);
    std::vector<VectorKey> keys;
    for (uint64_t i = 0; i < 100; ++i) keys.push_back(vector_key(i));
    writer.put_vectors(space, keys, rows.data());
    writer.commit();
  }
  Bytes whole = read_file(folder / "library/data.mdb");
  for (size_t pages = 2; pages * 4096 < whole.size(); pages += 3) {
    CAPTURE(pages, whole.size() / 4096);
    std::filesystem::resize_file(folder / "library/data.mdb", pages * 4096);
    // In a child: a page past the end would end the process.
    int code = in_child([&] {
      auto library = Library::open(folder / "library", reading);
      return library->check().empty() ? 0 : 1;
    });
    CHECK(code == 99);
    write_file_atomically(folder / "library/data.mdb", whole);
  }
  CHECK(Library::open(folder / "library")->check().empty());
}

TEST_CASE("a file may lack pages at its end that nobody needs", "[store]") {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tables");
  constexpr layout::TableDescription tables[] = {{"numbers", layout::Duplicates::none}};
  EnvironmentOptions options;
  options.tables = tables;
  {
    // Pages that are used and freed in one transaction are never written.
    auto environment = Environment::open(folder / "tables", options);
    MDB_txn *transaction = environment->begin_write();
    constexpr uint64_t kept = 100, all = 20000;
    std::string value(100, 'v');
    for (uint64_t i = 0; i < all; ++i)
      database::put(transaction, environment->table(0), layout::key_of(i).view(), value);
    for (uint64_t i = all; i-- > kept;) database::remove(transaction, environment->table(0), layout::key_of(i).view());
    environment->commit(transaction);
  }
  Bytes file = read_file(folder / "tables/data.mdb");
  uint64_t last_page = 0;  // of the newer of the two headers
  for (size_t header : {size_t{0}, size_t{4096}}) {
    uint64_t number = 0;
    std::memcpy(&number, file.data() + header + 16 + 120, sizeof number);
    last_page = std::max(last_page, number);
  }
  REQUIRE(file.size() < (last_page + 1) * 4096);
  auto environment = Environment::open(folder / "tables", options);
  MDB_txn *transaction = environment->begin_read();
  CHECK(database::count(transaction, environment->table(0)) == 100);
  CHECK(environment->check_pages(transaction).empty());
  environment->end_read(transaction);
}

TEST_CASE("check finds damage inside pages and records", "[store]") {
  TemporaryFolder folder;
  {
    auto library = Library::open(folder / "library");
    put(library, 1, 400);
    CHECK(library->check().empty());
  }
  Bytes whole = read_file(folder / "library/data.mdb");
  // Every place where one file's path stands is changed in turn: records still decode, but no longer agree.
  auto at = std::search(whole.begin(), whole.end(), std::begin("/p/77.jpg"), std::end("/p/77.jpg") - 1);
  REQUIRE(at != whole.end());
  size_t findings = 0;
  for (; at != whole.end();
       at = std::search(at + 1, whole.end(), std::begin("/p/77.jpg"), std::end("/p/77.jpg") - 1)) {
    Bytes changed = whole;
    changed[static_cast<size_t>(at - whole.begin()) + 3] = '!';
    write_file_atomically(folder / "library/data.mdb", changed);
    auto faults = Library::open(folder / "library", reading)->check();
    findings += !faults.empty();
  }
  CHECK(findings >= 2);  // the row's key, the path in the row, the path under its number
  for (size_t page = 2; page * 4096 < whole.size(); ++page) {
    Bytes changed = whole;
    changed[page * 4096 + 10] ^= 0x3;  // a leaf becomes a branch
    write_file_atomically(folder / "library/data.mdb", changed);
    int code = in_child([&] { return Library::open(folder / "library", reading)->check().empty() ? 0 : 1; });
    CAPTURE(page, code);
    CHECK((code == 0 || code == 1 || code == 99));  // a free page may say anything; nothing crashes
  }
}

TEST_CASE("libraries stay off network file systems", "[store]") {
  TemporaryFolder folder;
  for (int64_t magic : {0x6969, 0x517b, 0x01021997, 0x0bd00bd0, 0x00c36400, 0x47504653, 0x5346414f}) {
    OpenOptions options;
    options.file_system = [&](const std::string &) { return magic; };
    CHECK(status_of([&] { Library::open(folder / "library", options); }) == Status::unsupported);
  }
  for (int64_t magic : {int64_t{0xff534d42}, int64_t{static_cast<int32_t>(0xff534d42)}, int64_t{0xfe534d42}}) {
    OpenOptions options;
    options.file_system = [&](const std::string &) { return magic; };
    CHECK(status_of([&] { Library::open(folder / "library", options); }) == Status::unsupported);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "library"));
  for (int64_t magic : {0xef53, 0x58465342, 0x01021994, 0x794c7630}) {  // ext4, XFS, tmpfs, overlay
    OpenOptions options;
    options.file_system = [&](const std::string &) { return magic; };
    CHECK(status_of([&] { Library::open(folder / "library", options); }) == Status::ok);
  }
  std::string asked;
  OpenOptions options;
  options.file_system = [&](const std::string &path) {
    asked = path;
    return int64_t{0xef53};
  };
  Library::open(folder / "not/yet/there", options);
  CHECK(asked == (folder / "x").substr(0, asked.size()));  // the nearest folder that exists
  CHECK(network_fuse("fuse.sshfs"));
  CHECK_FALSE(network_fuse("fuse.gocryptfs"));
  CHECK_FALSE(network_fuse("fuseblk"));
  CHECK_FALSE(network_fuse("ext4"));
}

TEST_CASE("a copy is a whole library, made while others read and write", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(library, 1, 100);
  Reader reader = library->read();
  library->copy_to(folder / "copy");
  put(library, 101, 5);
  auto copy = Library::open(folder / "copy");
  CHECK(copy->read().file_count() == 100);
  CHECK(copy->check().empty());
  put(copy, 500, 1);
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
  put(library, 1, 100);
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
  put(library, 101, 10);
  CHECK(Library::open(folder / "library")->read().file_count() == 110);
}

TEST_CASE("compacting waits for no other process: it is busy then", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(library, 1, 10);
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
      if (::write(ready[1], "r", 1) == 1 && ::read(done[0], &byte, 1) == 1) code = own->read().file_count() == 10 ? 0 : 2;
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
  put(library, 1, 3);
  Reader held = library->read();
  int code = in_child([&] {
    if (status_of([&] { library->read(); }) != Status::internal) return 1;
    if (status_of([&] { library->write(); }) != Status::internal) return 2;
    auto own = Library::open(folder / "library");
    if (own->read().file_count() != 3) return 3;
    put(own, 4, 1);
    return own->read().file_count() == 4 ? 0 : 4;
  });
  CHECK(code == 0);
  CHECK(held.file_count() == 3);
  put(library, 5, 1);
  CHECK(library->read().file_count() == 5);
  CHECK(library->check().empty());
}

TEST_CASE("a folder that was replaced is opened anew", "[store]") {
  TemporaryFolder folder;
  auto ghost = Library::open(folder / "library");
  put(ghost, 1, 3);
  std::filesystem::remove_all(folder / "library");
  auto library = Library::open(folder / "library");
  CHECK(library->read().file_count() == 0);
  put(library, 1, 1);
  CHECK(ghost->read().file_count() == 3);
}

#ifndef KALON_NO_MULTIVERSION  // sanitizers need the address space themselves
TEST_CASE("a small address space makes a smaller map, not a failure", "[store]") {
  TemporaryFolder folder;
  int code = in_child([&] {
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = rlim_t{6} << 30;
    if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
    auto library = Library::open(folder / "library");
    put(library, 1, 10);
    return library->read().file_count() == 10 ? 0 : 2;
  });
  CHECK(code == 0);
  CHECK(Library::open(folder / "library")->read().file_count() == 10);
}
#endif

TEST_CASE("a library that may not be written is read, and says so", "[store]") {
  if (::geteuid() == 0) return;  // root is never refused
  TemporaryFolder folder;
  put(Library::open(folder / "library"), 1, 3);
  using std::filesystem::perms;
  auto everyone_reads = perms::owner_read | perms::owner_exec;
  for (const char *name : {"library/data.mdb", "library/lock.mdb", "library/library.lock"})
    std::filesystem::permissions(folder / name, perms::owner_read);
  std::filesystem::permissions(folder / "library", everyone_reads);
  CHECK(status_of([&] { Library::open(folder / "library"); }) == Status::read_only);
  CHECK(Library::open(folder / "library", reading)->read().file_count() == 3);
  std::filesystem::permissions(folder / "library", perms::owner_all);
}
