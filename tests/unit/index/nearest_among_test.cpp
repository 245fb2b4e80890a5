// Neighbours between two lists of rows, against every distance measured.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "index/neighbours.h"

using namespace kalon;

TEST_CASE("nearest rows of one list for those of another") {
  // The tree, the scan and the products each get a turn.
  for (int64_t dimension : {3, 30, 200}) {
    std::mt19937_64 generator(static_cast<uint64_t>(dimension));
    std::normal_distribution<float> normal;
    std::vector<float> base(static_cast<size_t>(900 * dimension)), asked(static_cast<size_t>(700 * dimension));
    for (float &value : base) value = normal(generator);
    for (float &value : asked) value = normal(generator);
    std::vector<int32_t> base_rows, asked_rows;
    for (int32_t row = 0; row < 900; ++row)
      if (row % 3 != 1) base_rows.push_back(row);
    for (int32_t row = 699; row >= 0; row -= 2) asked_rows.push_back(row);
    Task task;
    MatrixView base_view{base.data(), 900, dimension}, asked_view{asked.data(), 700, dimension};
    Neighbours found = nearest_among(base_view, base_rows, asked_view, asked_rows, 4, task);
    REQUIRE(found.k == 4);
    REQUIRE(found.rows.size() == 4 * asked_rows.size());
    int64_t wrong = 0;
    for (size_t q = 0; q < asked_rows.size(); ++q) {
      std::vector<std::pair<double, int32_t>> all;
      for (size_t place = 0; place < base_rows.size(); ++place) {
        double squared = 0;
        for (int64_t d = 0; d < dimension; ++d)
          squared += std::pow(static_cast<double>(asked[asked_rows[q] * dimension + d]) -
                                  static_cast<double>(base[base_rows[place] * dimension + d]),
                              2);
        all.emplace_back(std::sqrt(squared), static_cast<int32_t>(place));
      }
      std::partial_sort(all.begin(), all.begin() + 4, all.end());
      for (size_t j = 0; j < 4; ++j) {
        wrong += found.rows[q * 4 + j] == all[j].second ? 0 : 1;
        // Distances are rounded to float.
        wrong +=
            std::abs(static_cast<double>(found.distances[q * 4 + j]) - all[j].first) <= 1e-6 * all[j].first ? 0 : 1;
      }
    }
    INFO(dimension << " dimensions");
    CHECK(wrong == 0);
    CHECK(nearest_among(base_view, base_rows, asked_view, asked_rows, 1000, task).k ==
          static_cast<int64_t>(base_rows.size()));
    CHECK(nearest_among(base_view, {}, asked_view, asked_rows, 3, task).rows.empty());
  }
}
