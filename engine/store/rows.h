#pragma once
// What a library remembers, as plain values. The records on disk are described by schema.fbs.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

namespace kalon {

constexpr int64_t unknown_time = std::numeric_limits<int64_t>::min();

// A free column of a picture. Values are UTF-8 text; comparisons treat text that is a number as one.
struct Attribute {
  std::string name;
  std::string value;
  bool decided = false;  // by a person in Kalon, in place of what was imported; an empty value then is none. Not stored
};

// One file that was met. Its id is given at first sight, stays with the path, and is never used again.
struct FileRow {
  uint64_t id = 0;
  std::string path;  // absolute, raw bytes
  FileStat stat;
  uint64_t sidecars = 0;  // fingerprint of the sidecars' names, sizes and times; 0 without any
  Outcome outcome;        // ok, or why there is no picture; picture fields below are then empty
  bool vanished = false;  // was not found by the last index of its folder
  Hash128 picture, render, file_hash;
  Hash128 photo;                        // the id of the photo this file belongs to; equals picture when it stands alone
  Hash128 last_picture;                 // of a file that gives no picture now: the one it gave before, for its lineage
  std::string format;                   // "jpeg", ...
  uint32_t width = 0, height = 0;       // upright, pixels
  int64_t capture_time = unknown_time;  // microseconds since 1970, see Metadata
  int64_t indexed_time = 0;             // when this row was written, microseconds
  std::vector<Attribute> attributes;    // read from the file and its sidecars
};

// The same without allocations, valid until the transaction that gave it moves on.
struct FileView {
  uint64_t id = 0;
  std::string_view path;
  FileStat stat;
  uint64_t sidecars = 0;
  Status status = Status::ok;
  std::string_view status_text;
  bool vanished = false;
  Hash128 picture, render, file_hash, photo, last_picture;
  std::string_view format;
  uint32_t width = 0, height = 0;
  int64_t capture_time = unknown_time, indexed_time = 0;
  std::optional<std::string_view> attribute(std::string_view name) const;
  size_t attribute_count() const;
  std::pair<std::string_view, std::string_view> attribute_at(size_t index) const;  // name, value
  const void *record = nullptr;                                                    // the verified FlatBuffer behind it
};

FileRow row_of(const FileView &view);

// A space of vectors: what made them. Vectors of different spaces never mix.
struct SpaceKey {
  std::string model;  // "descriptor"
  std::string weights_hash;
  std::string output;     // "features"
  std::string policy;     // decode and crop policy: "decode=cover:1,512;crop=centre;filter=bicubic;size=224x224"
  std::string precision;  // "f32"
  uint32_t dimension = 0;
  int32_t metric = 0;  // KALON_METRIC_*
  bool operator==(const SpaceKey &) const = default;
};

struct Space {
  uint32_t id = 0;  // from 1; 0: not made yet, and without vectors
  SpaceKey key;
  uint64_t rows = 0;
};

struct VectorKey {
  Hash128 picture, render;
  auto operator<=>(const VectorKey &) const = default;
};

// ---- what is computed of a picture's pixels besides vectors ---------------------------------------------------------

// Perceptual hashes of the upright picture and of its mirror image (image/perceptual_hash.h), and how sharp it is.
struct Fingerprint {
  std::array<uint8_t, 8> hash8{}, mirrored8{};     // 64 bits
  std::array<uint8_t, 32> hash16{}, mirrored16{};  // 256 bits
  std::array<uint8_t, 72> hash24{}, mirrored24{};  // 576 bits
  float sharpness = 0;                             // image/sharpness.h
  bool operator==(const Fingerprint &) const = default;
};

// A named column of numbers, one for each picture that has one: imported, or computed by a method.
struct ScoreColumn {
  uint32_t id = 0;                  // from 1
  std::string name;                 // as in `where`: letters, digits, _ - . ; unique without case
  std::string source;               // for people: "imported from scores.csv", "outliers: rank average"
  std::string model, weights_hash;  // what computed it, where known
  int32_t direction = 0;            // +1 higher is better, -1 lower is better, 0 neither
  int64_t time = 0;                 // of the last change, microseconds
  uint64_t rows = 0;
};

// ---- events: the single truth of what people decided ------------------------------------------------------------

enum class VoteOutcome : int8_t { ranks = 0, tie = 1, both_bad = 2, skip = 3 };

struct Vote {
  std::vector<Hash128> pictures;  // by slot, as shown
  std::vector<uint16_t> ranks;    // by slot, 1 = best; equal ranks are ties; empty unless outcome is ranks
  VoteOutcome outcome = VoteOutcome::ranks;
  bool placement_known = true;  // false for imported votes whose sides are unknown
  std::string annotator, criterion;
  int64_t duration = 0;   // microseconds from showing to choosing; 0 unknown
  std::string session{};  // in which it was asked; empty: in none
};
struct Rating {
  Hash128 picture;
  int8_t stars = 0;
};  // 0..5
enum class FlagValue : int8_t { none = 0, pick = 1, reject = -1 };
struct Flag {
  Hash128 picture;
  FlagValue value = FlagValue::none;
};
struct Label {
  Hash128 picture;
  std::string label;
};  // free text; empty clears
struct Tag {
  Hash128 picture;
  std::string tag;
  bool added = true;
};
struct Exclude {
  Hash128 picture;
  std::string reason;
  bool excluded = true;
};
struct Succeeds {
  Hash128 picture, predecessor;
  std::string path;
};  // new bytes at a known path
struct NotDuplicates {
  std::vector<Hash128> pictures;
};
struct Undo {
  Hash128 action;
};  // takes a whole action back

using EventBody = std::variant<Vote, Rating, Flag, Label, Tag, Exclude, Succeeds, NotDuplicates, Undo>;

struct Event {
  Hash128 id;             // random; given by append when none
  Hash128 action;         // one key press, however many pictures; given by append when none
  int64_t time = 0;       // given by append: max(clock, last stored + 1 microsecond), so that events stay in order
  uint64_t writer = 0;    // who wrote: random per library handle
  uint32_t sequence = 0;  // within one writer and time
  EventBody body;
};

// Of these kinds the newest decision on a picture that counts is what holds.
enum class DecisionKind : uint8_t { flag = 0, rating = 1, label = 2 };
// That decision, and when it was made.
template <class Value>
struct Decided {
  Value value{};
  int64_t time = 0;
};

// Where an event stands: time, writer, sequence, as 20 bytes whose order is the canonical one.
struct EventKey {
  std::array<char, 20> bytes{};
  static EventKey of(const Event &event);
  static EventKey read(std::string_view bytes);  // of 20 bytes
  int64_t time() const;                          // of the event
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  bool operator==(const EventKey &other) const { return view() == other.view(); }
  bool operator<(const EventKey &other) const { return view() < other.view(); }
};

// All events of one key press, or of one import.
struct Action {
  Hash128 id;
  Event newest;
  uint64_t events = 0;
  bool taken_back = false;  // by an undo that counts
};

// ---- operations on files, to be undone --------------------------------------------------------------------------

struct PlacedItem {
  std::string source;    // absolute path
  std::string name;      // inside the operation's folder, or an absolute path where there is none
  int64_t mtime_ns = 0;  // of a file that was replaced: what it had before, to be given back
  uint32_t mode = 0;
  int64_t source_mtime_ns = 0;  // of the file that it was linked to, then; 0: not known
};

struct Operation {
  uint64_t id = 0;  // ascending
  int64_t time = 0;
  std::string folder;
  std::string kind;  // "hardlink", "symlink", "copy", "send": placed in folder; "trash", "replace": done in place
  bool undone = false;
  uint64_t items = 0;
  uint64_t others = 0;  // of the items: those that are no files of a person (folders, what Kalon wrote itself)
};

}  // namespace kalon
