#include "views/rank_desk.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>

#include "commands/wording.h"
#include "library/decisions.h"
#include "library/opening.h"
#include "shell/context.h"

namespace kalon::viewer {
namespace {

nlohmann::json parsed(const std::string &text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() ? json : nlohmann::json::object();
}

std::string user_name() {
  if (const auto *entry = getpwuid(getuid()); entry && entry->pw_name) return entry->pw_name;
  return "me";
}

}  // namespace

std::string RankDesk::annotator() const {
  if (!annotator_.empty()) return annotator_;
  return context_.settings.annotator.empty() ? user_name() : context_.settings.annotator;
}

void RankDesk::set_annotator(std::string name) {
  annotator_ = std::move(name);
  context_.settings.annotator = annotator_;
  done_.clear();
  if (session_.empty()) return;
  ++epoch_;
  hand_.clear();
  finished_.clear();
  ask_next(true);
}

std::string RankDesk::common() const {
  return "\"session\":" + json_text(session_) + ",\"annotator\":" + json_text(annotator());
}

// ---- sessions

void RankDesk::load_sessions(std::function<void()> then) {
  if (!context_.session.library()) return;
  ++asking_;
  context_.jobs.ask("rank_sessions", "{}", [this, then = std::move(then)](const Answer &answer) {
    --asking_;
    sessions_known_ = true;
    sessions_.clear();
    if (!answer.ok()) problem_ = answer.message;
    for (const auto &row : answer.rows) {
      auto json = parsed(row);
      RankSession session;
      session.name = json.value("session", "");
      session.criterion = json.value("criterion", "");
      session.strategy = json.value("strategy", "");
      session.estimator = json.value("estimator", "");
      session.created = json.value("created", "");
      session.problem = said_here(context_.commands, context_.keys, json.value("message", ""));
      sessions_.push_back(std::move(session));
    }
    // The newest first: times of one form compare as texts.
    std::stable_sort(sessions_.begin(), sessions_.end(),
                     [](const auto &a, const auto &b) { return a.created > b.created; });
    if (then) then();
  });
}

void RankDesk::look_for_session(std::function<void()> still_there) {
  load_sessions([this, epoch = epoch_, still_there = std::move(still_there)] {
    if (epoch != epoch_) return;
    if (about()) {
      still_there();
      return;
    }
    auto name = shown_text(session_);
    close();
    problem_ = "The session " + name + " is no more: it was dropped elsewhere. Its votes stay.";
    context_.complain(problem_);
  });
}

const RankSession *RankDesk::about() const {
  auto found = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto &one) { return one.name == session_; });
  return found == sessions_.end() ? nullptr : &*found;
}

void RankDesk::start(const RankRequest &request) {
  if (!request.problem.empty()) {
    problem_ = request.problem;
    context_.complain(problem_);
    return;
  }
  if (!request.annotator.empty()) set_annotator(request.annotator);
  std::string parameters = "{\"session\":" + json_text(request.session);
  if (auto members = rank_members(request.parameters); !members.empty()) parameters += "," + members;
  // Names of folders say more than the files in them: what comes later belongs to the session too.
  bool all = context_.shown.items().size() == context_.catalogue.count();
  const auto &folders = context_.opening.paths();
  if (request.of == "selection" || (request.of == "shown" && !all)) {
    auto items = request.of == "selection" ? context_.shown.targets() : context_.shown.items();
    if (items.size() < 2) {
      problem_ =
          request.of == "selection" ? "Select two or more pictures first." : "Two or more pictures must be shown.";
      context_.complain(problem_);
      return;
    }
    auto paths = paths_json(context_.catalogue, items);
    parameters += "," + paths.substr(1, paths.size() - 2);
  } else if (request.of == "shown" && !folders.empty()) {
    parameters += ",\"paths\":[";
    for (size_t i = 0; i < folders.size(); ++i) parameters += (i ? "," : "") + json_text(uri_of(folders[i]));
    parameters += "]";
  }
  parameters += "}";
  problem_.clear();
  ++asking_;
  context_.jobs.ask(
      "rank_start", std::move(parameters),
      [this, name = request.session](const Answer &answer) {
        --asking_;
        if (!answer.ok()) {
          problem_ = answer.message;
          context_.complain("The session was not begun: " + answer.message);
          return;
        }
        load_sessions();
        open(name);
      },
      Lane::decisions);
}

