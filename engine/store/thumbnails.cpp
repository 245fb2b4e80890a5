#include <filesystem>
#include <utility>

#include "base/log.h"
#include "store/database.h"
#include "store/environment.h"
#include "store/library.h"

namespace kalon {
namespace {

constexpr layout::TableDescription cache_tables[] = {{"thumbnails", layout::Duplicates::none}};

layout::Key thumbnail_key(const VectorKey &key, ThumbnailSize size) {
  return layout::Key().hash(key.picture).hash(key.render).number(static_cast<uint16_t>(size));
}

EnvironmentOptions cache_options(bool writable) {
  EnvironmentOptions options;
  options.tables = cache_tables;
  options.writable = writable;
  options.durability = Durability::cache;
  return options;
}

// The cache's environment; none when there is none and none may be made. A damaged one is thrown away: whoever has it
// open goes on with the file that no longer has a name.
std::shared_ptr<Environment> open_cache(const std::string &folder, bool writable) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!writable && !Environment::exists(folder)) return nullptr;
  for (bool again : {false, true}) {
    try {
      if (writable) fs::create_directories(folder, error);
      if (error) throw system_error(error.value(), "cannot make the cache of thumbnails", folder);
      return Environment::open(folder, cache_options(writable));
    } catch (const Error &refusal) {
      if (again || !writable || refusal.status() != Status::corrupt_data) {
        log(LogLevel::warning, std::string("there is no cache of thumbnails: ") + refusal.what());
        return nullptr;
      }
      log(LogLevel::info, std::string("the cache of thumbnails is made anew: ") + refusal.what());
      fs::remove_all(folder, error);
    }
  }
  return nullptr;
}

class LmdbCache : public ThumbnailCache {
 public:
  LmdbCache(std::shared_ptr<Environment> environment, std::string folder, bool writable)
      : environment_(std::move(environment)), folder_(std::move(folder)), writable_(writable) {}

  std::vector<uint8_t> get(const VectorKey &key, ThumbnailSize size) const override {
    std::vector<uint8_t> jpeg;
    look_up(key, size, [&](std::string_view value) { jpeg.assign(value.begin(), value.end()); });
    return jpeg;
  }
  bool has(const VectorKey &key, ThumbnailSize size) const override {
    bool found = false;
    look_up(key, size, [&](std::string_view) { found = true; });
    return found;
  }
  void put(std::span<const Thumbnail> thumbnails) override;

 private:
  template <typename Use>
  void look_up(const VectorKey &key, ThumbnailSize size, Use use) const {
    if (!environment_) return;
    try {
      struct Snapshot {
        Environment &environment;
        MDB_txn *transaction = environment.begin_read();
        ~Snapshot() { environment.end_read(transaction); }
      } snapshot{*environment_};
      std::string_view value;
      if (database::get(snapshot.transaction, environment_->table(0), thumbnail_key(key, size).view(), value))
        use(value);
    } catch (const Error &error) {
      log(LogLevel::info, error.what());  // as good as missing
    }
  }

  std::shared_ptr<Environment> environment_;
  std::string folder_;
  bool writable_;
};

void LmdbCache::put(std::span<const Thumbnail> thumbnails) {
  if (!writable_) throw Error(Status::read_only, "the library was opened for reading", folder_);
  if (!environment_) throw Error(Status::io, "there is no cache of thumbnails to write to", folder_);
  MDB_txn *transaction = environment_->begin_write();
  try {
    for (const Thumbnail &thumbnail : thumbnails)
      database::put(transaction, environment_->table(0), thumbnail_key(thumbnail.key, thumbnail.size).view(),
                    {reinterpret_cast<const char *>(thumbnail.jpeg.data()), thumbnail.jpeg.size()});
  } catch (...) {
    environment_->abort(transaction);
    throw;
  }
  environment_->commit(transaction);
}

}  // namespace

std::shared_ptr<ThumbnailCache> ThumbnailCache::open(const Library &library) {
  std::string folder = library.folder() + "/cache/thumbnails";
  bool writable = library.access() == Access::write;
  return std::make_shared<LmdbCache>(open_cache(folder, writable), folder, writable);
}

ThumbnailCache::~ThumbnailCache() = default;

}  // namespace kalon
