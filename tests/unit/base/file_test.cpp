// Files as bytes; the oracle is the standard library's own reading and stat(2).
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "ordinary_user.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

template <class Body>
Error error_of(Body body) {
  try {
    body();
  } catch (const Error &error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error(Status::ok, {});
}

std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t entries_in(const std::string &folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

unsigned mode_of(const std::string &path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

// The process's umask for a while.
struct Umask {
  mode_t before;
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
};

}  // namespace

TEST_CASE("a file is read whole", "[base]") {
  TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 300000; ++i) content += static_cast<char>(i * 7 % 256);
  for (const auto &bytes : {std::string(), std::string("\0\xff\n", 3), content}) {
    auto path = folder.write("na\xffme", bytes);
    CHECK(text_of(read_file(path)) == bytes);
    CHECK(stat_file(path).size == bytes.size());
  }
}

TEST_CASE("a link is followed to its file", "[base]") {
  TemporaryFolder folder;
  auto file = folder.write("file", "content");
  folder.link("link", "file");
  CHECK(text_of(read_file(folder / "link")) == "content");
  CHECK(stat_file(folder / "link") == stat_file(file));
}

TEST_CASE("what cannot be read says why", "[base]") {
  TemporaryFolder folder;
  folder.link("broken", "nowhere");
  folder.link("loop", "loop");
  for (const char *name : {"missing", "broken"}) {
    CHECK(error_of([&] { read_file(folder / name); }).status() == Status::not_found);
    CHECK(error_of([&] { stat_file(folder / name); }).status() == Status::not_found);
    CHECK(error_of([&] { read_file(folder / name); }).context() == folder / name);
  }
  CHECK(error_of([&] { read_file(folder.write("file") + "/below"); }).status() == Status::not_found);
  CHECK(error_of([&] { read_file(folder / "loop"); }).status() == Status::io);
  CHECK(error_of([&] { read_file(folder.path()); }).status() == Status::invalid_argument);
  CHECK(error_of([&] { stat_file(folder.path()); }).status() == Status::invalid_argument);
}

TEST_CASE("a named pipe is refused at once, without a writer to wait for", "[base]") {
  TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(error_of([&] { read_file(folder / "pipe"); }).status() == Status::invalid_argument);
  CHECK(error_of([&] { stat_file(folder / "pipe"); }).status() == Status::invalid_argument);
}

TEST_CASE("a file above the limit is refused before it is read", "[base]") {
  TemporaryFolder folder;
  auto path = folder.write("file", "12345");
  CHECK(read_file(path, 5).size() == 5);
  CHECK(error_of([&] { read_file(path, 4); }).status() == Status::limit_exceeded);
  // A TiB that is not there: nothing of that size may be asked of the memory.
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  CHECK(error_of([&] { read_file(path); }).status() == Status::limit_exceeded);
}

TEST_CASE("an unreadable file is an error of the system", "[base]") {
  TemporaryFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  auto path = folder.write("closed");
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  OrdinaryUser user;
  auto error = error_of([&] { read_file(path); });
  CHECK(error.status() == Status::io);
  CHECK(error.message().find("ermission") != std::string::npos);
}

TEST_CASE("stat tells a changed file from an unchanged one", "[base]") {
  TemporaryFolder folder;
  auto path = folder.write("file", "one");
  auto before = stat_file(path);
  CHECK(before == stat_file(path));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(before.mtime_ns == int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec);
  CHECK(before.inode == status.st_ino);
  timespec times[2] = {{1, 2}, {-3, 4}};  // a time before 1970
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  CHECK(stat_file(path).mtime_ns == -2999999996);
  CHECK_FALSE(stat_file(path) == before);
}

TEST_CASE("an atomic write makes or replaces the file and leaves nothing else", "[base]") {
  TemporaryFolder folder;
  auto path = folder / "file";
  std::string large(3 << 20, 'a');
  for (const auto &content : {std::string("first"), std::string(), large, std::string("\0\xff", 2)}) {
    write_file_atomically(path, bytes_of(content));
    CHECK(content_of(path) == content);
    CHECK(entries_in(folder.path()) == 1);
  }
}

TEST_CASE("a written file has the permissions that the umask allows", "[base]") {
  TemporaryFolder folder;
  for (auto [mask, mode] : {std::pair<mode_t, unsigned>{0022, 0644}, {0077, 0600}, {0002, 0664}}) {
    Umask set(mask);
    write_file_atomically(folder / "file", bytes_of("x"));
    CHECK(mode_of(folder / "file") == mode);
  }
}

TEST_CASE("writing never changes the umask, not even for a moment", "[base]") {
  TemporaryFolder folder;
  Umask set(0027);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) write_file_atomically(folder / "file", bytes_of("x"));
    stop = true;
  });
  // What another thread makes meanwhile must be as closed as the umask says.
  int open_ones = 0;
  for (int i = 0; !stop; ++i) {
    auto path = folder / ("other" + std::to_string(i % 8));
    ::unlink(path.c_str());
    int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0666);
    struct stat status {};
    if (::fstat(file, &status) == 0 && (status.st_mode & 0777) != 0640) ++open_ones;
    ::close(file);
  }
  writer.join();
  CHECK(open_ones == 0);
}

