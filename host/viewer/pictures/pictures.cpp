#include "pictures/pictures.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "pictures/reduction.h"

namespace kalon::viewer {
namespace {

// A frame of so many uploads stays short; what is left comes with the next one.
constexpr int uploads_a_frame = 24;
// Decoded pictures wait for the main thread up to this many, so that a stalled window fills no memory.
constexpr size_t most_waiting = 16;
// Textures that are drawn smaller than they are need mipmaps; larger ones are drawn at about their size.
constexpr uint32_t mipmapped_side = 512;
// A drive that was unplugged may be back; seconds.
constexpr double unreachable_interval = 2;
// Pictures that are looked at closely have a histogram, thumbnails none.
constexpr uint32_t counted_side = 1024;

bool is_whole(const host::Picture &picture) {
  return picture.width() == picture.full_width() && picture.height() == picture.full_height();
}

std::shared_ptr<const Histogram> count_values(const host::Picture &picture, const std::vector<uint8_t> &rgba) {
  auto histogram = std::make_shared<Histogram>(histogram_of(rgba));
  histogram->whole = is_whole(picture);
  return histogram;
}

}  // namespace

const std::array<int, 9> &Pictures::sides() {
  static constexpr std::array<int, 9> all{32, 64, 128, 256, 512, 1024, 1536, 2048, 3072};
  return all;
}

Pictures::Pictures(const Session &session, const Catalogue &catalogue, MainQueue &main, size_t texture_budget,
                   size_t full_budget, int threads)
    : session_(session),
      catalogue_(catalogue),
      main_(main),
      texture_budget_(texture_budget),
      full_budget_(full_budget) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Pictures::~Pictures() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (auto &thread : threads_) thread.join();
}

// ---- the frame

void Pictures::begin_frame() {
  ++frame_;
  uploads_left_ = uploads_a_frame;
  now_ = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  wanted_.clear();
}

Pictures::Kept *Pictures::kept(const Key &key) {
  auto found = kept_.find(key);
  return found == kept_.end() || found->second.ask_again <= now_ ? nullptr : &found->second;
}

const Texture *Pictures::fitted(ItemIndex item, int side, Urgency urgency) {
  auto fitting = std::ranges::lower_bound(sides(), side);
  Key key{item, static_cast<uint32_t>(fitting == sides().end() ? sides().back() : *fitting)};
  if (auto *there = kept(key)) {
    there->frame = frame_;
    recent_.splice(recent_.begin(), recent_, there->place);
    return there->texture ? &there->texture : nullptr;
  }
  wanted_.push_back({key, urgency, static_cast<uint32_t>(wanted_.size()), {}});
  return nullptr;
}

const Texture *Pictures::any(ItemIndex item) {
  for (auto side = sides().rbegin(); side != sides().rend(); ++side)
    if (auto *there = kept({item, static_cast<uint32_t>(*side)}); there && there->texture) {
      // It is drawn in this frame: room is not made of it.
      there->frame = frame_;
      recent_.splice(recent_.begin(), recent_, there->place);
      return &there->texture;
    }
  return nullptr;
}

FullPicture Pictures::full(ItemIndex item, Urgency urgency) {
  Key key{item, 0};
  if (auto *there = kept(key)) {
    there->frame = frame_;
    recent_.splice(recent_.begin(), recent_, there->place);
    return there->full;
  }
  wanted_.push_back({key, urgency, static_cast<uint32_t>(wanted_.size()), {}});
  return nullptr;
}

const Texture *Pictures::tile(ItemIndex item, const FullPicture &picture, int level, int column, int row) {
  TileKey key{item, static_cast<uint32_t>(level), static_cast<uint32_t>(column), static_cast<uint32_t>(row)};
  if (auto found = tiles_.find(key); found != tiles_.end()) {
    found->second.frame = frame_;
    return &found->second.texture;
  }
  if (uploads_left_ <= 0) return nullptr;
  // A tile is much more than a thumbnail: four of full size a frame, fewer of reduced ones, for which more is read.
  uploads_left_ -= 6 << (2 * std::min(level, 4));
  auto [width, height, rgba] = reduced_tile(*picture, level, column, row, tile_side);
  if (width == 0) return nullptr;
  auto &made = tiles_[key];
  made.texture = Texture(width, height, rgba, false);
  made.frame = frame_;
  texture_bytes_ += made.texture.bytes();
  ++counters_.uploads;
  return &made.texture;
}

