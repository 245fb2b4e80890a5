#include "profiles.h"

#include <lcms2.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace {

kalon::Bytes saved(cmsHPROFILE profile) {
  REQUIRE(profile != nullptr);
  cmsUInt32Number size = 0;
  REQUIRE(cmsSaveProfileToMem(profile, nullptr, &size));
  kalon::Bytes bytes(size);
  REQUIRE(cmsSaveProfileToMem(profile, bytes.data(), &size));
  cmsCloseProfile(profile);
  return bytes;
}

const cmsCIExyY d65{0.3127, 0.3290, 1.0};

cmsToneCurve *srgb_curve() {
  const double parameters[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  return cmsBuildParametricToneCurve(nullptr, 4, parameters);
}

int inks_to_lab(const cmsUInt16Number in[], cmsUInt16Number out[], void *) {
  double light[3];
  const double black = 1 - in[3] / 65535.0;
  for (int c = 0; c < 3; ++c) light[c] = std::pow(1 - in[c] / 65535.0, 1.3) * black * 0.9 + 0.02;
  cmsCIELab lab;
  lab.L = 100 * (0.3 * light[0] + 0.6 * light[1] + 0.1 * light[2]);
  lab.a = 100 * (light[0] - light[1]);
  lab.b = 100 * (light[1] - light[2]);
  cmsFloat2LabEncodedV2(out, &lab);
  return 1;
}

}  // namespace

kalon::Bytes profile_of(RgbSpace space) {
  if (space == RgbSpace::srgb) return saved(cmsCreate_sRGBProfile());
  const bool adobe = space == RgbSpace::adobe;
  const cmsCIExyYTRIPLE adobe_primaries{{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}};
  const cmsCIExyYTRIPLE p3_primaries{{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}};
  cmsToneCurve *curve = adobe ? cmsBuildGamma(nullptr, 563.0 / 256) : srgb_curve();
  cmsToneCurve *curves[3] = {curve, curve, curve};
  const kalon::Bytes bytes = saved(cmsCreateRGBProfile(&d65, adobe ? &adobe_primaries : &p3_primaries, curves));
  cmsFreeToneCurve(curve);
  return bytes;
}

kalon::Bytes grey_profile(double gamma) {
  cmsToneCurve *curve = cmsBuildGamma(nullptr, gamma);
  const kalon::Bytes bytes = saved(cmsCreateGrayProfile(&d65, curve));
  cmsFreeToneCurve(curve);
  return bytes;
}

kalon::Bytes cmyk_profile() {
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 2.1);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, cmsSigCmykData);
  cmsSetPCS(profile, cmsSigLabData);
  cmsPipeline *pipeline = cmsPipelineAlloc(nullptr, 4, 3);
  cmsStage *table = cmsStageAllocCLut16bit(nullptr, 5, 4, 3, nullptr);
  REQUIRE(cmsStageSampleCLut16bit(table, inks_to_lab, nullptr, 0));
  REQUIRE(cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, table));
  REQUIRE(cmsWriteTag(profile, cmsSigAToB0Tag, pipeline));
  cmsPipelineFree(pipeline);
  return saved(profile);
}
