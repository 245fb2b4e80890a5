#include "arrange/duplicates.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "arrange/duplicate_similarity.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr size_t block_rows = 256;  // whose hashes stay in the processor's cache while all others pass by
constexpr size_t tile_lanes = 64;   // groups of eight rows that one thread takes at once
constexpr uint32_t nobody = UINT32_MAX;
// Vectors of a picture and of its mirror image differ by less, of 38 wallpapers all but one.
constexpr double most_lost_by_mirroring = 0.1;

// One pass over the rows in their order.
class Taking {
 public:
  Taking(const Likeness &likeness, std::span<const uint32_t> order, std::span<const uint8_t> fresh, Task &task)
      : likeness_(likeness),
        hashes_(likeness.hashes()),
        order_(order),
        fresh_(fresh),
        task_(task),
        taken_by_(order.size(), nobody) {}

  std::vector<uint32_t> run() {
    task_.phase("comparing", order_.size());
    for (size_t begin = 0; begin < order_.size(); begin += block_rows) {
      task_.throw_if_cancelled();
      size_t end = std::min(order_.size(), begin + block_rows);
      within(begin, end);
      against_later(begin, end);
      task_.advance(end - begin);
    }
    return std::move(taken_by_);
  }

 private:
  struct Lanes {
    std::vector<uint64_t> words;
    size_t first = 0;
    uint8_t present = 0, fresh = 0;  // masks
  };

  // The eight places from `first` on: which are there, and which of them are fresh.
  void look_at(size_t first, Lanes &lanes) const {
    size_t count = std::min(hash_lanes, order_.size() - first);
    lanes.first = first;
    lanes.present = lanes.fresh = 0;
    for (size_t lane = 0; lane < count; ++lane) {
      if (taken_by_[first + lane] != nobody) continue;
      lanes.present = static_cast<uint8_t>(lanes.present | 1u << lane);
      if (fresh_[first + lane]) lanes.fresh = static_cast<uint8_t>(lanes.fresh | 1u << lane);
    }
  }
  void load(Lanes &lanes) const {
    lanes.words.resize(hashes_.stride() * hash_lanes);
    size_t count = std::min(hash_lanes, order_.size() - lanes.first);
    interleave(hashes_, order_.subspan(lanes.first, count), lanes.words.data());
  }

  // Lets the keeper at a place take those of the lanes that look like it.
  void take(size_t keeper, uint8_t near, Lanes &lanes) {
    if (!fresh_[keeper]) near = static_cast<uint8_t>(near & lanes.fresh);
    for (near = static_cast<uint8_t>(near & lanes.present); near != 0; near = static_cast<uint8_t>(near & (near - 1))) {
      auto lane = static_cast<size_t>(std::countr_zero(near));
      if (!likeness_.verified(order_[keeper], order_[lanes.first + lane])) continue;
      taken_by_[lanes.first + lane] = static_cast<uint32_t>(keeper);
      lanes.present = static_cast<uint8_t>(lanes.present & ~(1u << lane));
    }
  }

  // Decides which rows of a block keep: one after another, since what was taken takes nothing.
  void within(size_t begin, size_t end) {
    std::vector<Lanes> block((end - begin + hash_lanes - 1) / hash_lanes);
    for (size_t i = 0; i < block.size(); ++i) {
      look_at(begin + i * hash_lanes, block[i]);
      load(block[i]);
    }
    for (size_t keeper = begin; keeper < end; ++keeper) {
      if (taken_by_[keeper] != nobody) continue;
      taken_by_[keeper] = static_cast<uint32_t>(keeper);
      const uint64_t *row = hashes_.row(order_[keeper]);
      size_t own = (keeper - begin) / hash_lanes;
      auto &own_lanes = block[own];
      own_lanes.present = static_cast<uint8_t>(own_lanes.present & ~(1u << (keeper - begin) % hash_lanes));
      for (size_t i = own; i < block.size(); ++i) {
        auto candidates = fresh_[keeper] ? block[i].present : static_cast<uint8_t>(block[i].present & block[i].fresh);
        if (candidates == 0) continue;
        uint8_t near = 0;
        near_lanes(block[i].words.data(), &row, 1, hashes_.words(), likeness_.distance(), &near);
        take(keeper, near, block[i]);
      }
    }
  }

