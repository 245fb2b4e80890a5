// The commands of ranking: sessions, questions, votes, and what the votes say.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <charconv>
#include <memory>

#include "command_set.h"
#include "rank_options.h"
#include "renderers.h"
#include "usage.h"

namespace kalon::cli {
namespace {

constexpr const char *study_help =
    "Rank one folder alone:\n"
    "    kalon index ~/Trip && kalon rank start ~/Trip --session trip\n"
    "    kalon rank next                          which two to look at\n"
    "    kalon rank vote left --next              the answer, and the next two\n"
    "    kalon rank table --limit 10              the best ten, with what is certain of them\n\n"
    "A study of five people (each with a name of their own, all at once or one after another):\n"
    "    kalon rank start ~/Trip --session study --overlap 3 --repeat .05 --votes 2000\n"
    "    kalon rank next --session study --annotator ann\n"
    "    kalon rank vote left --session study --annotator ann --next       left, right, tie, both_bad or skip\n"
    "    kalon rank status --session study        who voted how much, what is settled, how many votes are missing\n"
    "    kalon rank report --session study --to report.html                do they agree, whom to trust\n"
    "    kalon rank table --session study --json > table.jsonl\n"
    "    kalon rank export --session study --format dpo --to pairs.jsonl\n\n"
    "With --json every answer is lines of JSON for a program that shows the pictures itself.";

constexpr std::initializer_list<const char *> outcomes = {"left", "right", "tie", "both_bad", "skip"};

void add_annotator(CLI::App *sub, std::string &annotator, const char *help) {
  sub->add_option("--annotator", annotator, help)->type_name("NAME");
}

void add_start(CommandSet &set, CLI::App &rank) {
  auto session = std::make_shared<std::string>();
  auto options = std::make_shared<RankOptions>();
  auto resume = std::make_shared<bool>(false);
  auto *sub = set.command(rank, "start", "Begin to rank the pictures of folders, or go on with a session",
                          Access::write, "rank_start", [&set, session, options, resume] {
                            json parameters = set.narrowed();
                            put(parameters, "session", *session);
                            if (*resume) parameters["resume"] = true;
                            options->put(parameters);
                            set.put_model(parameters);
                            return parameters;
                          });
  set.add_paths(sub, "Only photos in these folders, or these files; none: the whole library");
  sub->add_option("--session", *session, "Name of the session; default: default")->type_name("NAME");
  sub->add_flag("--resume", *resume,
                "Go on with a session as it was begun: questions that are open stay so, its time runs anew; only "
                "--votes and --minutes may be given with it");
  options->add_strategy(sub);
  options->add_questions(sub);
  options->add_estimator(sub);
  sub->footer(study_help);
  set.add_model(sub);
  set.add_where(sub);
}

void add_next(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session, annotator;
    int64_t count = 1, size = 2;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "next", "Ask: which pictures to compare next", Access::write, "rank_next", [options] {
    json parameters{{"count", options->count}, {"size", options->size}};
    put(parameters, "session", options->session);
    put(parameters, "annotator", options->annotator);
    return parameters;
  });
  add_session(sub, options->session);
  add_annotator(sub, options->annotator, "Who is asked; questions that are open to one are not given to others");
  sub->add_option("--count", options->count, "How many questions")->transform(whole_number(1, 1000))->type_name("N");
  sub->add_option("--size", options->size, "Pictures of one question")->transform(whole_number(2, 16))->type_name("K");
  sub->footer(
      "Questions stay open to whoever was asked: asking again without an answer gives the same ones. After ten "
      "minutes\n"
      "others may get them. With --json each line has the pictures by slot, left first, and the question's id for\n"
      "`kalon rank vote --question ID`.");
}

// An outcome that stands behind --pictures was taken for one more picture.
void refuse_missing_answer(const std::vector<std::string> &pictures) {
  if (!pictures.empty())
    for (const char *outcome : outcomes)
      if (pictures.back() == outcome)
        usage_error("write the answer before --pictures: kalon rank vote " + pictures.back() + " --pictures FILE FILE");
  usage_error("say the answer: left, right, tie, both_bad or skip; or --best, or --order");
}

// "2,1,3": places from the best on.
json places(const std::string &text) {
  json list = json::array();
  const char *from = text.data(), *end = from + text.size();
  while (from < end) {
    int64_t place = 0;
    auto [stop, error] = std::from_chars(from, end, place);
    if (error != std::errc{} || (stop != end && *stop != ',')) usage_error("--order takes places as 2,1,3");
    list.push_back(place);
    from = stop == end ? end : stop + 1;
  }
  return list;
}

void add_vote(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string outcome, question, id, order;
    std::vector<std::string> pictures;
    int64_t best = 0, size = 2;
    double milliseconds = 0;
    bool next = false;
    std::string session, annotator;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "vote", "Answer a question: the one that is open, or one of your own", Access::write,
                          "rank_vote", [options] {
                            if (options->outcome.empty() && options->best == 0 && options->order.empty())
                              refuse_missing_answer(options->pictures);
                            json parameters = json::object();
                            put(parameters, "session", options->session);
                            put(parameters, "annotator", options->annotator);
                            put(parameters, "outcome", options->outcome);
                            put(parameters, "question", options->question);
                            put(parameters, "id", options->id);
                            if (!options->pictures.empty()) parameters["pictures"] = uris(options->pictures);
                            if (options->best > 0) parameters["best"] = options->best;
                            if (!options->order.empty()) parameters["order"] = places(options->order);
                            if (options->milliseconds > 0) parameters["duration_ms"] = options->milliseconds;
                            if (options->next) parameters.update(json{{"next", 1}, {"size", options->size}});
                            return parameters;
                          });
  sub->add_option("OUTCOME", options->outcome, "Which is better: left, right, tie, both_bad; or skip")
      ->check(CLI::Validator(
          [](std::string &text) {
            bool place = text.find_first_not_of("0123456789,") == std::string::npos;
            return std::string(place ? "is no place; --order takes all of them as one word, as 2,1,3" : "");
          },
          ""))
      ->check(one_of(outcomes));
  add_session(sub, options->session);
  add_annotator(sub, options->annotator, "Who votes");
  sub->add_option("--question", options->question, "Which question; default: the first that is open to the annotator")
      ->type_name("ID");
  sub->add_option("--pictures", options->pictures, "Instead of a question: these pictures, from left to right")
      ->type_name("FILE...");
  sub->add_option("--best", options->best, "Of several: the place of the best one, from 1")
      ->transform(whole_number(1, 16))
      ->type_name("PLACE");
  sub->add_option("--order", options->order,
                  "Of several: places from the best on, as 2,1,3; the rest share the last rank")
      ->type_name("PLACES");
  sub->add_option("--duration-ms", options->milliseconds, "How long it took; default: since the question was asked")
      ->check(number_between(0, 1e9))
      ->type_name("MS");
  sub->add_option("--id", options->id, "An id of your own (32 hex digits): a vote delivered twice counts once")
      ->type_name("ID");
  sub->add_flag("--next", options->next, "Ask the next question at once");
  sub->add_option("--size", options->size, "Pictures of the next question")
      ->transform(whole_number(2, 16))
      ->type_name("K");
  sub->footer(
      "kalon rank vote left --next                      the open question, and the next one\n"
      "kalon rank vote left --pictures a.jpg b.jpg      a pair of your own: a is better\n"
      "kalon rank vote --best 3                         of several\n\n"
      "`kalon rank undo` takes the last vote back.");
}

