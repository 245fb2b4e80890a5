#pragma once
// A session of ranking as the library keeps it: what it was started with, and the questions that are with somebody.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "facade/methods.h"
#include "rank/votes.h"

namespace kalon {

// A question that was asked and not answered yet.
struct OpenQuestion {
  Hash128 id;                     // becomes that of the vote, so that an answer given twice counts once
  std::string kind;               // question_kind_name()
  std::vector<Hash128> pictures;  // by slot, as to be shown
  std::string annotator;
  int64_t time = 0;  // when it was asked, microseconds
};

// A pair whose answer is known.
struct GoldAnswer {
  Hash128 better, worse;  // photos
};

struct RankingSession {
  std::string name;
  std::string parameters = "{}";  // of the start, as JSON
  int64_t created = 0;            // microseconds; tells it from another of the same name
  int64_t resumed = 0;            // when its time began to run
  std::vector<OpenQuestion> open;
  std::vector<GoldAnswer> gold;

  // The session of this name; without a name the library's only one. not_found says which there are.
  static RankingSession of(const Reader &reader, const std::string &name);
  // Nothing when there is none of this name.
  static std::optional<RankingSession> find(const Reader &reader, const std::string &name);
  void store(Writer &writer) const;
};

}  // namespace kalon
