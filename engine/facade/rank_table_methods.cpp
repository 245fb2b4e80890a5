// Methods "rank_table", "rank_odds" and "rank_status": what the votes say of the pictures, and how far a session is.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/clock.h"
#include "base/text.h"
#include "facade/import_columns.h"
#include "facade/photo_attributes.h"
#include "facade/photo_column.h"
#include "facade/rank_questions.h"
#include "facade/unknown_file.h"
#include "rank/standings.h"
#include "rank/votes_to_settle.h"

namespace kalon {
namespace {

constexpr std::string_view column_source = "ranking: ";
constexpr int32_t most_at_once = 2000;  // pictures whose table takes so little time that voters may wait for it

// What estimates are asked of: the ranking of a session, or one of all votes of a criterion, made for this call.
struct Subject {
  std::string session;  // empty: none
  std::shared_ptr<Ranking> ranking;
  std::unique_lock<std::mutex> lock;
  std::unique_ptr<Estimator> other;  // of another estimator than the ranking's own
  const Estimator *estimator = nullptr;
};

// A criterion that nobody voted on, where others have votes, is a slip; which there are is said.
void require_votes(const MethodCall &call, const Ranking &ranking) {
  if (ranking.votes().votes() > 0) return;
  const auto &criterion = ranking.settings().criterion;
  std::map<std::string, uint64_t> known;
  auto reader = call.library().read();
  reader.scan_events([&](const Event &event) {
    if (const auto *vote = std::get_if<Vote>(&event.body); vote && !reader.taken_back(event)) ++known[vote->criterion];
    return true;
  });
  if (known.contains(criterion) || (known.empty() && criterion.empty())) return;
  std::string names;
  for (const auto &[name, votes] : known)
    names += (names.empty() ? "" : ", ") + (name.empty() ? "the one without a name" : display_text(name)) + " (" +
             grouped(votes) + ")";
  throw Error(Status::not_found,
              names.empty() ? "nobody voted yet" : "nobody voted on it; there are votes on: " + names,
              criterion.empty() ? "the criterion without a name" : "criterion " + display_text(criterion));
}

// From `session`, or `criterion paths where`; and the estimator that is named for this call alone.
Subject subject_from(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session");
  bool of_session = !name.empty() || (!parameters.has("criterion") && !parameters.has("paths") &&
                                      !parameters.has("where") && call.library().read().sessions().size() == 1);
  bool other = has_estimator_parameters(parameters);
  std::optional<RankingSession> session;
  if (of_session) session = RankingSession::of(call.library().read(), name);
  std::optional<EstimatorSettings> settings;
  if (!session)
    settings = estimator_settings_from(parameters);
  else if (other)
    settings = estimator_settings_beside(parameters, session->parameters);
  auto criterion = parameters.text("criterion");
  auto choice = choice_from(parameters);
  parameters.reject_unknown();
  Subject subject;
  if (of_session) {
    if (parameters.has("criterion") || parameters.has("paths") || parameters.has("where"))
      throw Error(Status::invalid_argument,
                  "has its own criterion and pictures; leave out --criterion, --where and paths, or the session",
                  "parameter session");
    subject.session = session->name;
    // What is small is kept up vote by vote for all who ask; what is not must keep nobody from voting.
    subject.ranking = ranking_of(call, *session);
    bool large;
    {
      std::lock_guard known(subject.ranking->mutex);
      large = subject.ranking->votes().items() > most_at_once;
    }
    if (large) subject.ranking = ranking_apart(*session);
  } else {
    RankingSettings all;
    all.criterion = criterion;
    all.choice = std::move(choice);
    all.estimator = *settings;
    subject.ranking = std::make_shared<Ranking>("", std::move(all));
  }
  subject.lock = std::unique_lock(subject.ranking->mutex);
  subject.ranking->refresh(call);
  if (subject.ranking->votes().candidates() == 0)
    throw Error(Status::not_found,
                "no picture is left to be ranked: none is indexed there, or all are excluded or gone",
                of_session ? subject.session : "ranking");
  if (!of_session) require_votes(call, *subject.ranking);
  call.task.phase("learn");
  if (of_session && other) {
    subject.other = subject.ranking->fitted(*settings, call);
    subject.estimator = subject.other.get();
  } else {
    subject.estimator = &subject.ranking->refitted(call);
  }
  return subject;
}

// Which files a photo's row names.
void add_photo(JsonObject &row, const ChosenPhoto &photo) {
  row.add("id", photo.key.picture.hex()).add("photo", photo.photo.hex());
  row.add("uri", file_uri(photo.path)).add("path", photo.path);
}

// What became of an item's votes.
struct Tally {
  uint64_t votes = 0, wins = 0, losses = 0, ties = 0;
};

std::vector<Tally> tallies(const VoteHistory &history) {
  std::vector<Tally> all(static_cast<size_t>(history.items));
  for (const auto &vote : history.comparisons) {
    auto &left = all[static_cast<size_t>(vote.left)], &right = all[static_cast<size_t>(vote.right)];
    ++left.votes, ++right.votes;
    if (vote.verdict == Verdict::tie) ++left.ties, ++right.ties;
    if (vote.verdict == Verdict::left) ++left.wins, ++right.losses;
    if (vote.verdict == Verdict::right) ++left.losses, ++right.wins;
  }
  for (const auto &vote : history.orderings) {
    auto last = *std::max_element(vote.ranks.begin(), vote.ranks.end());
    for (size_t i = 0; i < vote.items.size(); ++i) {
      auto &tally = all[static_cast<size_t>(vote.items[i])];
      ++tally.votes;
      if (vote.ranks[i] == 1) ++tally.wins;
      if (vote.ranks[i] == last) ++tally.losses;
    }
  }
  return all;
}

std::vector<std::string> item_rows(const Ranking &ranking, const Standings &standings, int64_t limit) {
  std::vector<std::string> rows;
  auto tally = tallies(ranking.votes().history());
  bool certain = !standings.sd.empty();
  for (size_t place = 0; place < standings.order.size(); ++place) {
    if (limit > 0 && static_cast<int64_t>(place) >= limit) break;
    auto item = static_cast<size_t>(standings.order[place]);
    JsonObject row;
    row.add("rank", place + 1);
    if (certain)
      row.add("rank_low", standings.rank_interval[item].low).add("rank_high", standings.rank_interval[item].high);
    row.add("mean", standings.mean[item]);
    if (certain) {
      row.add("sd", standings.sd[item]);
      row.add("low", standings.mean_interval[item].low).add("high", standings.mean_interval[item].high);
      row.add("top_probability", standings.top_probability[item]);
      if (place + 1 < standings.order.size()) row.add("better_than_next", standings.better_than_next[place]);
    }
    row.add("votes", tally[item].votes).add("wins", tally[item].wins);
    row.add("losses", tally[item].losses).add("ties", tally[item].ties);
    add_photo(row, ranking.votes().photo(static_cast<int32_t>(item)));
    rows.push_back(row.str());
  }
  return rows;
}

std::vector<std::string> group_rows(const MethodCall &call, const Ranking &ranking, const Posterior &posterior,
                                    const std::string &attribute, const StandingsOptions &options) {
  std::vector<std::string> rows;
  const auto &votes = ranking.votes();
  std::vector<std::string> values(static_cast<size_t>(votes.items())), names;
  {
    auto reader = call.library().read();
    for (int32_t item = 0; item < votes.candidates(); ++item)
      values[static_cast<size_t>(item)] = attribute_of(reader, votes.photo(item), attribute);
  }
  auto groups = numbered(values, &names);
  if (names.empty())
    throw Error(Status::not_found, "no picture here has this attribute", "attribute " + display_text(attribute));
  auto standings = make_group_standings(posterior, groups, static_cast<int32_t>(names.size()), options, call.task);
  std::vector<size_t> order(names.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    double left = standings.groups[a].mean, right = standings.groups[b].mean;
    return left != right ? left > right : names[a] < names[b];
  });
  auto tally = tallies(votes.history());
  std::vector<uint64_t> asked(names.size(), 0);
  for (size_t item = 0; item < groups.size(); ++item)
    if (groups[item] >= 0) asked[static_cast<size_t>(groups[item])] += tally[item].votes;
  uint64_t place = 0;
  for (size_t g : order) {
    const auto &group = standings.groups[g];
    JsonObject row;
    row.add("rank", ++place).add(attribute, names[g]).add("value", names[g]).add("pictures", group.items);
    row.add("mean", group.mean);
    if (standings.certain) {
      row.add("sd", group.sd).add("low", group.interval.low).add("high", group.interval.high);
      row.add("best_probability", group.best_probability);
    }
    row.add("votes", asked[g]);
    if (!standings.better.empty()) {
      JsonObject better;
      for (size_t other : order)
        if (other != g) better.add(names[other], standings.better[g * names.size() + other]);
      row.raw("better_than", better.str());
    }
    rows.push_back(row.str());
  }
  return rows;
}

void add_figures(JsonObject &summary, const Ranking &ranking, const Estimator &estimator, const Standings &standings) {
  summary.add("criterion", ranking.settings().criterion).add("estimator", estimator.name());
  summary.add("pictures", standings.order.size());
  summary.add("votes", ranking.votes().votes());
  summary.add("vectors", ranking.with_vectors());
  if (standings.settled_share)
    summary.add("settled", *standings.settled_share).add("top_settled", standings.top_settled);
}

// "sharpness:2" is a criterion and its weight.
std::pair<std::string, double> weighted_criterion(const std::string &text) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos) return {text, 1};
  double weight = 0;
  const char *end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data() + colon + 1, end, weight);
  if (error != std::errc() || stop != end || !(weight > 0) || !std::isfinite(weight))
    throw Error(Status::invalid_argument, "is a criterion, or one with a weight above 0, as sharpness:2",
                display_text(text));
  return {text.substr(0, colon), weight};
}

