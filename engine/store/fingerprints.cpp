// Perceptual hashes and sharpness of pictures as they are rendered.

#include <cmath>

#include "store/database.h"
#include "store/state.h"

namespace kalon {
namespace {

layout::Key fingerprint_key(const VectorKey &key) {
  return layout::Key().hash(key.picture).hash(key.render);
}

}  // namespace

bool Reader::has_fingerprint(const VectorKey &key) const {
  std::string_view ignored;
  return state_->get(layout::fingerprints, fingerprint_key(key).view(), ignored);
}

std::optional<Fingerprint> Reader::fingerprint(const VectorKey &key) const {
  std::string_view record;
  if (!state_->get(layout::fingerprints, fingerprint_key(key).view(), record)) return std::nullopt;
  Fingerprint fingerprint;
  if (!records::decode(record, fingerprint)) damaged(*state_, "fingerprints");
  return fingerprint;
}

void Writer::put_fingerprint(const VectorKey &key, const Fingerprint &fingerprint) {
  if (!std::isfinite(fingerprint.sharpness))
    throw Error(Status::invalid_argument, "the sharpness of picture " + key.picture.hex() + " is no finite number");
  database::put(state_->use(), state_->table(layout::fingerprints), fingerprint_key(key).view(),
                records::encode(fingerprint));
}

}  // namespace kalon
