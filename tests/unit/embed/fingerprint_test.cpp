// Fingerprints that the pipeline stores. What the hashes and the sharpness of given pixels are is tested in unit/image;
// here they are those of the decoded picture, made once and kept.
#include <catch2/catch.hpp>

#include <set>

#include "embed/derived.h"
#include "image/perceptual_hash.h"
#include "image/resample.h"
#include "image/sharpness.h"
#include "store/database.h"
#include "store/state.h"
#include "unit/embed/world.h"

using namespace kalon;
using namespace kalon::test;

namespace {

VectorKey key_of(const FileRow &row) {
  return {row.picture, row.render};
}

std::optional<Fingerprint> stored(World &world, const std::string &name) {
  return world.library->read().fingerprint(key_of(world.row(name)));
}

// As a library of before there were any.
void forget_fingerprints(World &world) {
  Writer writer = world.library->write();
  database::clear(writer.state()->use(), writer.state()->table(layout::fingerprints));
  writer.commit();
}

// Puts a vector that no model gives in the place of each: whoever runs the model again gives itself away.
void mark_vectors(World &world) {
  Writer writer = world.library->write();
  Space space = writer.spaces().at(0);
  std::vector<VectorKey> keys;
  writer.scan_vectors(space.id, [&](std::span<const VectorKey> some, const float *) {
    keys.insert(keys.end(), some.begin(), some.end());
  });
  std::vector<float> marks(keys.size() * space.key.dimension, 77.0f);
  writer.put_vectors(space.id, keys, marks.data());
  writer.commit();
}

bool marks_are_there(World &world) {
  Reader reader = world.library->read();
  Space space = reader.spaces().at(0);
  bool all = true;
  reader.scan_vectors(space.id, [&](std::span<const VectorKey> keys, const float *rows) {
    for (size_t i = 0; i < keys.size() * space.key.dimension; ++i) all = all && rows[i] == 77.0f;
  });
  return all;
}

}  // namespace

TEST_CASE("every picture gets the fingerprint of its pixels", "[embed]") {
  World world;
  world.write("small.png", png(1, 300, 200));
  world.write("large.png", png(2, 1500, 900));
  world.write("photo.jpg", jpeg(3, 400, 300));
  world.index();
  const RgbImage small = picture(300, 200, 1), photo = decode_jpeg(bytes_of(jpeg(3, 400, 300)));
  // What is larger than the large thumbnail is looked at in its size.
  const RgbImage large = resample(picture(1500, 900, 2), 512, 307, Filter::bilinear);
  for (const auto &[name, pixels] : {std::pair("small.png", &small), {"large.png", &large}, {"photo.jpg", &photo}}) {
    CAPTURE(name);
    auto fingerprint = stored(world, name);
    REQUIRE(fingerprint);
    const PerceptualHashes hashes = perceptual_hashes(*pixels);
    CHECK(fingerprint->hash8 == hashes.hash8);
    CHECK(fingerprint->mirrored8 == hashes.mirrored8);
    CHECK(fingerprint->hash16 == hashes.hash16);
    CHECK(fingerprint->mirrored16 == hashes.mirrored16);
    CHECK(fingerprint->hash24 == hashes.hash24);
    CHECK(fingerprint->mirrored24 == hashes.mirrored24);
    CHECK(fingerprint->sharpness == sharpness(*pixels));
    CHECK(fingerprint->sharpness > 0);
  }
  CHECK(world.library->check().empty());
}

TEST_CASE("what is asked for is derived, and nothing else", "[embed]") {
  const RgbImage large = picture(900, 700, 5);
  const Derived both = derive({}, large, {true, true});
  REQUIRE(both.thumbnails.size() == 2);
  const Derived thumbnails = derive({}, large, {true, false}), fingerprint = derive({}, large, {false, true});
  CHECK_FALSE(thumbnails.fingerprint);
  REQUIRE(thumbnails.thumbnails.size() == 2);
  CHECK(thumbnails.thumbnails[1].jpeg == both.thumbnails[1].jpeg);
  CHECK(fingerprint.thumbnails.empty());
  CHECK(fingerprint.fingerprint == both.fingerprint);
  CHECK_FALSE(derive({}, large, {false, false}).fingerprint);
}

TEST_CASE("a library without fingerprints gets them without running the model again", "[embed]") {
  World world;
  for (int i = 0; i < 30; ++i) world.write(numbered(i), png(static_cast<unsigned>(i % 20)));  // ten are copies
  CHECK(world.index().embedded == 20);
  std::vector<std::optional<Fingerprint>> before;
  for (int i = 0; i < 30; ++i) before.push_back(stored(world, numbered(i)));
  forget_fingerprints(world);
  mark_vectors(world);

  auto report = world.index();
  CHECK(report.reused == 30);
  CHECK(report.embedded + report.unchanged + report.failed + report.vanished == 0);
  CHECK(report.decode_cpu_seconds > 0);
  for (int i = 0; i < 30; ++i) {
    REQUIRE(before[static_cast<size_t>(i)]);
    CHECK(stored(world, numbered(i)) == before[static_cast<size_t>(i)]);
  }
  CHECK(marks_are_there(world));
  CHECK(world.index().unchanged == 30);
  CHECK(world.successions().empty());
}

TEST_CASE("what was not asked of a new place or a copy is not made twice", "[embed]") {
  World world;
  world.write("a.png", png(1));
  world.index();
  mark_vectors(world);
  world.write("b.png", png(1));
  CHECK(world.index().reused == 1);
  CHECK(marks_are_there(world));
  CHECK(stored(world, "b.png") == stored(world, "a.png"));
}

TEST_CASE("a file that broke since it lost its fingerprint fails as any other", "[embed]") {
  World world;
  auto path = world.write("a.png", png(1));
  world.write("b.png", png(2));
  world.index();
  auto before = world.row("a.png");
  forget_fingerprints(world);
  world.write("a.png", png(1).substr(0, 300));
  set_time(path, 1000);
  auto report = world.index();
  CHECK(report.failed == 1);
  CHECK(report.reused == 1);
  CHECK(world.row("a.png").last_picture == before.picture);
  CHECK(stored(world, "b.png"));
  CHECK(world.library->check().empty());
}

TEST_CASE("a picture that changes gets a fingerprint of its own, and keeps that of the old one", "[embed]") {
  World world;
  world.write("a.png", png(1));
  world.index();
  auto old_row = world.row("a.png");
  auto old = stored(world, "a.png");
  world.write("a.png", png(2));
  world.index();
  CHECK(stored(world, "a.png") != old);
  CHECK(world.library->read().fingerprint(key_of(old_row)) == old);
}