  void against_later(size_t begin, size_t end) {
    std::vector<size_t> keepers, fresh_keepers;
    for (size_t place = begin; place < end; ++place) {
      if (taken_by_[place] != place) continue;
      keepers.push_back(place);
      if (fresh_[place]) fresh_keepers.push_back(place);
    }
    auto rows_of = [&](const std::vector<size_t> &places) {
      std::vector<const uint64_t *> rows;
      for (size_t place : places) rows.push_back(hashes_.row(order_[place]));
      return rows;
    };
    auto rows = rows_of(keepers), fresh_rows = rows_of(fresh_keepers);
    constexpr size_t tile_rows = tile_lanes * hash_lanes;
    size_t tiles = (order_.size() - end + tile_rows - 1) / tile_rows;
    parallel_for(static_cast<int64_t>(tiles), [&](int64_t tile) {
      Lanes lanes;
      std::vector<uint8_t> masks(keepers.size());
      size_t first = end + static_cast<size_t>(tile) * tile_rows, last = std::min(order_.size(), first + tile_rows);
      for (size_t place = first; place < last; place += hash_lanes) {
        look_at(place, lanes);
        const auto &against = lanes.fresh != 0 ? keepers : fresh_keepers;
        const auto &hashes = lanes.fresh != 0 ? rows : fresh_rows;
        if (lanes.present == 0 || against.empty()) continue;
        load(lanes);
        near_lanes(lanes.words.data(), hashes.data(), hashes.size(), hashes_.words(), likeness_.distance(),
                   masks.data());
        for (size_t i = 0; i < against.size() && lanes.present != 0; ++i)
          if (masks[i] != 0) take(against[i], masks[i], lanes);
        task_.throw_if_cancelled();
      }
    });
  }

  const Likeness &likeness_;
  const HashRows &hashes_;
  std::span<const uint32_t> order_;
  std::span<const uint8_t> fresh_;
  Task &task_;
  std::vector<uint32_t> taken_by_;
};

// A group of rows that one of them took, made final: the rules choose who keeps, and those that do not look like it, or
// are told apart from another one, are let go.
DuplicateGroup settle(const Likeness &likeness, std::span<const Standing> standings, std::span<const KeepRule> rules,
                      std::vector<uint32_t> rows, std::vector<uint32_t> &let_go, Task &task) {
  std::sort(rows.begin(), rows.end());
  auto election = elect_keeper(standings, rows, rules);
  DuplicateGroup group;
  group.keeper = election.keeper;
  std::vector<const float *> vectors{likeness.vectors()[group.keeper]};
  std::vector<uint32_t> accepted;
  for (size_t i = 0; i < rows.size(); ++i) {
    uint32_t row = rows[i];
    if (row == group.keeper) {
      group.decided_by = election.lost_by[i];
      continue;
    }
    auto told_apart = [&](uint32_t other) { return likeness.apart(row, other); };
    if (!likeness.holds(group.keeper, row) || std::any_of(accepted.begin(), accepted.end(), told_apart)) {
      let_go.push_back(row);
      continue;
    }
    // Only those that are told apart from someone need to be asked about.
    if (likeness.told_apart(row)) accepted.push_back(row);
    vectors.push_back(likeness.vectors()[row]);
    group.members.push_back({row, likeness.similarity(group.keeper, row),
                             likeness.mirrored_similarity(group.keeper, row),
                             likeness.hashes().distance(group.keeper, row), election.lost_by[i]});
  }
  group.least_similarity = least_cosine(vectors, likeness.dimension(), task);
  std::stable_sort(group.members.begin(), group.members.end(),
                   [](const auto &a, const auto &b) { return a.similarity > b.similarity; });
  return group;
}

}  // namespace

Likeness::Likeness(const HashRows &hashes, std::span<const float *const> vectors, int64_t dimension, int distance,
                   double level, std::span<const std::vector<uint32_t>> apart, MirroredVector mirrored)
    : hashes_(hashes),
      vectors_(vectors),
      dimension_(dimension),
      distance_(distance),
      level_(level),
      mirrored_(std::move(mirrored)) {
  if (apart.empty()) return;
  sets_of_.resize(vectors.size());
  for (uint32_t set = 0; set < apart.size(); ++set)
    for (uint32_t row : apart[set]) sets_of_[row].push_back(set);
}

