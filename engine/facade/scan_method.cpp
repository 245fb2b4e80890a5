// Method "scan": what may be a picture in folders, told from names and stat alone, also of what no library knows.

#include <algorithm>

#include "base/clock.h"
#include "embed/scan.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/rows.h"

namespace kalon {
namespace {

// Rows wait for one another, so that the library is opened for reading seldom, but not for long: a host shows them.
constexpr size_t most_waiting = 512;
constexpr double longest_wait = 0.05;  // seconds

class Listing {
 public:
  explicit Listing(const MethodCall &call) : call_(call), told_(monotonic_seconds()) {}

  void add(FoundFile &&file) {
    call_.task.advance();
    waiting_.push_back({std::move(file.path), file.stat});
    if (waiting_.size() >= most_waiting || monotonic_seconds() - told_ >= longest_wait) tell();
  }
  void tell() {
    std::vector<std::string> rows;
    rows.reserve(waiting_.size());
    {
      std::optional<Reader> reader;
      if (call_.open && !waiting_.empty()) reader.emplace(call_.library().read());
      for (const auto &[path, stat] : waiting_) {
        bool known = reader && knows(*reader, path);
        known_ += known;
        rows.push_back(JsonObject()
                           .add("uri", file_uri(path))
                           .add("path", path)
                           .add("name", name_of(path))
                           .add("size", stat.size)
                           .add("mtime", format_utc(stat.mtime_ns / 1000))
                           .add("known", known)
                           .str());
      }
    }
    files_ += waiting_.size();
    waiting_.clear();
    for (const auto &row : rows) call_.rows.row(row);
    told_ = monotonic_seconds();
  }
  uint64_t files() const { return files_; }
  uint64_t known() const { return known_; }

 private:
  // The same name in another spelling is another file.
  static bool knows(const Reader &reader, const std::string &path) {
    auto row = reader.file_at(path);
    return row && row->path == path;
  }

  const MethodCall &call_;
  std::vector<std::pair<std::string, FileStat>> waiting_;
  double told_;
  uint64_t files_ = 0, known_ = 0;
};

}  // namespace

Ending run_scan(const MethodCall &call) {
  auto roots = call.parameters.paths("paths");
  call.parameters.reject_unknown();
  if (roots.empty()) throw Error(Status::invalid_argument, "names no folder or file", "parameter paths");
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());

  call.task.phase("scan");
  Listing listing(call);
  ScanOptions options;
  options.known_extension = [&](std::string_view extension) { return call.registry.known_extension(extension); };
  options.by_path = true;
  auto report = scan(
      roots, options, [&](FoundFile &&file) { listing.add(std::move(file)); }, call.task);
  listing.tell();
  for (const auto &[path, outcome] : report.failures) {
    if (listing.files() == 0 && roots.size() == 1 && path == roots[0])
      throw Error(outcome.status, outcome.text, display_text(path));
    call.rows.row(JsonObject()
                      .add("uri", file_uri(path))
                      .add("path", path)
                      .add("name", name_of(path))
                      .add("status", status_name(outcome.status))
                      .add("message", outcome.text)
                      .str());
  }
  JsonObject summary;
  summary.add("files", listing.files()).add("known", listing.known()).add("unsupported", report.unsupported);
  summary.add("failed", report.failures.size());
  return {report.failures.empty() ? Status::ok : Status::partial, summary.str()};
}

}  // namespace kalon
