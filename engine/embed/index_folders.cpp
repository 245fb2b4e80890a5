#include "embed/index_folders.h"

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "base/threads.h"
#include "embed/claims.h"
#include "embed/derived.h"
#include "embed/photos.h"
#include "embed/scan.h"
#include "image/payload.h"
#include "metadata/metadata.h"

namespace kalon {
namespace {

// Decoded pixels that may exist at once, so that a run's memory does not grow with the pictures' size or the cores.
constexpr uint64_t pixel_memory = uint64_t{256} << 20;
constexpr size_t commit_items = 128;
constexpr double commit_seconds = 1.0;
// New files that are looked into at once: more of them wait on disk, not in memory (some 250 bytes each).
constexpr size_t most_pending = 500'000;
// However many a model would like at once: their inputs and thumbnails wait in memory.
constexpr uint32_t largest_batch = 128;

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// One file that is to be looked into. There may be millions: no more than what is needed later.
struct Pending {
  FoundFile found;
  std::optional<Hash128> predecessor;  // the picture that this path showed before
};

// One file on its way through the pipeline.
struct Item : Pending {
  FileRow row;
  bool embed = false;                // inputs wait for the model
  std::optional<VectorKey> claim;    // this item decodes the picture, for itself and for its copies
  std::optional<VectorKey> copy_of;  // the same picture is being decoded by another item of this run
  std::vector<RgbImage> inputs;
  std::vector<float> vector;
  Derived derived;
};
using Batch = std::vector<Item>;

bool lasting(Status status) {
  return status == Status::corrupt_data || status == Status::unsupported || status == Status::limit_exceeded;
}

// Whether a file is known to be there no longer; one that cannot be looked at may be.
bool is_gone(const std::string &path) {
  try {
    stat_file(path);
    return false;
  } catch (const Error &error) {
    return error.status() == Status::not_found || error.status() == Status::invalid_argument;  // a folder now
  }
}

// What is known of a file that gave no picture.
FileRow failed_row(const FileRow &file, Outcome outcome) {
  FileRow row;
  row.path = file.path;
  row.stat = file.stat;
  row.sidecars = file.sidecars;
  row.indexed_time = file.indexed_time;
  row.outcome = std::move(outcome);
  return row;
}

// The text of an outcome stands beside the file's name and need not repeat it.
Outcome outcome_for(const std::string &path) {
  try {
    throw;
  } catch (const Error &error) {
    return {error.status(), error.context() == path ? error.message() : std::string(error.what())};
  } catch (...) {
    return outcome_of_current_exception();
  }
}

class IndexRun {
 public:
  IndexRun(Library &library, ThumbnailCache &thumbnails, Registry &registry, const IndexOptions &options,
           const std::function<void(const FileRow &, FileFate)> &visit, Task &task)
      : library_(library),
        thumbnails_(thumbnails),
        registry_(registry),
        options_(options),
        visit_(visit),
        task_(task),
        model_(registry, options.model, options.crop, static_cast<int>(ThumbnailSize::large), options.parameters),
        memory_(pixel_memory) {}

  IndexReport run() {
    double start = monotonic_seconds();
    {
      auto writer = library_.write();
      space_ = writer.put_space(model_.space()).id;
      writer.commit();
    }
    look();
    embed();
    // Also when nothing changed: the run before may have been ended between its last file and this.
    assign_photos(library_, folders_to_pair());
    report_.wall_seconds = monotonic_seconds() - start;
    return report_;
  }

 private:
  // Finds what there is, sorts out what is unchanged, marks what is gone. The host is told when no transaction is open.
  void look() {
    task_.phase("scan");
    std::vector<FileRow> failures, gone;
    look_for_changes(failures, gone);
    for (const auto &row : failures) visit_(row, FileFate::failed);
    for (const auto &row : gone) visit_(row, FileFate::vanished);
  }

