// Pictures that look alike. Distances are compared with std::bitset, groups with the definition done pair by pair.
#include <catch2/catch.hpp>

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "arrange/duplicate_similarity.h"
#include "arrange/duplicates.h"
#include "base/threads.h"

using namespace kalon;

namespace {

using Bytes = std::vector<uint8_t>;

int differing(const Bytes &a, const Bytes &b) {
  int bits = 0;
  for (size_t i = 0; i < a.size(); ++i) bits += static_cast<int>(std::bitset<8>(a[i] ^ b[i]).count());
  return bits;
}

// Pictures made up of hashes and vectors: families whose members differ in some bits and by some angle.
struct Pictures {
  int bits;
  int64_t dimension;
  std::mt19937 random;
  std::vector<Bytes> plain, mirrored;
  std::vector<std::vector<float>> values;
  std::vector<Standing> standings;
  std::vector<std::vector<uint32_t>> apart;

  Pictures(int hash_bits, int64_t values_each, uint32_t seed) : bits(hash_bits), dimension(values_each), random(seed) {}

  Bytes noise() {
    Bytes bytes(static_cast<size_t>(bits) / 8);
    for (auto &byte : bytes) byte = static_cast<uint8_t>(random());
    return bytes;
  }
  Bytes changed(Bytes bytes, int flips) {
    for (int i = 0; i < flips; ++i) {
      auto bit = random() % static_cast<uint32_t>(bits);
      bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
    }
    return bytes;
  }
  double normal() {
    // Irwin-Hall: near enough to a normal distribution, and the same everywhere.
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random() / 4294967296.0;
    return sum;
  }
  std::vector<float> turned(const std::vector<float> &vector, double by) {
    std::vector<float> result;
    for (float value : vector)
      result.push_back(static_cast<float>(value + by * normal() / std::sqrt(static_cast<double>(dimension))));
    return result;
  }
  void add(Bytes hash, Bytes mirror, std::vector<float> vector) {
    plain.push_back(std::move(hash));
    mirrored.push_back(std::move(mirror));
    values.push_back(std::move(vector));
    Standing standing;
    standing.pixels = 1000 * (1 + random() % 3);
    standing.metadata = static_cast<int>(random() % 3);
    standing.format = static_cast<int>(random() % 2);
    standing.codec = static_cast<int>(random() % 2);
    standing.bytes = random() % 2 == 0 ? 0 : 700 + 50 * (random() % 8);
    standing.sharpness = 1.0f + 0.05f * static_cast<float>(random() % 8);
    standing.time = static_cast<int64_t>(random() % 4);
    standing.last_time = static_cast<int64_t>(random() % 2);
    standing.in_folder = random() % 4 == 0;
    standings.push_back(standing);
  }
  void add_families(int families, int members, int flips, double angle) {
    for (int f = 0; f < families; ++f) {
      auto hash = noise(), mirror = noise();
      auto vector = turned(std::vector<float>(static_cast<size_t>(dimension)), 1);
      for (int m = 0; m < members; ++m) {
        auto near = changed(hash, static_cast<int>(random() % static_cast<uint32_t>(flips + 1)));
        auto mirror_near = changed(mirror, static_cast<int>(random() % static_cast<uint32_t>(flips + 1)));
        if (random() % 3 == 0) std::swap(near, mirror_near);
        add(near, mirror_near, turned(vector, angle));
      }
    }
  }
  void shuffle() {
    for (size_t i = plain.size(); i > 1; --i) {
      size_t j = random() % i;
      std::swap(plain[i - 1], plain[j]);
      std::swap(mirrored[i - 1], mirrored[j]);
      std::swap(values[i - 1], values[j]);
    }
  }

  HashRows rows() const {
    HashRows hashes(bits);
    for (size_t i = 0; i < plain.size(); ++i) hashes.add(plain[i], mirrored[i]);
    return hashes;
  }
  std::vector<const float *> pointers() const {
    std::vector<const float *> result;
    for (const auto &vector : values) result.push_back(vector.data());
    return result;
  }
};

// The definition again, without blocks, masks or threads.
struct Oracle {
  const Pictures &pictures;
  int distance;
  double level;
  std::vector<KeepRule> rules;

