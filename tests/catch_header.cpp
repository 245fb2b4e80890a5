// Carries the precompiled catch.hpp; see CMakeLists.txt.
#include <catch2/catch.hpp>
