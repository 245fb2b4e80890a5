// The commands of ranking for what comes before and after voting: planning, files in and out, reports.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

#include "command_set.h"
#include "rank_options.h"
#include "renderers.h"
#include "usage.h"

namespace kalon::cli {
namespace {

void add_report(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session, title;
    bool overwrite = false, all = false;
    double hurry = 0.3;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command(rank, "report", "How good the votes are: agreement, consistency, side bias, times, whom to trust",
                  Access::read, "rank_report", [&set, options] {
                    json parameters{{"hurry", options->hurry}, {"overwrite", options->overwrite}};
                    put(parameters, "session", options->session);
                    put(parameters, "title", options->title);
                    if (options->all) parameters["all_criteria"] = true;
                    if (!set.to.empty()) parameters["to"] = uri(set.to);
                    return parameters;
                  });
  add_session(sub, options->session);
  sub->add_flag("--all-criteria", options->all, "All votes of the library, criterion by criterion");
  sub->add_option("--to", set.to, "Write it as one HTML page too")->type_name("FILE.html");
  sub->add_option("--title", options->title, "Title of the page")->type_name("TEXT");
  sub->add_option("--hurry", options->hurry, "A vote faster than this counts as hurried; default .3")
      ->check(number_between(0.0, 3600.0))
      ->type_name("SECONDS");
  sub->add_flag("--overwrite", options->overwrite, "Replace a page of this name");
  sub->footer(
      "kalon rank report --session study --to report.html\n\n"
      "Reliability is 1 for the usual annotator, 0 for chance, negative for the contrary; votes count by it.\n"
      "Krippendorff's alpha: below .667 there is too little agreement to rely on, from .8 on it is good.");
}

void add_import(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string file, format, session, criterion, annotator, base, root, as;
    bool skip = false, dry_run = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "import", "Take votes of other programs and data sets in, all of a file or nothing",
                          Access::write, "rank_import", [options] {
                            json parameters{{"path", uri(options->file)}, {"format", options->format}};
                            put(parameters, "session", options->session);
                            put(parameters, "criterion", options->criterion);
                            put(parameters, "annotator", options->annotator);
                            put(parameters, "as", options->as);
                            if (!options->base.empty()) parameters["base"] = uri(options->base);
                            if (!options->root.empty()) parameters["root"] = uri(options->root);
                            if (options->skip) parameters["skip_unknown"] = true;
                            if (options->dry_run) parameters["dry_run"] = true;
                            return parameters;
                          });
  sub->add_option("FILE", options->file, "The file, or the folder of kohya pairs")->required();
  sub->add_option("--format", options->format, "What it is; see below")
      ->check(one_of({"votes", "events", "image-ranker", "image-ranker-votes", "image-ranker-exclusions",
                      "image-ranker-skipped", "label-studio", "pickapic", "hpdv2", "dpo", "kohya"}))
      ->type_name("NAME")
      ->required();
  sub->add_option("--session", options->session, "The session that the votes belong to")->type_name("NAME");
  sub->add_option("--criterion", options->criterion, "Of votes that name none")->type_name("NAME");
  sub->add_option("--annotator", options->annotator, "Of votes that name none")->type_name("NAME");
  sub->add_option("--base", options->base, "Where relative names of pictures begin; default: the file's folder")
      ->type_name("DIR");
  sub->add_option("--root", options->root, "label-studio: the folder that its local files are below")->type_name("DIR");
  sub->add_option("--as", options->as, "image-ranker: the column of scores; default image-ranker")->type_name("NAME");
  sub->add_flag("--skip-unknown", options->skip, "Pass over votes on pictures that the library has not");
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be taken");
  sub->footer(
      "votes                    a table (CSV, TSV, JSON lines, Parquet) of left, right, outcome[, annotator, "
      "criterion, "
      "time, id]\n"
      "events                   what `kalon rank export --format events` wrote, without loss\n"
      "image-ranker             image_rankings.csv, as a column of scores\n"
      "image-ranker-votes       comparisons.csv; -exclusions and -skipped: its JSON files\n"
      "label-studio             its JSON export of pairwise tasks\n"
      "pickapic, hpdv2, dpo     the data sets' own files; kohya: a folder of pairs\n\n"
      "A file that is taken in again adds nothing twice.");
}

void add_export(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string session, format, link = "hardlink", name, root;
    double certainty = 0;
    int64_t repeats = 1;
    bool mixed_prompts = false, no_ties = false, overwrite = false, image_feature = false, members = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "export", "Write votes, pairs or ranked pictures for other programs and data sets",
                          Access::read, "rank_export", [&set, options] {
                            json parameters{{"to", uri(set.to)}, {"format", options->format}};
                            put(parameters, "session", options->session);
                            bool folder = options->format == "kohya" || options->format.rfind("imagefolder", 0) == 0;
                            if (folder) set.invocation().access = Access::write;  // links are kept for undo
                            if (folder) parameters["link"] = options->link;
                            if (options->certainty > 0) parameters["certainty"] = options->certainty;
                            if (options->no_ties) parameters["no_ties"] = true;
                            if (options->mixed_prompts) parameters["mixed_prompts"] = true;
                            if (options->overwrite) parameters["overwrite"] = true;
                            if (options->image_feature) parameters["image_feature"] = true;
                            if (options->members) parameters["annotators_are_members"] = true;
                            if (options->format == "kohya") parameters["repeats"] = options->repeats;
                            put(parameters, "name", options->name);
                            if (!options->root.empty()) parameters["root"] = uri(options->root);
                            return parameters;
                          });
  sub->add_option("--to", set.to, "The file, or a new folder")->required();
  sub->add_option("--format", options->format, "What to write; see below")
      ->check(one_of({"events", "all-events", "votes", "image-ranker", "image-ranker-votes", "image-ranker-exclusions",
                      "label-studio", "label-studio-config", "pickapic", "hpdv2", "hpdv2-test", "dpo", "rewards",
                      "imagefolder", "imagefolder-pairs", "kohya"}))
      ->type_name("NAME")
      ->required();
  add_session(sub, options->session);
  sub->add_option("--certainty", options->certainty, "Only pairs of which it is this sure which is better, as .95")
      ->check(number_between(0.5, 1.0))
      ->type_name("P");
  sub->add_flag("--no-ties", options->no_ties, "Leave ties out");
  sub->add_flag(
      "--mixed-prompts", options->mixed_prompts,
      "Keep pairs of pictures with different prompts; else they are left out where the format has one prompt");
  sub->add_option("--link", options->link, "Folders: how pictures are placed")
      ->check(one_of({"hardlink", "symlink", "copy"}))
      ->type_name("hardlink|symlink|copy");
  sub->add_option("--name", options->name, "kohya: name of the subset")->type_name("NAME");
  sub->add_option("--repeats", options->repeats, "kohya: repetitions in an epoch")
      ->transform(whole_number(1, 1000000))
      ->type_name("N");
  sub->add_option("--root", options->root, "label-studio: the folder that its local files are below")->type_name("DIR");
  sub->add_flag("--annotators-are-members", options->members, "label-studio: annotators are e-mails of its users");
  sub->add_flag("--image-feature", options->image_feature,
                "pickapic as Parquet: pictures that `datasets` shows as such");
  sub->add_flag("--overwrite", options->overwrite, "Replace a file of this name");
  sub->footer(
      "events, all-events       JSON lines without loss, for `kalon rank import`: of ranking, or of\n"
      "                         everything decided; of all sessions\n"
      "votes                    CSV, for `kalon rank fit` and spreadsheets\n"
      "image-ranker             image_rankings.csv; -votes: comparisons.csv; -exclusions: JSON\n"
      "label-studio             tasks with annotations; label-studio-config: the project's configuration\n"
      "pickapic                 by the name: .parquet (with the pictures' bytes), .jsonl, .csv\n"
      "hpdv2, hpdv2-test        JSON as HPDv2's train.json and test.json\n"
      "dpo, rewards             JSON lines: prompt, chosen, rejected; image, score\n"
      "imagefolder              a folder for `datasets`: pictures with scores; -pairs: chosen and rejected\n"
      "kohya                    folders of pairs for sd-scripts");
}

