#pragma once
// ICC profiles made with lcms2 for the tests.

#include "base/bytes.h"

enum class RgbSpace { srgb, adobe, display_p3 };
kalon::Bytes profile_of(RgbSpace space);
kalon::Bytes grey_profile(double gamma);
// A table of four inks (made up: each takes a little more light than it should) to Lab.
kalon::Bytes cmyk_profile();