void RankDesk::open(std::string name) {
  close();
  session_ = std::move(name);
  since_ = context_.now;
  votes_here_ = 0;
  looked_ = 0;
  if (!sessions_known_) load_sessions();
  ask_next(true);
  status(false);
}

void RankDesk::close() {
  ++epoch_;
  session_.clear();
  hand_.clear();
  finished_.clear();
  problem_.clear();
  progress_ = {};
  done_.clear();
  status_running_ = false;
  status_at_[0] = status_at_[1] = -1e9;
  status_votes_[0] = status_votes_[1] = 0;
}

void RankDesk::resume(std::string members) {
  if (session_.empty()) return;
  auto parameters = "{\"session\":" + json_text(session_) + ",\"resume\":true";
  parameters += (members.empty() ? "" : ",") + members + "}";
  ++asking_;
  context_.jobs.ask(
      "rank_start", std::move(parameters),
      [this, epoch = epoch_](const Answer &answer) {
        --asking_;
        if (!answer.ok()) {
          problem_ = answer.message;
          context_.complain("The session does not go on: " + answer.message);
        } else if (epoch == epoch_) {
          finished_.clear();
          ask_next(true);
          status(false);
        }
      },
      Lane::decisions);
}

// ---- questions

std::vector<ItemIndex> RankDesk::items(const Question &question) const {
  std::vector<ItemIndex> items;
  for (const auto &picture : question.pictures) {
    auto item = context_.catalogue.with_path(path_of(picture.uri));
    items.push_back(item != no_item ? item : context_.catalogue.with_photo(picture.photo));
  }
  return items;
}

void RankDesk::set_size(int size) {
  size = std::clamp(size, 2, 4);
  if (size == size_) return;
  size_ = size;
  if (session_.empty()) return;
  hand_.replace({});
  finished_.clear();
  ask_next(true);
}

void RankDesk::answered(const Answer &answer, bool replace) {
  std::vector<Question> questions;
  for (const auto &row : answer.rows) questions.push_back(question_from(row));
  // A question of another size than is shown now was asked before the size was changed.
  std::erase_if(questions, [&](const auto &each) { return each.pictures.size() != static_cast<size_t>(size_); });
  finished_ = questions.empty() ? parsed(answer.summary).value("finished", "") : std::string();
  // Once it is over, what was asked ahead is not shown any more either: a session of so many votes has just those.
  if (replace || !finished_.empty())
    hand_.replace(std::move(questions));
  else
    hand_.add(std::move(questions));
  if (!finished_.empty()) status(false);
}

void RankDesk::ask_next(bool replace) {
  ++asking_;
  context_.jobs.ask(
      "rank_next",
      "{" + common() + ",\"count\":" + std::to_string(RankHand::count) + ",\"size\":" + std::to_string(size_) + "}",
      [this, epoch = epoch_, replace](const Answer &answer) {
        --asking_;
        if (epoch != epoch_) return;
        // Of a session that was never seen the engine's text says what there is instead.
        if (answer.status == KALON_NOT_FOUND && about()) {
          look_for_session([this, message = answer.message] { problem_ = message; });
          return;
        }
        problem_ = answer.message;
        if (answer.ok()) answered(answer, replace);
      },
      Lane::decisions);
}

void RankDesk::vote(const RankAnswer &answer, double milliseconds) {
  if (!hand_.shown()) return;
  looked_ += milliseconds / 1000;
  ++votes_here_;
  auto question = hand_.take();
  done_.push_back({false, question.id, {}});
  send(question, answer, milliseconds, false);
}

