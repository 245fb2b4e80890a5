#pragma once
// A library on disk: one LMDB environment, opened once per process, shared by processes (one writer at a time; readers
// never block).

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/rows.h"

namespace kalon {

enum class Access { read, write };

struct OpenOptions {
  Access access = Access::write;  // write creates the folder and the library when missing; read never writes
  // The file system's magic number (statfs f_type) of a folder; tests put a network file system here.
  std::function<int64_t(const std::string &)> file_system;
};

class Reader;
class Writer;

class Library {
 public:
  // not_found (read access to a folder without a library), unsupported (network file system; schema newer than this
  // program's), read_only, io, corrupt_data. The same folder (by device and inode) gives the same environment. [any]
  static std::shared_ptr<Library> open(const std::string &folder, const OpenOptions &options = {});
  virtual ~Library();

  virtual const std::string &folder() const = 0;
  virtual Access access() const = 0;

  // A snapshot. Keep it short: an open reader keeps writers from reusing pages. One thread at a time may use it. [any]
  virtual Reader read() = 0;
  // The writer; waits for other writers, and must be used and ended on the thread that asked for it. Dropped without
  // commit() it changes nothing. read_only for a library opened for reading. [worker]
  virtual Writer write() = 0;

  // Checks every page, record and cross-reference; returns one line for each fault. [worker]
  virtual std::vector<std::string> check() = 0;
  // A consistent copy into an empty or new folder, compacted, while others read and write. [worker]
  virtual void copy_to(const std::string &folder) = 0;
  // Rewrites this library without free pages. busy when another process has it open, or when this one goes on reading
  // or writing it. [worker]
  virtual void compact() = 0;
};

class Reader {
 public:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  Reader(Reader &&) noexcept;
  Reader &operator=(Reader &&) noexcept;
  ~Reader();

  // Another number once files, imported attributes or scores have changed; votes and other events leave it.
  uint64_t revision() const;
  // Another number after every commit, in any process, to anything in the library; only compacting begins anew.
  uint64_t snapshot() const;
  // The files (by number, ascending) whose rows may have changed since a revision: all those that were written, and
  // those that shared a photo with them. Nothing when that cannot be told: attributes or scores changed, it was too
  // long ago, they are more than `most`, or a library of an older schema is open for reading.
  std::optional<std::vector<uint64_t>> changed_files(uint64_t since, uint64_t most) const;

  // ---- files
  uint64_t file_count() const;  // vanished ones included
  std::optional<FileRow> file_at(std::string_view path) const;
  std::optional<FileRow> file(uint64_t id) const;
  std::vector<uint64_t> files_of(const Hash128 &picture) const;  // ascending ids
  // Of a photo: those of the picture it is named by, and the others that belong to it. In a library of an older schema
  // that is open for reading the others are not known.
  std::vector<uint64_t> files_of_photo(const Hash128 &photo) const;
  // Calls visit with the file that file_at() finds, if there is one.
  void visit_file_at(std::string_view path, const std::function<void(const FileView &)> &visit) const;
  // Calls visit with the file of this number, if there is one.
  void visit_file(uint64_t id, const std::function<void(const FileView &)> &visit) const;
  // Files in order of their path's bytes, from the first path greater than after (empty: the beginning), inside one
  // folder (that path itself or anything below it; empty: all). visit returns false to stop.
  void scan_files(std::string_view folder, std::string_view after,
                  const std::function<bool(const FileView &)> &visit) const;

  // ---- attributes that were imported; those read from files are in their rows
  std::vector<Attribute> attributes(const Hash128 &picture) const;
  bool any_attributes() const;
  // In order of pictures, from the given one on; visit returns false to stop, and writes nothing.
  void scan_attributes(const Hash128 &from,
                       const std::function<bool(const Hash128 &, const std::vector<Attribute> &)> &visit) const;

  // ---- vectors
  std::vector<Space> spaces() const;
  std::optional<Space> space(const SpaceKey &key) const;
  bool has_vector(uint32_t space, const VectorKey &key) const;
  bool vector(uint32_t space, const VectorKey &key, std::span<float> out) const;  // false when there is none
  // All vectors of a space by blocks, read in place: keys.size() rows of the space's dimension.
  void scan_vectors(uint32_t space,
                    const std::function<void(std::span<const VectorKey> keys, const float *rows)> &visit) const;

  // ---- fingerprints
  bool has_fingerprint(const VectorKey &key) const;
  std::optional<Fingerprint> fingerprint(const VectorKey &key) const;

  // ---- scores
  std::vector<ScoreColumn> score_columns() const;                        // by name
  std::optional<ScoreColumn> score_column(std::string_view name) const;  // without case
  std::optional<double> score(uint32_t column, const Hash128 &picture) const;
  std::vector<std::pair<std::string, double>> scores(const Hash128 &picture) const;  // by name
  bool any_scores() const;
  // In order of pictures; visit returns false to stop, and writes nothing.
  void scan_scores(uint32_t column, const std::function<bool(const Hash128 &, double)> &visit) const;

  // ---- fitted filters: named bytes whose form is the filter room's own
  std::vector<std::string> filters() const;   // names, ascending without case
  Bytes filter(std::string_view name) const;  // without case; empty when there is none

  // ---- sessions of ranking: the same, their form is that of whoever keeps them
  std::vector<std::string> sessions() const;
  Bytes session(std::string_view name) const;

  // ---- events, in canonical order (time, writer, sequence)
  void scan_events(const std::function<bool(const Event &)> &visit) const;
  void scan_events(const EventKey &after, const std::function<bool(const Event &)> &visit) const;  // only later ones
  void scan_events_back(const std::function<bool(const Event &)> &visit) const;                    // the newest first
  uint64_t event_count() const;
  std::optional<Event> event(const Hash128 &id) const;
  bool taken_back(const Event &event) const;   // by an undo that counts; event: one of this library
  std::optional<EventKey> last_event() const;  // where the newest stands
  bool has_event(const EventKey &key) const;

