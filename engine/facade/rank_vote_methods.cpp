// Methods "rank_vote" and "rank_undo": what people say to the questions of a session, and taking it back.

#include <algorithm>
#include <numeric>

#include "base/clock.h"
#include "base/text.h"
#include "facade/json_object.h"
#include "facade/rank_questions.h"
#include "facade/unknown_file.h"

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

struct Asked {
  Hash128 id;
  std::vector<Hash128> pictures;
  int64_t time = 0;
  bool only_one = false;  // that this annotator was asked, so that the time until now is the time it took
};

std::optional<Asked> open_question(const RankingSession &session, const std::string &annotator,
                                   const std::optional<Hash128> &id) {
  auto open_to = std::count_if(session.open.begin(), session.open.end(),
                               [&](const auto &question) { return question.annotator == annotator; });
  for (const auto &question : session.open)
    if (id ? question.id == *id : question.annotator == annotator)
      return Asked{question.id, question.pictures, question.time, open_to == 1};
  return std::nullopt;
}

std::optional<Hash128> id_from(const Parameters &parameters, const char *name) {
  auto text = parameters.text(name);
  if (text.empty()) return std::nullopt;
  auto id = Hash128::from_hex(text);
  if (!id || id->none())
    throw Error(Status::invalid_argument, "must be 32 hex digits", std::string("parameter ") + name);
  return id;
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
  bool twice = false;
  {
    auto writer = call.library().write();
    auto session = RankingSession::of(writer, name);
    auto settings = ranking_settings_from(Parameters(session.parameters));
    session_name = session.name;
    Vote vote;
    if (paths.empty()) {
      auto asked = open_question(session, annotator, question);
      auto given = question ? writer.event(*question) : std::nullopt;
      if (!asked && given && std::holds_alternative<Vote>(given->body)) {
        vote.pictures = std::get<Vote>(given->body).pictures;  // delivered twice
        vote.duration = std::get<Vote>(given->body).duration;
        event.id = *question;
      } else if (!asked) {
        throw Error(Status::not_found,
                    question
                        ? "is not open (answered, or given to others after a while); vote with the pictures instead"
                        : "no question is open; `kalon rank next` asks one, or vote with the pictures",
                    question            ? question->hex()
                    : annotator.empty() ? "annotator"
                                        : "annotator " + display_text(annotator));
      } else {
        event.id = asked->id;
        vote.pictures = asked->pictures;
        auto look = now_microseconds() - asked->time;
        if (asked->only_one && look > 0 && look < longest_look) vote.duration = look;
        std::erase_if(session.open, [&](const auto &each) { return each.id == asked->id; });
      }
    } else {
      vote.pictures = pictures_at(writer, paths, settings.choice);
      vote.placement_known = true;
    }
    if (id) event.id = *id;
    if (milliseconds > 0) vote.duration = static_cast<int64_t>(milliseconds * 1000);
    answer(vote, parameters);
    vote.annotator = annotator;
    vote.criterion = settings.criterion;
    vote.session = session.name;
    event.body = std::move(vote);
    twice = !event.id.none() && writer.event(event.id).has_value();
    event = writer.append_event(std::move(event));
    session.store(writer);
    writer.commit();
  }
  uint64_t asked = 0;
  JsonObject summary;
  if (more > 0) {
    auto questions = ask(call, session_name, annotator, more, size);
    for (const auto &row : questions.rows) call.rows.row(row);
    asked = questions.rows.size();
    summary.add("asked", asked);
    if (asked == 0) summary.add("finished", questions.finished);
  }
  summary.add("session", session_name).add("vote", event.id.hex()).add("action", event.action.hex());
  summary.add("time", format_utc(event.time)).add("known_already", twice);
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
  Event undo;
  undo.body = Undo{last->action};
  writer.append_event(std::move(undo));
  writer.commit();
  const auto &vote = std::get<Vote>(last->body);
  std::vector<std::string> pictures;
  for (const auto &picture : vote.pictures) pictures.push_back(json_string(picture.hex()));
  return {Status::ok, JsonObject()
                          .add("session", session.name)
                          .add("undone", "vote")
                          .add("vote", last->id.hex())
                          .add("annotator", vote.annotator)
                          .raw("pictures", json_array(pictures))
                          .add("made", format_utc(last->time))
                          .str()};
}

}  // namespace kalon