void Pictures::end_frame() {
  make_room();
  complete_ = std::ranges::none_of(wanted_, [](const Want &want) { return want.urgency <= Urgency::visible; });
  for (auto &want : wanted_) {
    want.uri = uri_of(catalogue_.item(want.key.item).path);
    want.generation = generation_;
  }
  // The most urgent last, where threads take from.
  std::ranges::sort(wanted_, [](const Want &left, const Want &right) {
    return left.urgency != right.urgency ? left.urgency > right.urgency : left.turn > right.turn;
  });
  bool any = false;
  {
    std::lock_guard lock(mutex_);
    // The same may be wanted by two parts of the screen, the more urgent of which counts; it is met last.
    std::unordered_set<Key, HashKey> seen(in_work_.begin(), in_work_.end());
    std::vector<Want> queue;
    for (auto want = wanted_.rbegin(); want != wanted_.rend(); ++want)
      if (seen.insert(want->key).second) queue.push_back(std::move(*want));
    std::ranges::reverse(queue);
    for (const auto &before : queue_)
      if (!seen.contains(before.key)) ++counters_.dropped;
    queue_ = std::move(queue);
    any = !queue_.empty();
  }
  if (any) changed_.notify_all();
  wanted_.clear();
}

// ---- threads

void Pictures::work() {
  for (;;) {
    Want want;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || (!queue_.empty() && waiting_uploads_ < most_waiting); });
      if (stop_) return;
      want = std::move(queue_.back());
      queue_.pop_back();
      in_work_.push_back(want.key);
      ++counters_.asked;
    }
    std::vector<uint8_t> rgba;
    std::shared_ptr<const host::Picture> picture;
    std::shared_ptr<const Histogram> histogram;
    std::string failure;
    bool unreachable = false;
    try {
      picture = std::make_shared<const host::Picture>(session_.engine(), session_.library(), want.uri, want.key.side);
      if (want.key.side > 0) rgba = picture->rgba();
      if (want.key.side >= counted_side || (want.key.side > 0 && is_whole(*picture) && !picture->from_cache()))
        histogram = count_values(*picture, rgba);
    } catch (const host::Failure &error) {
      picture.reset();
      failure = error.what();
      unreachable = error.status() == KALON_NOT_FOUND || error.status() == KALON_IO;
    } catch (const std::exception &error) {
      picture.reset();
      failure = error.what();
    }
    std::lock_guard lock(mutex_);
    if (failure.empty())
      ++(picture->from_cache() ? counters_.from_cache : counters_.decoded);
    else
      ++counters_.failed;
    ++waiting_uploads_;
    main_.post(
        [this, want, rgba = std::move(rgba), picture, histogram, failure = std::move(failure), unreachable]() mutable {
          arrived(want, std::move(rgba), std::move(picture), std::move(histogram), std::move(failure), unreachable);
        });
  }
}

void Pictures::arrived(const Want &want, std::vector<uint8_t> rgba, std::shared_ptr<const host::Picture> picture,
                       std::shared_ptr<const Histogram> histogram, std::string failure, bool unreachable) {
  const Key &key = want.key;
  {
    std::lock_guard lock(mutex_);
    std::erase(in_work_, key);
    --waiting_uploads_;
  }
  changed_.notify_one();
  if (want.generation != generation_) return;
  auto &made = keep(key);
  made.failure = std::move(failure);
  if (unreachable) made.ask_again = now_ + unreachable_interval;
  if (!picture) return;
  if (picture->full_width() > 0) measured_[key.item] = {picture->full_width(), picture->full_height()};
  int width = static_cast<int>(picture->width()), height = static_cast<int>(picture->height());
  if (key.side == 0) {
    made.bytes = static_cast<size_t>(width) * static_cast<size_t>(height) * 3;
    made.full = std::move(picture);
    full_bytes_ += made.bytes;
    return;
  }
  made.texture = Texture(width, height, rgba, key.side <= mipmapped_side);
  made.histogram = std::move(histogram);
  made.bytes = made.texture.bytes();
  texture_bytes_ += made.bytes;
  ++counters_.uploads;
}