void add_fit(CommandSet &set, CLI::App &rank) {
  struct Options {
    std::string votes, criterion;
    CLI::Option *one_criterion = nullptr;  // the one without a name may be meant
    bool annotators = false;
    RankOptions estimator;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command(rank, "fit", "Utilities from a file of votes; needs no library", Access::none, "rank_fit", [options] {
        json parameters{{"votes", uri(options->votes)}};
        if (options->one_criterion->count() > 0) parameters["criterion"] = options->criterion;
        if (options->annotators) parameters["annotators"] = true;
        options->estimator.put(parameters);
        return parameters;
      });
  sub->add_option("--votes", options->votes,
                  "A table of left, right, outcome[, annotator, weight]: CSV, TSV, JSON lines, Parquet")
      ->type_name("FILE")
      ->required();
  options->one_criterion = sub->add_option("--criterion", options->criterion, "Of several, the one that counts");
  options->one_criterion->type_name("NAME");
  sub->add_flag("--annotators", options->annotators, "Instead of items: who voted, and how far each can be relied on");
  options->estimator.add_estimator(sub);
  sub->footer(
      "kalon rank fit --votes votes.csv\n"
      "kalon rank fit --votes votes.csv --annotators --json\n\n"
      "Items are any names. outcome: left, right, tie, both_bad, skip; also 1, 0, 0.5, or the better one's name.");
}

void add_simulate(CommandSet &set, CLI::App &rank) {
  struct Options {
    int64_t items = 100, votes = 0, studies = 8, annotators = 1, careless = 0, adversarial = 0, checkpoints = 10,
            overlap = 1, top = 10;
    double sd = 2, tie_rate = 0, slips = 0, reach = 0.9;
    std::string strategy, measure;
    RankOptions estimator;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command(rank, "simulate", "Plan a study: how many votes will be needed; needs no library",
                          Access::none, "rank_simulate", [options] {
                            json parameters{{"items", options->items},
                                            {"studies", options->studies},
                                            {"annotators", options->annotators},
                                            {"careless", options->careless},
                                            {"adversarial", options->adversarial},
                                            {"checkpoints", options->checkpoints},
                                            {"overlap", options->overlap},
                                            {"top", options->top},
                                            {"sd", options->sd},
                                            {"tie_rate", options->tie_rate},
                                            {"slips", options->slips},
                                            {"reach", options->reach}};
                            if (options->votes > 0) parameters["votes"] = options->votes;
                            put(parameters, "strategy", options->strategy);
                            put(parameters, "measure", options->measure);
                            options->estimator.put(parameters);
                            return parameters;
                          });
  sub->add_option("--items", options->items, "How many pictures; default 100")
      ->transform(whole_number(2, 1000000))
      ->type_name("N");
  sub->add_option("--votes", options->votes, "Votes of one study; default ten for each picture")
      ->transform(whole_number(1, 100000000))
      ->type_name("N");
  sub->add_option("--reach", options->reach, "The value of the measure that is wanted; default .9")
      ->check(number_between(0.0, 1.0))
      ->type_name("X");
  sub->add_option("--measure", options->measure,
                  "What is to be good: spearman (default) or kendall, of the whole order; top-recall, the share of the "
                  "best --top that is found; settled, the share of neighbours in the order that are told apart at .95, "
                  "which stays near 0 as long as pictures are alike; coverage")
      ->check(one_of({"spearman", "kendall", "top-recall", "settled", "coverage", "winner-accuracy"}))
      ->type_name("NAME");
  sub->add_option("--sd", options->sd, "How different the pictures are, in logits: 1 hardly, 4 very; default 2")
      ->check(number_between(0.0, 1000.0))
      ->type_name("X");
  sub->add_option("--tie-rate", options->tie_rate, "Share of ties between equally good ones")
      ->check(number_between(0.0, 0.99))
      ->type_name("P");
  sub->add_option("--slips", options->slips, "Share of answers by chance")
      ->check(number_between(0.0, 1.0))
      ->type_name("P");
  sub->add_option("--annotators", options->annotators, "How many people")
      ->transform(whole_number(1, 10000))
      ->type_name("N");
  sub->add_option("--careless", options->careless, "Of them, so many answer by chance")
      ->transform(whole_number(0, 10000))
      ->type_name("N");
  sub->add_option("--adversarial", options->adversarial, "Of them, so many say the contrary")
      ->transform(whole_number(0, 10000))
      ->type_name("N");
  sub->add_option("--studies", options->studies, "Studies that are simulated, the more the finer; default 8")
      ->transform(whole_number(1, 10000))
      ->type_name("N");
  sub->add_option("--checkpoints", options->checkpoints, "Rows of the curve; default 10")
      ->transform(whole_number(1, 1000))
      ->type_name("N");
  sub->add_option("--overlap", options->overlap, "A pair may be asked K times; default 1, 0: no limit")
      ->transform(whole_number(0, 1000))
      ->type_name("K");
  sub->add_option("--top", options->top, "How many best ones count for top-recall; default 10")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("N");
  sub->add_option("--strategy", options->strategy, "As of `kalon rank start`")
      ->check(one_of({"active", "smart-shuffle", "elimination", "swiss", "random", "top-k", "challenger"}))
      ->type_name("NAME");
  options->estimator.add_estimator(sub);
  sub->footer(
      "kalon rank simulate --items 500 --measure top-recall --reach .8\n"
      "kalon rank simulate --items 60 --annotators 5 --careless 1 --overlap 3\n\n"
      "Each row is what so many votes give: the median of all studies, and from where to where nine in ten lie.");
}

}  // namespace

void add_rank_exchange_commands(CommandSet &set, CLI::App &rank) {
  add_report(set, rank);
  add_import(set, rank);
  add_export(set, rank);
  add_fit(set, rank);
  add_simulate(set, rank);
}

}  // namespace kalon::cli
