// What duplicates are compared by: vectors and fingerprints of pictures, and what people said of them.

#include <algorithm>
#include <unordered_map>

#include "facade/duplicate_groups.h"

namespace kalon {
namespace {

struct HashKey {
  size_t operator()(const VectorKey &key) const {
    return std::hash<Hash128>{}(key.picture) ^ std::hash<Hash128>{}(key.render) * 31;
  }
};

// Where the vector of each picture lies in the library's memory; null for those without one.
std::vector<const float *> vectors_in_place(const Reader &reader, const Space &space, const DuplicatePhotos &photos,
                                            const Task &task) {
  std::unordered_map<VectorKey, uint32_t, HashKey> wanted;
  wanted.reserve(photos.pictures.size());
  for (uint32_t i = 0; i < photos.pictures.size(); ++i) wanted.emplace(photos.keeper_file(photos.pictures[i]).key, i);
  std::vector<const float *> vectors(photos.pictures.size());
  reader.scan_vectors(space.id, [&](std::span<const VectorKey> keys, const float *rows) {
    task.throw_if_cancelled();
    for (size_t i = 0; i < keys.size(); ++i)
      if (auto found = wanted.find(keys[i]); found != wanted.end())
        vectors[found->second] = rows + i * space.key.dimension;
  });
  return vectors;
}

// The sets of pictures told apart, as sets of rows.
std::vector<std::vector<uint32_t>> rows_apart(const Reader &reader, const DuplicatePhotos &photos,
                                              const std::vector<uint32_t> &pictures) {
  auto told = reader.not_duplicates();
  if (told.empty()) return {};
  std::unordered_map<Hash128, std::vector<uint32_t>> sets_of;
  for (uint32_t set = 0; set < told.size(); ++set)
    for (const auto &picture : told[set]) sets_of[picture].push_back(set);
  std::vector<std::vector<uint32_t>> sets(told.size());
  for (uint32_t row = 0; row < pictures.size(); ++row)
    for (uint32_t shot : photos.pictures[pictures[row]].shots)
      for (uint32_t file : photos.shots[shot].files)
        for (const auto &name : {photos.files[file].key.picture, photos.files[file].photo})
          if (auto found = sets_of.find(name); found != sets_of.end())
            for (uint32_t set : found->second)
              if (sets[set].empty() || sets[set].back() != row) sets[set].push_back(row);
  std::erase_if(sets, [](const auto &set) { return set.size() < 2; });
  return sets;
}

}  // namespace

ComparablePictures comparable_pictures(const MethodCall &call, const Reader &reader, const DuplicatePhotos &photos,
                                       const SpaceChoice &choice, int hash, bool mirrored) {
  ComparablePictures result{HashRows(hash * hash), {}, 0, {}, {}, {}, 0, chosen_space(call, reader, choice)};
  result.dimension = static_cast<int64_t>(result.space.key.dimension);
  auto vectors = vectors_in_place(reader, result.space, photos, call.task);
  for (uint32_t i = 0; i < photos.pictures.size(); ++i) {
    call.task.throw_if_cancelled();
    auto fingerprint = vectors[i] ? reader.fingerprint(photos.keeper_file(photos.pictures[i]).key) : std::nullopt;
    if (!fingerprint) {
      ++result.missing;
      continue;
    }
    auto add = [&](const auto &plain, const auto &mirror) { result.hashes.add(plain, mirrored ? mirror : plain); };
    if (hash == 8)
      add(fingerprint->hash8, fingerprint->mirrored8);
    else if (hash == 16)
      add(fingerprint->hash16, fingerprint->mirrored16);
    else
      add(fingerprint->hash24, fingerprint->mirrored24);
    result.vectors.push_back(vectors[i]);
    result.pictures.push_back(i);
    result.standings.push_back(photos.pictures[i].standing);
    result.standings.back().sharpness = fingerprint->sharpness;
  }
  result.apart = rows_apart(reader, photos, result.pictures);
  return result;
}

}  // namespace kalon