// Several criteria as one order.
Ending combined_table(const MethodCall &call, const std::vector<std::string> &criteria,
                      const EstimatorSettings &settings, StandingsOptions options, int64_t limit) {
  std::vector<std::unique_ptr<Ranking>> rankings;
  std::vector<WeightedCriterion> weighted;
  std::vector<std::string> used;
  for (const auto &text : criteria) {
    auto [name, weight] = weighted_criterion(text);
    RankingSettings one;
    one.criterion = name;
    one.choice = choice_from(call.parameters);
    one.estimator = settings;
    rankings.push_back(std::make_unique<Ranking>("", std::move(one)));
    auto &ranking = *rankings.back();
    ranking.leave_others_out();
    ranking.refresh(call);
    require_votes(call, ranking);
    call.task.phase("learn");
    weighted.push_back({&ranking.refitted(call), weight});
    used.push_back(json_string(name));
  }
  CombinedPosterior combined(weighted, {});
  auto standings = make_standings(combined.posterior(), options, call.task);
  for (const auto &row : item_rows(*rankings.front(), standings, limit)) call.rows.row(row);
  JsonObject summary;
  summary.raw("criteria", json_array(used)).add("pictures", standings.order.size());
  if (standings.settled_share)
    summary.add("settled", *standings.settled_share).add("top_settled", standings.top_settled);
  return {Status::ok, summary.str()};
}

}  // namespace