void add_undo(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session, annotator;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "undo", "Take the last vote of a session back", Access::write, "rank_undo", [options] {
    json parameters = json::object();
    put(parameters, "session", options->session);
    put(parameters, "annotator", options->annotator);
    return parameters;
  });
  add_session(sub, options->session);
  add_annotator(sub, options->annotator, "Whose; default: the last of all");
  sub->footer(
      "kalon rank undo --annotator ann      the last one of ann\n\n"
      "The question is asked again. Run it again to go further back.");
}

void add_exclude(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string reason;
    bool include = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command(rank, "exclude", "Leave pictures out everywhere in the library; their votes stay, and the files too",
                  Access::write, "exclude", [&set, options] {
                    json parameters{{"paths", uris(set.paths)}, {"include", options->include}};
                    put(parameters, "reason", options->reason);
                    return parameters;
                  });
  sub->add_option("FILE", set.paths, "Files of the library")->required();
  sub->add_option("--reason", options->reason, "Why, kept with the decision")->type_name("TEXT");
  sub->add_flag("--include", options->include, "Take them in again");
  sub->footer(
      "kalon rank exclude blurred.jpg --reason blurred\n"
      "kalon rank exclude --include blurred.jpg\n\n"
      "The same as `kalon exclude`: no session, no order and no search has them any more.");
}

void add_status(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session;
    int64_t top = 0;
    bool quick = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "status", "How far a session is", Access::read, "rank_status", [options] {
    json parameters = json::object();
    put(parameters, "session", options->session);
    if (options->top > 0) parameters["top"] = options->top;
    if (options->quick) parameters["quick"] = true;
    return parameters;
  });
  add_session(sub, options->session);
  sub->add_option("--top", options->top, "How many best pictures are to be settled; default: as the session's, or 10")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("N");
  sub->add_flag("--quick", options->quick, "Without the estimate of how many votes are missing");
  sub->footer(
      "Settled is the share of neighbours in the order of which it is 95 % sure which is better. How many votes are\n"
      "missing is an estimate: it is found by voting on in worlds drawn from what is known now.");
}

