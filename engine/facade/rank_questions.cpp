#include "facade/rank_questions.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "facade/json_object.h"
#include "store/random_hash.h"

namespace kalon {
namespace {

constexpr int64_t open_for = int64_t{10} * 60 * 1000000;  // microseconds; after that others may get the question

std::string row_of(const Ranking &ranking, const std::string &session, const OpenQuestion &question) {
  std::vector<std::string> pictures;
  for (const auto &picture : question.pictures) {
    JsonObject one;
    auto item = ranking.votes().item_of(picture);
    one.add("id", picture.hex());
    if (item) {
      const auto &photo = ranking.votes().photo(*item);
      one.add("photo", photo.photo.hex()).add("uri", file_uri(photo.path)).add("path", photo.path);
    }
    pictures.push_back(one.str());
  }
  return JsonObject()
      .add("question", question.id.hex())
      .add("session", session)
      .add("annotator", question.annotator)
      .add("kind", question.kind)
      .raw("pictures", json_array(pictures))
      .str();
}

// Whether all of a question may still be asked.
bool may_be_asked(const Ranking &ranking, const OpenQuestion &question) {
  return std::all_of(question.pictures.begin(), question.pictures.end(), [&](const Hash128 &picture) {
    auto item = ranking.votes().item_of(picture);
    return item && *item < ranking.votes().candidates();
  });
}

struct NewQuestion {
  std::vector<int32_t> slots;  // items
  QuestionKind kind = QuestionKind::fresh;
};

std::vector<NewQuestion> new_questions(Ranking &ranking, const RankingSession &session, const Estimator &estimator,
                                       const std::string &annotator, int64_t count, int64_t pictures) {
  std::vector<NewQuestion> made;
  if (count <= 0) return made;
  auto &votes = ranking.votes();
  PairCounts pending(votes.items());
  std::vector<PendingQuestion> with_others;
  for (const auto &question : session.open) {
    std::vector<int32_t> items;
    for (const auto &picture : question.pictures)
      if (auto item = votes.item_of(picture)) items.push_back(*item);
    for (size_t i = 0; i < items.size(); ++i)
      for (size_t j = 0; j < i; ++j) pending.add(items[i], items[j]);
    if (items.size() == 2) with_others.push_back({items[0], items[1], ranking.annotator(question.annotator)});
  }
  auto candidates = votes.candidate_marks();
  auto survey = ranking.survey(estimator, pending, candidates);
  if (pictures == 2) {
    std::vector<ItemPair> gold;
    for (const auto &answer : session.gold) {
      auto better = votes.item_of(answer.better), worse = votes.item_of(answer.worse);
      if (better && worse && *better != *worse && std::max(*better, *worse) < votes.candidates())
        gold.push_back({*better, *worse});
    }
    const auto &origins = votes.comparison_origins();
    auto first = std::partition_point(origins.begin(), origins.end(),
                                      [&](const VoteOrigin &origin) { return origin.time < session.created; });
    auto asked = ranking.questionnaire(static_cast<uint64_t>(first - origins.begin()))
                     .next(ranking.strategy(), {survey, with_others, gold, ranking.annotator(annotator)}, count);
    for (const auto &question : asked) made.push_back({{question.left, question.right}, question.kind});
    return made;
  }
  // Of several pictures: those of the pairs that would be asked next.
  auto pairs_each = static_cast<size_t>(pictures + 1) / 2;
  auto pairs = ranking.strategy().next(survey, count * static_cast<int64_t>(pairs_each), ranking.random());
  for (size_t from = 0; from + pairs_each <= pairs.size(); from += pairs_each) {
    NewQuestion question;
    for (size_t i = from; i < from + pairs_each; ++i)
      for (int32_t item : {pairs[i].a, pairs[i].b})
        if (question.slots.size() < static_cast<size_t>(pictures) &&
            std::find(question.slots.begin(), question.slots.end(), item) == question.slots.end())
          question.slots.push_back(item);
    if (question.slots.size() == static_cast<size_t>(pictures)) made.push_back(std::move(question));
  }
  return made;
}

}  // namespace

std::shared_ptr<Ranking> ranking_of(const MethodCall &call, const RankingSession &session) {
  return call.rankings().of_session(session.name, session.created,
                                    ranking_settings_from(Parameters(session.parameters)));
}

std::shared_ptr<Ranking> ranking_apart(const RankingSession &session) {
  return std::make_shared<Ranking>(session.name, ranking_settings_from(Parameters(session.parameters)));
}

std::string session_end(const RankingSettings &settings, const RankingSession &session, uint64_t votes) {
  if (settings.most_votes > 0 && votes >= static_cast<uint64_t>(settings.most_votes))
    return "it has as many votes as it was given (" + grouped(static_cast<uint64_t>(settings.most_votes)) +
           "); `kalon rank start --resume --votes N` gives it more";
  if (settings.most_minutes > 0 &&
      static_cast<double>(now_microseconds() - session.resumed) >= settings.most_minutes * 60e6)
    return "its time is over; `kalon rank start --resume` gives it as much again";
  return {};
}

Questions ask(const MethodCall &call, const std::string &name, const std::string &annotator, int64_t count,
              int64_t pictures) {
  auto found = RankingSession::of(call.library().read(), name);
  auto held = ranking_of(call, found);
  auto &ranking = *held;
  std::lock_guard lock(ranking.mutex);
  ranking.refresh(call);
  const auto &votes = ranking.votes();
  Questions questions;
  // Its limits may have been changed by a resume since the ranking was made.
  auto limits = ranking_settings_from(Parameters(found.parameters));
  questions.finished = session_end(limits, found, votes.votes_of_session());
  if (!questions.finished.empty()) return questions;
  ranking.estimator(call);

  // Nobody waits for a fit, and votes that came meanwhile are known before anything is asked.
  auto writer = call.library().write();
  ranking.refresh(call, writer);
  auto &estimator = ranking.estimator(call);
  auto session = RankingSession::of(writer, found.name);
  auto now = now_microseconds();
  std::erase_if(session.open, [&](const OpenQuestion &question) {
    bool old = now - question.time > open_for || question.time > now;
    return (old && question.annotator != annotator) || !may_be_asked(ranking, question);
  });
  for (const auto &question : session.open)
    if (question.annotator == annotator && static_cast<int64_t>(question.pictures.size()) == pictures &&
        static_cast<int64_t>(questions.rows.size()) < count)
      questions.rows.push_back(row_of(ranking, session.name, question));
  auto missing = count - static_cast<int64_t>(questions.rows.size());
  for (auto &items : new_questions(ranking, session, estimator, annotator, missing, pictures)) {
    OpenQuestion question;
    question.id = random_hash();
    question.kind = std::string(question_kind_name(items.kind));
    question.annotator = annotator;
    question.time = now;
    for (int32_t item : items.slots) question.pictures.push_back(votes.photo(item).key.picture);
    questions.rows.push_back(row_of(ranking, session.name, question));
    session.open.push_back(std::move(question));
  }
  session.store(writer);
  writer.commit();
  if (questions.rows.empty()) questions.finished = "the strategy has no pair left to ask";
  return questions;
}

}  // namespace kalon
