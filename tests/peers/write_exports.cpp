// Writes every data set of preferences from one description, and reads those that can be read, for exports_test.py.
//   write_exports all WORLD.json FOLDER      WORLD.json: {"pictures": [...], "votes": [...], "certainty": 0.9}
//   write_exports read pickapic|hpdv2|dpo FILE    prints a JSON line for each vote
//   write_exports table FILE                 prints each row of a table as Kalon's own reader sees it, without pictures

#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "exchange/dpo.h"
#include "exchange/hpdv2.h"
#include "exchange/image_folder.h"
#include "exchange/pickapic.h"
#include "exchange/table.h"

namespace {

using namespace kalon;
using nlohmann::json;

constexpr std::pair<const char *, Verdict> verdicts[] = {{"left", Verdict::left},
                                                         {"right", Verdict::right},
                                                         {"tie", Verdict::tie},
                                                         {"both_bad", Verdict::both_bad},
                                                         {"skip", Verdict::skip}};

Verdict verdict_of(const std::string &name) {
  for (auto [known, verdict] : verdicts)
    if (name == known) return verdict;
  throw Error(Status::invalid_argument, "is no verdict", name);
}

const char *name_of(Verdict verdict) {
  for (auto [name, known] : verdicts)
    if (verdict == known) return name;
  return "";
}

template <typename Value>
std::optional<Value> optional_of(const json &object, const char *name) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<Value>();
}

PictureRow picture_of(const json &object) {
  PictureRow picture;
  picture.id = object.value("id", "");
  picture.path = object.value("path", "");
  picture.prompt = object.value("prompt", "");
  auto attributes = object.value("attributes", json::object());
  for (const auto &[name, value] : attributes.items()) picture.attributes.emplace_back(name, value.get<std::string>());
  picture.mean = optional_of<double>(object, "mean");
  picture.sd = optional_of<double>(object, "sd");
  picture.rank = optional_of<uint64_t>(object, "rank");
  picture.score = optional_of<double>(object, "score");
  return picture;
}

VoteRow vote_of(const json &object) {
  VoteRow vote;
  vote.items = object.at("items").get<std::vector<std::string>>();
  vote.ranks = object.value("ranks", std::vector<uint16_t>());
  vote.verdict = verdict_of(object.value("verdict", "skip"));
  vote.annotator = object.value("annotator", "");
  vote.criterion = object.value("criterion", "");
  vote.time = optional_of<int64_t>(object, "time");
  vote.weight = object.value("weight", 1.0);
  vote.prompt = object.value("prompt", "");
  vote.certainty = optional_of<double>(object, "certainty");
  return vote;
}

json json_of(const VoteRow &vote) {
  json object = {
      {"items", vote.items},         {"ranks", vote.ranks},         {"verdict", name_of(vote.verdict)},
      {"annotator", vote.annotator}, {"criterion", vote.criterion}, {"weight", vote.weight},
      {"prompt", vote.prompt},       {"line", vote.line},           {"placement_known", vote.placement_known}};
  object["time"] = vote.time ? json(*vote.time) : json();
  object["certainty"] = vote.certainty ? json(*vote.certainty) : json();
  return object;
}

json json_of(const ExportResult &result) {
  json failed = json::object();
  for (const auto &[path, outcome] : result.failed) failed[path] = outcome.text;
  return {{"rows", result.rows},
          {"without_order", result.without_order},
          {"ties", result.ties},
          {"unsettled", result.unsettled},
          {"contradicted", result.contradicted},
          {"mixed_prompts", result.mixed_prompts},
          {"lost", result.lost},
          {"failed", failed}};
}

void write_all(const std::string &world_path, const std::string &folder) {
  auto world = json::parse(std::ifstream(world_path));
  std::vector<PictureRow> pictures;
  std::map<std::string, const PictureRow *> by_name;
  for (const auto &object : world.at("pictures")) pictures.push_back(picture_of(object));
  for (const auto &picture : pictures) by_name[picture.id] = &picture;
  PairSource source;
  source.votes = [&](const TakeRow &take) {
    for (const auto &object : world.at("votes")) take(vote_of(object));
  };
  source.find = [&](const std::string &item) -> const PictureRow * {
    auto found = by_name.find(item);
    return found == by_name.end() ? nullptr : found->second;
  };
  GivePictures give = [&](const TakePicture &take) {
    for (const auto &picture : pictures) take(picture);
  };
  auto settled_only = source;
  source.mixed_prompts = true;
  settled_only.ties = false;
  settled_only.least_certainty = world.value("certainty", 0.9);

  Task task;
  json results;
  auto at = [&](const char *name) { return folder + "/" + name; };
  PickapicOptions pickapic;
  results["pickapic.parquet"] = json_of(export_pickapic(at("pickapic.parquet"), source, pickapic, task));
  pickapic.image_feature = true;
  results["pickapic-images.parquet"] = json_of(export_pickapic(at("pickapic-images.parquet"), source, pickapic, task));
  pickapic.format = PickapicFormat::jsonl;
  results["pickapic.jsonl"] = json_of(export_pickapic(at("pickapic.jsonl"), source, pickapic, task));
  pickapic.format = PickapicFormat::csv;
  results["pickapic.csv"] = json_of(export_pickapic(at("pickapic.csv"), source, pickapic, task));
  results["train.json"] = json_of(export_hpdv2(at("train.json"), source, Hpdv2Split::train, task));
  results["test.json"] = json_of(export_hpdv2(at("test.json"), source, Hpdv2Split::test, task));
  results["dpo.jsonl"] = json_of(export_dpo(at("dpo.jsonl"), source, task));
  results["dpo-settled.jsonl"] = json_of(export_dpo(at("dpo-settled.jsonl"), settled_only, task));
  results["rewards.jsonl"] = json_of(export_rewards(at("rewards.jsonl"), give, task));
  auto record = [](std::span<const Placement>) {};
  auto of_pictures = image_folder_of_pictures(give, task);
  results["pictures"] = json_of(of_pictures.result);
  write_image_folder(at("pictures"), of_pictures, LinkKind::hardlink, record, task);
  auto of_pairs = image_folder_of_pairs(source, task);
  results["pairs"] = json_of(of_pairs.result);
  write_image_folder(at("pairs"), of_pairs, LinkKind::copy, record, task);
  std::cout << results.dump() << "\n";
}

void read_votes(const std::string &format, const std::string &path) {
  Task task;
  auto take = [](VoteRow &&vote) { std::cout << json_of(vote).dump() << "\n"; };
  if (format == "pickapic")
    read_pickapic(path, take, task);
  else if (format == "hpdv2")
    read_hpdv2(path, take, task);
  else
    read_dpo(path, take, task);
}

void print_table(const std::string &path) {
  auto reader = open_table(path);
  // Bytes are no text.
  std::vector<size_t> columns;
  for (size_t i = 0; i < reader->columns().size(); ++i)
    if (!reader->columns()[i].starts_with("jpg_")) columns.push_back(i);
  reader->only(columns);
  TableRow row;
  while (reader->next(row)) {
    json object;
    for (size_t i = 0; i < reader->columns().size(); ++i)
      if (auto *cell = row.cell(i)) object[reader->columns()[i]] = cell->text;
    std::cout << object.dump() << "\n";
  }
}

}  // namespace

int main(int argc, char **argv) {
  try {
    std::string task = argc > 1 ? argv[1] : "";
    if (task == "all" && argc == 4)
      write_all(argv[2], argv[3]);
    else if (task == "read" && argc == 4)
      read_votes(argv[2], argv[3]);
    else if (task == "table" && argc == 3)
      print_table(argv[2]);
    else
      return 2;
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