  int bits(uint32_t a, uint32_t b) const {
    return std::min({differing(pictures.plain[a], pictures.plain[b]),
                     differing(pictures.plain[a], pictures.mirrored[b]),
                     differing(pictures.mirrored[a], pictures.plain[b])});
  }
  double cosine(uint32_t a, uint32_t b) const {
    long double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < pictures.values[a].size(); ++i) {
      long double x = pictures.values[a][i], y = pictures.values[b][i];
      ab += x * y, aa += x * x, bb += y * y;
    }
    return static_cast<double>(ab / std::sqrt(aa * bb));
  }
  bool apart(uint32_t a, uint32_t b) const {
    return std::any_of(pictures.apart.begin(), pictures.apart.end(), [&](const auto &set) {
      return std::count(set.begin(), set.end(), a) > 0 && std::count(set.begin(), set.end(), b) > 0;
    });
  }
  bool alike(uint32_t a, uint32_t b) const { return bits(a, b) <= distance && cosine(a, b) >= level && !apart(a, b); }

  using Groups = std::map<uint32_t, std::set<uint32_t>>;  // keeper -> members

  Groups groups() const {
    Groups done;
    std::vector<uint32_t> pool(pictures.plain.size());
    std::iota(pool.begin(), pool.end(), 0u);
    for (bool again = true; again;) {
      again = false;
      std::sort(pool.begin(), pool.end(),
                [&](uint32_t a, uint32_t b) { return stands_before(pictures.standings, a, b, rules); });
      std::vector<uint32_t> rest = pool;
      Groups found;
      while (!rest.empty()) {
        uint32_t seed = rest.front();
        std::vector<uint32_t> next;
        for (uint32_t row : rest)
          if (row != seed && alike(seed, row))
            found[seed].insert(row);
          else if (row != seed)
            next.push_back(row);
        rest = next;
      }
      for (auto &[seed, members] : found) {
        std::vector<uint32_t> all(members.begin(), members.end());
        all.push_back(seed);
        std::sort(all.begin(), all.end());
        uint32_t keeper = elect_keeper(pictures.standings, all, rules).keeper;
        auto &accepted = done[keeper];
        for (uint32_t row : all) {
          if (row == keeper) continue;
          bool clash = std::any_of(accepted.begin(), accepted.end(), [&](uint32_t other) { return apart(row, other); });
          if (clash || !alike(keeper, row))
            again = true;
          else
            accepted.insert(row);
        }
      }
      for (const auto &[keeper, members] : done) {
        std::erase(pool, keeper);
        std::erase_if(pool, [&](uint32_t row) { return members.contains(row); });
      }
    }
    return done;
  }
};

Oracle::Groups as_sets(const std::vector<DuplicateGroup> &groups) {
  Oracle::Groups result;
  for (const auto &group : groups)
    for (const auto &member : group.members) result[group.keeper].insert(member.row);
  return result;
}

}  // namespace

TEST_CASE("distances of hashes, every way this processor has", "[arrange]") {
  int bits = GENERATE(64, 256, 576);
  Pictures pictures(bits, 1, 7);
  for (int i = 0; i < 5; ++i) pictures.add_families(1, 9, bits / 5, 0);
  auto hashes = pictures.rows();
  REQUIRE(hashes.size() == 45);
  Oracle oracle{pictures, 0, 0, {}};
  std::vector<uint32_t> order(45);
  std::iota(order.begin(), order.end(), 0u);
  std::vector<const uint64_t *> rows;
  for (uint32_t i : order) rows.push_back(hashes.row(i));
  for (uint32_t a = 0; a < 45; ++a)
    for (uint32_t b = 0; b < 45; ++b) {
      auto found = hashes.distance(a, b);
      REQUIRE(found.bits == oracle.bits(a, b));
      REQUIRE(found.mirrored == (found.bits < differing(pictures.plain[a], pictures.plain[b])));
    }
  for (auto way : all_near_lanes())
    for (int limit : {0, 1, bits / 10, bits / 5, bits / 3, bits / 2, bits})
      for (size_t first = 0; first < 45; first += 8) {
        size_t count = std::min<size_t>(8, 45 - first);
        std::vector<uint64_t> lanes(hashes.stride() * hash_lanes);
        interleave(hashes, std::span(order).subspan(first, count), lanes.data());
        std::vector<uint8_t> masks(45);
        way(lanes.data(), rows.data(), rows.size(), hashes.words(), limit, masks.data());
        for (uint32_t a = 0; a < 45; ++a)
          for (size_t lane = 0; lane < count; ++lane)
            REQUIRE(((masks[a] >> lane & 1) != 0) == (oracle.bits(a, static_cast<uint32_t>(first + lane)) <= limit));
      }
}

TEST_CASE("hashes of another length are refused", "[arrange]") {
  CHECK_THROWS_AS(HashRows(65), Error);
  HashRows hashes(64);
  CHECK_THROWS_AS(hashes.add(Bytes(8), Bytes(9)), Error);
}

