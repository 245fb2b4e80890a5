// Methods "rank_start", "rank_sessions" and "rank_next": sessions of ranking, and their questions.

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/vote_table.h"
#include "facade/json_object.h"
#include "facade/photo_attributes.h"
#include "facade/picture_names.h"
#include "facade/rank_questions.h"
#include "store/names.h"

namespace kalon {
namespace {

constexpr size_t votes_each = 10;

// Whether two of the chosen photos have one value of the attribute in common.
bool share_values(const Reader &reader, const std::vector<ChosenPhoto> &photos, const std::string &attribute) {
  std::unordered_set<std::string> seen;
  for (const auto &photo : photos) {
    auto value = attribute_of(reader, photo, attribute);
    if (!value.empty() && !seen.insert(value).second) return true;
  }
  return false;
}

void refuse_begun(const Reader &reader, const std::string &name) {
  if (RankingSession::find(reader, name))
    throw Error(Status::invalid_argument,
                "there is a session of this name already; go on with it by --resume, drop it, or name another", name);
}

// Gives a session that goes on other limits; all else stays as it was begun.
void extend(RankingSession &session, const Parameters &parameters) {
  if (parameters.json_with({"session", "resume", "votes", "minutes"}, {}) != "{}")
    throw Error(Status::invalid_argument,
                "goes on as it was begun: with --resume only --votes and --minutes can be given; for all else begin "
                "another session, whose votes on the same criterion count there too",
                session.name);
  std::vector<std::pair<std::string, std::string>> limits;
  if (parameters.has("votes")) limits.emplace_back("votes", parameters.json_of("votes"));
  if (parameters.has("minutes")) limits.emplace_back("minutes", parameters.json_of("minutes"));
  session.parameters = Parameters(session.parameters).json_with({}, limits);
}

// Pairs with known answers from a table of left, right, outcome; all of it, or an error with the line.
std::vector<GoldAnswer> gold_from(const Reader &reader, const std::string &path, Task &task) {
  auto table = read_vote_table(path, std::nullopt, task);
  auto folder = std::filesystem::path(path).parent_path().native();
  std::vector<GoldAnswer> answers;
  for (size_t i = 0; i < table.history.comparisons.size(); ++i) {
    const auto &vote = table.history.comparisons[i];
    if (vote.verdict != Verdict::left && vote.verdict != Verdict::right)
      throw Error(Status::invalid_argument, "answer " + std::to_string(i + 1) + " is neither left nor right",
                  display_text(path));
    auto photo_of = [&](int32_t item) {
      const auto &name = table.items[static_cast<size_t>(item)];
      auto picture = picture_named(reader, name, {folder});
      if (!picture)
        throw Error(Status::not_found, "names a picture that is not in the library: " + display_text(name),
                    display_text(path));
      return picture->picture;
    };
    bool left = vote.verdict == Verdict::left;
    answers.push_back({photo_of(left ? vote.left : vote.right), photo_of(left ? vote.right : vote.left)});
  }
  if (answers.empty()) throw Error(Status::invalid_argument, "holds no pair with a known answer", display_text(path));
  return answers;
}

JsonObject described(const RankingSession &session, const RankingSettings &settings) {
  JsonObject row;
  row.add("session", session.name).add("criterion", settings.criterion);
  row.add("strategy", strategy_name(settings.strategy.kind));
  row.add("estimator", estimator_name(settings.estimator.options.kind));
  row.add("open", session.open.size()).add("gold", session.gold.size());
  row.add("created", format_utc(session.created)).add("resumed_time", format_utc(session.resumed));
  return row;
}

}  // namespace

Ending run_rank_start(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session", "default"), gold = parameters.path("gold");
  bool resume = parameters.flag("resume"), named = parameters.has("session"), chosen = false;
  auto settings = ranking_settings_from(parameters);
  parameters.reject_unknown();
  require_name(name, "a session");
  RankingSession session;
  if (resume) {
    session = RankingSession::of(call.library().read(), named ? name : "");
    extend(session, parameters);
  } else {
    auto reader = call.library().read();
    refuse_begun(reader, name);
    session.name = name;
    session.created = now_microseconds();
    auto photos = chosen_photos(reader, settings.choice);
    chosen = !settings.kind && share_values(reader, photos, settings.attribute);
    if (chosen) settings.strategy.kind = StrategyKind::same_prompt;
    std::vector<std::pair<std::string, std::string>> found = {
        {"strategy", json_string(strategy_name(settings.strategy.kind))}};
    // Nobody said how many pairs there are to be: as many as make ten votes for each picture.
    if (draws_pairs(settings.strategy.kind) && !parameters.has("max_pairs"))
      found.emplace_back("max_pairs", std::to_string(std::max<size_t>(1, votes_each * photos.size() / 2)));
    session.parameters = parameters.json_with({"session", "resume"}, found);
    if (!gold.empty()) session.gold = gold_from(reader, gold, call.task);
  }
  session.resumed = now_microseconds();
  // What cannot work is told now, and not at the first question.
  auto ranking = std::make_shared<Ranking>(session.name, ranking_settings_from(Parameters(session.parameters)));
  ranking->refresh(call);
  if (ranking->votes().candidates() < 2)
    throw Error(Status::not_found,
                "needs at least two pictures; index some with `kalon index FOLDER`, or choose others", session.name);
  if (auto ended = session_end(ranking->settings(), session, ranking->votes().votes_of_session()); !ended.empty())
    throw Error(Status::invalid_argument, ended, session.name);
  if (settings.estimator.options.kind == EstimatorKind::bradley_terry && !settings.estimator.options.prior_variance)
    throw Error(Status::invalid_argument,
                "has no utilities of greatest likelihood until every picture has won and lost; give a session of it "
                "--prior-variance, as 1, or choose --estimator bayes",
                "parameter estimator");
  for (const auto &answer : session.gold)
    for (const auto &picture : {answer.better, answer.worse})
      if (auto item = ranking->votes().item_of(picture); !item || *item >= ranking->votes().candidates())
        throw Error(Status::invalid_argument, "names a picture that is not among those of the session",
                    "parameter gold");
  {
    auto writer = call.library().write();
    if (resume) {
      session.open = RankingSession::of(writer, session.name).open;  // what is with somebody stays with them
    } else {
      refuse_begun(writer, name);  // somebody may have been faster
    }
    session.store(writer);
    writer.commit();
  }
  auto summary = described(session, ranking->settings());
  summary.add("strategy_chosen", chosen).add("resumed", resume).add("pictures", ranking->votes().candidates());
  summary.add("votes_of_criterion", ranking->votes().votes());
  return {Status::ok, summary.str()};
}

Ending run_rank_sessions(const MethodCall &call) {
  auto drop = call.parameters.text("drop");
  call.parameters.reject_unknown();
  if (!drop.empty()) {
    auto writer = call.library().write();
    if (!writer.drop_session(drop))
      throw Error(Status::not_found, "there is no session of this name", display_text(drop));
    writer.commit();
    call.rankings().forget(drop);
    return {Status::ok, JsonObject().add("dropped", drop).str()};
  }
  auto names = call.library().read().sessions();
  for (const auto &name : names) {
    try {
      auto session = RankingSession::find(call.library().read(), name);
      if (session) call.rows.row(described(*session, ranking_settings_from(Parameters(session->parameters))).str());
    } catch (const Error &error) {
      call.rows.row(JsonObject()
                        .add("session", name)
                        .add("status", status_name(error.status()))
                        .add("message", error.message())
                        .str());
    }
  }
  return {Status::ok, JsonObject().add("sessions", names.size()).str()};
}

Ending run_rank_next(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session"), annotator = parameters.text("annotator");
  auto count = parameters.integer("count", 1, 1, most_questions),
       size = parameters.integer("size", 2, 2, most_pictures);
  parameters.reject_unknown();
  auto questions = ask(call, name, annotator, count, size);
  for (const auto &row : questions.rows) call.rows.row(row);
  JsonObject summary;
  summary.add("asked", questions.rows.size());
  if (questions.rows.empty()) summary.add("finished", questions.finished);
  return {Status::ok, summary.str()};
}

}  // namespace kalon
