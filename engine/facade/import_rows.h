#pragma once
// What all imports share: rows read in batches, each batch one transaction, and what became of the rows.

#include <functional>
#include <string>
#include <string_view>

#include "exchange/table.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/picture_names.h"

namespace kalon {

// Counts rows, and tells those that came to nothing, one by one up to a limit.
class ImportReport {
 public:
  // limit: from the parameter `failures`.
  explicit ImportReport(const MethodCall &call);

  // file: the path of the table. text: what is wrong with the row.
  void failed(const std::string &file, std::string_view unit, uint64_t number, const std::string &name, Status status,
              const std::string &text);
  void imported() { ++imported_; }
  void met() { ++rows_; }
  void committed() { stored_ = imported_; }

  uint64_t rows() const { return rows_; }
  bool all_done() const { return failed_ + not_found_ == 0; }
  // Throws when there were rows and nothing came of any.
  void require_some(const std::string &file) const;
  // `rows imported not_found failed listed`.
  void add_to(JsonObject &summary) const;

  // Runs work(); an error that ends it tells how many rows are stored already.
  void guard(const std::function<void()> &work) const;

 private:
  RowSink &sink_;
  uint64_t limit_;
  uint64_t rows_ = 0, imported_ = 0, stored_ = 0, not_found_ = 0, failed_ = 0, listed_ = 0;
};

// Where the rows of one table go.
struct RowTaker {
  // A row, its place in the table (from 0), and the picture that it is about. Gives the bytes that are held until put()
  // is called; 0 when there is nothing to store.
  std::function<size_t(const TableRow &row, uint64_t index, const PictureNames::Found &found)> take;
  // Stores what was taken since the last call; without a writer (a dry run) it only lets go of it.
  std::function<void(Writer *writer)> put;
};

constexpr size_t batch_rows = 8192, batch_bytes = size_t{32} << 20;

// Reads the table to its end. Rows that are wrong or of no picture are reported; the others are taken, and stored batch
// by batch unless it is a dry run.
void import_table(const MethodCall &call, TableReader &table, PictureNames &names, const std::string &file,
                  ImportReport &report, const RowTaker &taker, bool dry_run);

// The parameter `base`: where relative paths of pictures begin; when it is absent, the folder that the table lies in.
std::vector<std::string> bases_from(const Parameters &parameters, const std::string &table);

}  // namespace kalon
