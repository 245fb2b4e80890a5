// Shares of many small cases against what must hold of any fair division; nothing here repeats how it is done.
#include "exchange/fair_shares.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

using namespace kalon;

TEST_CASE("an even choice takes one from each of equal stretches") {
  for (size_t size = 0; size < 40; ++size)
    for (size_t count = 0; count < 45; ++count) {
      auto chosen = even_choice(size, count);
      CAPTURE(size, count);
      REQUIRE(chosen.size() == std::min(size, count));
      for (size_t i = 0; i < chosen.size(); ++i) {
        // Position chosen[i] overlaps the i-th of chosen.size() equal stretches of 0..size.
        CHECK(chosen[i] < size);
        CHECK((chosen[i] + 1) * chosen.size() > i * size);
        CHECK(chosen[i] * chosen.size() < (i + 1) * size);
        if (i > 0) CHECK(chosen[i] > chosen[i - 1]);
      }
    }
  CHECK(even_choice(9, 1) == std::vector<size_t>{4});
  CHECK(even_choice(9, 3) == std::vector<size_t>{1, 4, 7});
}

TEST_CASE("each part keeps one as long as there are enough, the rest goes by size") {
  CHECK(fair_shares({26, 1, 1, 12}, 10) ==
        std::vector<size_t>{5, 1, 1, 3});  // besides one each, 25 : 11 share 6: 4.2, 1.8
  CHECK(fair_shares({4, 4, 4, 4, 4}, 3) == std::vector<size_t>{1, 0, 1, 0, 1});
  CHECK(fair_shares({}, 3).empty());
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    std::vector<size_t> sizes(random() % 9);
    for (auto &size : sizes) size = random() % 3 == 0 ? random() % 3 : random() % 60;
    size_t most = random() % 120, all = std::accumulate(sizes.begin(), sizes.end(), size_t{0});
    auto parts = static_cast<size_t>(std::count_if(sizes.begin(), sizes.end(), [](size_t size) { return size > 0; }));
    auto shares = fair_shares(sizes, most);
    CAPTURE(sizes, most, shares);
    REQUIRE(shares.size() == sizes.size());
    CHECK(std::accumulate(shares.begin(), shares.end(), size_t{0}) == std::min(most, all));
    for (size_t i = 0; i < sizes.size(); ++i) {
      CHECK(shares[i] <= sizes[i]);
      if (parts > most) CHECK(shares[i] <= 1);
      if (parts > most || all <= most || sizes[i] == 0) continue;
      CHECK(shares[i] >= 1);
      // No further than one from the exact proportion of what each has besides the one it keeps.
      double exact =
          1 + static_cast<double>(sizes[i] - 1) * static_cast<double>(most - parts) / static_cast<double>(all - parts);
      CHECK(std::abs(static_cast<double>(shares[i]) - exact) < 1 + 1e-9);
      for (size_t j = 0; j < sizes.size(); ++j)
        if (sizes[j] > sizes[i]) CHECK(shares[j] >= shares[i]);
    }
  }
}
