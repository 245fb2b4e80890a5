#include "panels/tasks_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

using Json = nlohmann::json;

std::string joined(const std::vector<std::string> &parts, std::string_view between) {
  std::string text;
  for (const auto &part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

class Summary {
 public:
  explicit Summary(const std::string &text) : json_(Json::parse(text, nullptr, false)) {}
  uint64_t count(const char *name) const {
    if (!json_.is_object()) return 0;
    const auto found = json_.find(name);
    return found != json_.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
  }
  // "1,234 failed", "1 group" or "2 groups"; empty for zero.
  std::string some(const char *name, const char *words, const char *of_one = nullptr) const {
    return count(name) > 0 ? any(name, words, of_one) : std::string();
  }
  // The same, zero too.
  std::string any(const char *name, const char *words, const char *of_one = nullptr) const {
    const auto number = count(name);
    return count_text(number) + " " + (number == 1 && of_one != nullptr ? of_one : words);
  }

 private:
  Json json_;
};

std::string index_text(const Summary &summary) {
  const auto text = joined({summary.some("embedded", "looked at"), summary.some("reused", "known already"),
                            summary.some("unchanged", "unchanged"),
                            summary.some("duplicates", "duplicates", "duplicate"), summary.some("failed", "failed"),
                            summary.some("vanished", "gone"), summary.some("unsupported", "of other kinds")},
                           ", ");
  return text.empty() ? "No pictures were found" : text;
}

std::string words_of(const std::string &method, const Summary &summary) {
  if (method == "index") return index_text(summary);
  if (method == "sort") {
    return joined({summary.any("pictures", "in order"), summary.some("sections", "sections", "section"),
                   summary.some("placed", "placed"), summary.some("without_vector", "not indexed yet"),
                   summary.some("failed", "failed")},
                  ", ");
  }
  if (method == "duplicates") {
    if (summary.count("groups") == 0) return "No duplicates were found";
    const auto bytes = summary.count("bytes");
    return joined(
        {summary.some("groups", "groups", "group"), summary.some("redundant", "files too many", "file too many"),
         bytes > 0 ? bytes_text(bytes) + " in them" : std::string(), summary.some("missing", "not indexed yet")},
        ", ");
  }
  if (method == "groups") {
    return joined({summary.any("groups", "groups", "group"), summary.some("grouped", "pictures in them"),
                   summary.some("alone", "alone"), summary.some("without_vector", "not indexed yet"),
                   summary.some("without_time", "without a time")},
                  ", ");
  }
  if (method == "outliers") {
    return joined(
        {summary.any("outliers", "outliers", "outlier") + " of " + summary.any("scored", "pictures", "picture"),
         summary.some("without_vector", "not indexed yet")},
        ", ");
  }
  return joined({summary.some("pictures", "pictures", "picture"), summary.some("rows", "rows", "row"),
                 summary.some("placed", "placed"), summary.some("done", "done"), summary.some("left", "left"),
                 summary.some("failed", "failed")},
                ", ");
}

}  // namespace

std::string time_left_text(double seconds) {
  if (!(seconds > 0) || !std::isfinite(seconds)) return {};
  if (seconds < 60) return "less than a minute left";
  const double minutes = std::round(seconds / 60);
  if (minutes < 60) return "about " + std::to_string(static_cast<int>(minutes)) + " min left";
  if (minutes >= 60.0 * 24 * 100) return "more than 100 days left";
  const auto hours = static_cast<int>(minutes / 60);
  std::string text = "about ";
  if (hours >= 48) {
    text.append(std::to_string(hours / 24)).append(" days left");
    return text;
  }
  text.append(std::to_string(hours)).append(" h");
  // Nobody waits by the minute for what takes hours.
  if (const int rest = static_cast<int>(minutes) % 60 / 10 * 10; rest > 0) {
    text.append(" ").append(std::to_string(rest)).append(" min");
  }
  return text.append(" left");
}

std::string rate_text(double per_second) {
  if (!(per_second > 0) || !std::isfinite(per_second)) return {};
  const auto whole = [](double number) {
    return count_text(static_cast<uint64_t>(std::llround(std::min(number, 1e15))));
  };
  if (per_second >= 1) return whole(per_second) + " a second";
  if (per_second * 60 >= 1) return whole(per_second * 60) + " a minute";
  if (per_second * 3600 >= 1) return whole(per_second * 3600) + " an hour";
  return {};
}

double share_done(const Job &job) {
  if (job.total == 0) return -1;
  return std::min(1.0, static_cast<double>(job.done) / static_cast<double>(job.total));
}

std::string progress_text(const Job &job) {
  std::string counted;
  if (job.total > 0) {
    counted = count_text(std::min(job.done, job.total)) + " of " + count_text(job.total);
  } else if (job.done > 0) {
    counted = count_text(job.done);
  }
  return joined({job.cancelling ? "Stopping" : capitalised(job.phase), counted, rate_text(job.rate),
                 job.cancelling ? std::string() : time_left_text(job.seconds_left())},
                " · ");
}

std::string result_text(const Job &job) {
  if (job.status == KALON_CANCELLED) {
    return job.method == "index" ? "Cancelled. What was looked at until then is kept." : "Cancelled";
  }
  if (job.status != KALON_OK && job.status != KALON_PARTIAL) {
    return job.message.empty() ? "It failed, and nothing says why" : "Failed: " + job.message;
  }
  const auto words = words_of(job.method, Summary(job.summary));
  if (!words.empty()) return words;
  return job.status == KALON_PARTIAL ? "Done, but for some" : "Done";
}

}  // namespace kalon::viewer
