// Method "rank_import": votes of other programs and data sets, and events of another library. All of a file, or
// nothing.

#include <filesystem>
#include <functional>
#include <unordered_map>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/dpo.h"
#include "exchange/event_lines.h"
#include "exchange/hpdv2.h"
#include "exchange/image_ranker.h"
#include "exchange/kohya_pairs.h"
#include "exchange/label_studio.h"
#include "exchange/pickapic.h"
#include "exchange/vote_table.h"
#include "facade/import_columns.h"
#include "facade/json_object.h"
#include "facade/photo_column.h"
#include "facade/picture_names.h"
#include "facade/rank_questions.h"

namespace kalon {
namespace {

constexpr size_t most_named = 10;  // pictures that are not known, in a message

struct Request {
  std::string format, path, session, criterion, annotator, base, root;
  bool skip_unknown = false, dry_run = false;
};

// Names of pictures become pictures of the library, each looked up once.
class Pictures {
 public:
  Pictures(const Reader &reader, std::vector<std::string> bases) : reader_(reader), bases_(std::move(bases)) {}

  // None where the library has no such picture.
  Hash128 find(const std::string &name, uint64_t line) {
    auto [found, is_new] = known_.try_emplace(name);
    if (is_new) {
      if (auto key = picture_named(reader_, name, bases_)) found->second = key->picture;
      if (found->second.none()) {
        ++unknown_;
        if (named_.size() < most_named)
          named_.push_back(name + (line > 0 ? " (line " + std::to_string(line) + ")" : ""));
      }
    }
    return found->second;
  }
  void refuse_unknown(const std::string &path) const {
    if (unknown_ == 0) return;
    throw Error(Status::not_found,
                grouped(unknown_) + (unknown_ == 1 ? " picture is" : " pictures are") +
                    " not in the library, so nothing was taken: " + listed_names(named_) +
                    (unknown_ > named_.size() ? ", ..." : "") +
                    "; index their folder, say with --base where their names begin, or pass them over with "
                    "--skip-unknown",
                display_text(path));
  }

 private:
  const Reader &reader_;
  std::vector<std::string> bases_;
  std::unordered_map<std::string, Hash128> known_;
  std::vector<std::string> named_;
  uint64_t unknown_ = 0;
};

// The ids of votes that have none: the same file gives the same ones, so that it may be taken in again, and votes that
// repeat in it stay as many.
class Ids {
 public:
  Hash128 of(const VoteRow &row) {
    if (auto id = Hash128::from_hex(row.id); id && !id->none()) return *id;
    std::string text = "imported vote";
    auto add = [&](std::string_view part) { text.append(1, '\0').append(part); };
    for (const auto &item : row.items) add(item);
    for (auto rank : row.ranks) add(std::to_string(rank));
    add(std::to_string(static_cast<int>(row.verdict)));
    for (const auto &part : {row.annotator, row.criterion, row.prompt}) add(part);
    if (row.time) add(std::to_string(*row.time));
    auto times = ++seen_[hash_of(text)];
    add(std::to_string(times));
    return hash_of(text);
  }

