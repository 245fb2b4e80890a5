// Tables that come in: CSV, JSON lines, Parquet and lists of names: the first byte says which.
#include "exchange/table.h"
#include "base/text.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  InputFile file(data + 1, size - 1);
  return refusing([&] {
    auto open = data[0] % 4 == 0   ? kalon::open_csv
                : data[0] % 4 == 1 ? kalon::open_jsonl
                : data[0] % 4 == 2 ? kalon::open_parquet
                                   : kalon::open_name_list;
    auto table = open(file.path());
    kalon::TableRow row;
    // Compression and runs let a small file stand for many rows.
    for (int rows = 0; rows < 2000 && table->next(row); ++rows) {
      promise(row.outcome.ok() || !row.outcome.text.empty(), "wrong rows say why");
      promise(row.cells.size() <= kalon::max_table_columns, "columns are limited");
      for (const auto &cell : row.cells) promise(cell.text.size() <= kalon::max_cell_bytes, "cells are limited");
    }
  });
}
