// Methods "rank_vote" and "rank_undo": what people say to the questions of a session, and taking it back.

#include <algorithm>
#include <numeric>

#include "base/clock.h"
#include "base/text.h"
#include "facade/json_object.h"
#include "facade/rank_questions.h"
#include "facade/unknown_file.h"
#include "store/random_hash.h"

namespace kalon {
namespace {

constexpr int64_t longest_look = int64_t{10} * 60 * 1000000;  // microseconds; who took longer was away

// Slots from the best one on; those that are not named share the last rank.
std::vector<uint16_t> ranks_of(const std::vector<int64_t> &slots, size_t pictures, const char *parameter) {
  std::vector<uint16_t> ranks(pictures, 0);
  uint16_t next = 1;
  for (auto slot : slots) {
    if (slot > static_cast<int64_t>(pictures) || ranks[static_cast<size_t>(slot - 1)] != 0)
      throw Error(Status::invalid_argument,
                  "takes the places of the pictures, each once, from 1 to " + std::to_string(pictures),
                  std::string("parameter ") + parameter);
    ranks[static_cast<size_t>(slot - 1)] = next++;
  }
  for (auto &rank : ranks)
    if (rank == 0) rank = next;
  return ranks;
}

// Makes the vote over its pictures say what the parameters do.
void answer(Vote &vote, const Parameters &parameters) {
  auto word = parameters.text("outcome");
  auto order = parameters.integers("order", 1, 1000);
  auto best = parameters.integer("best", 0, 1, 1000);
  if (!word.empty() + !order.empty() + (best > 0) != 1)
    throw Error(Status::invalid_argument, "say one of `outcome`, `best` and `order`", "vote");
  auto pictures = vote.pictures.size();
  if (!order.empty()) {
    vote.ranks = ranks_of(order, pictures, "order");
  } else if (best > 0) {
    vote.ranks = ranks_of({best}, pictures, "best");
  } else {
    word = parameters.one_of("outcome", {"left", "right", "tie", "both_bad", "skip"});
    if (pictures > 2 && (word == "left" || word == "right"))
      throw Error(Status::invalid_argument, "goes with two pictures; of several say `best` or `order`",
                  "parameter outcome");
    set_verdict(vote, word == "left"       ? Verdict::left
                      : word == "right"    ? Verdict::right
                      : word == "tie"      ? Verdict::tie
                      : word == "both_bad" ? Verdict::both_bad
                                           : Verdict::skip);
  }
}

// What a vote names, checked against the library and the session.
std::vector<Hash128> pictures_at(const Reader &reader, const std::vector<std::string> &paths, const Choice &choice) {
  if (paths.size() < 2)
    throw Error(Status::invalid_argument, "a vote is over two or more pictures", "parameter pictures");
  Exclusions exclusions(reader);
  ChoiceFilter filter(reader, choice);
  std::vector<Hash128> pictures, photos;
  for (const auto &path : paths) {
    auto file = reader.file_at(path);
    if (!file || file->picture.none()) throw Error(Status::not_found, unknown_file(path), display_text(path));
    if (file->vanished)
      throw Error(Status::not_found, "is gone; `kalon index` takes it in again once it is back", display_text(path));
    if (exclusions.holds(file->picture, file->photo))
      throw Error(Status::invalid_argument, "was excluded; `kalon rank exclude --include FILE` takes it back",
                  display_text(path));
    if (std::find(photos.begin(), photos.end(), file->photo) != photos.end())
      throw Error(Status::invalid_argument, "stands on two sides of the vote: it is one photo with the other",
                  display_text(path));
    bool chosen = false;
    reader.scan_files(file->path, {}, [&](const FileView &view) {
      std::vector<Attribute> known;
      chosen = filter.in_folders(view.path) && filter.matches(view, known);
      return false;
    });
    if (!chosen) throw Error(Status::invalid_argument, "is not among the pictures of this session", display_text(path));
    pictures.push_back(file->picture);
    photos.push_back(file->photo);
  }
  return pictures;
}

// The question of this id, or the first that is open to an annotator.
std::optional<OpenQuestion> open_question(const RankingSession &session, const std::string &annotator,
                                          const std::optional<Hash128> &id) {
  auto found = std::find_if(session.open.begin(), session.open.end(), [&](const auto &question) {
    return id ? question.id == *id : question.annotator == annotator;
  });
  return found == session.open.end() ? std::nullopt : std::optional(*found);
}

// How long an annotator looked at a question, if it was the only one that was open to them; else 0.
int64_t look_at(const RankingSession &session, const OpenQuestion &asked) {
  auto open_to = std::count_if(session.open.begin(), session.open.end(),
                               [&](const auto &question) { return question.annotator == asked.annotator; });
  auto look = now_microseconds() - asked.time;
  return open_to == 1 && look > 0 && look < longest_look ? look : 0;
}

void refuse_excluded(const Reader &reader, const std::vector<Hash128> &pictures) {
  auto excluded = reader.excluded_pictures();
  for (const auto &picture : pictures)
    if (std::find(excluded.begin(), excluded.end(), picture) != excluded.end())
      throw Error(Status::invalid_argument, "was excluded since it was asked of; `kalon rank next` asks something else",
                  "picture " + picture.hex());
}

// The path of a file of a picture; empty: none is there.
std::string path_of(const Reader &reader, const Hash128 &picture) {
  for (uint64_t id : reader.files_of(picture))
    if (auto file = reader.file(id); file && !file->vanished) return file->path;
  return {};
}

const char *outcome_of(const Vote &vote) {
  if (vote.outcome == VoteOutcome::tie) return "tie";
  if (vote.outcome == VoteOutcome::both_bad) return "both_bad";
  if (vote.outcome == VoteOutcome::skip) return "skip";
  if (vote.pictures.size() != 2) return "order";
  return vote.ranks[0] < vote.ranks[1] ? "left" : "right";
}

std::optional<Hash128> id_from(const Parameters &parameters, const char *name) {
  auto text = parameters.text(name);
  if (text.empty()) return std::nullopt;
  auto id = Hash128::from_hex(text);
  if (!id || id->none())
    throw Error(Status::invalid_argument, "must be 32 hex digits", std::string("parameter ") + name);
  return id;
}

struct Answered {
  std::optional<Hash128> question, id;   // that are named, the second for the vote
  std::optional<std::string> annotator;  // who says to answer; nothing: whoever was asked
};

// The vote that answers a question, but for what is answered; vote_id: that it is to have. The question is open, and is
// no more after it, or was answered already: then it is the same vote, which may be delivered twice.
Vote vote_on_question(const Reader &reader, RankingSession &session, const Answered &by, Hash128 &vote_id) {
  Vote vote;
  auto wanted = by.id ? by.id : by.question;
  auto given = wanted ? reader.event(*wanted) : std::nullopt;
  if (const auto *there = given ? std::get_if<Vote>(&given->body) : nullptr) {
    vote_id = *wanted;
    vote.pictures = there->pictures;
    vote.duration = there->duration;
    vote.annotator = by.annotator.value_or(there->annotator);
    return vote;
  }
  auto annotator = by.annotator.value_or("");
  auto asked = open_question(session, annotator, by.question);
  if (!asked)
    throw Error(Status::not_found,
                by.question ? "is not open (answered, or given to others after a while); vote with the pictures instead"
                            : "no question is open; `kalon rank next` asks one, or vote with the pictures",
                by.question         ? by.question->hex()
                : annotator.empty() ? "session " + session.name
                                    : "annotator " + display_text(annotator));
  if (by.annotator && asked->annotator != annotator)
    throw Error(Status::invalid_argument,
                asked->annotator.empty() ? std::string("is open to nobody by name; leave the annotator out")
                                         : "is open to " + display_text(asked->annotator) + " only",
                asked->id.hex());
  refuse_excluded(reader, asked->pictures);
  vote_id = asked->id;
  vote.pictures = asked->pictures;
  vote.duration = look_at(session, *asked);
  vote.annotator = asked->annotator;
  std::erase_if(session.open, [&](const auto &each) { return each.id == asked->id; });
  return vote;
}

// The newest vote of a session that was not taken back. annotator: null for everybody's.
std::optional<Event> last_vote(const Reader &reader, const std::string &session, const std::string *annotator,
                               const Task &task) {
  std::optional<Event> last;
  uint64_t visited = 0;
  reader.scan_events_back([&](const Event &event) {
    if ((++visited & 0xfff) == 0) task.throw_if_cancelled();
    const auto *vote = std::get_if<Vote>(&event.body);
    if (vote && vote->session == session && (!annotator || vote->annotator == *annotator) && !reader.taken_back(event))
      last = event;
    return !last;
  });
  return last;
}

}  // namespace

Ending run_rank_vote(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session"), annotator = parameters.text("annotator");
  bool named = parameters.has("annotator");
  auto question = id_from(parameters, "question"), id = id_from(parameters, "id");
  auto paths = parameters.paths("pictures");
  auto milliseconds = parameters.number("duration_ms", 0, 0, 1e12);
  auto more = parameters.integer("next", 0, 0, most_questions);
  auto size = parameters.integer("size", 2, 2, most_pictures);
  for (const char *later : {"outcome", "order", "best"}) parameters.has(later);
  parameters.reject_unknown();
  if (question && !paths.empty())
    throw Error(Status::invalid_argument, "say `question` or `pictures`, not both", "vote");

  Event event;
  std::string session_name;
  bool twice = false, taken_back = false;
  {
    auto writer = call.library().write();
    auto session = RankingSession::of(writer, name);
    auto settings = ranking_settings_from(Parameters(session.parameters));
    session_name = session.name;
    Vote vote;
    if (paths.empty()) {
      vote =
          vote_on_question(writer, session, {question, id, named ? std::optional(annotator) : std::nullopt}, event.id);
    } else {
      vote.pictures = pictures_at(writer, paths, settings.choice);
      vote.placement_known = true;
      vote.annotator = annotator;
    }
    if (id) event.id = *id;
    if (milliseconds > 0) vote.duration = static_cast<int64_t>(milliseconds * 1000);
    answer(vote, parameters);
    vote.criterion = settings.criterion;
    vote.session = session.name;
    event.body = std::move(vote);
    auto before = event.id.none() ? std::nullopt : writer.event(event.id);
    twice = before.has_value();
    taken_back = before && writer.taken_back(*before);
    event = writer.append_event(std::move(event));
    session.store(writer);
    writer.commit();
  }
  uint64_t asked = 0;
  JsonObject summary;
  if (more > 0) {
    auto questions = ask(call, session_name, std::get<Vote>(event.body).annotator, more, size);
    for (const auto &row : questions.rows) call.rows.row(row);
    asked = questions.rows.size();
    summary.add("asked", asked);
    if (asked == 0) summary.add("finished", questions.finished);
  }
  summary.add("session", session_name).add("vote", event.id.hex()).add("action", event.action.hex());
  summary.add("time", format_utc(event.time)).add("known_already", twice);
  if (taken_back) summary.add("taken_back", true);
  return {Status::ok, summary.str()};
}

Ending run_rank_undo(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session"), annotator = parameters.text("annotator");
  bool any = !parameters.has("annotator");
  parameters.reject_unknown();
  auto session = RankingSession::of(call.library().read(), name);
  const auto *whose = any ? nullptr : &annotator;
  auto last = last_vote(call.library().read(), session.name, whose, call.task);
  auto writer = call.library().write();
  if (last && writer.taken_back(*last))
    last = last_vote(writer, session.name, whose, call.task);  // somebody was faster
  if (!last)
    throw Error(Status::not_found, any ? "has no vote to take back" : "has no vote of this annotator to take back",
                session.name);
  auto together = writer.events_of_action(last->action);
  if (together > 1)
    throw Error(Status::invalid_argument,
                "has nothing newer than what an import took in, " + grouped(together) +
                    " votes at once; `kalon undo "
                    "--action " +
                    last->action.hex() + "` takes all of them back",
                session.name);
  Event undo;
  undo.body = Undo{last->action};
  writer.append_event(std::move(undo));
  // It is asked again, before anything else; under an id of its own, since the old one is that of the vote.
  const auto &vote = std::get<Vote>(last->body);
  session = RankingSession::of(writer, session.name);
  OpenQuestion again{random_hash(), std::string(question_kind_name(QuestionKind::fresh)), vote.pictures, vote.annotator,
                     now_microseconds()};
  session.open.insert(session.open.begin(), again);
  session.store(writer);
  std::vector<std::string> pictures, paths;
  for (const auto &picture : vote.pictures) {
    pictures.push_back(json_string(picture.hex()));
    paths.push_back(json_string(display_text(path_of(writer, picture))));
  }
  writer.commit();
  return {Status::ok, JsonObject()
                          .add("session", session.name)
                          .add("undone", "vote")
                          .add("vote", last->id.hex())
                          .add("annotator", vote.annotator)
                          .add("outcome", outcome_of(vote))
                          .raw("pictures", json_array(pictures))
                          .raw("paths", json_array(paths))
                          .add("question", again.id.hex())
                          .add("made", format_utc(last->time))
                          .str()};
}

}  // namespace kalon
