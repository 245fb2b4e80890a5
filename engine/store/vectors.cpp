// Vectors of a space, in blocks of a fixed number of rows that are read in place.

#include <algorithm>
#include <bit>
#include <cstring>

#include "store/database.h"
#include "store/state.h"

namespace kalon {
namespace {

using layout::Key;
using layout::key_of;

constexpr uint64_t block_bytes = 512 * 1024;
constexpr uint32_t largest_dimension = 1u << 24;
// LMDB aligns a value only when it has pages of its own, which a value of this size always gets.
constexpr size_t smallest_block = 32 * 1024;

static_assert(sizeof(VectorKey) == 32 && alignof(VectorKey) == 1, "keys are read in place");
static_assert(std::endian::native == std::endian::little, "numbers in blocks are little-endian");

Key row_key(uint32_t space, const VectorKey &key) {
  return Key().number(space).hash(key.picture).hash(key.render);
}
Key block_key(uint32_t space, uint64_t block) {
  return Key().number(space).number(static_cast<uint32_t>(block));
}

uint32_t rows_per_block(uint32_t dimension) {
  uint64_t row = uint64_t{dimension} * sizeof(float) + sizeof(VectorKey);
  return static_cast<uint32_t>(std::max<uint64_t>(1, block_bytes / row));
}

records::StoredSpace stored_space(const Reader::State &state, uint32_t id) {
  std::string_view record;
  records::StoredSpace space;
  if (!state.get(layout::spaces, Key().number(id).view(), record))
    throw Error(Status::not_found, "no space of vectors has the number " + std::to_string(id));
  if (!records::decode(record, space) || space.space.id != id) damaged(state, "spaces");
  return space;
}

std::optional<uint64_t> row_of_key(const Reader::State &state, uint32_t space, const VectorKey &key) {
  std::string_view value;
  if (!state.get(layout::vector_rows, row_key(space, key).view(), value)) return std::nullopt;
  if (value.size() != 8) damaged(state, "vector_rows");
  return layout::read_number<uint64_t>(value);
}

struct Block {
  std::span<const VectorKey> keys;
  const char *values = nullptr;  // keys.size() x dimension floats
};

Block block_at(const Reader::State &state, const records::StoredSpace &space, uint64_t block) {
  std::string_view keys, values;
  auto key = block_key(space.space.id, block);
  if (!state.get(layout::vector_keys, key.view(), keys) || !state.get(layout::vector_blocks, key.view(), values))
    damaged(state, "vector_blocks");
  size_t rows = keys.size() / sizeof(VectorKey);
  if (keys.size() % sizeof(VectorKey) != 0 || rows > space.rows_per_block ||
      values.size() < uint64_t{rows} * space.space.key.dimension * sizeof(float))
    damaged(state, "vector_blocks");
  return {{reinterpret_cast<const VectorKey *>(keys.data()), rows}, values.data()};
}

uint64_t blocks_of(const records::StoredSpace &space) {
  return (space.space.rows + space.rows_per_block - 1) / space.rows_per_block;
}

}  // namespace

std::vector<Space> Reader::spaces() const {
  std::vector<Space> spaces;
  database::Cursor cursor(state_->use(), state_->table(layout::spaces));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    records::StoredSpace space;
    if (!records::decode(cursor.value, space)) damaged(*state_, "spaces");
    spaces.push_back(std::move(space.space));
  }
  return spaces;
}

std::optional<Space> Reader::space(const SpaceKey &key) const {
  for (Space &space : spaces())
    if (space.key == key) return std::move(space);
  return std::nullopt;
}

bool Reader::has_vector(uint32_t space, const VectorKey &key) const {
  std::string_view ignored;
  return state_->get(layout::vector_rows, row_key(space, key).view(), ignored);
}

bool Reader::vector(uint32_t space, const VectorKey &key, std::span<float> out) const {
  auto row = row_of_key(*state_, space, key);
  if (!row) return false;
  records::StoredSpace stored = stored_space(*state_, space);
  size_t dimension = stored.space.key.dimension;
  if (out.size() != dimension)
    throw Error(Status::invalid_argument, "a vector of this space has " + std::to_string(dimension) + " values, not " +
                                              std::to_string(out.size()));
  Block block = block_at(*state_, stored, *row / stored.rows_per_block);
  size_t inside = *row % stored.rows_per_block;
  if (inside >= block.keys.size() || block.keys[inside] != key) damaged(*state_, "vector_rows");
  std::memcpy(out.data(), block.values + inside * dimension * sizeof(float), dimension * sizeof(float));
  return true;
}

