// Against mpmath with 120 and more digits: mills = npdf(t) / (erfc(-t / sqrt(2)) / 2), and so on.
#include "rank/truncated_normal.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace kalon;

namespace {

// The last digits of `rest` where it is small, and of w near 0, go to rounding.
void check(double found, double expected) {
  CHECK(found == Approx(expected).epsilon(1e-11).margin(1e-24));
}

}  // namespace

TEST_CASE("a normal above a bound keeps its digits far into the tails") {
  struct Expected {
    double t, v, w, rest;
  };
  for (auto [t, v, w, rest] : {Expected{-100000, 100000.00001, 0.9999999999, 9.999999994e-11},
                               Expected{-1000, 1000.000999998, 0.99999900000599995, 9.9999400004999948e-7},
                               Expected{-201, 201.00497487812139, 0.99997525181259252, 2.4748187407475467e-5},
                               Expected{-199, 199.00502487187236, 0.99997475193756347, 2.5248062436531437e-5},
                               Expected{-30, 30.033259667433677, 0.99889622848810991, 0.001103771511890091},
                               Expected{-5.5, 5.6714103138973056, 0.97213822214555377, 0.02786177785444623},
                               Expected{-4.5, 4.7043198448277324, 0.96118590071522447, 0.038814099284775534},
                               Expected{-1, 1.5251352761609812, 0.80090233442965121, 0.19909766557034879},
                               Expected{0, 0.79788456080286536, 0.63661977236758134, 0.36338022763241866},
                               Expected{2, 0.055247862678989959, 0.11354805168857645, 0.88645194831142355},
                               Expected{8, 5.0522710835368954e-15, 4.0418168668295189e-14, 0.99999999999995958}}) {
    INFO("t = " << t);
    auto cut = truncated_above(t);
    check(cut.v, v), check(cut.w, w), check(cut.rest, rest);
  }
}

TEST_CASE("a normal within bounds keeps its digits, however near or far these are") {
  struct Expected {
    double t, e, v, w, rest, log_probability;
  };
  for (auto [t, e, v, w, rest, log_probability] :
       {Expected{0, .1, 0, 0.9966711089933002, 0.0033288910066998026, -2.5300420015472385},
        Expected{0, 1e-6, 0, 0.99999999999966667, 3.3333333333328886e-13, -14.041301910609168},
        Expected{.3, .1777, -0.2968561369233542, 0.98952439504203021, 0.010475604957969786, -2.0032300863083394},
        Expected{-.3, 2, 0.069568449486369345, 0.24304569117186439, 0.75695430882813561, -0.056876824668956047},
        Expected{2, .5, -1.848083316085864, 0.93254461330487225, 0.06745538669512775, -2.803501047738798},
        Expected{-7, .2, 6.9173130079953189, 0.99064187970539379, 0.0093581202946062106, -26.035703477790936},
        Expected{40, .5, -39.525284107407583, 0.99936152868692863, 0.00063847131307137199, -784.72087910431758},
        Expected{500, 3, -497.00201205614345, 0.99999595166285355, 4.0483371464463419e-6, -123511.6275326077},
        Expected{1, 12, -2.1188192534293653e-27, 2.3307011789642737e-26, 1, -1.9106595745598474e-28}}) {
    INFO("t = " << t << ", e = " << e);
    auto cut = truncated_within(t, e);
    check(cut.v, v), check(cut.w, w), check(cut.rest, rest);
    check(log_probability_within(t, e), log_probability);
  }
  auto point = truncated_within(3, 0);
  CHECK(point.v == -3);
  CHECK(point.rest == 0);
}

TEST_CASE("truncated normals are finite for every number") {
  for (double t :
       {-std::numeric_limits<double>::max(), -1e20, -38.6, 0.0, 38.6, 1e20, std::numeric_limits<double>::max()}) {
    for (const auto &cut :
         {truncated_above(t), truncated_within(t, 0.1), truncated_within(t, 1e-300), truncated_within(t, 1e9)}) {
      CHECK(std::isfinite(cut.v));
      CHECK(cut.w >= 0);
      CHECK(cut.w <= 1);
      CHECK(cut.rest >= 0);
    }
    if (std::abs(t) <= 1e20) CHECK(std::isfinite(log_normal_cumulative(t)));
  }
}