Ending run_rank_table(const MethodCall &call) {
  const auto &parameters = call.parameters;
  StandingsOptions options;
  options.level = parameters.number("level", 0.9, 0.5, 0.999);
  options.top = parameters.integer("top", 10, 1, 1 << 24);
  auto limit = parameters.integer("limit", 0, 0, std::numeric_limits<int64_t>::max());
  auto by = parameters.text("by"), column = parameters.text("as");
  auto criteria = parameters.texts("criteria");
  if (!column.empty()) {
    require_score_name(column);
    refuse_other_column(call.library().read(), column, column_source);
  }
  if (!criteria.empty()) {
    if (!by.empty() || !column.empty())
      throw Error(Status::invalid_argument, "goes without `by` and `as`", "parameter criteria");
    auto settings = estimator_settings_from(parameters);
    choice_from(parameters);
    parameters.reject_unknown();
    return combined_table(call, criteria, settings, options, limit);
  }
  auto subject = subject_from(call);
  auto &ranking = *subject.ranking;
  auto candidates = ranking.votes().candidate_marks();
  options.ranked = candidates;
  options.seed = ranking.settings().estimator.options.seed;
  call.task.phase("rank");
  auto posterior = posterior_of(*subject.estimator);
  auto standings = make_standings(posterior, options, call.task);
  auto rows = by.empty() ? item_rows(ranking, standings, limit) : group_rows(call, ranking, posterior, by, options);
  JsonObject summary;
  if (!subject.session.empty()) summary.add("session", subject.session);
  add_figures(summary, ranking, *subject.estimator, standings);
  if (!column.empty()) {
    std::unordered_map<Hash128, double> means;
    for (int32_t item : standings.order)
      means[ranking.votes().photo(item).photo] = standings.mean[static_cast<size_t>(item)];
    ScoreColumn stored;
    stored.name = column;
    stored.direction = 1;
    stored.source = std::string(column_source) + std::string(subject.estimator->name()) +
                    (ranking.settings().criterion.empty() ? "" : ", " + ranking.settings().criterion);
    stored.time = now_microseconds();
    summary.add("column", column).add("stored", store_photo_column(call, stored, column_source, means));
  }
  subject.lock.unlock();  // whoever votes does not wait for whoever reads
  for (const auto &row : rows) call.rows.row(row);
  return {Status::ok, summary.str()};
}

