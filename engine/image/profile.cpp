#include "image/profile.h"

#include <lcms2.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>

#include "base/hash.h"

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

double srgb_encoded(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

bool is_srgb_curve(const cmsToneCurve *curve) {
  for (int code = 0; code < 256; ++code) {
    const auto value = static_cast<float>(code) / 255.0F;
    const double linear = std::clamp<double>(cmsEvalToneCurveFloat(curve, value), 0, 1);
    if (!(std::fabs(srgb_encoded(linear) - value) * 255 < 0.5)) return false;
  }
  return true;
}

// True for an RGB profile of matrix and curves (without the tables that would take precedence) whose primaries and
// curves are those of sRGB. Most cameras' pictures carry such a profile; the transform would return what it is given.
bool is_srgb(cmsHPROFILE profile, cmsHPROFILE srgb) {
  if (cmsGetColorSpace(profile) != cmsSigRgbData || cmsGetPCS(profile) != cmsSigXYZData) return false;
  for (cmsTagSignature table : {cmsSigAToB0Tag, cmsSigAToB1Tag, cmsSigAToB2Tag, cmsSigDToB0Tag, cmsSigDToB1Tag})
    if (cmsIsTag(profile, table)) return false;
  for (cmsTagSignature tag : {cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag}) {
    const auto *own = static_cast<const cmsCIEXYZ *>(cmsReadTag(profile, tag));
    const auto *reference = static_cast<const cmsCIEXYZ *>(cmsReadTag(srgb, tag));
    if (!own || !reference) return false;
    // The primaries of common sRGB profiles agree within 0.0005; those of the next relatives differ by 0.05.
    constexpr double tolerance = 0.001;
    if (!(std::fabs(own->X - reference->X) < tolerance) || !(std::fabs(own->Y - reference->Y) < tolerance) ||
        !(std::fabs(own->Z - reference->Z) < tolerance))
      return false;
  }
  for (cmsTagSignature tag : {cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag}) {
    const auto *curve = static_cast<const cmsToneCurve *>(cmsReadTag(profile, tag));
    if (!curve || !is_srgb_curve(curve)) return false;
  }
  return true;
}

std::shared_ptr<const ProfileTransform> make_transform(ByteView icc_profile, ColourModel colour, SampleType sample) {
  if (icc_profile.size() > UINT32_MAX) return nullptr;
  const Profile profile(cmsOpenProfileFromMem(icc_profile.data(), static_cast<cmsUInt32Number>(icc_profile.size())));
  if (!profile || !fits(cmsGetColorSpace(profile.get()), colour)) return nullptr;
  const Profile srgb(cmsCreate_sRGBProfile());
  if (!srgb || is_srgb(profile.get(), srgb.get())) return nullptr;
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