  void look_for_changes(std::vector<FileRow> &failures, std::vector<FileRow> &gone) {
    std::vector<uint64_t> returned;
    std::optional<Reader> reader(library_.read());
    ScanOptions scan_options{options_.follow_links,
                             [&](std::string_view extension) { return registry_.known_extension(extension); }};
    auto scanned = scan(
        options_.roots, scan_options,
        [&](FoundFile &&found) {
          ++report_.found;
          task_.advance();
          auto known = reader->file_at(found.path);
          if (known && known->path != found.path) known.reset();  // the same name in another spelling is another file
          if (known) {
            mark_seen(known->id);
            if (unchanged(*known, found, *reader)) {
              if (known->vanished) returned.push_back(known->id);
              if (known->outcome.ok())
                ++report_.unchanged;
              else
                failures.push_back(std::move(*known));
              return;
            }
          }
          std::optional<Hash128> predecessor;
          if (known) predecessor = known->picture.none() ? known->last_picture : known->picture;
          if (predecessor && predecessor->none()) predecessor.reset();
          work_.push_back({std::move(found), predecessor});
          if (work_.size() < most_pending) return;
          // The host is told of rows meanwhile, so no transaction may stay open.
          reader.reset();
          embed();
          task_.phase("scan");
          reader.emplace(library_.read());
        },
        task_);
    report_.unsupported = scanned.unsupported;
    forget_known_roots(scanned, *reader);
    report_.found += scanned.failures.size();
    for (auto &[path, outcome] : scanned.failures) {
      FileRow row;
      row.path = path;
      row.outcome = outcome;
      failures.push_back(std::move(row));
    }
    report_.failed += failures.size();
    for (const auto &root : options_.roots)
      reader->scan_files(root, {}, [&](const FileView &file) {
        if (file.vanished || !mark_seen(file.id)) return true;
        // Not met, and yet it may be there: behind a link, or of a kind whose plugin is not installed now.
        if (is_gone(std::string(file.path))) gone.push_back(row_of(file));
        return true;
      });
    if (gone.empty() && returned.empty()) return;
    auto writer = library_.write();
    for (const auto &row : gone) writer.set_vanished(row.id, true);
    for (uint64_t file : returned) writer.set_vanished(file, false);
    writer.commit();
    report_.vanished += gone.size();
  }

  // A root that is gone is no failure when the library knows files of it: they are marked as vanished.
  void forget_known_roots(ScanReport &scanned, const Reader &reader) const {
    bool only_missing = report_.found == 0 && scanned.failures.size() == options_.roots.size();
    std::erase_if(scanned.failures, [&](const auto &failure) {
      const auto &[path, outcome] = failure;
      only_missing = only_missing && outcome.status == Status::not_found;
      bool known = false;
      if (outcome.status == Status::not_found && std::ranges::count(options_.roots, path) > 0)
        reader.scan_files(path, {}, [&](const FileView &) { return !(known = true); });
      only_missing = only_missing && !known;
      return known;
    });
    if (only_missing)
      throw Error(Status::not_found, scanned.failures.front().second.text,
                  display_text(scanned.failures.front().first));
  }

  // False when the file was met before in this run.
  bool mark_seen(uint64_t file) {
    if (file >= seen_.size()) seen_.resize(file + file / 2 + 1024);
    bool first = !seen_[file];
    seen_[file] = true;
    return first;
  }

  bool unchanged(const FileRow &known, const FoundFile &found, const Reader &reader) const {
    // Not the device: its number changes from one mounting to the next.
    bool same = known.stat.size == found.stat.size && known.stat.mtime_ns == found.stat.mtime_ns &&
                known.stat.inode == found.stat.inode && known.sidecars == found.sidecars;
    if (!same) return false;
    if (!known.outcome.ok()) return lasting(known.outcome.status) && !options_.retry_failed;
    VectorKey key{known.picture, known.render};
    return reader.has_vector(space_, key) && reader.has_fingerprint(key) && has_thumbnails(key);
  }

  bool has_thumbnails(const VectorKey &key) const {
    return thumbnails_.has(key, ThumbnailSize::small) && thumbnails_.has(key, ThumbnailSize::large);
  }

  // A file that was named alone may belong to one beside it.
  std::vector<std::string> folders_to_pair() const {
    std::vector<std::string> folders;
    for (const auto &root : options_.roots) {
      std::error_code error;
      bool is_folder = std::filesystem::is_directory(root, error);
      auto parent = std::filesystem::path(root).parent_path().native();
      if (folders.empty() || is_folder || folders.back() != parent) folders.push_back(is_folder ? root : parent);
    }
    return folders;
  }

  void embed() {
    task_.phase("index", work_.size());
    if (work_.empty()) return;
    int threads = thread_budget();
    tbb::task_arena arena(threads);
    arena.execute([&] {
      tbb::parallel_pipeline(
          static_cast<size_t>(threads) * 2,
          tbb::make_filter<void, std::shared_ptr<Batch>>(tbb::filter_mode::serial_in_order,
                                                         [&](tbb::flow_control &flow) { return next_batch(flow); }) &
              tbb::make_filter<std::shared_ptr<Batch>, std::shared_ptr<Batch>>(tbb::filter_mode::parallel,
                                                                               [&](std::shared_ptr<Batch> batch) {
                                                                                 work(*batch);
                                                                                 return batch;
                                                                               }) &
              tbb::make_filter<std::shared_ptr<Batch>, void>(tbb::filter_mode::serial_in_order,
                                                             [&](std::shared_ptr<Batch> batch) { keep(*batch); }));
    });
    settle_copies();
    flush();
    task_.throw_if_cancelled();
    work_.clear();
    next_ = 0;
  }

