#include "views/rank_hand.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace kalon::viewer {

Question question_from(std::string_view row) {
  Question question;
  auto json = nlohmann::json::parse(row, nullptr, false);
  if (!json.is_object()) return question;
  question.id = json.value("question", "");
  question.kind = json.value("kind", "");
  if (auto pictures = json.find("pictures"); pictures != json.end() && pictures->is_array())
    for (const auto &picture : *pictures)
      if (picture.is_object())
        question.pictures.push_back({picture.value("id", ""), picture.value("photo", ""), picture.value("uri", "")});
  return question;
}

void RankHand::clear() {
  questions_.clear();
  sent_.clear();
}

Question RankHand::take() {
  auto question = std::move(questions_.front());
  questions_.pop_front();
  sent_.emplace(question.id, question);
  return question;
}

void RankHand::taken(const std::string &id, bool stored) {
  auto found = sent_.find(id);
  if (found == sent_.end()) return;
  if (!stored) questions_.push_front(std::move(found->second));
  sent_.erase(found);
}

bool RankHand::known(const std::string &id) const {
  return sent_.contains(id) ||
         std::any_of(questions_.begin(), questions_.end(), [&](const auto &question) { return question.id == id; });
}

void RankHand::add(std::vector<Question> questions) {
  for (auto &question : questions)
    if (!question.pictures.empty() && !known(question.id)) questions_.push_back(std::move(question));
}

void RankHand::replace(std::vector<Question> questions) {
  questions_.clear();
  add(std::move(questions));
}

void RankHand::drop_photo(std::string_view photo) {
  std::erase_if(questions_, [&](const Question &question) {
    return std::any_of(question.pictures.begin(), question.pictures.end(),
                       [&](const AskedPicture &picture) { return picture.photo == photo; });
  });
}

bool RankOrder::press(int slot) {
  if (place(slot) > 0) return false;
  slots_.push_back(slot);
  return true;
}

bool RankOrder::take_back() {
  if (slots_.empty()) return false;
  slots_.pop_back();
  return true;
}

int RankOrder::place(int slot) const {
  auto found = std::find(slots_.begin(), slots_.end(), slot);
  return found == slots_.end() ? 0 : static_cast<int>(found - slots_.begin()) + 1;
}

}  // namespace kalon::viewer