TEST_CASE("a failed write leaves the target and the folder as they were", "[base]") {
  TemporaryFolder folder;
  SECTION("the folder is missing") {
    CHECK(error_of([&] { write_file_atomically(folder / "none/file", bytes_of("x")); }).status() == Status::not_found);
    CHECK(entries_in(folder.path()) == 0);
  }
  SECTION("the target is a folder") {
    folder.write("target/inside", "kept");
    CHECK(error_of([&] { write_file_atomically(folder / "target", bytes_of("x")); }).status() == Status::io);
    CHECK(entries_in(folder.path()) == 1);
    CHECK(content_of(folder / "target/inside") == "kept");
  }
  SECTION("the folder is closed") {
    folder.write("closed/file", "kept");
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    REQUIRE(::chmod((folder / "closed").c_str(), 0555) == 0);
    OrdinaryUser user;
    CHECK(error_of([&] { write_file_atomically(folder / "closed/file", bytes_of("x")); }).status() == Status::io);
    CHECK(content_of(folder / "closed/file") == "kept");
    CHECK(entries_in(folder / "closed") == 1);
  }
}

TEST_CASE("through a link its file is written, and what is no file stays what it is", "[base]") {
  TemporaryFolder folder;
  folder.write("there/file", "old");
  std::filesystem::create_symlink("there/file", folder / "link");
  write_file_atomically(folder / "link", bytes_of("new"));
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(content_of(folder / "there/file") == "new");
  CHECK(entries_in(folder / "there") == 1);

  std::filesystem::create_symlink("nowhere", folder / "lost");
  CHECK(error_of([&] { write_file_atomically(folder / "lost", bytes_of("x")); }).status() == Status::invalid_argument);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("pipe", folder / "to_pipe");
  for (const char *name : {"pipe", "to_pipe"})
    CHECK(error_of([&] { write_file_atomically(folder / name, bytes_of("x")); }).status() == Status::invalid_argument);
  CHECK(std::filesystem::is_fifo(folder / "pipe"));
  CHECK(std::filesystem::is_symlink(folder / "to_pipe"));
  CHECK(replaceable(folder / "new") == folder / "new");
}

TEST_CASE("files made beside a target never take a name that exists", "[base]") {
  TemporaryFolder folder;
  auto first = create_beside(folder / "file"), second = create_beside(folder / "file");
  CHECK(first.path != second.path);
  CHECK(std::filesystem::path(first.path).parent_path() == folder.path());
  CHECK(std::filesystem::path(first.path).filename().native().front() == '.');
  CHECK(entries_in(folder.path()) == 2);
  ::close(first.descriptor);
  ::close(second.descriptor);
}

TEST_CASE("code is found in the folder of its file", "[base]") {
  auto here = folder_of_code(reinterpret_cast<const void *>(&entries_in));
  CHECK(here == std::filesystem::canonical("/proc/self/exe").parent_path());
}

TEST_CASE("the user's data folder is the one of the XDG specification", "[base]") {
  auto set = [](const char *name, const char *value) { value ? ::setenv(name, value, 1) : ::unsetenv(name); };
  struct Restore {
    std::string data = ::getenv("XDG_DATA_HOME") ? ::getenv("XDG_DATA_HOME") : "";
    std::string home = ::getenv("HOME") ? ::getenv("HOME") : "";
    ~Restore() {
      data.empty() ? ::unsetenv("XDG_DATA_HOME") : ::setenv("XDG_DATA_HOME", data.c_str(), 1);
      home.empty() ? ::unsetenv("HOME") : ::setenv("HOME", home.c_str(), 1);
    }
  } restore;
  set("HOME", "/home/someone");
  set("XDG_DATA_HOME", "/data");
  CHECK(user_data_folder() == "/data/kalon");
  for (const char *ignored : {"", "relative/data"}) {
    set("XDG_DATA_HOME", ignored);
    CHECK(user_data_folder() == "/home/someone/.local/share/kalon");
  }
  set("XDG_DATA_HOME", nullptr);
  set("HOME", nullptr);
  CHECK(error_of([] { user_data_folder(); }).status() == Status::invalid_argument);
}