void Reader::scan_vectors(uint32_t space,
                          const std::function<void(std::span<const VectorKey>, const float *)> &visit) const {
  if (space == 0) return;
  records::StoredSpace stored = stored_space(*state_, space);
  std::vector<float> aligned;
  for (uint64_t block = 0; block < blocks_of(stored); ++block) {
    Block found = block_at(*state_, stored, block);
    if (found.keys.empty()) continue;
    const char *values = found.values;
    if (reinterpret_cast<uintptr_t>(values) % alignof(float) != 0) {  // only in a file that Kalon did not write
      aligned.resize(found.keys.size() * stored.space.key.dimension);
      std::memcpy(aligned.data(), values, aligned.size() * sizeof(float));
      values = reinterpret_cast<const char *>(aligned.data());
    }
    visit(found.keys, reinterpret_cast<const float *>(values));
  }
}

Space Writer::put_space(const SpaceKey &key) {
  if (key.dimension == 0 || key.dimension > largest_dimension)
    throw Error(Status::invalid_argument,
                "a space of vectors has 1 to 16777216 dimensions, not " + std::to_string(key.dimension));
  if (auto found = space(key)) return *std::move(found);
  auto id = static_cast<uint32_t>(state_->take_number(layout::next_space_key));
  records::StoredSpace stored{{id, key, 0}, rows_per_block(key.dimension)};
  database::put(state_->use(), state_->table(layout::spaces), Key().number(id).view(), records::encode(stored));
  return stored.space;
}

void Writer::put_vectors(uint32_t space, std::span<const VectorKey> keys, const float *rows) {
  if (keys.empty()) return;
  Reader::State &state = *state_;
  MDB_txn *transaction = state.use();
  records::StoredSpace stored = stored_space(state, space);
  size_t dimension = stored.space.key.dimension;

  // Where each key goes. A key that is named twice gets its last vector.
  struct Placed {
    uint64_t row;
    size_t source;
  };
  std::vector<Placed> placed;
  placed.reserve(keys.size());
  uint64_t next = stored.space.rows;
  for (size_t i = 0; i < keys.size(); ++i) {
    auto row = row_of_key(state, space, keys[i]);
    if (!row) {
      row = next++;
      database::put(transaction, state.table(layout::vector_rows), row_key(space, keys[i]).view(), key_of(*row).view());
    }
    if (*row >= next) damaged(state, "vector_rows");
    placed.push_back({*row, i});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed &a, const Placed &b) { return a.row < b.row; });

  // Each block that changes is written once.
  std::vector<VectorKey> block_keys;
  std::vector<char> values;
  for (size_t i = 0; i < placed.size();) {
    uint64_t block = placed[i].row / stored.rows_per_block, first = block * stored.rows_per_block;
    uint64_t before =
        stored.space.rows > first ? std::min<uint64_t>(stored.space.rows - first, stored.rows_per_block) : 0;
    uint64_t after = std::min<uint64_t>(next - first, stored.rows_per_block);
    block_keys.assign(after, {});
    values.assign(std::max<size_t>(after * dimension * sizeof(float), smallest_block), 0);
    if (before > 0) {
      Block old = block_at(state, stored, block);
      if (old.keys.size() != before) damaged(state, "vector_keys");
      std::copy(old.keys.begin(), old.keys.end(), block_keys.begin());
      std::memcpy(values.data(), old.values, before * dimension * sizeof(float));
    }
    for (; i < placed.size() && placed[i].row / stored.rows_per_block == block; ++i) {
      size_t inside = placed[i].row - first;
      block_keys[inside] = keys[placed[i].source];
      std::memcpy(values.data() + inside * dimension * sizeof(float), rows + placed[i].source * dimension,
                  dimension * sizeof(float));
    }
    auto key = block_key(space, block);
    database::put(transaction, state.table(layout::vector_keys), key.view(),
                  {reinterpret_cast<const char *>(block_keys.data()), block_keys.size() * sizeof(VectorKey)});
    database::put(transaction, state.table(layout::vector_blocks), key.view(), {values.data(), values.size()});
  }

  if (next == stored.space.rows) return;
  stored.space.rows = next;
  database::put(transaction, state.table(layout::spaces), Key().number(space).view(), records::encode(stored));
}

}  // namespace kalon
