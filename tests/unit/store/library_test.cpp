// Opening, refusing, copying and compacting libraries. Network file systems are those of statfs(2).
#include <catch2/catch.hpp>

#include <lmdb.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <set>

#include "base/file.h"
#include "store/database.h"
#include "store/environment.h"
#include "store/network.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

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
  std::filesystem::create_directory(folder / "first");
  std::ofstream(folder / "first/library.lock").close();  // another process is about to make one
  CHECK(Library::open(folder / "first")->read().file_count() == 0);
  std::filesystem::create_directory(folder / "pictures");
  std::ofstream(folder / "pictures/a.jpg").close();
  CHECK(status_of([&] { Library::open(folder / "pictures"); }) == Status::invalid_argument);
  CHECK(Library::open(folder / "deep/er/library/")->folder() == folder / "deep/er/library");
  std::ofstream(folder / "file").close();
  CHECK(status_of([&] { Library::open(folder / "file"); }) == Status::invalid_argument);
  CHECK(status_of([&] { Library::open(""); }) == Status::invalid_argument);
}

TEST_CASE("reading changes nothing", "[store]") {
  TemporaryFolder folder;
  put_files(Library::open(folder / "library"), 1, 20);
  Bytes before = read_file(folder / "library/data.mdb");
  auto library = Library::open(folder / "library", reading);
  CHECK(paths(library->read()).size() == 20);
  CHECK(library->check().empty());
  CHECK(read_file(folder / "library/data.mdb") == before);
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

TEST_CASE("a newer library is refused and stays as it is", "[store]") {
  TemporaryFolder folder;
  put_files(Library::open(folder / "library"), 1, 2);
  set_schema(folder / "library", 6);
  Bytes before = read_file(folder / "library/data.mdb");
  for (const OpenOptions &options : {OpenOptions{}, reading}) {
    CHECK(status_of([&] { Library::open(folder / "library", options); }) == Status::unsupported);
    std::string message = message_of([&] { Library::open(folder / "library", options); });
    CHECK(message.find("newer Kalon (schema 6; this one knows 5)") != std::string::npos);
  }
  CHECK(read_file(folder / "library/data.mdb") == before);
  set_schema(folder / "library", 5);
  CHECK(Library::open(folder / "library")->read().file_count() == 2);
}

TEST_CASE("a library that a newer program migrated meanwhile is written to no more", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 2);
  // Another process, since one may not open an environment twice.
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    set_schema(folder / "library", 6);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  for (int turn = 0; turn < 2; ++turn) CHECK(status_of([&] { library->write(); }) == Status::unsupported);
  CHECK(library->read().file_count() == 2);
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
    put_files(library, 1, 300);
    for (uint64_t round = 0; round < 20; ++round) put_files(library, round * 10, 40);  // leaves free pages
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

TEST_CASE("a file may lack pages at its end as long as they are free", "[store]") {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tables");
  constexpr layout::TableDescription tables[] = {{"numbers", layout::Duplicates::none}};
  EnvironmentOptions options;
  options.tables = tables;
  options.writable = false;
  std::string file = folder / "tables/data.mdb";
  uint64_t last_page = 0, free_at_end = 0;
  {
    EnvironmentOptions writing = options;
    writing.writable = true;
    auto environment = Environment::open(folder / "tables", writing);
    constexpr uint64_t kept = 100, all = 3000;
    MDB_txn *transaction = environment->begin_write();
    std::string value(100, 'v');
    for (uint64_t i = 0; i < all; ++i)
      database::put(transaction, environment->table(0), layout::key_of(i).view(), value);
    for (uint64_t i = all; i-- > kept;) database::remove(transaction, environment->table(0), layout::key_of(i).view());
    environment->commit(transaction);
    for (uint64_t i = 0; i < 4; ++i) {  // what is left moves to the free pages in front
      transaction = environment->begin_write();
      database::put(transaction, environment->table(0), layout::key_of(kept - 1).view(), value + std::to_string(i));
      environment->commit(transaction);
    }
    // The oracle: LMDB's own list of free pages, its table 0.
    transaction = environment->begin_read();
    CHECK(environment->check_pages(transaction).empty());
    MDB_envinfo information{};
    mdb_env_info(mdb_txn_env(transaction), &information);
    last_page = information.me_last_pgno;
    std::set<uint64_t> free;
    {
      database::Cursor cursor(transaction, 0);
      for (bool more = cursor.first(); more; more = cursor.next())
        for (size_t at = 8; at < cursor.value.size(); at += 8) {
          uint64_t page = 0;
          std::memcpy(&page, cursor.value.data() + at, sizeof page);
          free.insert(page);
        }
    }
    environment->end_read(transaction);
    while (free.contains(last_page - free_at_end)) ++free_at_end;
  }
  REQUIRE(free_at_end > 0);
  std::filesystem::resize_file(file, (last_page + 1 - free_at_end) * 4096);
  {
    auto environment = Environment::open(folder / "tables", options);
    MDB_txn *transaction = environment->begin_read();
    CHECK(database::count(transaction, environment->table(0)) == 100);
    CHECK(environment->check_pages(transaction).empty());
    environment->end_read(transaction);
  }
  std::filesystem::resize_file(file, (last_page - free_at_end) * 4096);
  CHECK(status_of([&] { Environment::open(folder / "tables", options); }) == Status::corrupt_data);
}

TEST_CASE("check finds damage inside pages and records", "[store]") {
  TemporaryFolder folder;
  {
    auto library = Library::open(folder / "library");
    put_files(library, 1, 400);
    CHECK(library->check().empty());
  }
  Bytes whole = read_file(folder / "library/data.mdb");
  // Every place where one file's path stands is changed in turn: records still decode, but no longer agree.
  auto at = std::search(whole.begin(), whole.end(), std::begin("/p/77.jpg"), std::end("/p/77.jpg") - 1);
  REQUIRE(at != whole.end());
  size_t findings = 0;
  for (; at != whole.end(); at = std::search(at + 1, whole.end(), std::begin("/p/77.jpg"), std::end("/p/77.jpg") - 1)) {
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

#ifndef KALON_NO_MULTIVERSION  // sanitizers need the address space themselves
TEST_CASE("a small address space makes a smaller map, not a failure", "[store]") {
  TemporaryFolder folder;
  int code = in_child([&] {
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = rlim_t{6} << 30;
    if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
    auto library = Library::open(folder / "library");
    put_files(library, 1, 10);
    return library->read().file_count() == 10 ? 0 : 2;
  });
  CHECK(code == 0);
  CHECK(Library::open(folder / "library")->read().file_count() == 10);
}
#endif

TEST_CASE("a library that may not be written is read, and says so", "[store]") {
  if (::geteuid() == 0) return;  // root is never refused
  TemporaryFolder folder;
  put_files(Library::open(folder / "library"), 1, 3);
  using std::filesystem::perms;
  auto everyone_reads = perms::owner_read | perms::owner_exec;
  for (const char *name : {"library/data.mdb", "library/lock.mdb", "library/library.lock"})
    std::filesystem::permissions(folder / name, perms::owner_read);
  std::filesystem::permissions(folder / "library", everyone_reads);
  CHECK(status_of([&] { Library::open(folder / "library"); }) == Status::read_only);
  CHECK(Library::open(folder / "library", reading)->read().file_count() == 3);
  std::filesystem::permissions(folder / "library", perms::owner_all);
}

TEST_CASE("sessions are kept by name", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  {
    Writer writer = library->write();
    writer.put_session("Spring", Bytes{1, 2});
    writer.put_session("autumn", Bytes{3});
    writer.put_session("SPRING", Bytes{4});
    CHECK(status_of([&] { writer.put_session("a b", Bytes{1}); }) == Status::invalid_argument);
    CHECK(status_of([&] { writer.put_session("empty", {}); }) == Status::invalid_argument);
    writer.commit();
  }
  CHECK(library->read().sessions() == std::vector<std::string>{"autumn", "SPRING"});
  CHECK(library->read().session("spring") == Bytes{4});
  CHECK(library->check().empty());
  Writer writer = library->write();
  CHECK(writer.drop_session("sPring"));
  CHECK_FALSE(writer.drop_session("spring"));
  CHECK(writer.session("spring").empty());
}