void add_table(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session;
    std::string criterion, by, as;
    CLI::Option *one_criterion = nullptr;  // the one without a name may be meant
    std::vector<std::string> criteria;
    RankOptions estimator;
    int64_t limit = 0, top = 10;
    double level = 0.9;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "table", "The pictures from the best on, or what wins by an attribute", Access::read,
                          "rank_table", [&set, options] {
                            json parameters = set.narrowed();
                            put(parameters, "session", options->session);
                            if (options->one_criterion->count() > 0) parameters["criterion"] = options->criterion;
                            put(parameters, "by", options->by);
                            put(parameters, "as", options->as);
                            if (!options->as.empty()) set.invocation().access = Access::write;
                            if (!options->criteria.empty()) parameters["criteria"] = options->criteria;
                            if (options->limit > 0) parameters["limit"] = options->limit;
                            parameters["top"] = options->top;
                            parameters["level"] = options->level;
                            options->estimator.put(parameters);
                            set.put_model(parameters);
                            return parameters;
                          });
  add_session(sub, options->session);
  set.add_paths(sub, "Without a session: only photos in these folders, or these files");
  options->one_criterion = sub->add_option("--criterion", options->criterion, "Without a session: which votes count");
  options->one_criterion->type_name("NAME");
  sub->add_option("--by", options->by, "Which value of an attribute wins, as --by generator")->type_name("ATTRIBUTE");
  sub->add_option("--combine", options->criteria, "Several criteria as one order; NAME:2 counts twice")
      ->type_name("CRITERION...");
  sub->add_option("--limit", options->limit, "At most so many rows")
      ->transform(whole_number(1, any_number))
      ->type_name("N");
  sub->add_option("--top", options->top, "The N of a picture's probability to be among the best N; default 10")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("N");
  sub->add_option("--level", options->level, "Of the intervals; default .9")
      ->check(number_between(0.5, 0.999))
      ->type_name("P");
  sub->add_option("--as", options->as, "Keep the utilities as a column of scores of this name")->type_name("NAME");
  options->estimator.add_estimator(sub);
  sub->footer(
      "kalon rank table --limit 10\n"
      "kalon rank table --by generator      which generator wins\n"
      "kalon rank table --as taste          then: kalon list --where 'taste > 1'\n\n"
      "A picture's rank stands with the interval in which it lies with the probability of --level; `top_probability`\n"
      "(with --json) is the one to be among the best --top.");
  set.add_model(sub);
  set.add_where(sub);
}

void add_odds(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session;
    std::vector<std::string> pictures;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "odds", "How sure it is that one picture is better than another", Access::read,
                          "rank_odds", [options] {
                            json parameters{{"pictures", uris(options->pictures)}};
                            put(parameters, "session", options->session);
                            return parameters;
                          });
  sub->add_option("FILE", options->pictures, "Two pictures")->required()->expected(2);
  add_session(sub, options->session);
  sub->footer(
      "kalon rank odds a.jpg b.jpg\n\n"
      "Better is what all votes together say of the two; a single vote may still fall the other way.");
}

void add_sessions(CommandSet &set, CLI::App &rank) {
  auto drop = std::make_shared<std::string>();
  auto *sub = set.command(rank, "sessions", "List the sessions of the library, or drop one", Access::read,
                          "rank_sessions", [&set, drop] {
                            if (drop->empty()) return json::object();
                            set.invocation().access = Access::write;
                            return json{{"drop", *drop}};
                          });
  sub->add_option("--drop", *drop, "Forget a session; its votes stay, and count for their criterion")
      ->type_name("NAME");
  sub->footer(
      "kalon rank sessions\n"
      "kalon rank sessions --drop trial");
}

}  // namespace

void add_rank_commands(CommandSet &set) {
  auto *rank = set.app().add_subcommand("rank", "Learn an order from choices, and ask the most telling pair next");
  rank->require_subcommand(1);
  rank->footer(study_help);
  add_start(set, *rank);
  add_next(set, *rank);
  add_vote(set, *rank);
  add_undo(set, *rank);
  add_exclude(set, *rank);
  add_status(set, *rank);
  add_table(set, *rank);
  add_odds(set, *rank);
  add_sessions(set, *rank);
  add_rank_exchange_commands(set, *rank);
}

}  // namespace kalon::cli
