#pragma once
// Pictures for the screen: asked for frame by frame, decoded on other threads, kept as textures within a budget.
//
// A view says in every frame what it wants to see, and how soon. What the newest frame does not want any more is not
// decoded; what is wanted soonest comes first. A frame that finds all it wants starts no work.

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <kalon/kalon.hpp>

#include "library/catalogue.h"
#include "library/session.h"
#include "pictures/histogram.h"
#include "pictures/texture.h"
#include "shell/main_queue.h"

namespace kalon::viewer {

// How soon a picture is wanted: what is looked at, what is visible, what is likely next, what may come.
enum class Urgency : uint8_t { now, visible, next, later };

struct PictureCounters {
  uint64_t asked = 0, decoded = 0, from_cache = 0, failed = 0, dropped = 0, uploads = 0, evicted = 0;
  size_t texture_bytes = 0, texture_count = 0, full_bytes = 0;
};

// A decoded picture in memory, of full size, from which tiles are taken.
using FullPicture = std::shared_ptr<const host::Picture>;

class Pictures {
 public:
  // texture_budget, full_budget: bytes.
  Pictures(const Session &session, const Catalogue &catalogue, MainQueue &main, size_t texture_budget,
           size_t full_budget, int threads);
  ~Pictures();
  Pictures(const Pictures &) = delete;
  Pictures &operator=(const Pictures &) = delete;

  // ---- within a frame [main]
  void begin_frame();
  // The picture of the item fitted into a square of this side (pixels of the screen), as a texture; null while it is
  // being made, and when it cannot be (see failure()). `side` is rounded up to one of sides().
  const Texture *fitted(ItemIndex item, int side, Urgency urgency);
  // The best texture of the item that is there already, of whatever size; asks for nothing. Null when there is none.
  const Texture *any(ItemIndex item);
  // Only asks, so that it will be there.
  void prefetch(ItemIndex item, int side, Urgency urgency = Urgency::next) { fitted(item, side, urgency); }
  // The whole picture in memory; null while it is being decoded and when it cannot be.
  FullPicture full(ItemIndex item, Urgency urgency);
  // Part of a full picture as a texture, made and uploaded now when it is not there: level 0 is 1:1, level n has
  // 1/2^n of the pixels of each side. column and row count tiles of tile_side texels. Null when the upload budget of
  // this frame is used up (another frame follows).
  static constexpr int tile_side = 512;
  const Texture *tile(ItemIndex item, const FullPicture &picture, int level, int column, int row);
  void end_frame();

  static const std::array<int, 9> &sides();  // 32 64 128 256 512 1024 1536 2048 3072

  // Why the item has no picture; empty when it has one or nobody asked yet.
  std::string failure(ItemIndex item) const;
  // Width and height of the whole picture, upright, as far as they are known by now; 0 unknown.
  std::pair<uint32_t, uint32_t> size_of(ItemIndex item) const;
  // Of the largest picture of the item that fitted() made and that is still there, if its side is 1024 or more or it
  // has all pixels; null when there is none.
  std::shared_ptr<const Histogram> histogram(ItemIndex item) const;
  // The item's file changed: what was made of it is dropped.
  void forget(ItemIndex item);
  void forget_all();  // other pictures are about to have these numbers

  // What the last frame showed was all there, or failed; what is only likely next may still come. [main]
  bool complete() const { return complete_; }
  // Everything that the last frame wanted is there or failed. [main]
  bool settled() const;
  PictureCounters counters() const;

 private:
  struct Key {
    ItemIndex item;
    uint32_t side;  // 0: full
    bool operator==(const Key &) const = default;
  };
  struct HashKey {
    size_t operator()(const Key &key) const { return (static_cast<size_t>(key.item) << 12) ^ key.side; }
  };
  struct Want {
    Key key;
    Urgency urgency;
    uint32_t turn;  // within the frame
    std::string uri;
    uint64_t generation = 0;
  };
  struct Kept {
    Texture texture;
    FullPicture full;
    std::shared_ptr<const Histogram> histogram;
    std::string failure;
    double ask_again = 1e300;  // at this time, where the file could not be reached: it may be back by then
    size_t bytes = 0;
    uint64_t frame = 0;  // in which it was last wanted
    std::list<Key>::iterator place;
  };
  struct TileKey {
    ItemIndex item;
    uint32_t level, column, row;
    bool operator==(const TileKey &) const = default;
  };
  struct HashTile {
    size_t operator()(const TileKey &key) const {
      return (static_cast<size_t>(key.item) << 32) ^ (static_cast<size_t>(key.level) << 28) ^
             (static_cast<size_t>(key.column) << 14) ^ key.row;
    }
  };
  struct KeptTile {
    Texture texture;
    uint64_t frame = 0;
  };

  void work();
  void arrived(const Want &want, std::vector<uint8_t> rgba, std::shared_ptr<const host::Picture> picture,
               std::shared_ptr<const Histogram> histogram, std::string failure, bool unreachable);
  Kept *kept(const Key &key);  // null as well when what failed may be there by now
  Kept &keep(const Key &key);
  void drop(const Key &key);
  void make_room();

  const Session &session_;
  const Catalogue &catalogue_;
  MainQueue &main_;
  size_t texture_budget_, full_budget_;
  size_t texture_bytes_ = 0, full_bytes_ = 0;
  uint64_t frame_ = 0;
  bool complete_ = false;
  double now_ = 0;  // seconds, of this frame
  int uploads_left_ = 0;
  std::vector<Want> wanted_;  // of this frame
  std::unordered_map<Key, Kept, HashKey> kept_;
  std::list<Key> recent_;  // newest first
  std::unordered_map<TileKey, KeptTile, HashTile> tiles_;
  std::unordered_map<ItemIndex, std::pair<uint32_t, uint32_t>> measured_;
  PictureCounters counters_;

  uint64_t generation_ = 0;  // what was asked for in an earlier one is let go when it arrives

  // ---- shared with the threads
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Want> queue_;  // most urgent last
  std::vector<Key> in_work_;
  size_t waiting_uploads_ = 0;  // decoded, not taken by the main thread yet
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kalon::viewer