  // Batches shrink towards the end, so that the cores finish together.
  std::shared_ptr<Batch> next_batch(tbb::flow_control &flow) {
    if (next_ == work_.size() || task_.cancelled()) {
      flow.stop();
      return nullptr;
    }
    size_t remaining = work_.size() - next_;
    size_t share = remaining / (static_cast<size_t>(thread_budget()) * 4);
    size_t count = std::clamp<size_t>(share, 1, std::clamp(model_.preferred_batch(), 1u, largest_batch));
    auto batch = std::make_shared<Batch>(count);
    for (size_t i = 0; i < count; ++i) static_cast<Pending &>((*batch)[i]) = std::move(work_[next_ + i]);
    next_ += count;
    return batch;
  }

  void work(Batch &batch) {
    double start = thread_cpu_seconds();
    for (auto &item : batch) {
      if (task_.cancelled()) break;
      try {
        prepare(item);
      } catch (...) {
        item.row = failed_row(item.row, outcome_for(item.row.path));
        item.embed = false;
        item.inputs.clear();
        item.derived = {};
      }
    }
    double decoded = thread_cpu_seconds();
    std::vector<std::vector<RgbImage>> inputs;
    for (auto &item : batch)
      if (item.embed) inputs.push_back(std::move(item.inputs));
    auto results = model_.run(inputs, &task_);
    size_t next = 0;
    for (auto &item : batch) {
      if (!item.embed) continue;
      auto &result = results[next++];
      if (!result.outcome.ok()) item.row = failed_row(item.row, std::move(result.outcome));
      item.vector = std::move(result.vector);
    }
    double done = thread_cpu_seconds();
    decode_nanoseconds_ += static_cast<int64_t>((decoded - start) * 1e9);
    model_nanoseconds_ += static_cast<int64_t>((done - decoded) * 1e9);
  }

  // Everything up to the model's input.
  void prepare(Item &item) {
    auto &row = item.row;
    row.path = item.found.path;
    row.stat = item.found.stat;
    row.sidecars = item.found.sidecars;
    row.indexed_time = now_microseconds();
    std::optional<MemoryBudget::Lease> lease(std::in_place, memory_, row.stat.size);
    Bytes bytes = read_file(row.path);
    auto identity = identify(bytes);
    row.picture = row.photo = identity.picture;
    row.render = identity.render;
    row.file_hash = identity.file;

    auto picture = PictureFile::open(registry_, row.path, bytes, &task_);
    row.format = picture.info().format;
    row.width = picture.upright_width();
    row.height = picture.upright_height();
    read_fields(item, picture, bytes);

    VectorKey key{row.picture, row.render};
    Wanted wanted;
    bool has_vector = false;
    {
      Reader reader = library_.read();
      has_vector = reader.has_vector(space_, key);
      wanted.fingerprint = !reader.has_fingerprint(key);
    }
    wanted.thumbnails = !has_thumbnails(key);
    if (has_vector && !wanted.thumbnails && !wanted.fingerprint) return;
    if (!claims_.take(key)) {
      item.copy_of = key;
      return;
    }
    item.claim = key;
    picture.choose_scale(model_.need());
    // Given back before the larger one is asked for: two threads that each hold one and wait for more would never end.
    lease.reset();
    lease.emplace(memory_, row.stat.size + picture.decode_bytes());
    auto image = picture.read(transparency_background);
    item.derived = derive(key, image, wanted);
    if (has_vector) return;
    item.inputs = model_.inputs(image);
    item.embed = true;
  }

  void read_fields(Item &item, const PictureFile &picture, const Bytes &bytes) const {
    MetadataSources sources{picture.metadata(KALON_METADATA_EXIF), picture.metadata(KALON_METADATA_XMP),
                            picture.metadata(KALON_METADATA_PROPERTIES), bytes, item.found.sidecar_paths};
    auto metadata = read_metadata(sources);
    item.row.capture_time = metadata.capture_time;
    for (auto &field : metadata.fields) item.row.attributes.push_back({std::move(field.name), std::move(field.value)});
  }