TEST_CASE("groups are those of the definition", "[arrange]") {
  // Angles around the level and bits around the distance, so that chains, near misses and clearly sharper members that
  // do not look like everyone occur.
  int bits = GENERATE(64, 256, 576);
  auto first = GENERATE(std::optional<KeepRule>(), std::optional(KeepRule::sharpness), std::optional(KeepRule::newest),
                        std::optional(KeepRule::folder));
  bool told = GENERATE(false, true);
  Pictures pictures(bits, 24, static_cast<uint32_t>(bits) + (told ? 1 : 0));
  pictures.add_families(40, 6, bits / 12, 0.18);
  pictures.add_families(3, 60, bits / 14, 0.15);
  pictures.add_families(300, 1, 0, 0);
  pictures.shuffle();
  auto count = static_cast<uint32_t>(pictures.plain.size());
  if (told)
    for (int i = 0; i < 200; ++i) {
      std::set<uint32_t> set;
      while (set.size() < 2 + static_cast<size_t>(i) % 3 * 20) set.insert(pictures.random() % count);
      pictures.apart.emplace_back(set.begin(), set.end());
    }
  Oracle oracle{pictures, bits / 8, 0.96, keep_rules(first)};
  auto hashes = pictures.rows();
  auto vectors = pictures.pointers();
  Likeness likeness(hashes, vectors, pictures.dimension, oracle.distance, oracle.level, pictures.apart);
  Task task;
  auto groups = find_duplicates(likeness, pictures.standings, oracle.rules, task);
  auto wanted = oracle.groups();
  CHECK(wanted.size() > 30);  // or nothing is tested
  REQUIRE(as_sets(groups) == wanted);
  for (size_t i = 1; i < groups.size(); ++i) REQUIRE(groups[i - 1].keeper < groups[i].keeper);
  for (const auto &group : groups) {
    std::vector<uint32_t> all{group.keeper};
    for (const auto &member : group.members) {
      all.push_back(member.row);
      REQUIRE(member.similarity == Approx(oracle.cosine(group.keeper, member.row)).margin(1e-12));
      REQUIRE(member.distance.bits == oracle.bits(group.keeper, member.row));
    }
    double least = 1;
    for (uint32_t a : all)
      for (uint32_t b : all) least = std::min(least, oracle.cosine(a, b));
    REQUIRE(group.least_similarity == Approx(least).margin(1e-12));
    REQUIRE(std::is_sorted(group.members.begin(), group.members.end(),
                           [](const auto &a, const auto &b) { return a.similarity > b.similarity; }));
  }
}

TEST_CASE("fresh rows are taken by what was there before", "[arrange]") {
  Pictures pictures(256, 16, 5);
  pictures.add_families(60, 8, 20, 0.15);
  pictures.add_families(100, 1, 0, 0);
  pictures.shuffle();
  size_t count = pictures.plain.size();
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::vector<uint8_t> fresh(count);
  for (auto &flag : fresh) flag = pictures.random() % 5 == 0;
  Oracle oracle{pictures, 40, 0.96, {}};
  auto hashes = pictures.rows();
  auto vectors = pictures.pointers();
  Likeness likeness(hashes, vectors, 16, 40, 0.96, {});
  Task task;
  auto found = taken_by(likeness, order, fresh, task);
  size_t taken = 0;
  for (uint32_t place = 0; place < count; ++place) {
    uint32_t wanted = place;
    for (uint32_t before = 0; before < place && wanted == place; ++before)
      if (found[before] == before && (fresh[before] || fresh[place]) && oracle.alike(before, place)) wanted = before;
    REQUIRE(found[place] == wanted);
    taken += wanted != place;
    if (wanted != place) REQUIRE(fresh[place] + fresh[wanted] > 0);
  }
  CHECK(taken > 50);
}

TEST_CASE("one mass of equal pictures is one group, and takes no time", "[arrange]") {
  // All pairs of these would be two hundred million.
  Pictures pictures(576, 8, 3);
  auto hash = pictures.noise();
  std::vector<float> vector(8, 0.5f);
  for (int i = 0; i < 20000; ++i) pictures.add(hash, hash, vector);
  auto hashes = pictures.rows();
  auto vectors = pictures.pointers();
  Likeness likeness(hashes, vectors, 8, 63, 0.98, {});
  Task task;
  auto groups = find_duplicates(likeness, pictures.standings, keep_rules(), task);
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].members.size() == 19999);
  CHECK(groups[0].least_similarity == 1);
}