// ---- what is kept

Pictures::Kept &Pictures::keep(const Key &key) {
  drop(key);
  auto &made = kept_[key];
  recent_.push_front(key);
  made.place = recent_.begin();
  made.frame = frame_;
  return made;
}

void Pictures::drop(const Key &key) {
  auto found = kept_.find(key);
  if (found == kept_.end()) return;
  (found->second.full ? full_bytes_ : texture_bytes_) -= found->second.bytes;
  recent_.erase(found->second.place);
  kept_.erase(found);
}

// Forgets what was not wanted for longest until the budgets hold; what the last two frames wanted stays.
void Pictures::make_room() {
  if (texture_bytes_ > texture_budget_) {
    std::vector<std::pair<uint64_t, TileKey>> old;
    for (const auto &[key, tile] : tiles_)
      if (tile.frame + 1 < frame_) old.emplace_back(tile.frame, key);
    std::ranges::sort(old, {}, [](const auto &one) { return one.first; });
    for (const auto &[frame, key] : old) {
      if (texture_bytes_ <= texture_budget_) break;
      texture_bytes_ -= tiles_[key].texture.bytes();
      tiles_.erase(key);
      ++counters_.evicted;
    }
  }
  for (auto at = recent_.end();
       at != recent_.begin() && (texture_bytes_ > texture_budget_ || full_bytes_ > full_budget_);) {
    auto key = *--at;
    const auto &one = kept_.at(key);
    if (one.frame + 1 >= frame_) break;
    bool full = one.full != nullptr;
    bool over = full ? full_bytes_ > full_budget_ : texture_bytes_ > texture_budget_;
    if (!over || one.bytes == 0) continue;
    ++at;
    drop(key);
    ++counters_.evicted;
  }
}

void Pictures::forget(ItemIndex item) {
  drop({item, 0});
  for (int side : sides()) drop({item, static_cast<uint32_t>(side)});
  std::erase_if(tiles_, [&](const auto &one) {
    if (one.first.item != item) return false;
    texture_bytes_ -= one.second.texture.bytes();
    return true;
  });
  measured_.erase(item);
}

void Pictures::forget_all() {
  ++generation_;
  kept_.clear();
  recent_.clear();
  tiles_.clear();
  measured_.clear();
  wanted_.clear();
  texture_bytes_ = full_bytes_ = 0;
  std::lock_guard lock(mutex_);
  queue_.clear();
}

std::string Pictures::failure(ItemIndex item) const {
  for (uint32_t side : {0u, 32u, 64u, 128u, 256u, 512u, 1024u, 1536u, 2048u, 3072u})
    if (auto found = kept_.find({item, side}); found != kept_.end() && !found->second.failure.empty())
      return found->second.failure;
  return {};
}

std::pair<uint32_t, uint32_t> Pictures::size_of(ItemIndex item) const {
  if (auto found = measured_.find(item); found != measured_.end()) return found->second;
  const auto &known = catalogue_.item(item);
  return {known.width, known.height};
}

std::shared_ptr<const Histogram> Pictures::histogram(ItemIndex item) const {
  for (auto side = sides().rbegin(); side != sides().rend(); ++side)
    if (auto found = kept_.find({item, static_cast<uint32_t>(*side)}); found != kept_.end() && found->second.histogram)
      return found->second.histogram;
  return nullptr;
}

bool Pictures::settled() const {
  std::lock_guard lock(mutex_);
  return queue_.empty() && in_work_.empty() && waiting_uploads_ == 0;
}

PictureCounters Pictures::counters() const {
  std::lock_guard lock(mutex_);
  auto counters = counters_;
  counters.texture_bytes = texture_bytes_;
  counters.texture_count = kept_.size() + tiles_.size();
  counters.full_bytes = full_bytes_;
  return counters;
}

}  // namespace kalon::viewer
