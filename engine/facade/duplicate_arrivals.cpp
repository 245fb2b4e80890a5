#include "facade/duplicate_arrivals.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "facade/duplicate_mirrors.h"

namespace kalon {
namespace {

class Arrivals {
 public:
  Arrivals(const MethodCall &call, const SpaceChoice &space, uint64_t last_known)
      : call_(call), space_(space), last_known_(last_known) {}

  std::vector<DuplicateArrival> run() {
    std::vector<Event> events;
    {
      auto reader = call_.library().read();
      photos_ = duplicate_photos(reader, {}, {}, keep_rules(), CopiesBy::payload, call_.task);
      find_copies(reader);
      find_alike(reader, events);
    }
    if (!events.empty()) {
      auto writer = call_.library().write();
      Hash128 action;
      for (auto &event : events) {
        event.action = action;
        action = writer.append_event(std::move(event)).action;
      }
      writer.commit();
    }
    std::sort(arrivals_.begin(), arrivals_.end(), [](const auto &a, const auto &b) { return a.path < b.path; });
    return std::move(arrivals_);
  }

 private:
  bool is_new(const DuplicateFile &file) const { return file.id > last_known_; }

  // Files of a picture in the order in which they count: known ones first.
  std::vector<uint32_t> files_of(const DuplicatePicture &picture) const {
    std::vector<uint32_t> files;
    for (uint32_t shot : picture.shots)
      files.insert(files.end(), photos_.shots[shot].files.begin(), photos_.shots[shot].files.end());
    std::stable_sort(files.begin(), files.end(),
                     [&](uint32_t a, uint32_t b) { return !is_new(photos_.files[a]) && is_new(photos_.files[b]); });
    return files;
  }

  void find_copies(const Reader &reader) {
    for (const auto &picture : photos_.pictures) {
      if (picture.shots.size() < 2) continue;
      auto files = files_of(picture);
      for (size_t i = 1; i < files.size(); ++i) {
        const auto &file = photos_.files[files[i]];
        if (!is_new(file)) continue;
        const DuplicateFile *first = nullptr;
        for (size_t j = 0; j < i && !(first && first->file_hash == file.file_hash); ++j) {
          const auto &before = photos_.files[files[j]];
          if (before.key.picture == file.key.picture && (!first || before.file_hash == file.file_hash)) first = &before;
        }
        if (!first) continue;
        auto relation = file.same_file(*first)               ? Relation::same_file
                        : file.file_hash == first->file_hash ? Relation::same_bytes
                                                             : Relation::same_payload;
        tell(reader, file, *first, relation, 1);
      }
    }
  }

  // Whether no file of it, gone ones included, was known before.
  bool unheard_of(const Reader &reader, const DuplicatePicture &picture) const {
    for (uint32_t shot : picture.shots)
      for (uint32_t i : photos_.shots[shot].files) {
        if (!is_new(photos_.files[i])) return false;
        for (uint64_t id : reader.files_of(photos_.files[i].key.picture))
          if (id <= last_known_) return false;
      }
    return true;
  }

  void find_alike(const Reader &reader, std::vector<Event> &events) {
    std::vector<uint8_t> fresh(photos_.pictures.size());
    for (size_t i = 0; i < fresh.size(); ++i) fresh[i] = unheard_of(reader, photos_.pictures[i]);
    if (std::none_of(fresh.begin(), fresh.end(), [](uint8_t flag) { return flag != 0; })) return;
    DuplicateOptions options;
    auto comparable = comparable_pictures(call_, reader, photos_, space_, options.hash, options.mirrored);
    MirroredVectors mirrored(call_, reader, photos_, comparable, space_);
    Likeness likeness(comparable.hashes, comparable.vectors, comparable.dimension, options.distance, options.level,
                      comparable.apart, [&](uint32_t row) { return mirrored.of(row); });
    std::vector<uint32_t> order(comparable.pictures.size());
    std::iota(order.begin(), order.end(), 0u);
    auto is_fresh = [&](uint32_t row) { return fresh[comparable.pictures[row]] != 0; };
    auto rules = keep_rules();
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      if (is_fresh(a) != is_fresh(b)) return is_fresh(b);
      return !is_fresh(a) && stands_before(comparable.standings, a, b, rules);
    });
    std::vector<uint8_t> fresh_places;
    for (uint32_t row : order) fresh_places.push_back(is_fresh(row) ? 1 : 0);
    auto takers = taken_by(likeness, order, fresh_places, call_.task);
    for (size_t place = 0; place < order.size(); ++place) {
      if (takers[place] == place) continue;
      const auto &picture = photos_.pictures[comparable.pictures[order[place]]];
      uint32_t known = order[takers[place]];
      const auto &stays = photos_.keeper_file(photos_.pictures[comparable.pictures[known]]);
      bool larger = comparable.standings[order[place]].pixels > comparable.standings[known].pixels;
      leave_out(reader, picture, stays, likeness.similarity(known, order[place]), larger, events);
    }
  }

  void leave_out(const Reader &reader, const DuplicatePicture &picture, const DuplicateFile &stays, double similarity,
                 bool larger, std::vector<Event> &events) {
    auto row = reader.file(stays.id);
    if (!row) return;
    const auto &file = photos_.keeper_file(picture);
    if (file.photo == stays.photo) return;  // another rendering of one picture: what is decided of one holds for both
    if (!larger) {
      Event event;
      event.body = Exclude{file.photo, "duplicate of " + display_text(row->path), true};
      events.push_back(std::move(event));
    }
    for (uint32_t i : photos_.shots[picture.keeper].files)
      tell(reader, photos_.files[i], stays, Relation::similar, similarity, larger);
  }

  void tell(const Reader &reader, const DuplicateFile &file, const DuplicateFile &stays, Relation relation,
            double similarity, bool larger = false) {
    auto row = reader.file(file.id), other = reader.file(stays.id);
    if (row && other) arrivals_.push_back({row->path, other->path, relation, similarity, larger});
  }

  const MethodCall &call_;
  const SpaceChoice &space_;
  uint64_t last_known_;
  DuplicatePhotos photos_;
  std::vector<DuplicateArrival> arrivals_;
};

}  // namespace

std::vector<DuplicateArrival> exclude_duplicate_arrivals(const MethodCall &call, const SpaceChoice &space,
                                                         uint64_t last_known) {
  return Arrivals(call, space, last_known).run();
}

}  // namespace kalon