TEST_CASE("equal hashes alone make no group: the vectors decide", "[arrange]") {
  // Blank pictures of many colours have one hash.
  Pictures pictures(576, 3, 3);
  for (int i = 0; i < 500; ++i) {
    double angle = i * 0.1;
    pictures.add(Bytes(72), Bytes(72),
                 {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)), i % 2 ? 1.0f : -1.0f});
  }
  pictures.add(Bytes(72), Bytes(72), {0, 0, 0});  // no direction: like nothing
  pictures.add(Bytes(72), Bytes(72), {NAN, 0, 0});
  auto hashes = pictures.rows();
  auto vectors = pictures.pointers();
  Oracle oracle{pictures, 63, 0.9999, keep_rules()};
  Likeness likeness(hashes, vectors, 3, 63, 0.9999, {});
  Task task;
  auto groups = find_duplicates(likeness, pictures.standings, oracle.rules, task);
  CHECK(as_sets(groups) == oracle.groups());
  for (const auto &group : groups) CHECK(group.members.size() < 60);
}

TEST_CASE("mirrored pictures are judged as such", "[arrange]") {
  Pictures pictures(64, 2, 9);
  auto one = pictures.noise(), other = pictures.noise();
  auto at = [](double angle) {
    return std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  };
  double between = 0.4;  // whose cosine is .92
  pictures.add(one, other, at(0));
  bool fits = true, mirrored = true;
  double level = 0.98;
  SECTION("which makes a pair of two") {}
  SECTION("not when it shows something else") {
    fits = false;
  }
  SECTION("not when the vectors are far apart") {
    between = 0.6, fits = false;
  }  // .83
  SECTION("not when the hashes are near as they are") {
    mirrored = false, fits = false;
  }
  SECTION("not when they are alike as they are") {
    level = 0.9;
  }
  pictures.add(mirrored ? other : one, mirrored ? one : other, at(between));
  // Each mirrored is the other but for a hundredth.
  std::vector<std::vector<float>> mirror{at(fits ? between + 0.01 : 1.5), at(fits ? 0.01 : 1.5)};
  uint32_t asked = 0;
  auto rows = pictures.rows();
  auto vectors = pictures.pointers();
  Likeness likeness(rows, vectors, 2, 5, level, {}, [&](uint32_t row) {
    ++asked;
    return mirror[row].data();
  });
  Task task;
  auto groups = find_duplicates(likeness, pictures.standings, keep_rules(), task);
  REQUIRE(groups.size() == (fits ? 1 : 0));
  CHECK((asked > 0) == (mirrored && level > 0.9 && between < 0.5));
  if (!fits) return;
  const auto &member = groups[0].members[0];
  CHECK(member.similarity == Approx(std::cos(between)));
  CHECK(groups[0].least_similarity == Approx(std::cos(between)));
  CHECK(member.distance.mirrored);
  REQUIRE(member.mirrored_similarity.has_value() == (level > 0.9));
  if (member.mirrored_similarity) CHECK(*member.mirrored_similarity == Approx(std::cos(0.01)));
  // Nobody who can mirror a picture: it is compared as it is.
  Likeness plain(rows, vectors, 2, 5, 0.98, {}, [](uint32_t) { return nullptr; });
  CHECK_FALSE(plain.holds(0, 1));
}

TEST_CASE("who keeps does not decide whether mirrored pictures are alike", "[arrange]") {
  // Of the two vectors of mirrored pictures only one is near the other picture's, or can be had at all. The second row
  // keeps, being sharper, after the first one took it.
  Pictures pictures(64, 2, 9);
  auto one = pictures.noise(), other = pictures.noise();
  auto at = [](double angle) {
    return std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  };
  pictures.add(one, other, at(0));
  pictures.add(other, one, at(0.4));
  std::vector<Standing> standings(2);
  standings[0].sharpness = 1;
  standings[1].sharpness = 2;
  auto rows = pictures.rows();
  auto vectors = pictures.pointers();
  std::vector<float> near[2] = {at(0.41), at(0.01)}, far = at(-0.5);
  for (uint32_t fitting : {0u, 1u})
    for (bool there : {true, false}) {
      Likeness likeness(rows, vectors, 2, 5, 0.98, {}, [&](uint32_t row) -> const float * {
        return row == fitting ? near[row].data() : there ? far.data() : nullptr;
      });
      CHECK(likeness.holds(0, 1));
      CHECK(likeness.holds(1, 0));
      Task task;
      auto groups = find_duplicates(likeness, standings, keep_rules(), task);
      REQUIRE(groups.size() == 1);
      CHECK(groups[0].keeper == 1);
      REQUIRE(groups[0].members.size() == 1);
      CHECK(groups[0].members[0].mirrored_similarity.value_or(0) == Approx(std::cos(0.01)));
    }
}

