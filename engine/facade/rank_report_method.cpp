// Method "rank_report": what votes tell of those who gave them, as rows and as a page.

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/text_file.h"
#include "exchange/vote_report.h"
#include "facade/json_object.h"
#include "facade/output.h"
#include "facade/ranking_session.h"
#include "facade/ranking_settings.h"
#include "facade/thumbnails.h"
#include "facade/voted_photos.h"
#include "image/codec.h"

namespace kalon {
namespace {

constexpr int page_quality = 85;  // of thumbnails

// The votes of one criterion, and what was found.
struct Judged {
  std::string criterion;
  std::unique_ptr<VotedPhotos> votes;
  VoteQuality quality;
};

std::vector<GoldPair> gold_of(const RankingSession &session, const VotedPhotos &votes) {
  std::vector<GoldPair> gold;
  for (const auto &answer : session.gold) {
    auto better = votes.item_of(answer.better), worse = votes.item_of(answer.worse);
    if (better && worse && *better != *worse) gold.push_back({*better, *worse});
  }
  return gold;
}

// session: null for all votes of the criterion.
Judged judge(const MethodCall &call, const std::string &criterion, const Choice &choice, const RankingSession *session,
             VoteQualityOptions options) {
  Judged judged;
  judged.criterion = criterion;
  judged.votes = std::make_unique<VotedPhotos>(criterion, session ? session->name : std::string());
  if (session) judged.votes->leave_other_sessions_out();  // a study is judged by what was said in it
  judged.votes->refresh(call.library().read(), choice, call.task);
  const auto &votes = *judged.votes;
  if (session) options.gold = gold_of(*session, votes);
  options.estimator.seed = options.seed;
  std::vector<int64_t> times, durations;
  std::vector<uint8_t> placed;
  for (const auto &origin : votes.comparison_origins()) {
    times.push_back(origin.time);
    durations.push_back(origin.duration);
    placed.push_back(origin.placement_known);
  }
  judged.quality = vote_quality(votes.history(), {times, durations, placed}, options, call.task);
  return judged;
}

std::string bounds_json(const Bounds &bounds) {
  return JsonObject().add("low", bounds.lower).add("high", bounds.upper).str();
}

// A share is absent where there is nothing it could be of.
void add_share(JsonObject &object, const char *name, const Share &share) {
  if (!share.known()) return;
  object.raw(name, JsonObject()
                       .add("count", share.count)
                       .add("of", share.of)
                       .add("share", share.share)
                       .raw("interval", bounds_json(share.interval))
                       .str());
}

void add_person(JsonObject &row, const AnnotatorQuality &person) {
  row.add("votes", person.counts.all()).add("preferences", person.counts.preferences);
  row.add("ties", person.counts.ties).add("both_bad", person.counts.both_bad).add("skips", person.counts.skips);
  row.add("orderings", person.counts.orderings);
  add_share(row, "self_consistency", person.consistency.same);
  add_share(row, "self_consistency_swapped", person.consistency.swapped);
  row.add("opposed", person.consistency.opposed);
  add_share(row, "left", person.side.left);
  if (person.side.left.known()) row.add("left_by_chance", person.side.probability);
  if (person.side.of_equals)
    row.add("left_of_equals", *person.side.of_equals)
        .raw("left_of_equals_interval", bounds_json(person.side.of_equals_interval));
  if (person.times.known > 0) {
    row.raw("seconds", JsonObject()
                           .add("known", person.times.known)
                           .add("lower_quartile", person.times.lower_quartile)
                           .add("median", person.times.median)
                           .add("upper_quartile", person.times.upper_quartile)
                           .str());
    add_share(row, "hurried", person.times.hurried);
    if (person.times.drift)
      row.add("drift", *person.times.drift).raw("drift_interval", bounds_json(person.times.drift_interval));
  }
  row.add("sittings", person.times.sessions);
  row.add("triads", person.cycles.triads).add("circular", person.cycles.circular);
  if (person.cycles.consistence) row.add("consistence", *person.cycles.consistence);
}

std::string person_row(const Judged &judged, size_t number) {
  const auto &names = judged.votes->annotators();
  const auto &reliability = judged.quality.reliability.annotators[number];
  JsonObject row;
  row.add("criterion", judged.criterion).add("annotator", number < names.size() ? names[number] : std::string());
  row.add("judgement", judgement_name(reliability.judgement)).add("scale", reliability.scale);
  row.raw("scale_interval", bounds_json(reliability.interval));
  add_share(row, "agreement", reliability.agreement);
  add_share(row, "gold", reliability.gold);
  add_person(row, judged.quality.annotators[number]);
  return row.str();
}

std::string photo_json(const Judged &judged, int32_t item) {
  const auto &photo = judged.votes->photo(item);
  return JsonObject().add("photo", photo.photo.hex()).add("uri", file_uri(photo.path)).add("path", photo.path).str();
}

std::string criterion_json(const Judged &judged) {
  const auto &quality = judged.quality;
  JsonObject object;
  object.add("criterion", judged.criterion).add("pictures", quality.items);
  if (quality.agreement.alpha)
    object.add("alpha", *quality.agreement.alpha)
        .raw("alpha_interval", bounds_json(quality.agreement.interval))
        .add("alpha_word", agreement_word(*quality.agreement.alpha));
  else
    object.raw("alpha", "null").add("alpha_unknown", quality.agreement.unknown);
  object.add("pairs_by_several", quality.agreement.pairs).add("same_answers", quality.agreement.same_share);
  object.add("parts", quality.connection.parts()).add("without_vote", quality.connection.without_vote.size());
  add_person(object, quality.all);
  std::vector<std::string> contested, cycles;
  for (const auto &pair : quality.contested)
    contested.push_back(JsonObject()
                            .raw("one", photo_json(judged, pair.low))
                            .raw("other", photo_json(judged, pair.high))
                            .add("for_one", pair.low_wins)
                            .add("for_other", pair.high_wins)
                            .add("ties", pair.ties)
                            .str());
  for (const auto &cycle : quality.all.cycles.examples) {
    std::vector<std::string> round;
    for (int32_t item : cycle.items) round.push_back(photo_json(judged, item));
    cycles.push_back(
        JsonObject().raw("round", json_array(round)).add("votes", cycle.votes).add("margin", cycle.margin).str());
  }
  return object.raw("contested", json_array(contested)).raw("cycles", json_array(cycles)).str();
}

void write_page(const MethodCall &call, const std::string &to, const std::string &title, const std::vector<Judged> &all,
                double hurry) {
  call.task.phase("report");
  VoteReport report;
  report.title = title;
  uint64_t votes = 0;
  std::set<std::string> people;
  for (const auto &judged : all) {
    votes += judged.quality.all.counts.all();
    people.insert(judged.votes->annotators().begin(), judged.votes->annotators().end());
    VoteReportPart part;
    part.criterion = judged.criterion;
    part.quality = &judged.quality;
    part.annotators = judged.votes->annotators();
    part.item = [&judged](int32_t item) { return name_of(judged.votes->photo(item).path); };
    part.jpeg = [&call, &judged](int32_t item) -> Bytes {
      call.task.throw_if_cancelled();
      const auto &photo = judged.votes->photo(item);
      if (photo.path.empty()) return {};
      auto picture = thumbnail(call, photo, ThumbnailSize::small);
      return picture.data.empty() ? Bytes() : encode_jpeg(picture, page_quality);
    };
    report.parts.push_back(std::move(part));
  }
  report.subtitle = grouped(votes) + (votes == 1 ? " vote by " : " votes by ") + grouped(people.size()) +
                    (people.size() == 1 ? " annotator" : " annotators");
  report.footer = "Made by Kalon on " + format_utc(now_microseconds()).substr(0, 10) +
                  ". This page needs no network and no scripts.";
  report.hurry = hurry;
  TextFile file(to);
  write_vote_report(report, [&](std::string_view text) { file.write(text); });
  file.finish();
}

}  // namespace

Ending run_rank_report(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session"), to = parameters.path("to"), title = parameters.text("title");
  bool overwrite = parameters.flag("overwrite"), all_criteria = parameters.flag("all_criteria");
  VoteQualityOptions options;
  options.hurry = parameters.number("hurry", options.hurry, 0, 3600);
  options.contested = static_cast<size_t>(parameters.integer("contested", 20, 0, 1000));
  options.seed = static_cast<uint64_t>(parameters.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  parameters.reject_unknown();
  if (!to.empty()) refuse_existing(to, overwrite);
  if (all_criteria && !name.empty())
    throw Error(Status::invalid_argument, "has one criterion; say `session` or `all_criteria`", "parameter session");

  std::vector<Judged> all;
  if (all_criteria) {
    std::set<std::string> criteria;
    call.library().read().scan_events([&](const Event &event) {
      if (const auto *vote = std::get_if<Vote>(&event.body)) criteria.insert(vote->criterion);
      return true;
    });
    for (const auto &criterion : criteria) all.push_back(judge(call, criterion, {}, nullptr, options));
    if (title.empty()) title = "The votes of this library";
  } else {
    auto session = RankingSession::of(call.library().read(), name);
    auto settings = ranking_settings_from(Parameters(session.parameters));
    all.push_back(judge(call, settings.criterion, settings.choice, &session, options));
    if (title.empty()) title = "Session " + session.name;
  }
  if (std::all_of(all.begin(), all.end(), [](const Judged &judged) { return judged.quality.all.counts.all() == 0; }))
    throw Error(Status::not_found, "there are no votes yet to report on", name.empty() ? "report" : name);
  std::vector<std::string> criteria;
  for (const auto &judged : all) {
    for (size_t person = 0; person < judged.quality.reliability.annotators.size(); ++person)
      call.rows.row(person_row(judged, person));
    criteria.push_back(criterion_json(judged));
  }
  if (!to.empty()) write_page(call, to, title, all, options.hurry);
  JsonObject summary;
  summary.raw("criteria", json_array(criteria));
  if (!to.empty()) summary.add("uri", file_uri(to)).add("path", to);
  return {Status::ok, summary.str()};
}

}  // namespace kalon
