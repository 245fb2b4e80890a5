// Method "rank_export": votes, pairs and ranked pictures in the forms that other programs and data sets have.

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "exchange/dpo.h"
#include "exchange/event_lines.h"
#include "exchange/hpdv2.h"
#include "exchange/image_folder.h"
#include "exchange/image_ranker.h"
#include "exchange/kohya_pairs.h"
#include "exchange/label_studio.h"
#include "exchange/pickapic.h"
#include "exchange/vote_table.h"
#include "facade/json_object.h"
#include "facade/output.h"
#include "facade/placing.h"
#include "facade/rank_questions.h"
#include "facade/voted_rows.h"

namespace kalon {
namespace {

struct Request {
  std::string format, to, name, root;
  LinkKind link = LinkKind::hardlink;
  uint32_t repeats = 1;
  bool image_feature = false, members = false;
};

// What was written, for the summary.
void add_result(const MethodCall &call, JsonObject &summary, const ExportResult &result) {
  for (const auto &[name, outcome] : result.failed)
    call.rows.row(
        JsonObject().add("path", name).add("status", status_name(outcome.status)).add("message", outcome.text).str());
  summary.add("rows", result.rows).add("without_order", result.without_order).add("ties_left_out", result.ties);
  summary.add("unsettled", result.unsettled).add("contradicted", result.contradicted);
  summary.add("mixed_prompts", result.mixed_prompts).add("lost", result.lost).add("failed", result.failed.size());
}

Ending ending(JsonObject &summary, const std::string &to, uint64_t failed) {
  summary.add("uri", file_uri(to)).add("path", to);
  return {failed == 0 ? Status::ok : Status::partial, summary.str()};
}

PickapicFormat pickapic_format_of(const std::string &to) {
  for (auto [ending, format] : {std::pair(".parquet", PickapicFormat::parquet),
                                std::pair(".jsonl", PickapicFormat::jsonl), std::pair(".csv", PickapicFormat::csv)})
    if (ascii_lower(to).ends_with(ending)) return format;
  throw Error(Status::invalid_argument, "must end in .parquet, .jsonl or .csv, which says the form of the file",
              display_text(to));
}

Ending export_events(const MethodCall &call, const Request &request, EventKinds kinds) {
  EventLines lines(request.to, kinds);
  auto reader = call.library().read();
  uint64_t visited = 0;
  reader.scan_events([&](const Event &event) {
    if ((++visited & 0xfff) == 0) call.task.throw_if_cancelled();
    lines.add(event);
    return true;
  });
  lines.finish();
  JsonObject summary;
  summary.add("format", request.format).add("rows", lines.written());
  return ending(summary, request.to, 0);
}

std::vector<RemovedImage> removed_images(const Reader &reader) {
  std::vector<RemovedImage> removed;
  std::unordered_map<Hash128, std::string> reasons;
  reader.scan_events([&](const Event &event) {
    if (const auto *exclude = std::get_if<Exclude>(&event.body);
        exclude && exclude->excluded && !reader.taken_back(event))
      reasons[exclude->picture] = exclude->reason;
    return true;
  });
  for (const auto &picture : reader.excluded_pictures())
    for (uint64_t id : reader.files_of(picture))
      if (auto file = reader.file(id); file && !file->vanished) {
        removed.push_back({valid_utf8(file->path) ? file->path : picture.hex(), reasons[picture], 0});
        break;
      }
  return removed;
}

void write_rankings(const MethodCall &call, const Request &request, const Ranking &ranking, const VotedRows &rows,
                    JsonObject &summary) {
  std::vector<RankedImage> images(rows.pictures().size());
  for (const auto &vote : ranking.votes().history().comparisons) {
    if (vote.verdict != Verdict::left && vote.verdict != Verdict::right) continue;
    bool left = vote.verdict == Verdict::left;
    ++images[static_cast<size_t>(left ? vote.left : vote.right)].upvotes;
    ++images[static_cast<size_t>(left ? vote.right : vote.left)].downvotes;
  }
  std::vector<RankedImage> ranked;
  for (int32_t item : rows.standings().order) {
    const auto &picture = rows.pictures()[static_cast<size_t>(item)];
    auto &image = images[static_cast<size_t>(item)];
    image.image = valid_utf8(picture.path) ? picture.path : picture.id;
    image.mean = picture.mean.value_or(0);
    image.sd = picture.sd.value_or(0);
    ranked.push_back(std::move(image));
  }
  write_image_rankings(request.to, ranked, call.task);
  summary.add("rows", ranked.size());
}

Ending place(const MethodCall &call, const Request &request, JsonObject &summary, const std::string &folder,
             const std::vector<Placement> &placements, const std::vector<MadeFile> &made, const ExportResult &result) {
  auto placed = place_folder(call, folder, placements, request.link, made);
  tell_unplaced(call, placed.failed);
  add_result(call, summary, result);
  summary.add("placed", placed.placed).add("operation", placed.operation);
  return ending(summary, request.to, placed.failed.size() + result.failed.size());
}

Ending export_folder_of_pairs(const MethodCall &call, const Request &request, JsonObject &summary,
                              const PairSource &source) {
  KohyaSettings settings;
  settings.name = request.name;
  settings.repeats = request.repeats;
  auto pairs = plan_kohya_pairs(source, settings, call.task);
  std::vector<MadeFile> texts;
  for (const auto &[name, text] : pairs.texts) texts.push_back({name, Bytes(text.begin(), text.end())});
  return place(call, request, summary, request.to + "/" + pairs.subfolder, pairs.placements, texts, pairs.result);
}

Ending export_image_folder(const MethodCall &call, const Request &request, JsonObject &summary,
                           const ImageFolder &folder) {
  auto metadata = metadata_of(folder);
  MadeFile rows{std::string(image_folder_metadata), Bytes(metadata.begin(), metadata.end())};
  return place(call, request, summary, request.to, folder.placements, {rows}, folder.result);
}

}  // namespace

Ending run_rank_export(const MethodCall &call) {
  const auto &parameters = call.parameters;
  Request request;
  request.format = parameters.one_of(
      "format", {"events", "all-events", "votes", "image-ranker", "image-ranker-votes", "image-ranker-exclusions",
                 "label-studio", "label-studio-config", "pickapic", "hpdv2", "hpdv2-test", "dpo", "rewards",
                 "imagefolder", "imagefolder-pairs", "kohya"});
  request.to = parameters.required_path("to");
  bool overwrite = parameters.flag("overwrite");
  request.link = link_kind_from(parameters.one_of("link", {"hardlink", "symlink", "copy"}));
  request.name = parameters.text("name", "pictures");
  request.root = parameters.path("root");
  request.repeats = static_cast<uint32_t>(parameters.integer("repeats", 1, 1, 1000000));
  request.image_feature = parameters.flag("image_feature");
  request.members = parameters.flag("annotators_are_members");
  bool no_ties = parameters.flag("no_ties");
  std::optional<double> least;
  if (parameters.has("certainty")) least = parameters.number("certainty", 0.95, 0.5, 1);
  bool mixed_prompts = parameters.flag("mixed_prompts");
  auto session_name = parameters.text("session");
  parameters.reject_unknown();

  const auto &format = request.format;
  bool folder = format == "kohya" || format.starts_with("imagefolder");
  bool pairs = format == "pickapic" || format == "dpo" || format.starts_with("hpdv2") || format == "kohya" ||
               format == "imagefolder-pairs";
  for (const char *parameter : {"certainty", "no_ties", "mixed_prompts"})
    if (!pairs && parameters.has(parameter))
      throw Error(Status::invalid_argument,
                  "goes with the formats of pairs: pickapic, dpo, hpdv2, hpdv2-test, kohya, imagefolder-pairs",
                  std::string("parameter ") + parameter);
  auto pickapic_format = format == "pickapic" ? pickapic_format_of(request.to) : PickapicFormat::parquet;
  if ((format == "events" || format == "all-events") && !session_name.empty())
    throw Error(Status::invalid_argument, "is not for events, which are those of the whole library; leave it out",
                "parameter session");
  if (!folder) refuse_existing(request.to, overwrite);
  if (format == "events" || format == "all-events")
    return export_events(call, request, format == "events" ? EventKinds::ranking : EventKinds::all);
  JsonObject summary;
  summary.add("format", format);
  if (format == "label-studio-config") {
    auto text = label_studio_config();
    write_file_atomically(request.to, bytes_of(text));
    return ending(summary, request.to, 0);
  }
  if (format == "image-ranker-exclusions") {
    auto removed = removed_images(call.library().read());
    write_exclusions(request.to, removed, call.task);
    return ending(summary.add("rows", removed.size()), request.to, 0);
  }

  auto session = RankingSession::of(call.library().read(), session_name);
  auto held = ranking_apart(session);
  held->refresh(call);
  call.task.phase("learn");
  VotedRows rows(call, *held, held->refitted(call));
  call.task.phase("export");
  PairSource source;
  source.votes = rows.votes(VotedRows::Naming::id);
  source.find = rows.find();
  source.ties = !no_ties;
  source.certainty = [&](const PictureRow &left, const PictureRow &right) { return rows.certainty(left, right); };
  source.least_certainty = least;
  source.mixed_prompts = mixed_prompts;
  summary.add("session", session.name);

  if (format == "kohya") return export_folder_of_pairs(call, request, summary, source);
  if (format == "imagefolder")
    return export_image_folder(call, request, summary, image_folder_of_pictures(rows.best_first(), call.task));
  if (format == "imagefolder-pairs")
    return export_image_folder(call, request, summary, image_folder_of_pairs(source, call.task));
  if (format == "votes") {
    write_vote_table(request.to, rows.votes(VotedRows::Naming::path), call.task);
    return ending(summary.add("rows", held->votes().votes()), request.to, 0);
  }
  if (format == "image-ranker") {
    write_rankings(call, request, *held, rows, summary);
    return ending(summary, request.to, 0);
  }
  if (format == "image-ranker-votes") {
    auto counts = write_comparisons(request.to, rows.votes(VotedRows::Naming::path),
                                    removed_images(call.library().read()), call.task);
    summary.add("rows", counts.lines).add("ties_left_out", counts.ties).add("without_order", counts.without_order);
    return ending(summary, request.to, 0);
  }
  ExportResult result;
  if (format == "label-studio") {
    LabelStudioWriting writing;
    if (!request.root.empty()) writing.root = request.root;
    writing.annotators_are_members = request.members;
    result = write_label_studio(request.to, source.votes, source.find, writing, call.task);
  } else if (format == "pickapic") {
    PickapicOptions options;
    options.format = pickapic_format;
    options.image_feature = request.image_feature;
    result = export_pickapic(request.to, source, options, call.task);
  } else if (format == "hpdv2" || format == "hpdv2-test") {
    result = export_hpdv2(request.to, source, format == "hpdv2" ? Hpdv2Split::train : Hpdv2Split::test, call.task);
  } else if (format == "dpo") {
    result = export_dpo(request.to, source, call.task);
  } else {
    result = export_rewards(request.to, rows.best_first(), call.task);
  }
  add_result(call, summary, result);
  return ending(summary, request.to, result.failed.size());
}

}  // namespace kalon