 private:
  std::unordered_map<Hash128, uint64_t> seen_;
};

Vote vote_of(const VoteRow &row, std::vector<Hash128> pictures) {
  Vote vote;
  vote.pictures = std::move(pictures);
  if (row.ranks.empty())
    set_verdict(vote, row.verdict);
  else
    vote.ranks = row.ranks;
  vote.placement_known = row.placement_known;
  vote.annotator = row.annotator;
  vote.criterion = row.criterion;
  vote.duration = row.duration.value_or(0);
  return vote;
}

// What a file comes to.
struct Taken {
  std::vector<Event> events;
  uint64_t rows = 0, skipped = 0;
};

void read_rows(const Request &request, const TakeVote &take, const std::function<void(RemovedImage &&)> &take_removed,
               Task &task) {
  const auto &format = request.format;
  if (format == "votes") {
    read_vote_rows(request.path, take, task);
  } else if (format == "image-ranker-votes") {
    read_comparisons(request.path, take, take_removed, task);
  } else if (format == "image-ranker-exclusions") {
    read_exclusions(request.path, take_removed, task);
  } else if (format == "image-ranker-skipped") {
    read_skipped_pairs(request.path, take, task);
  } else if (format == "label-studio") {
    LabelStudioReading reading;
    if (!request.root.empty()) reading.root = request.root;
    read_label_studio(request.path, reading, take, task);
  } else if (format == "pickapic") {
    read_pickapic(request.path, take, task);
  } else if (format == "hpdv2") {
    read_hpdv2(request.path, take, task);
  } else if (format == "dpo") {
    read_dpo(request.path, take, task);
  } else {
    read_kohya_pairs(request.path, take, task);
  }
}

Taken taken_from(const MethodCall &call, const Request &request) {
  Taken taken;
  auto reader = call.library().read();
  Pictures pictures(reader, {request.base});
  Ids ids;
  auto now = now_microseconds();
  auto stamp = [&](Event &event, std::optional<int64_t> time) {
    event.action = event.id;
    event.time = time.value_or(now + static_cast<int64_t>(taken.events.size()));
    event.sequence = static_cast<uint32_t>(taken.events.size());
  };
  auto take = [&](VoteRow &&row) {
    ++taken.rows;
    if (row.annotator.empty()) row.annotator = request.annotator;
    if (row.criterion.empty()) row.criterion = request.criterion;
    Event event;
    event.id = ids.of(row);
    std::vector<Hash128> found;
    bool known = true;
    for (const auto &item : row.items) {
      found.push_back(pictures.find(item, row.line));
      known &= !found.back().none();
    }
    if (!known) return void(++taken.skipped);
    auto vote = vote_of(row, std::move(found));
    vote.session = request.session;
    event.body = std::move(vote);
    stamp(event, row.time);
    taken.events.push_back(std::move(event));
  };
  auto take_removed = [&](RemovedImage &&removed) {
    ++taken.rows;
    auto picture = pictures.find(removed.image, removed.line);
    if (picture.none()) return void(++taken.skipped);
    Event event;
    event.id =
        hash_of("imported exclusion" + std::string(1, '\0') + removed.image + std::string(1, '\0') + removed.reason);
    event.body = Exclude{picture, removed.reason, true};
    stamp(event, std::nullopt);
    taken.events.push_back(std::move(event));
  };
  read_rows(request, take, take_removed, call.task);
  if (!request.skip_unknown) pictures.refuse_unknown(request.path);
  return taken;
}

Taken events_from(const MethodCall &call, const Request &request) {
  Taken taken;
  read_event_lines(
      request.path,
      [&](Event &&event, uint64_t) {
        ++taken.rows;
        taken.events.push_back(std::move(event));
      },
      call.task);
  return taken;
}

// The results of image-ranker as columns of scores.
Ending import_results(const MethodCall &call, const Request &request, const std::string &column) {
  require_score_name(column);
  std::vector<std::pair<Hash128, double>> means, sds;
  uint64_t rows = 0, skipped = 0;
  {
    auto reader = call.library().read();
    Pictures pictures(reader, {request.base});
    read_image_rankings(
        request.path,
        [&](RankedImage &&image) {
          ++rows;
          auto picture = pictures.find(image.image, image.line);
          if (picture.none()) return void(++skipped);
          means.emplace_back(picture, image.mean);
          if (image.sd > 0) sds.emplace_back(picture, image.sd);
        },
        call.task);
    if (!request.skip_unknown) pictures.refuse_unknown(request.path);
  }
  if (!request.dry_run) {
    auto writer = call.library().write();
    auto put = [&](const std::string &name, const auto &values, int32_t direction) {
      refuse_other_column(writer, name, imported_from);
      ScoreColumn made;
      made.name = name;
      made.source = std::string(imported_from) + display_text(name_of(request.path));
      made.direction = direction;
      writer.put_scores(writer.put_score_column(made).id, values);
    };
    put(column, means, 1);
    if (!sds.empty()) put(column + ".sd", sds, 0);
    writer.commit();
  }
  return {Status::ok, JsonObject()
                          .add("format", request.format)
                          .add("rows", rows)
                          .add("imported", means.size())
                          .add("skipped", skipped)
                          .add("column", column)
                          .add("dry_run", request.dry_run)
                          .str()};
}

}  // namespace

Ending run_rank_import(const MethodCall &call) {
  const auto &parameters = call.parameters;
  Request request;
  request.format =
      parameters.one_of("format", {"votes", "events", "image-ranker", "image-ranker-votes", "image-ranker-exclusions",
                                   "image-ranker-skipped", "label-studio", "pickapic", "hpdv2", "dpo", "kohya"});
  request.path = parameters.required_path("path");
  request.session = parameters.text("session");
  request.criterion = parameters.text("criterion");
  request.annotator = parameters.text("annotator");
  request.base = parameters.path("base");
  request.root = parameters.path("root");
  request.skip_unknown = parameters.flag("skip_unknown");
  request.dry_run = parameters.flag("dry_run");
  auto column = parameters.text("as", "image-ranker");
  parameters.reject_unknown();
  if (request.base.empty()) request.base = std::filesystem::path(request.path).parent_path().native();
  if (!request.session.empty()) {
    auto session = RankingSession::of(call.library().read(), request.session);
    request.session = session.name;
    auto criterion = ranking_settings_from(Parameters(session.parameters)).criterion;
    if (parameters.has("criterion") && request.criterion != criterion)
      throw Error(Status::invalid_argument, "has a criterion of its own; leave --criterion away", session.name);
    request.criterion = criterion;
  }
  call.task.phase("read");
  if (request.format == "image-ranker") return import_results(call, request, column);
  auto taken = request.format == "events" ? events_from(call, request) : taken_from(call, request);
  uint64_t added = 0;
  if (!taken.events.empty()) {
    call.task.phase("store");
    auto writer = call.library().write();
    added = writer.import_events(taken.events);
    if (!request.dry_run) writer.commit();
  }
  return {Status::ok, JsonObject()
                          .add("format", request.format)
                          .add("rows", taken.rows)
                          .add("imported", added)
                          .add("known_already", taken.events.size() - added)
                          .add("skipped", taken.skipped)
                          .add("dry_run", request.dry_run)
                          .str()};
}

}  // namespace kalon
