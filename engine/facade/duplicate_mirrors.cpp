#include "facade/duplicate_mirrors.h"

#include "base/file.h"
#include "embed/embed_file.h"
#include "facade/duplicate_checks.h"

namespace kalon {
namespace {

class Turn {
 public:
  explicit Turn(std::counting_semaphore<> &turns) : turns_(turns) { turns_.acquire(); }
  ~Turn() { turns_.release(); }
  Turn(const Turn &) = delete;
  Turn &operator=(const Turn &) = delete;

 private:
  std::counting_semaphore<> &turns_;
};

}  // namespace

MirroredVectors::MirroredVectors(const MethodCall &call, const Reader &reader, const DuplicatePhotos &photos,
                                 const ComparablePictures &comparable, const SpaceChoice &choice)
    : call_(call), reader_(reader), photos_(photos), comparable_(comparable) {
  if (comparable.space.key.policy == imported_policy) return;
  try {
    model_ = streams_of(call, {comparable.space.key.model, choice.crop, choice.parameters});
    if (model_->space() != comparable.space.key) model_.reset();
  } catch (const Error &) {
    // The vectors outlived their model, which is no failure: these pictures are compared as they are.
  }
}

MirroredVectors::~MirroredVectors() = default;

const float *MirroredVectors::of(uint32_t row) {
  if (!model_) return nullptr;
  {
    std::lock_guard lock(mutex_);
    if (auto known = vectors_.find(row); known != vectors_.end())
      return known->second.empty() ? nullptr : known->second.data();
  }
  auto vector = made(row);
  std::lock_guard lock(mutex_);
  const auto &kept = vectors_.emplace(row, std::move(vector)).first->second;
  return kept.empty() ? nullptr : kept.data();
}

std::vector<float> MirroredVectors::made(uint32_t row) {
  const auto &file = photos_.keeper_file(photos_.pictures[comparable_.pictures[row]]);
  std::optional<FileRow> known;
  {
    std::lock_guard lock(mutex_);
    known = reader_.file(file.id);
  }
  if (!known) return {};
  try {
    if (!is_unchanged(stat_file(known->path), file.stat)) return {};
    Turn turn(decoding_);
    return embed_file(call_.registry, *model_, known->path, /*mirrored=*/true).vector;
  } catch (const Error &) {
    return {};
  }
}

}  // namespace kalon
