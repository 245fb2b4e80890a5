#include "embed/derived.h"

#include "image/codec.h"
#include "image/perceptual_hash.h"
#include "image/resample.h"
#include "image/sharpness.h"

namespace kalon {
namespace {

constexpr int thumbnail_quality = 85;

Fingerprint fingerprint_of(const RgbImage &picture) {
  const PerceptualHashes hashes = perceptual_hashes(picture);
  return {hashes.hash8,  hashes.mirrored8,  hashes.hash16,     hashes.mirrored16,
          hashes.hash24, hashes.mirrored24, sharpness(picture)};
}

}  // namespace

Derived derive(const VectorKey &key, const RgbImage &picture, const Wanted &wanted) {
  Derived derived;
  const RgbImage *source = &picture;
  RgbImage reduced;
  for (auto size : {ThumbnailSize::large, ThumbnailSize::small}) {
    const bool fingerprint = wanted.fingerprint && size == ThumbnailSize::large;
    if (!wanted.thumbnails && !fingerprint) continue;
    auto fitted = fit_within(source->width, source->height, static_cast<int>(size));
    if (fitted.width != source->width || fitted.height != source->height) {
      reduced = resample(*source, fitted.width, fitted.height, Filter::bilinear);
      source = &reduced;
    }
    if (fingerprint) derived.fingerprint = fingerprint_of(*source);
    if (wanted.thumbnails) derived.thumbnails.push_back({key, size, encode_jpeg(*source, thumbnail_quality)});
  }
  return derived;
}

}  // namespace kalon
