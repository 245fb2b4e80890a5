#include "facade/import_rows.h"

#include <filesystem>

#include "base/text.h"

namespace kalon {

ImportReport::ImportReport(const MethodCall &call)
    : sink_(call.rows), limit_(static_cast<uint64_t>(call.parameters.integer("failures", 1000, 0, 1'000'000'000))) {}

void ImportReport::failed(const std::string &file, std::string_view unit, uint64_t number, const std::string &name,
                          Status status, const std::string &text) {
  ++(status == Status::not_found ? not_found_ : failed_);
  if (listed_ == limit_) return;
  ++listed_;
  JsonObject row;
  row.add("file", file_uri(file)).add("file_path", file).add(unit, number);
  if (!name.empty()) row.add("name", shorten_utf8(name, 1000));
  sink_.row(row.add("status", status_name(status)).add("message", text).str());
}

void ImportReport::require_some(const std::string &file) const {
  if (rows_ == 0 || failed_ + not_found_ < rows_) return;
  if (failed_ > 0)
    throw Error(Status::corrupt_data,
                (rows_ == 1 ? std::string("its one row could not be imported")
                            : "none of its " + std::to_string(rows_) + " rows could be imported") +
                    "; what was wrong is listed above",
                display_text(file));
  throw Error(Status::not_found,
              (not_found_ == 1 ? std::string("its one picture is not in this library")
                               : "none of its " + std::to_string(not_found_) + " pictures is in this library") +
                  "; index them first, or say with --base which folder their paths begin in",
              display_text(file));
}

void ImportReport::add_to(JsonObject &summary) const {
  summary.add("rows", rows_).add("imported", imported_).add("not_found", not_found_).add("failed", failed_);
  summary.add("listed", listed_);
}

void ImportReport::guard(const std::function<void()> &work) const {
  try {
    work();
  } catch (const Error &error) {
    if (stored_ == 0 || error.status() == Status::cancelled) throw;
    throw Error(error.status(),
                error.message() + " (" + std::to_string(stored_) + (stored_ == 1 ? " row" : " rows") +
                    " before it are imported)",
                error.context());
  }
}

void import_table(const MethodCall &call, TableReader &table, PictureNames &names, const std::string &file,
                  ImportReport &report, const RowTaker &taker, bool dry_run) {
  TableRow row;
  uint64_t index = 0;
  for (bool more = true; more;) {
    call.task.throw_if_cancelled();
    size_t rows = 0, bytes = 0;
    {
      auto reader = call.library().read();
      for (; rows < batch_rows && bytes < batch_bytes && (more = table.next(row)); ++rows, ++index) {
        report.met();
        auto found = row.outcome.ok() ? names.find(reader, row) : PictureNames::Found{{}, row.outcome, {}};
        if (found.outcome.ok())
          bytes += taker.take(row, index, found);
        else
          report.failed(file, table.unit(), row.number, found.name, found.outcome.status, found.outcome.text);
      }
    }
    if (dry_run) {
      taker.put(nullptr);
    } else if (bytes > 0) {
      auto writer = call.library().write();
      taker.put(&writer);
      writer.commit();
      report.committed();
    }
    call.task.advance(rows);
  }
}

std::vector<std::string> bases_from(const Parameters &parameters, const std::string &table) {
  auto bases = parameters.paths("base");
  if (bases.empty()) bases.push_back(std::filesystem::path(table).parent_path().native());
  return bases;
}

}  // namespace kalon