Ending run_rank_odds(const MethodCall &call) {
  auto paths = call.parameters.paths("pictures");
  if (paths.size() != 2) throw Error(Status::invalid_argument, "takes two pictures", "parameter pictures");
  auto subject = subject_from(call);
  const auto &votes = subject.ranking->votes();
  int32_t items[2];
  for (size_t i = 0; i < 2; ++i) {
    auto file = call.library().read().file_at(paths[i]);
    auto item = file ? votes.item_of(file->photo) : std::nullopt;
    if (!item)
      throw Error(Status::not_found, file ? "is not among these pictures" : unknown_file(paths[i]),
                  display_text(paths[i]));
    items[i] = *item;
  }
  if (items[0] == items[1]) throw Error(Status::invalid_argument, "both are one photo", display_text(paths[0]));
  const auto &estimator = *subject.estimator;
  JsonObject summary;
  summary.add("estimator", estimator.name());
  summary.add("difference",
              estimator.means()[static_cast<size_t>(items[0])] - estimator.means()[static_cast<size_t>(items[1])]);
  if (!estimator.variances().empty()) {
    auto posterior = posterior_of(estimator);
    summary.add("sd", std::sqrt(estimator.difference_variance(items[0], items[1])));
    summary.add("better", probability_better(posterior, items[0], items[1]));
  }
  summary.add("preferred_next_time", estimator.preference_probability(items[0], items[1]));
  summary.add("votes", subject.ranking->asked().of(items[0], items[1]));
  return {Status::ok, summary.str()};
}

