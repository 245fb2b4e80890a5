// Method "rank_import": votes of other programs and data sets, and events of another library. All of a file, or
// nothing.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
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
#include "exchange/value_text.h"
#include "exchange/vote_table.h"
#include "facade/import_columns.h"
#include "facade/imported_pictures.h"
#include "facade/json_object.h"
#include "facade/photo_column.h"
#include "facade/rank_questions.h"
#include "store/random_hash.h"

namespace kalon {
namespace {

struct Request {
  std::string format, path, session, criterion, annotator, base, root;
  bool skip_unknown = false, dry_run = false;
};

// The ids of votes that have none: the same file gives the same ones, so that it may be taken in again, and votes that
// repeat in it stay as many.
class Ids {
 public:
  // own: whether the row has one.
  Hash128 of(const VoteRow &row, bool &own) {
    own = true;
    if (auto id = Hash128::from_hex(row.id); id && !id->none()) return *id;
    own = false;
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

// Where an event comes from, and what of it the file says itself.
struct Source {
  uint64_t line = 0;
  bool own_id = false, own_annotator = false, own_criterion = false;
};

// What a file comes to.
struct Taken {
  std::vector<Event> events;
  std::vector<Source> sources;  // by event
  Hash128 action;               // of all events that this import makes itself: they can be taken back together
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

[[noreturn]] void refuse(const Request &request, uint64_t line, const std::string &why) {
  throw Error(Status::corrupt_data, line > 0 ? line_text(line) + " " + why : why, display_text(request.path));
}

// Names that are one picture, or files of one photo, are nothing to choose from.
void refuse_twins(const Request &request, const VoteRow &row, const std::vector<Hash128> &photos) {
  std::unordered_map<Hash128, size_t> seen;
  for (size_t i = 0; i < photos.size(); ++i)
    if (auto [first, is_new] = seen.try_emplace(photos[i], i); !is_new)
      refuse(request, row.line,
             "compares a photo with itself: " + listed_names({row.items[first->second], row.items[i]}));
}

// What a vote says of its photos, whichever side they were shown on: the place of each, and the outcome.
auto answer_of(const Reader &reader, const Vote &vote) {
  auto outcome = vote.outcome;
  auto ranks = vote.ranks;
  bool equal = std::ranges::adjacent_find(ranks, std::not_equal_to()) == ranks.end();
  if (outcome == VoteOutcome::ranks && equal) outcome = VoteOutcome::tie;
  std::vector<std::pair<Hash128, size_t>> places;
  for (size_t i = 0; i < vote.pictures.size(); ++i) {
    std::set<uint16_t> better;
    if (outcome == VoteOutcome::ranks)
      for (auto rank : ranks)
        if (rank < ranks[i]) better.insert(rank);
    places.emplace_back(photo_of(reader, vote.pictures[i]), better.size());
  }
  std::ranges::sort(places);
  return std::pair(outcome, places);
}

// Whether a vote that is there already says what the row of its id does, as far as the row says it.
bool says_the_same(const Reader &reader, const Event &there, const Event &given, const Source &source) {
  const auto *mine = std::get_if<Vote>(&there.body), *theirs = std::get_if<Vote>(&given.body);
  if (!mine || !theirs) return false;
  return (!source.own_annotator || mine->annotator == theirs->annotator) &&
         (!source.own_criterion || mine->criterion == theirs->criterion) &&
         answer_of(reader, *mine) == answer_of(reader, *theirs);
}

// The id under which a vote is taken in that was taken back under its own: the first of a chain that counts, or that
// nothing has yet. So a file comes in again after an undo, and once.
Hash128 next_life(const Reader &reader, const Hash128 &id) {
  for (uint64_t life = 1;; ++life) {
    auto next = hash_of("taken in again" + std::string(1, '\0') + id.hex() + std::to_string(life));
    auto there = reader.event(next);
    if (!there || !reader.taken_back(*there)) return next;
  }
}

// Rows of votes whose events are there already go; other formats than that of events do not hold all that an event
// says.
void drop_known(const MethodCall &call, const Request &request, const Reader &reader, Taken &taken) {
  size_t kept = 0;
  for (size_t i = 0; i < taken.events.size(); ++i) {
    if (i % 4096 == 0) call.task.throw_if_cancelled();
    const auto &source = taken.sources[i];
    if (auto there = reader.event(taken.events[i].id)) {
      if (source.own_id && !says_the_same(reader, *there, taken.events[i], source))
        refuse(request, source.line,
               "has the id " + there->id.hex() +
                   " of a vote that is in the library and says something else; give "
                   "every vote an id of its own, or none");
      if (!reader.taken_back(*there)) continue;
      taken.events[i].id = next_life(reader, there->id);
      if (reader.event(taken.events[i].id)) continue;
    }
    if (kept != i) taken.events[kept] = std::move(taken.events[i]), taken.sources[kept] = source;
    ++kept;
  }
  taken.events.resize(kept);
  taken.sources.resize(kept);
}

// The number of events that were new. Nothing lasts before the writer commits.
uint64_t store(const MethodCall &call, const Request &request, Taken &taken, Writer &writer) {
  if (request.format != "events") drop_known(call, request, writer, taken);
  try {
    return writer.import_events(taken.events);
  } catch (const Error &error) {
    // "event 7" of those that are left is a line of the file.
    size_t number = 0;
    if (std::sscanf(error.context().c_str(), "event %zu", &number) != 1 || number > taken.sources.size()) throw;
    refuse(request, taken.sources[number - 1].line, "is refused: " + error.message());
  }
}

Taken taken_from(const MethodCall &call, const Request &request) {
  Taken taken;
  auto reader = call.library().read();
  ImportedPictures pictures(reader, {request.base}, call.task);
  Ids ids;
  auto now = now_microseconds();
  taken.action = random_hash();
  auto stamp = [&](Event &event, std::optional<int64_t> time) {
    event.action = taken.action;
    event.time = time.value_or(now + static_cast<int64_t>(taken.events.size()));
    event.sequence = static_cast<uint32_t>(taken.events.size());
  };
  auto take = [&](VoteRow &&row) {
    ++taken.rows;
    Source source{row.line, false, !row.annotator.empty(), !row.criterion.empty()};
    if (row.annotator.empty()) row.annotator = request.annotator;
    if (row.criterion.empty()) row.criterion = request.criterion;
    if (row.weight != 1)
      refuse(request, row.line,
             "has the weight " + number_text(row.weight) +
                 "; every vote of a library counts once, so take the weights out, or learn from the file itself with "
                 "`rank fit --votes`");
    Event event;
    event.id = ids.of(row, source.own_id);
    std::vector<Hash128> found, photos;
    bool known = true;
    for (const auto &item : row.items) {
      auto picture = pictures.find(item, row.line);
      known &= !picture.picture.none();
      found.push_back(picture.picture);
      photos.push_back(picture.photo);
    }
    if (!known) return void(++taken.skipped);
    refuse_twins(request, row, photos);
    auto vote = vote_of(row, std::move(found));
    vote.session = request.session;
    event.body = std::move(vote);
    stamp(event, row.time);
    taken.events.push_back(std::move(event));
    taken.sources.push_back(source);
  };
  auto take_removed = [&](RemovedImage &&removed) {
    ++taken.rows;
    auto picture = pictures.find(removed.image, removed.line).picture;
    if (picture.none()) return void(++taken.skipped);
    Event event;
    event.id =
        hash_of("imported exclusion" + std::string(1, '\0') + removed.image + std::string(1, '\0') + removed.reason);
    event.body = Exclude{picture, removed.reason, true};
    stamp(event, std::nullopt);
    taken.events.push_back(std::move(event));
    taken.sources.push_back({removed.line});
  };
  read_rows(request, take, take_removed, call.task);
  if (!request.skip_unknown) pictures.refuse_unknown(request.path);
  return taken;
}

Taken events_from(const MethodCall &call, const Request &request) {
  Taken taken;
  read_event_lines(
      request.path,
      [&](Event &&event, uint64_t line) {
        ++taken.rows;
        taken.events.push_back(std::move(event));
        taken.sources.push_back({line, true, true, true});
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
    ImportedPictures pictures(reader, {request.base}, call.task);
    read_image_rankings(
        request.path,
        [&](RankedImage &&image) {
          ++rows;
          auto picture = pictures.find(image.image, image.line).picture;
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
  uint64_t given = taken.events.size(), added = 0;
  if (given > 0) {
    call.task.phase("store");
    auto writer = call.library().write();
    added = store(call, request, taken, writer);
    if (!request.dry_run) writer.commit();
  }
  JsonObject summary;
  summary.add("format", request.format).add("rows", taken.rows).add("imported", added);
  summary.add("known_already", given - added).add("skipped", taken.skipped).add("dry_run", request.dry_run);
  if (added > 0 && !taken.action.none()) summary.add("action", taken.action.hex());
  return {Status::ok, summary.str()};
}

}  // namespace kalon