bool Likeness::told_apart(uint32_t row) const {
  return !sets_of_.empty() && !sets_of_[row].empty();
}

bool Likeness::apart(uint32_t a, uint32_t b) const {
  if (!told_apart(a) || !told_apart(b)) return false;
  auto left = sets_of_[a].begin(), right = sets_of_[b].begin();
  while (left != sets_of_[a].end() && right != sets_of_[b].end()) {
    if (*left == *right) return true;
    *left < *right ? ++left : ++right;
  }
  return false;
}

double Likeness::similarity(uint32_t a, uint32_t b) const {
  return cosine(vectors_[a], vectors_[b], dimension_);
}

bool Likeness::verified(uint32_t a, uint32_t b) const {
  if (apart(a, b)) return false;
  return similarity(a, b) >= level_ || mirrored_similarity(a, b).value_or(-1) >= level_;
}

std::optional<double> Likeness::mirrored_similarity(uint32_t a, uint32_t b) const {
  double plain = similarity(a, b);
  bool in_doubt = plain < level_ && plain >= level_ - most_lost_by_mirroring;  // NaN is in none
  if (!mirrored_ || !in_doubt) return std::nullopt;
  auto distance = hashes_.distance(a, b);
  if (!distance.mirrored || distance.bits > distance_) return std::nullopt;
  // Either of the two may be turned, and the second is when the first does not do: who takes whom, and who keeps in the
  // end, must not decide whether they are alike.
  std::optional<double> most;
  for (auto [turned, other] : {std::pair(a, b), std::pair(b, a)}) {
    const float *mirrored = mirrored_(turned);
    if (!mirrored) continue;
    most = std::max(most.value_or(-1), cosine(mirrored, vectors_[other], dimension_));
    if (*most >= level_) break;
  }
  return most;
}

bool Likeness::holds(uint32_t a, uint32_t b) const {
  return hashes_.distance(a, b).bits <= distance_ && verified(a, b);
}

std::vector<uint32_t> taken_by(const Likeness &likeness, std::span<const uint32_t> order,
                               std::span<const uint8_t> fresh, Task &task) {
  return Taking(likeness, order, fresh, task).run();
}

std::vector<DuplicateGroup> find_duplicates(const Likeness &likeness, std::span<const Standing> standings,
                                            std::span<const KeepRule> rules, Task &task) {
  std::vector<DuplicateGroup> groups;
  std::vector<uint32_t> order(standings.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return stands_before(standings, a, b, rules); });
  std::vector<uint8_t> fresh(order.size(), 1);
  while (true) {
    auto keepers = taken_by(likeness, order, fresh, task);
    std::vector<std::vector<uint32_t>> taken(order.size());
    for (size_t place = 0; place < order.size(); ++place)
      if (keepers[place] != place) taken[keepers[place]].push_back(order[place]);
    std::vector<uint8_t> grouped(standings.size()), loose(standings.size());
    std::vector<uint32_t> let_go;
    task.phase("grouping");
    for (size_t place = 0; place < order.size(); ++place) {
      if (taken[place].empty()) continue;
      task.throw_if_cancelled();
      auto rows = std::move(taken[place]);
      rows.push_back(order[place]);
      for (uint32_t row : rows) grouped[row] = 1;
      groups.push_back(settle(likeness, standings, rules, std::move(rows), let_go, task));
    }
    if (let_go.empty()) break;
    // Those let go may look like one another, or like one that is alone so far; who is alone was compared with everyone
    // else who is.
    for (uint32_t row : let_go) grouped[row] = 0, loose[row] = 1;
    std::erase_if(order, [&](uint32_t row) { return grouped[row] != 0; });
    fresh.resize(order.size());
    for (size_t place = 0; place < order.size(); ++place) fresh[place] = loose[order[place]];
  }
  std::sort(groups.begin(), groups.end(), [](const auto &a, const auto &b) { return a.keeper < b.keeper; });
  return groups;
}

}  // namespace kalon