Ending run_rank_status(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto name = parameters.text("session");
  auto top = parameters.integer("top", 0, 1, 1 << 24);
  bool estimate = !parameters.flag("quick");
  parameters.reject_unknown();
  auto session = RankingSession::of(call.library().read(), name);
  auto held = estimate ? ranking_apart(session) : ranking_of(call, session);
  auto &ranking = *held;
  std::unique_lock lock(ranking.mutex);
  std::vector<std::string> rows;
  ranking.refresh(call);
  const auto &votes = ranking.votes();
  auto settings = ranking_settings_from(Parameters(session.parameters));  // with the limits of the last resume

  struct Person {
    uint64_t votes = 0;
    int64_t last = 0;
  };
  std::vector<Person> people(votes.annotators().size());
  auto count = [&](const auto &list, const auto &origins) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (!origins[i].of_session) continue;
      auto &person = people[static_cast<size_t>(list[i].annotator)];
      ++person.votes;
      person.last = std::max(person.last, origins[i].time);
    }
  };
  count(votes.history().comparisons, votes.comparison_origins());
  count(votes.history().orderings, votes.ordering_origins());
  for (size_t i = 0; i < people.size(); ++i)
    if (people[i].votes > 0)
      rows.push_back(JsonObject()
                         .add("annotator", votes.annotators()[i])
                         .add("votes", people[i].votes)
                         .add("last", format_utc(people[i].last))
                         .str());
  uint64_t unvoted = 0;
  for (int32_t item = 0; item < votes.candidates(); ++item) unvoted += ranking.asked().of_item(item) == 0;

  JsonObject summary;
  summary.add("session", session.name).add("criterion", settings.criterion);
  summary.add("strategy", strategy_name(settings.strategy.kind))
      .add("estimator", estimator_name(settings.estimator.options.kind));
  summary.add("pictures", votes.candidates()).add("unvoted", unvoted).add("votes", votes.votes_of_session());
  summary.add("votes_of_criterion", votes.votes());
  summary.add("open", session.open.size()).add("created", format_utc(session.created));
  auto minutes = static_cast<double>(now_microseconds() - session.resumed) / 60e6;
  summary.add("minutes", minutes);
  if (settings.most_votes > 0) summary.add("most_votes", settings.most_votes);
  if (settings.most_minutes > 0) summary.add("most_minutes", settings.most_minutes);
  auto ended = session_end(settings, session, votes.votes_of_session());
  if (!ended.empty()) summary.add("ended", ended);
  auto told = [&] {
    lock.unlock();
    for (const auto &row : rows) call.rows.row(row);
    return Ending{Status::ok, summary.str()};
  };
  if (votes.candidates() < 2) return told();
  if (top == 0) top = settings.strategy.top;
  top = std::min<int64_t>(top, votes.candidates());

  call.task.phase("learn");
  auto &estimator = estimate ? ranking.refitted(call) : ranking.estimator(call);  // quick: voters wait meanwhile
  auto candidates = votes.candidate_marks();
  auto left = ranking.strategy().left(ranking.survey(estimator, {}, candidates));
  if (left) summary.add("votes_left", *left);
  StandingsOptions options;
  options.ranked = candidates;
  options.top = top;
  auto posterior = posterior_of(estimator);
  auto standings = make_standings(posterior, options, call.task);
  summary.add("vectors", ranking.with_vectors());
  if (standings.settled_share) {
    summary.add("settled", *standings.settled_share).add("top", top).add("top_settled", standings.top_settled);
    if (estimate && !standings.top_settled) {
      call.task.phase("look ahead");
      SettleOptions look;
      look.top = top;
      look.ranked = candidates;
      look.most_asked = settings.questions.overlap;
      auto needed = votes_to_settle(posterior, ranking.asked(), look, call.task);
      summary.add("contenders", needed.contenders).add("too_early", needed.too_early);
      if (!needed.too_early) {
        JsonObject more;
        more.add("low", needed.low).add("median", needed.median).add("high", needed.high);
        more.add("out_of_pairs", needed.out_of_pairs);
        summary.raw("votes_to_settle_top", more.add("looked_ahead", needed.looked_ahead).str());
      }
    }
  }
  return told();
}

}  // namespace kalon