void RankDesk::send(const Question &question, const RankAnswer &said, double milliseconds, bool by_pictures) {
  nlohmann::json parameters = {{"session", session_}, {"annotator", annotator()}};
  if (by_pictures) {
    parameters["id"] = question.id;
    for (const auto &picture : question.pictures) parameters["pictures"].push_back(picture.uri);
  } else {
    parameters["question"] = question.id;
  }
  if (!said.order.empty())
    parameters["order"] = said.order;
  else if (said.best > 0)
    parameters["best"] = said.best;
  else
    parameters["outcome"] = said.outcome;
  if (milliseconds > 0) parameters["duration_ms"] = milliseconds;
  parameters["next"] = RankHand::count;
  parameters["size"] = size_;
  ++asking_;
  context_.jobs.ask(
      "rank_vote", parameters.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      [this, epoch = epoch_, question, said, milliseconds, by_pictures, of_session = session_](const Answer &answer) {
        --asking_;
        if (answer.ok()) {
          auto action = parsed(answer.summary).value("action", "");
          context_.decisions.made(action, "a vote in " + shown_text(of_session));
          if (epoch != epoch_) return;
          for (auto &done : done_)
            if (done.question == question.id) done.action = action;
          hand_.taken(question.id, true);
          problem_.clear();
          ++progress_.votes_now;
          answered(answer, false);
          return;
        }
        if (epoch != epoch_) {
          context_.complain("A vote was not stored: " + answer.message);
          return;
        }
        // Who looked for long may find that the question was given to others; the answer is still one.
        if (answer.status == KALON_NOT_FOUND && !by_pictures) {
          send(question, said, milliseconds, true);
          return;
        }
        if (answer.status == KALON_NOT_FOUND)
          look_for_session([this, question, answer] { not_stored(question, answer); });
        else
          not_stored(question, answer);
      },
      Lane::decisions);
}

void RankDesk::not_stored(const Question &question, const Answer &answer) {
  problem_ = answer.message;
  context_.complain("The vote was not stored: " + answer.message);
  if (votes_here_ > 0) --votes_here_;
  std::erase_if(done_, [&](const Done &done) { return done.question == question.id; });
  bool never = answer.status == KALON_INVALID_ARGUMENT;  // as of a picture that was excluded meanwhile
  hand_.taken(question.id, never);
  if (never) ask_next(true);
}

void RankDesk::exclude(int slot, const std::string &reason) {
  const auto *question = hand_.shown();
  if (!question || slot < 1 || slot > static_cast<int>(question->pictures.size())) return;
  auto item = items(*question)[static_cast<size_t>(slot - 1)];
  if (item == no_item) return;
  auto photo = question->pictures[static_cast<size_t>(slot - 1)].photo;
  context_.decisions.exclude(std::array{item}, reason);
  hand_.drop_photo(photo);
  done_.push_back({true, photo, {}, context_.decisions.last()});
  ask_next(true);
}

void RankDesk::undo() {
  if (session_.empty()) return;
  if (!done_.empty() && done_.back().exclusion) {
    auto decision = done_.back().decision;
    done_.pop_back();
    // Unless it was taken back elsewhere, or something else was decided since.
    if (context_.decisions.last() == decision) {
      context_.decisions.undo();
      ask_next(true);
      return;
    }
  }
  ++asking_;
  context_.jobs.ask(
      "rank_undo", "{" + common() + "}",
      [this, epoch = epoch_](const Answer &answer) {
        --asking_;
        if (epoch != epoch_) return;
        if (!answer.ok()) {
          context_.say(answer.status == KALON_NOT_FOUND ? "There is no vote of yours to take back."
                                                        : "The vote was not taken back: " + answer.message);
          return;
        }
        // The vote has the id of the question that it answered.
        auto vote = parsed(answer.summary).value("vote", "");
        for (const auto &done : done_)
          if (done.question == vote && !done.action.empty()) context_.decisions.forget(done.action);
        std::erase_if(done_, [&](const Done &done) { return done.question == vote; });
        if (votes_here_ > 0) --votes_here_;
        if (progress_.votes_now > 0) --progress_.votes_now;
        auto pictures = parsed(answer.summary).value("pictures", nlohmann::json::array()).size();
        if (pictures >= 2 && pictures <= 4) size_ = static_cast<int>(pictures);
        finished_.clear();
        ask_next(true);
      },
      Lane::decisions);
}

}  // namespace kalon::viewer
