#include "panels/tasks_text.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace kalon::viewer;

TEST_CASE("the time that is left is told as exactly as it is known") {
  CHECK(time_left_text(0).empty());
  CHECK(time_left_text(-5).empty());
  CHECK(time_left_text(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(time_left_text(std::numeric_limits<double>::infinity()).empty());
  CHECK(time_left_text(12) == "less than a minute left");
  CHECK(time_left_text(59.9) == "less than a minute left");
  CHECK(time_left_text(60) == "about 1 min left");
  CHECK(time_left_text(150) == "about 3 min left");
  CHECK(time_left_text(59 * 60) == "about 59 min left");
  CHECK(time_left_text(3600) == "about 1 h left");
  CHECK(time_left_text(3600 + 25 * 60) == "about 1 h 20 min left");
  CHECK(time_left_text(26 * 3600) == "about 26 h left");
  CHECK(time_left_text(3 * 24 * 3600) == "about 3 days left");
  CHECK(time_left_text(1e300) == "more than 100 days left");
}

TEST_CASE("a rate is told in the unit in which it is a number") {
  CHECK(rate_text(0).empty());
  CHECK(rate_text(-1).empty());
  CHECK(rate_text(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(rate_text(1234.4) == "1,234 a second");
  CHECK(rate_text(0.5) == "30 a minute");
  CHECK(rate_text(0.001) == "4 an hour");
  CHECK(rate_text(1e-9).empty());
}

TEST_CASE("a job that runs says how far it is") {
  Job job;
  CHECK(progress_text(job).empty());
  CHECK(share_done(job) < 0);
  job.phase = "embedding";
  job.done = 1234;
  job.total = 5000;
  job.rate = 31.7;
  CHECK(progress_text(job) == "Embedding · 1,234 of 5,000 · 32 a second · about 2 min left");
  CHECK(share_done(job) == Approx(0.2468));
  job.cancelling = true;
  CHECK(progress_text(job) == "Stopping · 1,234 of 5,000 · 32 a second");
  job.cancelling = false;
  job.done = 6000;  // more came than were announced
  CHECK(progress_text(job) == "Embedding · 5,000 of 5,000 · 32 a second");
  CHECK(share_done(job) == 1);
  job.total = 0;
  CHECK(progress_text(job) == "Embedding · 6,000 · 32 a second");
}

TEST_CASE("a job that ended says what came of it") {
  Job job;
  job.running = false;
  job.method = "index";
  job.status = KALON_PARTIAL;
  job.summary = R"({"found":1500,"embedded":1200,"reused":0,"unchanged":297,"failed":3,"vanished":0,"unsupported":2})";
  CHECK(result_text(job) == "1,200 looked at, 297 unchanged, 3 failed, 2 of other kinds");
  job.summary = "{}";
  CHECK(result_text(job) == "No pictures were found");
  job.status = KALON_CANCELLED;
  CHECK(result_text(job) == "Cancelled. What was looked at until then is kept.");
  job.method = "duplicates";
  CHECK(result_text(job) == "Cancelled");
  job.status = KALON_OK;
  job.summary = R"({"groups":4,"files":9,"redundant":5,"bytes":12300000})";
  CHECK(result_text(job) == "4 groups, 5 files too many, 12.3 MB in them");
  job.summary = R"({"groups":0})";
  CHECK(result_text(job) == "No duplicates were found");
  job.method = "outliers";
  job.summary = R"({"scored":100,"outliers":1})";
  CHECK(result_text(job) == "1 outlier of 100 pictures");
  job.method = "doctor";
  job.summary = "not JSON";
  CHECK(result_text(job) == "Done");
  job.status = KALON_IO;
  job.message = "the disk is full";
  CHECK(result_text(job) == "Failed: the disk is full");
}
