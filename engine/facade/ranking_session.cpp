#include "facade/ranking_session.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "facade/import_columns.h"

namespace kalon {
namespace {

using nlohmann::json;

[[noreturn]] void damaged(const std::string &name) {
  throw Error(Status::corrupt_data,
              "the session is damaged; drop it with `kalon rank sessions --drop NAME` (votes stay)",
              display_text(name));
}

Hash128 hash_from(const json &text) {
  auto hash = Hash128::from_hex(text.get<std::string>());
  if (!hash) throw json::type_error::create(302, "no hash", nullptr);
  return *hash;
}

}  // namespace

std::optional<RankingSession> RankingSession::find(const Reader &reader, const std::string &name) {
  auto record = reader.session(name);
  if (record.empty()) return std::nullopt;
  RankingSession session;
  try {
    auto stored = json::parse(record.begin(), record.end());
    session.name = stored.at("name").get<std::string>();
    session.parameters = stored.at("parameters").dump();
    session.created = stored.at("created").get<int64_t>();
    session.resumed = stored.at("resumed").get<int64_t>();
    for (const auto &each : stored.at("open")) {
      OpenQuestion question;
      question.id = hash_from(each.at("id"));
      question.kind = each.at("kind").get<std::string>();
      for (const auto &picture : each.at("pictures")) question.pictures.push_back(hash_from(picture));
      question.annotator = each.at("annotator").get<std::string>();
      question.time = each.at("time").get<int64_t>();
      session.open.push_back(std::move(question));
    }
    for (const auto &each : stored.at("gold")) session.gold.push_back({hash_from(each.at(0)), hash_from(each.at(1))});
  } catch (const json::exception &) {
    damaged(name);
  }
  return session;
}

RankingSession RankingSession::of(const Reader &reader, const std::string &name) {
  auto names = reader.sessions();
  if (names.empty())
    throw Error(Status::not_found, "there is no session of ranking in this library; `kalon rank start` makes one");
  if (name.empty() && names.size() > 1)
    throw Error(Status::invalid_argument, "name one with --session; there are: " + listed_names(names), "session");
  auto found = find(reader, name.empty() ? names.front() : name);
  if (!found)
    throw Error(Status::not_found, "there is no session of this name; there are: " + listed_names(names),
                display_text(name));
  return std::move(*found);
}

void RankingSession::store(Writer &writer) const {
  json questions = json::array(), answers = json::array();
  for (const auto &question : open) {
    json pictures = json::array();
    for (const auto &picture : question.pictures) pictures.push_back(picture.hex());
    questions.push_back({{"id", question.id.hex()},
                         {"kind", question.kind},
                         {"pictures", pictures},
                         {"annotator", question.annotator},
                         {"time", question.time}});
  }
  for (const auto &answer : gold) answers.push_back({answer.better.hex(), answer.worse.hex()});
  json stored = {{"name", name},       {"parameters", json::parse(parameters)},
                 {"created", created}, {"resumed", resumed},
                 {"open", questions},  {"gold", answers}};
  auto text = stored.dump(-1, ' ', false, json::error_handler_t::replace);
  writer.put_session(name, Bytes(text.begin(), text.end()));
}

}  // namespace kalon
