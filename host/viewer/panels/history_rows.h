#pragma once
// What was done, as the method `history` tells it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kalon::viewer {

struct HistoryRow {
  std::string action;      // 32 hex digits; empty for work on files
  uint64_t operation = 0;  // of work on files, else 0
  std::string kind, text, writer;
  std::string time;    // UTC, as the engine writes it
  std::string undoes;  // the action that this one took back; empty: it is no undo
  uint64_t count = 0;  // events, or files
  bool undone = false;
  std::vector<std::string> uris;  // of the first few pictures
};

class History {
 public:
  // Takes in rows, newest first, behind those that are there. What is no row is left out.
  void add(std::span<const std::string> rows);
  const std::vector<HistoryRow> &all() const { return rows_; }
  // What people see: undos are told by what they took back.
  std::vector<const HistoryRow *> shown() const;
  // The action whose undoing undoes the row, or makes it again where it is undone; empty when there is none.
  std::string way_back(const HistoryRow &row) const;
  // The row that an action is about in the end: itself, or what it, an undo, took back or made again; null: not here.
  const HistoryRow *subject(std::string_view action) const;
  // The row of work on files; null: not here.
  const HistoryRow *work(uint64_t operation) const;
  // What `before` of the next page is; empty when there are no rows.
  std::string last() const;

 private:
  std::vector<HistoryRow> rows_;
};

// "2026-11-22T17:47:05.123456Z" as microseconds since 1970; 0 when it is none.
int64_t microseconds_of(std::string_view time);

}  // namespace kalon::viewer
