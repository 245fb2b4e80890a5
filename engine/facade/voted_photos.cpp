#include "facade/voted_photos.h"

#include <algorithm>

namespace kalon {
namespace {

std::optional<Verdict> verdict_of(const Vote &vote) {
  switch (vote.outcome) {
    case VoteOutcome::tie:
      return Verdict::tie;
    case VoteOutcome::both_bad:
      return Verdict::both_bad;
    case VoteOutcome::skip:
      return Verdict::skip;
    default:
      if (vote.ranks.size() != 2) return std::nullopt;
      return vote.ranks[0] < vote.ranks[1]   ? Verdict::left
             : vote.ranks[0] > vote.ranks[1] ? Verdict::right
                                             : Verdict::tie;
  }
}

}  // namespace

void set_verdict(Vote &vote, Verdict verdict) {
  vote.ranks.clear();
  vote.outcome = VoteOutcome::ranks;
  switch (verdict) {
    case Verdict::left:
      vote.ranks = {1, 2};
      break;
    case Verdict::right:
      vote.ranks = {2, 1};
      break;
    case Verdict::tie:
      vote.outcome = VoteOutcome::tie;
      break;
    case Verdict::both_bad:
      vote.outcome = VoteOutcome::both_bad;
      break;
    case Verdict::skip:
      vote.outcome = VoteOutcome::skip;
  }
}

std::optional<int32_t> VotedPhotos::item_of(const Hash128 &picture) const {
  auto photo = photo_of_.find(picture);
  auto found = item_of_photo_.find(photo == photo_of_.end() ? picture : photo->second);
  return found == item_of_photo_.end() ? std::nullopt : std::optional(found->second);
}

int32_t VotedPhotos::item_for(const Hash128 &picture, const Reader &reader) {
  if (auto item = item_of(picture)) return *item;
  ChosenPhoto photo;
  auto mapped = photo_of_.find(picture);
  photo.photo = mapped == photo_of_.end() ? picture : mapped->second;
  photo.key.picture = picture;
  for (uint64_t id : reader.files_of(picture)) {
    auto file = reader.file(id);
    if (!file) continue;
    photo.path = file->path;
    photo.key.render = file->render;
    if (!file->vanished) break;
  }
  auto item = static_cast<int32_t>(photos_.size());
  item_of_photo_.emplace(photo.photo, item);
  photos_.push_back(std::move(photo));
  history_.items = item + 1;
  return item;
}

int32_t VotedPhotos::annotator(const std::string &name) {
  auto [found, is_new] = annotator_numbers_.try_emplace(name, static_cast<int32_t>(annotators_.size()));
  if (is_new) {
    annotators_.push_back(name);
    history_.annotators = std::max<int32_t>(1, static_cast<int32_t>(annotators_.size()));
  }
  return found->second;
}

// False for what is no vote of this criterion.
bool VotedPhotos::take(const Event &event, const Reader &reader) {
  const auto *vote = std::get_if<Vote>(&event.body);
  if (!vote || vote->criterion != criterion_ || reader.taken_back(event)) return false;
  bool ours = !session_.empty() && vote->session == session_;
  if (!ours && !other_sessions_) return false;
  std::vector<int32_t> items;
  for (const auto &picture : vote->pictures) {
    if (!others_ && !item_of(picture)) return false;
    items.push_back(item_for(picture, reader));
  }
  // Files that were two photos when they were compared may be one now.
  auto sorted = items;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return false;
  VoteOrigin origin{event.id, event.action, event.time, vote->duration, ours, vote->placement_known};
  auto who = annotator(vote->annotator);
  auto verdict = verdict_of(*vote);
  if (items.size() == 2 && verdict) {
    history_.comparisons.push_back({items[0], items[1], *verdict, who, 1});
    comparison_origins_.push_back(origin);
    of_session_ += ours;
  } else if (vote->outcome == VoteOutcome::ranks) {
    history_.orderings.push_back({std::move(items), vote->ranks, who, 1, history_.comparisons.size()});
    ordering_origins_.push_back(origin);
    of_session_ += ours;
  }
  return true;
}

void VotedPhotos::read(const Reader &reader, const Choice &choice, const Task &task) {
  was_read_ = false;  // until all of it was: this may be cancelled
  photos_ = chosen_photos(reader, choice);
  task.throw_if_cancelled();
  chosen_ = static_cast<int32_t>(photos_.size());
  item_of_photo_.clear();
  photo_of_.clear();
  history_ = {};
  history_.items = chosen_;
  comparison_origins_.clear();
  ordering_origins_.clear();
  of_session_ = 0;
  annotators_.clear();
  annotator_numbers_.clear();
  for (int32_t item = 0; item < chosen_; ++item) item_of_photo_.emplace(photos_[static_cast<size_t>(item)].photo, item);
  reader.scan_files({}, {}, [&](const FileView &file) {
    if (!file.picture.none() && file.photo != file.picture) photo_of_.emplace(file.picture, file.photo);
    return true;
  });
  seen_ = {};
  uint64_t visited = 0;
  reader.scan_events([&](const Event &event) {
    if ((++visited & 0xfff) == 0) task.throw_if_cancelled();
    take(event, reader);
    seen_ = EventKey::of(event);
    return true;
  });
  revision_ = reader.revision();
  events_ = reader.event_count();
  was_read_ = true;
}

VotedPhotos::Change VotedPhotos::refresh(const Reader &reader, const Choice &choice, const Task &task) {
  bool anew = !was_read_ || reader.revision() != revision_, added = false;
  uint64_t later = 0;
  if (!anew)
    reader.scan_events(seen_, [&](const Event &event) {
      // What was excluded, flagged or taken back may change the choice and what was counted already.
      if (!std::holds_alternative<Vote>(event.body)) anew = true;
      if (anew) return false;
      ++later;
      added |= take(event, reader);
      seen_ = EventKey::of(event);
      return true;
    });
  // Events that were imported may stand before those that were seen.
  anew = anew || events_ + later != reader.event_count();
  events_ += later;
  if (!anew) return added ? Change::votes_added : Change::none;
  read(reader, choice, task);
  return Change::anew;
}

std::vector<uint8_t> VotedPhotos::candidate_marks() const {
  std::vector<uint8_t> marks(static_cast<size_t>(items()), 0);
  std::fill_n(marks.begin(), chosen_, 1);
  return marks;
}

}  // namespace kalon