TEST_CASE("few pictures, and none", "[arrange]") {
  Pictures pictures(64, 4, 1);
  for (int count = 0; count < 4; ++count) {
    auto hashes = pictures.rows();
    auto vectors = pictures.pointers();
    Likeness likeness(hashes, vectors, 4, 64, -1, {});
    Task task;
    auto groups = find_duplicates(likeness, pictures.standings, keep_rules(), task);
    REQUIRE(groups.size() == (count > 1 ? 1 : 0));
    if (count > 1) CHECK(groups[0].members.size() == static_cast<size_t>(count - 1));
    pictures.add_families(1, 1, 0, 1);
  }
}

TEST_CASE("a search that is cancelled ends", "[arrange]") {
  Pictures pictures(64, 4, 1);
  pictures.add_families(2000, 1, 0, 1);
  auto hashes = pictures.rows();
  auto vectors = pictures.pointers();
  Likeness likeness(hashes, vectors, 4, 8, 0.9, {});
  Task task;
  task.cancel();
  CHECK_THROWS_AS(find_duplicates(likeness, pictures.standings, keep_rules(), task), Error);
}

TEST_CASE("the least similarity of a large group is that of all its pairs", "[arrange]") {
  auto count = GENERATE(1u, 2u, 256u, 257u, 900u);
  Pictures pictures(64, 40, count);
  pictures.add_families(1, static_cast<int>(count), 0, 0.2);
  for (auto &value : pictures.values.back()) value *= 7;  // lengths do not matter
  auto vectors = pictures.pointers();
  Oracle oracle{pictures, 0, 0, {}};
  double least = 1;
  for (uint32_t a = 0; a < count; ++a)
    for (uint32_t b = 0; b < a; ++b) least = std::min(least, oracle.cosine(a, b));
  Task task;
  // The search for the farthest works in float: among nearly equal ones another may be found.
  CHECK(least_cosine(vectors, 40, task) == Approx(least).margin(1e-6));
}

TEST_CASE("the least similarity of thousands", "[arrange]") {
  // Directions 0.1 milliradian apart, shuffled: the first and the last are the least alike.
  constexpr int count = 9000;
  std::vector<std::vector<float>> values;
  std::vector<const float *> vectors;
  for (int i = 0; i < count; ++i) {
    double angle = 1e-4 * (i * 7 % count);
    values.push_back({static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
  }
  for (const auto &vector : values) vectors.push_back(vector.data());
  Task task;
  CHECK(least_cosine(vectors, 2, task) == Approx(std::cos(1e-4 * (count - 1))).margin(1e-6));
}

TEST_CASE("groups do not depend on the number of threads", "[arrange]") {
  Pictures pictures(256, 24, 11);
  pictures.add_families(200, 8, 24, 0.17);
  pictures.add_families(1500, 1, 0, 0);
  pictures.shuffle();
  auto hashes = pictures.rows();
  auto vectors = pictures.pointers();
  Likeness likeness(hashes, vectors, 24, 32, 0.96, {});
  int before = thread_budget();
  auto with = [&](int threads) {
    set_thread_budget(threads);
    Task task;
    return as_sets(find_duplicates(likeness, pictures.standings, keep_rules(), task));
  };
  auto alone = with(1);
  CHECK(alone.size() > 100);
  for (int threads : {2, 3, 7}) CHECK(with(threads) == alone);
  set_thread_budget(before);
}

TEST_CASE("the cosine is exact", "[arrange]") {
  float a[19], b[19], zero[19] = {};
  for (int i = 0; i < 19; ++i) a[i] = static_cast<float>(std::sin(i)), b[i] = static_cast<float>(std::cos(i));
  for (int64_t dimension : {1, 7, 8, 9, 16, 19}) {
    CHECK(cosine(a + 1, a + 1, std::min<int64_t>(dimension, 18)) == 1);
    double ab = 0, aa = 0, bb = 0;
    for (int64_t i = 0; i < dimension; ++i) {
      ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
      aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
      bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    if (dimension > 1) CHECK(cosine(a, b, dimension) == Approx(ab / std::sqrt(aa * bb)).margin(1e-14));
  }
  CHECK(std::isnan(cosine(a, zero, 19)));
}
