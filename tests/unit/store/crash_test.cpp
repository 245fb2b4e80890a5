// kill -9 at random moments, and several processes at once. The oracle is what the writing process said it committed.
#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <random>

#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

constexpr uint64_t rows_per_batch = 30;
constexpr uint32_t dimension = 16;

float value_of(uint64_t number, uint32_t axis) {
  return static_cast<float>(number * 31 % 1009) + static_cast<float>(axis);
}

void write_batch(Library &library, uint64_t batch) {
  Writer writer = library.write();
  uint32_t space = writer.put_space({"m", "", "", "", "f32", dimension, 0}).id;
  std::vector<VectorKey> keys;
  std::vector<float> values;
  for (uint64_t i = batch * rows_per_batch; i < (batch + 1) * rows_per_batch; ++i) {
    FileRow row = file_row("/p/" + std::to_string(i) + ".jpg", i);
    writer.put_file(row);
    keys.push_back(vector_key(i));
    for (uint32_t axis = 0; axis < dimension; ++axis) values.push_back(value_of(i, axis));
  }
  writer.put_vectors(space, keys, values.data());
  for (const VectorKey &key : keys) writer.put_fingerprint(key, fingerprint(batch));
  ScoreColumn column;
  column.name = "batch";
  std::vector<std::pair<Hash128, double>> scores;
  for (const VectorKey &key : keys) scores.emplace_back(key.picture, static_cast<double>(batch));
  writer.put_scores(writer.put_score_column(column).id, scores);
  Event event;
  event.body = Exclude{hash(batch), "batch", true};
  event = writer.append_event(event);
  if (batch % 3 == 0) {
    Event undo;
    undo.body = Undo{event.action};
    writer.append_event(undo);
  }
  writer.commit();
}

// Everything of the first batches is there, and nothing of half a batch.
void check_batches(Library &library, uint64_t committed) {
  REQUIRE(library.check().empty());
  Reader reader = library.read();
  uint64_t rows = reader.file_count();
  REQUIRE(rows % rows_per_batch == 0);
  uint64_t batches = rows / rows_per_batch;
  REQUIRE(batches >= committed);
  std::vector<float> values(dimension);
  for (uint64_t i = 0; i < rows; ++i) {
    auto row = reader.file_at("/p/" + std::to_string(i) + ".jpg");
    REQUIRE(row);
    REQUIRE(row->picture == hash(i));
    REQUIRE(reader.vector(1, vector_key(i), values));
    REQUIRE(values[dimension - 1] == value_of(i, dimension - 1));
    REQUIRE(reader.fingerprint(vector_key(i)) == fingerprint(i / rows_per_batch));
    REQUIRE(reader.score(1, hash(i)) == static_cast<double>(i / rows_per_batch));
  }
  for (uint64_t batch = 0; batch < batches; ++batch) REQUIRE(reader.excluded(hash(batch)) == (batch % 3 != 0));
}

// Writes batches from the next one on and tells the pipe after each commit, until it is killed.
[[noreturn]] void write_forever(const std::string &folder, int pipe_end) {
  try {
    auto library = Library::open(folder);
    uint64_t batch = library->read().file_count() / rows_per_batch;
    for (;; ++batch) {
      write_batch(*library, batch);
      uint64_t committed = batch + 1;
      if (::write(pipe_end, &committed, sizeof committed) != sizeof committed) ::_exit(2);
    }
  } catch (...) {
    ::_exit(1);
  }
}

}  // namespace

TEST_CASE("kill -9 at any moment loses nothing that was committed", "[store]") {
  TemporaryFolder folder;
  std::mt19937 random(2026);
  uint64_t committed = 0;
  for (int round = 0; round < 24; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) write_forever(folder / "library", ends[1]);
    ::close(ends[1]);
    // The first round's moment is before anything may exist; the others' fall anywhere in the work.
    timespec moment{0, static_cast<long>(random() % (round == 0 ? 2000000 : 25000000))};
    ::nanosleep(&moment, nullptr);
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    uint64_t said = 0;
    while (::read(ends[0], &said, sizeof said) == sizeof said) committed = std::max(committed, said);
    ::close(ends[0]);
    CAPTURE(round, committed);
    auto library = Library::open(folder / "library");
    check_batches(*library, committed);
  }
  // At least one batch, however slow the machine, so that the test is about something.
  auto library = Library::open(folder / "library");
  write_batch(*library, library->read().file_count() / rows_per_batch);
  check_batches(*library, committed + 1);
}

TEST_CASE("one process reads whole batches while another writes them", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      auto own = Library::open(folder / "library");
      for (uint64_t batch = 0; batch < 25; ++batch) {
        write_batch(*own, batch);
        if (::write(ends[1], "b", 1) != 1) ::_exit(2);
      }
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  char byte = 0;
  uint64_t said = 0;
  while (::read(ends[0], &byte, 1) == 1) {
    ++said;
    check_batches(*library, said);
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(said == 25);
  write_batch(*library, 25);
  check_batches(*library, 26);
}

TEST_CASE("two processes write in turns", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  auto add = [](Library &to, uint64_t first) {
    for (uint64_t i = first; i < first + 20; ++i) {
      Writer writer = to.write();
      FileRow row = file_row("/p/" + std::to_string(i), i);
      writer.put_file(row);
      writer.commit();
    }
  };
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      add(*Library::open(folder / "library"), 100);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  add(*library, 200);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(library->read().file_count() == 40);
  CHECK(library->check().empty());
}
