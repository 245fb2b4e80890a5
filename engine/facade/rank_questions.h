#pragma once
// The questions of a session: asked, kept open, and shown as rows.

#include <string>
#include <vector>

#include "facade/ranking.h"
#include "facade/ranking_session.h"
#include "facade/ranking_settings.h"

namespace kalon {

constexpr int64_t most_questions = 1000, most_pictures = 16;  // at once; of one question

struct Questions {
  std::vector<std::string> rows;  // JSON, one for each question
  std::string finished;           // why there are none, when there are none
};

// The next questions for an annotator: first those that were asked already and not answered, then new ones, which are
// kept open for a while so that nobody else gets them. [worker]
Questions ask(const MethodCall &call, const std::string &session, const std::string &annotator, int64_t count,
              int64_t pictures);

// Why a session is over, by its number of votes or its time; empty: it is not. [any]
std::string session_end(const RankingSettings &settings, const RankingSession &session, uint64_t votes);

// The ranking of a session that this process keeps; lock its mutex and refresh() it before use. [any]
std::shared_ptr<Ranking> ranking_of(const MethodCall &call, const RankingSession &session);
// The same as a ranking of this call's own, for what takes long: nobody who votes waits for it, and it needs no lock.
// [any]
std::shared_ptr<Ranking> ranking_apart(const RankingSession &session);

}  // namespace kalon
