#include "library/catalogue.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>

namespace kalon::viewer {
namespace {

bool is_raw(std::string_view path) {
  static constexpr std::string_view extensions[] = {"3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff",
                                                    "iiq", "k25", "kdc", "mef", "mos", "mrw", "nef", "nrw", "orf",
                                                    "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f"};
  auto dot = path.rfind('.');
  if (dot == std::string_view::npos || path.size() - dot > 5) return false;
  std::string extension;
  for (char letter : path.substr(dot + 1))
    extension += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
  return std::ranges::find(extensions, extension) != std::end(extensions);
}

bool number_in(std::string_view text, double &number) {
  if (text.empty()) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

}  // namespace

std::string_view name_of(const Item &item) {
  return std::string_view(item.path).substr(item.path.rfind('/') + 1);
}

std::string_view folder_of(const Item &item) {
  return std::string_view(item.path).substr(0, item.path.rfind('/'));
}

void Catalogue::touch(bool structure) {
  ++revision_;
  if (structure) ++structure_;
}

void Catalogue::close() {
  closed_.clear();
  for (size_t i = 0; i < items_.size(); ++i) {
    auto &item = items_[i];
    item.gone = true;
    item.others.clear();
    closed_.insert_or_assign(item.path, static_cast<ItemIndex>(i));
  }
  gone_ = items_.size();
  by_path_.clear();
  by_photo_.clear();
  columns_.clear();
  column_at_.clear();
  messages_.clear();
  touch(true);
}

void Catalogue::detach(ItemIndex index, const std::string &path) {
  auto &item = items_[index];
  by_path_.erase(path);
  if (item.path == path) {
    if (item.others.empty()) {
      item.gone = true;
      ++gone_;
      if (auto found = by_photo_.find(item.photo); found != by_photo_.end() && found->second == index)
        by_photo_.erase(found);
      return;
    }
    item.path = std::move(item.others.front());
    ++naming_;
    item.others.erase(item.others.begin());
  } else {
    std::erase(item.others, path);
  }
}

// The item that the file belongs to, made when it is new.
ItemIndex Catalogue::place(const Row &row) {
  constexpr std::array<uint64_t, 2> none{};
  auto at = with_path(row.path);
  if (at != no_item) {
    auto &item = items_[at];
    if (item.photo == row.photo) return at;
    // What was shown before it was indexed becomes the photo, so that a selection of it stays; unless the photo is
    // there already, by another of its files.
    bool alone = item.others.empty();
    bool taken = row.photo != none && by_photo_.contains(row.photo);
    if (alone && !taken) {
      if (item.photo != none) by_photo_.erase(item.photo);
      item.photo = row.photo;
      if (row.photo != none) by_photo_.emplace(row.photo, at);
      return at;
    }
    detach(at, row.path);
  }
  if (row.photo != none)
    if (auto found = by_photo_.find(row.photo); found != by_photo_.end()) {
      auto &item = items_[found->second];
      // A rendered picture is shown rather than its RAW.
      if (is_raw(item.path) && !is_raw(row.path)) {
        item.others.push_back(std::exchange(item.path, row.path));
        ++naming_;
      } else {
        item.others.push_back(row.path);
      }
      by_path_.emplace(row.path, found->second);
      return found->second;
    }
  auto index = static_cast<ItemIndex>(items_.size());
  if (auto known = closed_.find(row.path); known != closed_.end()) {
    index = known->second;
    closed_.erase(known);
    items_[index] = {};
    --gone_;
  } else {
    items_.emplace_back();
  }
  auto &item = items_[index];
  item.path = row.path;
  item.photo = row.photo;
  by_path_.emplace(row.path, index);
  if (row.photo != none) by_photo_.emplace(row.photo, index);
  return index;
}

ItemIndex Catalogue::take(const Row &row) {
  if (row.path.empty()) return no_item;
  auto before = with_path(row.path);
  if (before == no_item && row.vanished) return no_item;
  // A walk through a folder tells less than the library does.
  if (before != no_item && !row.known) {
    if (items_[before].vanished) {
      items_[before].vanished = false;
      touch(false);
    }
    return before;
  }
  // Of several files of a photo one may go (to the trash): the others are what is left of it.
  if (before != no_item && row.vanished && !items_[before].others.empty()) {
    detach(before, row.path);
    touch(true);
    return before;
  }
  auto index = place(row);
  auto &item = items_[index];
  if (is_raw(row.path)) item.has_raw = true;
  if (item.path == row.path) {
    item.size = row.size;
    item.mtime = row.mtime;
    item.capture_time = row.capture_time;
    if (row.width > 0) item.width = row.width, item.height = row.height;
    item.format = word_of(row.format);
    item.failed = row.failed;
    item.vanished = row.vanished;
    if (row.failed)
      messages_[index] = row.message;
    else
      messages_.erase(index);
  }
  if (row.known) {
    item.indexed = true;
    item.label = word_of(row.label);
    item.stars = static_cast<int8_t>(std::clamp(row.stars, 0, 5));
    item.rated_by = row.rated_by;
    item.flag = row.flag;
    item.excluded = row.excluded;
    if (item.path == row.path)
      for (const auto &[name, value] : row.attributes) set_value(column_named(name), index, value);
  }
  touch(true);
  return index;
}

ItemIndex Catalogue::with_path(std::string_view path) const {
  auto found = by_path_.find(std::string(path));
  return found == by_path_.end() ? no_item : found->second;
}

ItemIndex Catalogue::with_photo(const std::array<uint64_t, 2> &photo) const {
  auto found = by_photo_.find(photo);
  return found == by_photo_.end() ? no_item : found->second;
}

ItemIndex Catalogue::with_photo(std::string_view hex) const {
  std::array<uint64_t, 2> photo{};
  if (hex.size() != 32) return no_item;
  std::from_chars(hex.data(), hex.data() + 16, photo[0], 16);
  std::from_chars(hex.data() + 16, hex.data() + 32, photo[1], 16);
  return with_photo(photo);
}

void Catalogue::set_stars(ItemIndex item, int stars, RatedBy by) {
  items_[item].stars = static_cast<int8_t>(stars);
  items_[item].rated_by = by;
  touch(false);
}

void Catalogue::set_flag(ItemIndex item, Flag flag) {
  items_[item].flag = flag;
  touch(false);
}

void Catalogue::set_label(ItemIndex item, std::string_view label) {
  items_[item].label = word_of(label);
  touch(false);
}

void Catalogue::set_excluded(ItemIndex item, bool excluded) {
  items_[item].excluded = excluded;
  touch(false);
}

// ---- columns

const Catalogue::Column *Catalogue::column(std::string_view name) const {
  auto found = column_at_.find(std::string(name));
  return found == column_at_.end() ? nullptr : &columns_[found->second];
}

Catalogue::Column &Catalogue::column_named(std::string_view name) {
  auto [found, is_new] = column_at_.try_emplace(std::string(name), columns_.size());
  if (is_new) columns_.emplace_back().name = name;
  return columns_[found->second];
}

void Catalogue::put_column(std::string_view name) {
  auto &column = column_named(name);
  column = Column{};
  column.name = name;
  touch(true);
}

void Catalogue::set_number(std::string_view name, ItemIndex item, double value) {
  auto &column = column_named(name);
  if (column.numbers.size() <= item) column.numbers.resize(items_.size(), std::numeric_limits<double>::quiet_NaN());
  bool was = !std::isnan(column.numbers[item]), is = !std::isnan(value);
  column.known += (is ? 1 : 0) - (was ? 1 : 0);
  column.numbers[item] = value;
  touch(false);
}

void Catalogue::set_value(Column &column, ItemIndex item, std::string_view text) {
  double number = 0;
  if (column.numeric && !number_in(text, number)) {
    // The first text makes it a column of texts; the numbers so far are written as they came, as far as that is known.
    column.numeric = false;
    column.words.assign(column.numbers.size(), 0);
    for (size_t i = 0; i < column.numbers.size(); ++i) {
      if (std::isnan(column.numbers[i])) continue;
      char digits[40];
      auto end = std::to_chars(digits, digits + sizeof digits, column.numbers[i]).ptr;
      column.words[i] = intern({digits, static_cast<size_t>(end - digits)});
    }
    column.numbers = {};
  }
  if (column.numeric) {
    if (column.numbers.size() <= item) {
      if (column.numbers.capacity() <= item)
        column.numbers.reserve(std::max<size_t>(item + 1, column.numbers.size() * 2));
      column.numbers.resize(item + 1, std::numeric_limits<double>::quiet_NaN());
    }
    if (std::isnan(column.numbers[item])) ++column.known;
    column.numbers[item] = number;
  } else {
    if (column.words.size() <= item) {
      if (column.words.capacity() <= item) column.words.reserve(std::max<size_t>(item + 1, column.words.size() * 2));
      column.words.resize(item + 1, 0);
    }
    if (column.words[item] == 0) ++column.known;
    column.words[item] = intern(text);
  }
}

std::string_view Catalogue::text(const Column &column, ItemIndex item) const {
  if (!column.numeric)
    return item < column.words.size() ? std::string_view(words_[column.words[item]]) : std::string_view();
  double number = column.number(item);
  if (std::isnan(number)) return {};
  // The text lives until the next call.
  static thread_local char digits[40];
  int length = std::snprintf(digits, sizeof digits, "%.6g", number);
  return {digits, static_cast<size_t>(length)};
}

uint32_t Catalogue::intern(std::string_view text) {
  auto [found, is_new] = word_at_.try_emplace(std::string(text), static_cast<uint32_t>(words_.size()));
  if (is_new) words_.emplace_back(text);
  return found->second;
}

// Formats and labels are few; should there ever be more than fit, the last ones share an empty name.
uint16_t Catalogue::word_of(std::string_view text) {
  if (auto found = small_word_at_.find(std::string(text)); found != small_word_at_.end()) return found->second;
  if (small_words_.size() > 0xffff) return 0;
  auto number = static_cast<uint16_t>(small_words_.size());
  small_words_.emplace_back(text);
  small_word_at_.emplace(text, number);
  return number;
}

std::string_view Catalogue::message(ItemIndex item) const {
  auto found = messages_.find(item);
  return found == messages_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace kalon::viewer
