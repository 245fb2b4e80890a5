#pragma once
// The photos that are open, in memory: one item for each, filled from rows of the engine.

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kalon::viewer {

using ItemIndex = uint32_t;
constexpr ItemIndex no_item = ~ItemIndex{0};
constexpr int64_t no_time = std::numeric_limits<int64_t>::min();

enum class Flag : int8_t { reject = -1, none = 0, pick = 1 };
// Who gave a rating: a person in Kalon, the file's own metadata, or an import.
enum class RatedBy : uint8_t { nobody, person, file, import };

struct Item {
  std::string path;                           // bytes, of the file that is shown: the rendered one where a RAW has one
  std::vector<std::string> others;            // of the same photo: its RAW, copies
  std::array<uint64_t, 2> photo{};            // id; zero until it is indexed
  uint64_t size = 0;                          // bytes
  int64_t mtime = 0, capture_time = no_time;  // microseconds since 1970
  uint32_t width = 0, height = 0;             // upright; 0 unknown
  uint16_t format = 0, label = 0;             // names: Catalogue::word(); label 0: none
  int8_t stars = 0;                           // 0..5
  RatedBy rated_by = RatedBy::nobody;
  Flag flag = Flag::none;
  bool gone = false;     // no file of it is left in what is open; the index stays taken
  bool indexed = false;  // the library knows it
  bool has_raw = false;  // a RAW belongs to it
  bool failed = false;   // it cannot be read; why: Catalogue::message()
  bool excluded = false, vanished = false;
};

std::string_view name_of(const Item &item);    // bytes behind the last slash
std::string_view folder_of(const Item &item);  // bytes before it

// One row of `list`, `info` or `changes`, or of `scan`, taken apart.
struct Row {
  std::string path;  // bytes; empty: the row is none of a file
  std::array<uint64_t, 2> photo{};
  uint64_t size = 0;
  int64_t mtime = 0, capture_time = no_time;
  uint32_t width = 0, height = 0;
  std::string format, label, message;
  int stars = 0;
  RatedBy rated_by = RatedBy::nobody;
  Flag flag = Flag::none;
  bool vanished = false, excluded = false, failed = false;
  bool known = true;  // to the library
  std::vector<std::pair<std::string, std::string>> attributes;
};
Row parse_row(std::string_view json);  // [any]

// Columns that the viewer itself fills.
namespace column_names {
inline constexpr std::string_view outliers = "outlier_score", rank_mean = "rank mean", rank_votes = "rank votes",
                                  suggested_stars = "suggested stars";
}

class Catalogue {
 public:
  // A number or text for each item, under a name: attributes, scores, votes. Missing numbers are NaN, missing texts
  // empty.
  struct Column {
    std::string name;
    bool numeric = true;
    std::vector<double> numbers;  // by item, may be shorter than the catalogue
    std::vector<uint32_t> words;  // by item; the texts are had by Catalogue::text()
    size_t known = 0;             // how many items have a value
    double number(ItemIndex item) const {
      return numeric && item < numbers.size() ? numbers[item] : std::numeric_limits<double>::quiet_NaN();
    }
  };

  // Takes in a file: a new item, another file of one, or news of it. Vanished files that are not open are passed over.
  // Returns the item, or no_item. [main]
  ItemIndex take(const Row &row);
  // Another folder is opened: all items are gone. Their indices stay theirs, and become theirs again when the same file
  // comes in anew, so that whoever kept one looks at the right photo, or at one that is gone.
  void close();

  const std::vector<Item> &items() const { return items_; }
  const Item &item(ItemIndex index) const { return items_[index]; }
  size_t count() const { return items_.size() - gone_; }  // items that are not gone

  ItemIndex with_path(std::string_view path) const;                  // bytes; no_item
  ItemIndex with_photo(const std::array<uint64_t, 2> &photo) const;  // no_item
  ItemIndex with_photo(std::string_view hex) const;                  // 32 hex digits; no_item

  // What a person decided, shown at once; the engine's rows confirm it later.
  void set_stars(ItemIndex item, int stars, RatedBy by = RatedBy::person);
  void set_flag(ItemIndex item, Flag flag);
  void set_label(ItemIndex item, std::string_view label);
  void set_excluded(ItemIndex item, bool excluded);

  const std::vector<Column> &columns() const { return columns_; }
  const Column *column(std::string_view name) const;
  // Makes it, or empties the one of this name; then fill it by set_number().
  void put_column(std::string_view name);
  void set_number(std::string_view column, ItemIndex item, double value);
  std::string_view text(const Column &column, ItemIndex item) const;  // as shown; empty when missing

  // Names of formats and labels as numbers; 0 is the empty one.
  uint16_t word_of(std::string_view text);
  std::string_view word(uint16_t number) const { return small_words_[number]; }
  std::string_view message(ItemIndex item) const;  // why a picture failed

  // Grows with every change of anything; who derives something compares it.
  uint64_t revision() const { return revision_; }
  // Grows when items came or went, or what files say of themselves changed.
  uint64_t structure() const { return structure_; }
  // Grows when an item that was there got another path.
  uint64_t naming() const { return naming_; }

 private:
  ItemIndex place(const Row &row);
  void detach(ItemIndex item, const std::string &path);
  void touch(bool structure);
  uint32_t intern(std::string_view text);
  Column &column_named(std::string_view name);
  void set_value(Column &column, ItemIndex item, std::string_view text);

  std::vector<Item> items_;
  size_t gone_ = 0;
  std::unordered_map<std::string, ItemIndex> by_path_, closed_;  // closed_: of what was open before
  struct HashPhoto {
    size_t operator()(const std::array<uint64_t, 2> &photo) const { return photo[0] ^ photo[1]; }
  };
  std::unordered_map<std::array<uint64_t, 2>, ItemIndex, HashPhoto> by_photo_;
  std::vector<Column> columns_;
  std::unordered_map<std::string, size_t> column_at_;
  std::vector<std::string> words_{std::string()};
  std::unordered_map<std::string, uint32_t> word_at_{{std::string(), 0}};
  std::vector<std::string> small_words_{std::string()};
  std::unordered_map<std::string, uint16_t> small_word_at_{{std::string(), 0}};
  std::unordered_map<ItemIndex, std::string> messages_;
  uint64_t revision_ = 1, structure_ = 1, naming_ = 1;
};

// file:// URI of a path's bytes, and back (empty when it is none).
std::string uri_of(std::string_view path);
std::string path_of(std::string_view uri);
// Absolute, without "." and "..", without a slash at the end. As it is where that cannot be told. [any]
std::string normal_path(std::string_view path);
// For people: bytes that are no UTF-8 become U+FFFD, control characters too.
std::string shown_text(std::string_view bytes);
// {"paths":[...]} of the shown file of each item, with more members (",\"to\":...") before the closing brace.
std::string paths_json(const Catalogue &catalogue, std::span<const ItemIndex> items, std::string_view more = {});
std::string json_text(std::string_view text);  // quoted and escaped

}  // namespace kalon::viewer
