#include "image/profile.h"

#include <lcms2.h>

#include <algorithm>
#include <list>
#include <mutex>

#include "base/hash.h"
#include "image/matrix_profile.h"

namespace kalon {
namespace {

struct ProfileCloser {
  void operator()(void *profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, ProfileCloser>;

class LcmsTransform final : public ProfileTransform {
 public:
  explicit LcmsTransform(cmsHTRANSFORM handle) : handle_(handle) {}
  ~LcmsTransform() override { cmsDeleteTransform(handle_); }
  LcmsTransform(const LcmsTransform &) = delete;
  LcmsTransform &operator=(const LcmsTransform &) = delete;
  void convert(const void *source, void *target, uint32_t pixels) const override {
    cmsDoTransform(handle_, source, target, pixels);
  }

 private:
  cmsHTRANSFORM handle_;
};

bool fits(cmsColorSpaceSignature space, ColourModel colour) {
  switch (colour) {
    case ColourModel::grey:
      return space == cmsSigGrayData;
    case ColourModel::rgb:
      return space == cmsSigRgbData;
    case ColourModel::cmyk:
      return space == cmsSigCmykData;
  }
  return false;
}

cmsUInt32Number format_of(ColourModel colour, SampleType sample) {
  const bool wide = sample == SampleType::u16;
  switch (colour) {
    case ColourModel::grey:
      return wide ? TYPE_GRAY_16 : TYPE_GRAY_8;
    case ColourModel::rgb:
      return wide ? TYPE_RGB_16 : TYPE_RGB_8;
    case ColourModel::cmyk:
      return wide ? TYPE_CMYK_16 : TYPE_CMYK_8;
  }
  return 0;
}

std::shared_ptr<const ProfileTransform> make_transform(ByteView icc_profile, ColourModel colour, SampleType sample) {
  if (icc_profile.size() > UINT32_MAX) return nullptr;
  const Profile profile(cmsOpenProfileFromMem(icc_profile.data(), static_cast<cmsUInt32Number>(icc_profile.size())));
  if (!profile || !fits(cmsGetColorSpace(profile.get()), colour)) return nullptr;
  if (const auto matrix = read_matrix_profile(profile.get(), sample))
    return is_srgb(*matrix) ? nullptr : make_matrix_transform(*matrix);
  const Profile srgb(cmsCreate_sRGBProfile());
  if (!srgb) return nullptr;
  // Without lcms' cache of the last pixel, a transform has no state that threads would share.
  const cmsHTRANSFORM handle =
      cmsCreateTransform(profile.get(), format_of(colour, sample), srgb.get(), format_of(ColourModel::rgb, sample),
                         INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE);
  if (!handle) return nullptr;
  return std::make_shared<LcmsTransform>(handle);
}

struct Known {
  Hash128 profile;
  ColourModel colour;
  SampleType sample;
  std::shared_ptr<const ProfileTransform> transform;  // null is an answer too
};
constexpr size_t most_known = 16;

}  // namespace

std::shared_ptr<const ProfileTransform> transform_to_srgb(ByteView icc_profile, ColourModel colour, SampleType sample) {
  if (icc_profile.empty()) return nullptr;
  static std::mutex mutex;
  static std::list<Known> known;  // the latest used first
  const Hash128 hash = hash_of(icc_profile);
  const auto find = [&] {
    return std::find_if(known.begin(), known.end(), [&](const Known &entry) {
      return entry.profile == hash && entry.colour == colour && entry.sample == sample;
    });
  };
  {
    const std::lock_guard lock(mutex);
    if (const auto entry = find(); entry != known.end()) {
      known.splice(known.begin(), known, entry);
      return entry->transform;
    }
  }
  auto transform =
      make_transform(icc_profile, colour, sample);  // outside the lock: a table takes milliseconds to build
  const std::lock_guard lock(mutex);
  if (find() == known.end()) known.push_front({hash, colour, sample, transform});
  if (known.size() > most_known) known.pop_back();
  return transform;
}

}  // namespace kalon