  void keep(Batch &batch) {
    for (auto &item : batch) {
      if (item.row.path.empty()) continue;  // not reached before the run was cancelled
      if (item.claim) claims_.settle(*item.claim, item.row.outcome);
      (item.copy_of ? copies_ : waiting_).push_back(std::move(item));
    }
    settle_copies();
    double now = monotonic_seconds();
    if (waiting_.size() >= commit_items || now - committed_ >= commit_seconds) flush();
  }

  // Copies whose original is decoded join what waits to be stored, with its outcome. Those of a cancelled run whose
  // original was not reached are left for the next.
  void settle_copies() {
    std::erase_if(copies_, [&](Item &copy) {
      auto outcome = claims_.outcome(*copy.copy_of);
      if (!outcome) return false;
      if (!outcome->ok()) copy.row = failed_row(copy.row, *outcome);
      waiting_.push_back(std::move(copy));
      return true;
    });
  }

  // Stores what waits, thumbnails first: a row never promises what is not there.
  void flush() {
    committed_ = monotonic_seconds();
    if (waiting_.empty()) return;
    std::vector<Thumbnail> made;
    for (auto &item : waiting_)
      made.insert(made.end(), std::make_move_iterator(item.derived.thumbnails.begin()),
                  std::make_move_iterator(item.derived.thumbnails.end()));
    thumbnails_.put(made);
    auto writer = library_.write();
    std::vector<VectorKey> keys;
    std::vector<float> rows;
    std::vector<FileRow> left;
    for (auto &item : waiting_) {
      if (!item.row.outcome.ok() && item.predecessor) item.row.last_picture = *item.predecessor;
      writer.put_file(item.row);
      mark_seen(item.row.id);
      if (!item.embed && item.row.outcome.ok()) mark_left_places(writer, item.row, left);
      VectorKey key{item.row.picture, item.row.render};
      if (item.derived.fingerprint && item.row.outcome.ok()) writer.put_fingerprint(key, *item.derived.fingerprint);
      if (item.embed && item.row.outcome.ok()) {
        keys.push_back(key);
        rows.insert(rows.end(), item.vector.begin(), item.vector.end());
      }
      if (item.predecessor && !item.row.picture.none() && *item.predecessor != item.row.picture) {
        Event event;
        event.body = Succeeds{item.row.picture, *item.predecessor, item.row.path};
        writer.append_event(std::move(event));
      }
    }
    writer.put_vectors(space_, keys, rows.data());
    writer.commit();
    report_.vanished += left.size();
    for (const auto &item : waiting_)
      if (item.claim && item.row.outcome.ok()) claims_.forget(*item.claim);
    for (auto &item : waiting_) {
      auto fate = !item.row.outcome.ok() ? FileFate::failed : item.embed ? FileFate::embedded : FileFate::reused;
      (fate == FileFate::failed ? report_.failed : fate == FileFate::embedded ? report_.embedded : report_.reused) += 1;
      visit_(item.row, fate);
      task_.advance();
    }
    for (const auto &row : left) visit_(row, FileFate::vanished);
    waiting_.clear();
    report_.decode_cpu_seconds = static_cast<double>(decode_nanoseconds_.load()) * 1e-9;
    report_.model_cpu_seconds = static_cast<double>(model_nanoseconds_.load()) * 1e-9;
  }

  // A picture that turned up at a new place may have moved there from places outside of the roots.
  void mark_left_places(Writer &writer, const FileRow &arrived, std::vector<FileRow> &left) {
    for (uint64_t id : writer.files_of(arrived.picture)) {
      if (id == arrived.id) continue;
      auto other = writer.file(id);
      if (!other || other->vanished || !is_gone(other->path)) continue;
      writer.set_vanished(id, true);
      left.push_back(std::move(*other));
    }
  }

  Library &library_;
  ThumbnailCache &thumbnails_;
  Registry &registry_;
  const IndexOptions &options_;
  const std::function<void(const FileRow &, FileFate)> &visit_;
  Task &task_;
  ModelStreams model_;
  MemoryBudget memory_;
  uint32_t space_ = 0;
  IndexReport report_;
  std::vector<bool> seen_;  // by file id
  std::vector<Pending> work_;
  size_t next_ = 0;
  Batch waiting_, copies_;
  Claims claims_;
  double committed_ = monotonic_seconds();
  std::atomic<int64_t> decode_nanoseconds_{0}, model_nanoseconds_{0};
};

}  // namespace

IndexReport index_folders(Library &library, ThumbnailCache &thumbnails, Registry &registry, const IndexOptions &options,
                          const std::function<void(const FileRow &, FileFate)> &visit, Task &task) {
  return IndexRun(library, thumbnails, registry, options, visit, task).run();
}

}  // namespace kalon
