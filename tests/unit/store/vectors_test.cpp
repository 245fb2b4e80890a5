// Vector blocks against a std::map that takes the same writes.
#include <catch2/catch.hpp>

#include <map>
#include <random>

#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

SpaceKey space_key(uint32_t dimension, const std::string &model = "descriptor") {
  return {model, "none", "features", "decode=cover:1,512", "f32", dimension, 1};
}

using Oracle = std::map<VectorKey, std::vector<float>>;

void check_against(const Reader &reader, uint32_t space, uint32_t dimension, const Oracle &oracle) {
  Oracle scanned;
  size_t rows = 0;
  reader.scan_vectors(space, [&](std::span<const VectorKey> keys, const float *values) {
    CHECK(reinterpret_cast<uintptr_t>(values) % alignof(float) == 0);
    for (size_t i = 0; i < keys.size(); ++i)
      scanned[keys[i]].assign(values + i * dimension, values + (i + 1) * dimension);
    rows += keys.size();
  });
  CHECK(rows == oracle.size());
  CHECK(scanned == oracle);
  std::vector<float> one(dimension);
  for (const auto &[key, values] : oracle) {
    REQUIRE(reader.vector(space, key, one));
    REQUIRE(one == values);
  }
}

}  // namespace

TEST_CASE("vectors come back whatever the order and the size of the writes", "[store]") {
  uint32_t dimension = GENERATE(1u, 5u, 384u, 30000u, 200000u);
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::mt19937 random(dimension);
  std::uniform_real_distribution<float> value(-1, 1);
  Oracle oracle;
  uint32_t space = 0;
  int largest = dimension > 1000 ? 8 : 900, writes = dimension > 1000 ? 6 : 12;
  for (int write = 0; write < writes; ++write) {
    Writer writer = library->write();
    space = writer.put_space(space_key(dimension)).id;
    std::vector<VectorKey> keys(1 + random() % static_cast<unsigned>(largest));
    std::vector<float> rows(keys.size() * dimension);
    for (VectorKey &key : keys)
      key = vector_key(random() % static_cast<unsigned>(largest * 3));  // some known, some twice
    for (float &number : rows) number = value(random);
    writer.put_vectors(space, keys, rows.data());
    for (size_t i = 0; i < keys.size(); ++i)
      oracle[keys[i]].assign(rows.begin() + static_cast<ptrdiff_t>(i * dimension),
                             rows.begin() + static_cast<ptrdiff_t>((i + 1) * dimension));
    if (write % 2 == 0) check_against(writer, space, dimension, oracle);  // within the transaction too
    writer.commit();
  }
  Reader reader = library->read();
  check_against(reader, space, dimension, oracle);
  CHECK(reader.space(space_key(dimension))->rows == oracle.size());
  CHECK(library->check().empty());
}

TEST_CASE("spaces never mix", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  Space first = writer.put_space(space_key(2)), same = writer.put_space(space_key(2)),
        other = writer.put_space(space_key(2, "another")), wider = writer.put_space(space_key(3));
  CHECK(first.id == 1);
  CHECK(first.id == same.id);
  CHECK(other.id == 2);
  CHECK(wider.id == 3);
  float a[2] = {1, 2}, b[2] = {3, 4}, out[2];
  VectorKey key = vector_key(1);
  writer.put_vectors(first.id, {&key, 1}, a);
  CHECK(writer.has_vector(first.id, key));
  CHECK_FALSE(writer.has_vector(other.id, key));
  writer.put_vectors(other.id, {&key, 1}, b);
  REQUIRE(writer.vector(first.id, key, out));
  CHECK(out[1] == 2);
  REQUIRE(writer.vector(other.id, key, out));
  CHECK(out[1] == 4);
  float narrow[1];
  CHECK(status_of([&] { writer.vector(first.id, key, narrow); }) == Status::invalid_argument);
  CHECK_FALSE(writer.vector(wider.id, key, out));
  CHECK(status_of([&] { writer.put_vectors(9, {&key, 1}, a); }) == Status::not_found);
  CHECK(status_of([&] { writer.put_space(space_key(0)); }) == Status::invalid_argument);
  writer.put_vectors(first.id, {}, nullptr);
  writer.commit();
  CHECK(library->read().spaces().size() == 3);
  CHECK_FALSE(library->read().space(space_key(7)));
  CHECK(library->check().empty());
}