  // ---- actions: the events of one key press or import
  uint64_t events_of_action(const Hash128 &action) const;  // how many there are
  std::optional<Action> action(const Hash128 &id) const;
  // Its events in canonical order; visit returns false to stop.
  void scan_action(const Hash128 &action, const std::function<bool(const Event &)> &visit) const;
  // Actions by their newest events, the newest first: all, or those whose newest stands before a place. visit returns
  // false to stop; as much of the log is read as it takes.
  void scan_actions_back(const std::optional<EventKey> &before, const std::function<bool(const Action &)> &visit) const;

  // ---- what is derived of events, kept up to date by the writer
  // Whether a picture is excluded once all events are replayed.
  bool excluded(const Hash128 &picture) const;
  std::vector<Hash128> excluded_pictures() const;  // ascending

  // What people said last of a picture, `none`, 0 stars and an empty label included; nothing when they never did.
  std::optional<Decided<FlagValue>> flag(const Hash128 &picture) const;
  std::optional<Decided<int8_t>> rating(const Hash128 &picture) const;
  std::optional<Decided<std::string>> label(const Hash128 &picture) const;
  bool any_decisions(DecisionKind kind) const;

  // The sets of pictures that people said are not duplicates of one another, once all events are replayed; the oldest
  // first.
  std::vector<std::vector<Hash128>> not_duplicates() const;

  // ---- operations, newest first
  std::vector<Operation> operations() const;
  std::vector<PlacedItem> operation_items(uint64_t operation) const;

  State *state() const { return state_.get(); }

 protected:
  std::unique_ptr<State> state_;
};

class Writer : public Reader {
 public:
  using Reader::Reader;

  // Inserts, or replaces the row of the same path (its id is kept and written into row.id).
  void put_file(FileRow &row);
  void set_vanished(uint64_t file, bool vanished);
  void set_photo(uint64_t file, const Hash128 &photo);

  void put_attributes(const Hash128 &picture, const std::vector<Attribute> &attributes);  // merged by name
  bool remove_attribute(const Hash128 &picture, std::string_view name);  // without case; false when it has none

  Space put_space(const SpaceKey &key);  // finds or makes it
  // rows: keys.size() x dimension. A key that has a vector already gets the new one in its place.
  void put_vectors(uint32_t space, std::span<const VectorKey> keys, const float *rows);

  void put_fingerprint(const VectorKey &key, const Fingerprint &fingerprint);  // replaces one of this key

  // Finds the column of this name or makes it, and stores what the given one says of source, model, weights and
  // direction. invalid_argument for a name that require_name() refuses. Its id is returned, and serves put_scores.
  ScoreColumn put_score_column(const ScoreColumn &column);
  // All values must be finite, else invalid_argument and nothing is stored; of a picture named twice the last one
  // counts. not_found for a column that is none.
  void put_scores(uint32_t column, std::span<const std::pair<Hash128, double>> scores);
  void clear_scores(uint32_t column);             // the column stays
  bool drop_score_column(std::string_view name);  // false when there is none

  void put_filter(std::string_view name, ByteView bytes);  // replaces one of this name; require_name(), never empty
  bool drop_filter(std::string_view name);                 // false when there is none

  void put_session(std::string_view name, ByteView bytes);  // replaces one of this name; require_name(), never empty
  bool drop_session(std::string_view name);                 // false when there is none; votes that name it stay

  // Completes and appends; returns what was stored. An Undo must name an action that exists (not_found). An event whose
  // id is there already is not stored again: what is there is returned when it says the same, else invalid_argument.
  Event append_event(Event event);
  // The same of many events, which become one action, in this order and one microsecond apart: much faster than one by
  // one. At least one; undos are actions of their own. Returns the action.
  Hash128 append_action(std::vector<EventBody> bodies);
  // Takes in events as they were stored elsewhere, with their ids, actions, times and writers; those that are there
  // already are passed over. Returns how many were new. invalid_argument, with "event N", counted from 1, as context,
  // for one that append_event() would refuse, that lacks its id or action, that has the id of another event, there or
  // before it, or is of a time before 1970 or more than a day ahead of the clock; an undo may come with or before what
  // it undoes.
  uint64_t import_events(std::span<const Event> events);
  // Drops everything derived from events and replays them.
  void rebuild_derived();

  uint64_t begin_operation(const std::string &folder, const std::string &kind);
  // others: how many of them are no files of a person.
  void add_operation_items(uint64_t operation, std::span<const PlacedItem> items, uint64_t others = 0);
  void set_operation_undone(uint64_t operation);

  void commit();  // the writer is finished then; io when the disk is full: nothing of it is stored
};

// ---- thumbnails: a cache beside the library (its own environment in the folder's cache/); it may be deleted any time

enum class ThumbnailSize : uint16_t { small = 256, large = 512 };  // longer side, pixels

struct Thumbnail {
  VectorKey key;
  ThumbnailSize size;
  std::vector<uint8_t> jpeg;
};

class ThumbnailCache {
 public:
  static std::shared_ptr<ThumbnailCache> open(const Library &library);
  virtual ~ThumbnailCache();
  virtual std::vector<uint8_t> get(const VectorKey &key, ThumbnailSize size) const = 0;  // empty when missing
  virtual bool has(const VectorKey &key, ThumbnailSize size) const = 0;
  virtual void put(std::span<const Thumbnail> thumbnails) = 0;  // one transaction
};

}  // namespace kalon
