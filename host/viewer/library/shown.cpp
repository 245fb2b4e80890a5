#include "library/shown.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "library/natural.h"

namespace kalon::viewer {
namespace {

// The parts of a filter, as bits of what an item fails.
enum Part : unsigned {
  stars_part = 1,
  labels_part = 2,
  flags_part = 4,
  formats_part = 8,
  raw_part = 16,
  unvoted_part = 32,
  unrated_part = 64,
  excluded_part = 128,
  rest_part = 256
};

std::string lower(std::string text) {
  for (char &letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
  return text;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool sorts_by_file(std::string_view by) {
  return by == "name" || by == "folder" || by == "captured" || by == "modified" || by == "size" || by == "pixels" ||
         by == "format";
}

}  // namespace

// Judges items by the filter, with what is looked up once taken apart before.
struct Shown::Judge {
  const Shown &shown;
  const Catalogue &catalogue;
  const Filter &filter;
  const Catalogue::Column *score = nullptr, *votes = nullptr;
  std::string text;
  std::vector<const Catalogue::Column *> texts;
  std::vector<std::pair<const Catalogue::Column *, std::string>> attributes;
  bool impossible = false;

  explicit Judge(const Shown &of)
      : shown(of), catalogue(of.catalogue_), filter(of.filter_), votes(catalogue.column(column_names::rank_votes)) {
    if (!filter.score.empty()) score = catalogue.column(filter.score);
    text = lower(filter.text);
    if (!text.empty())
      for (const auto &column : catalogue.columns())
        if (!column.numeric) texts.push_back(&column);
    for (const auto &[name, value] : filter.attributes) {
      const auto *column = catalogue.column(name);
      if (column)
        attributes.emplace_back(column, value);
      else
        impossible = true;
    }
  }

  bool voted(ItemIndex index) const { return votes && votes->number(index) > 0; }
  bool unrated(const Item &item) const { return item.stars == 0; }

  bool rest_passes(ItemIndex index, const Item &item) const {
    if (impossible) return false;
    if (shown.matching_ && (index >= shown.matching_->size() || !(*shown.matching_)[index])) return false;
    if (filter.low || filter.high) {
      double value = score ? score->number(index) : std::nan("");
      if (std::isnan(value) || (filter.low && value < *filter.low) || (filter.high && value > *filter.high))
        return false;
    }
    for (const auto &[column, value] : attributes)
      if (catalogue.text(*column, index) != value) return false;
    if (!text.empty() && !contains_folded(item.path, text) &&
        std::ranges::none_of(item.others, [&](const auto &other) { return contains_folded(other, text); }) &&
        std::ranges::none_of(texts,
                             [&](const auto *column) { return contains_folded(catalogue.text(*column, index), text); }))
      return false;
    return true;
  }

  // Which parts of the filter the item fails.
  unsigned failed(ItemIndex index, const Item &item) const {
    unsigned parts = 0;
    if (item.stars < filter.least_stars) parts |= stars_part;
    if (!filter.labels.empty() && !filter.labels.contains(std::string(catalogue.word(item.label))))
      parts |= labels_part;
    if (!filter.flags.empty() && !filter.flags.contains(item.flag)) parts |= flags_part;
    if (!filter.formats.empty() && !filter.formats.contains(std::string(catalogue.word(item.format))))
      parts |= formats_part;
    if (filter.with_raw && !item.has_raw) parts |= raw_part;
    if (filter.unvoted && voted(index)) parts |= unvoted_part;
    if (filter.unrated && !unrated(item)) parts |= unrated_part;
    // What went to the trash, or is gone otherwise, is out of the way as well.
    if ((item.excluded || item.vanished) && !filter.with_excluded) parts |= excluded_part;
    if (!rest_passes(index, item)) parts |= rest_part;
    return parts;
  }
};

// ---- what is shown

void Shown::forget() {
  order_.clear();
  sorted_.clear();
  items_.clear();
  matching_.reset();
  expression_.clear();
  position_.clear();
  selected_.clear();
  current_ = no_item;
  current_position_ = 0;
  sort_again_ = choose_again_ = true;
  ++selection_;
  ++revision_;
}

bool Shown::update(double now) {
  bool structure = catalogue_.structure() != seen_structure_;
  bool catalogue = catalogue_.revision() != seen_catalogue_;
  bool stacks = stacks_.revision() != seen_stacks_;
  if (!structure && !catalogue && !stacks && !sort_again_ && !choose_again_) return false;
  // Rows that stream in may take a tenth of the time, what a person does is shown at once.
  bool only_rows = structure && !sort_again_ && !choose_again_ && !stacks;
  if (only_rows && updated_ >= 0 && now - updated_ < 10 * update_cost_) return true;
  double begin = seconds_now();
  if (structure || sort_again_ || (catalogue && !sorts_by_file(sorting_.by))) sort();
  choose();
  seen_structure_ = catalogue_.structure();
  seen_catalogue_ = catalogue_.revision();
  seen_stacks_ = stacks_.revision();
  sort_again_ = choose_again_ = false;
  updated_ = now;
  update_cost_ = seconds_now() - begin;
  return false;
}

void Shown::sort() {
  const auto &items = catalogue_.items();
  using Less = std::function<bool(ItemIndex, ItemIndex)>;
  const auto &by = sorting_.by;
  names_.update(catalogue_, sort_again_);
  const auto &names = names_.ranks();
  std::vector<uint32_t> folders;
  if (by != "name") folders = folder_ranks(catalogue_);
  auto by_name = [&](ItemIndex left, ItemIndex right) { return names[left] < names[right]; };
  auto by_path = [&](ItemIndex left, ItemIndex right) {
    return folders[left] != folders[right] ? folders[left] < folders[right] : by_name(left, right);
  };
  std::vector<double> keys;
  // Numbers sort by a table of keys; what has none comes last in both directions.
  auto numbered = [&](auto key) {
    keys.resize(items.size());
    for (size_t i = 0; i < items.size(); ++i) keys[i] = key(static_cast<ItemIndex>(i));
  };
  constexpr double last = std::numeric_limits<double>::infinity();
  if (by == "captured")
    numbered([&](ItemIndex i) {
      return static_cast<double>(items[i].capture_time != no_time ? items[i].capture_time : items[i].mtime);
    });
  else if (by == "modified")
    numbered([&](ItemIndex i) { return static_cast<double>(items[i].mtime); });
  else if (by == "size")
    numbered([&](ItemIndex i) { return static_cast<double>(items[i].size); });
  else if (by == "pixels")
    numbered([&](ItemIndex i) { return static_cast<double>(items[i].width) * items[i].height; });
  else if (by == "stars")
    numbered([&](ItemIndex i) { return static_cast<double>(items[i].stars); });
  else if (by == "flag")
    numbered([&](ItemIndex i) { return static_cast<double>(items[i].flag); });
  else if (by == "order") {
    numbered([&](ItemIndex) { return last; });
    for (size_t i = 0; i < order_.size(); ++i)
      if (order_[i] < keys.size()) keys[order_[i]] = static_cast<double>(i);
  } else if (const auto *column = catalogue_.column(by); column && column->numeric)
    numbered([&](ItemIndex i) {
      double value = column->number(i);
      return std::isnan(value) ? last : value;
    });
  auto word_less = [&](auto text) {
    return [&, text](ItemIndex left, ItemIndex right) {
      auto first = text(left), second = text(right);
      if (first.empty() != second.empty()) return second.empty();
      int order = natural_compare(first, second);
      if (order == 0) return by_path(left, right);
      return sorting_.descending ? order > 0 : order < 0;
    };
  };
  Less less;
  if (!keys.empty())
    less = [&](ItemIndex left, ItemIndex right) {
      double first = keys[left], second = keys[right];
      if (first == second) return by_path(left, right);
      if (first == last || second == last) return second == last;
      return sorting_.descending ? first > second : first < second;
    };
  else if (by == "label")
    less = word_less([&](ItemIndex i) { return catalogue_.word(items[i].label); });
  else if (by == "format")
    less = word_less([&](ItemIndex i) { return catalogue_.word(items[i].format); });
  else if (const auto *column = catalogue_.column(by))
    less = word_less([this, column](ItemIndex i) { return catalogue_.text(*column, i); });
  else if (by == "folder")
    less = [&](ItemIndex left, ItemIndex right) {
      return sorting_.descending ? by_path(right, left) : by_path(left, right);
    };
  else
    less = [&](ItemIndex left, ItemIndex right) {
      return sorting_.descending ? by_name(right, left) : by_name(left, right);
    };

  // What was in order already stays so, and new items are merged in, unless what they are compared by may have changed:
  // a file that was written to is newer.
  if (sort_again_ || (by != "name" && by != "folder")) sorted_.clear();
  std::erase_if(sorted_, [&](ItemIndex i) { return items[i].gone; });
  std::vector<bool> there(items.size(), false);
  for (ItemIndex i : sorted_) there[i] = true;
  auto middle = static_cast<std::ptrdiff_t>(sorted_.size());
  for (size_t i = 0; i < items.size(); ++i)
    if (!items[i].gone && !there[i]) sorted_.push_back(static_cast<ItemIndex>(i));
  std::sort(sorted_.begin() + middle, sorted_.end(), less);
  std::inplace_merge(sorted_.begin(), sorted_.begin() + middle, sorted_.end(), less);
}

void Shown::choose() {
  Judge judge(*this);
  const auto &items = catalogue_.items();
  std::vector<bool> passes(items.size(), false);
  for (ItemIndex index : sorted_) passes[index] = judge.failed(index, items[index]) == 0;
  items_.clear();
  for (ItemIndex index : sorted_) {
    if (!passes[index]) continue;
    const auto *stack = stacks_.of(index);
    if (!stack) {
      items_.push_back(index);
      continue;
    }
    auto there = [&](ItemIndex other) { return other < passes.size() && passes[other]; };
    auto top = std::ranges::find_if(stack->items, there);
    if (*top != index) continue;  // it lies under another one, which brings it along
    items_.push_back(index);
    if (stack->open) std::copy_if(std::next(top), stack->items.end(), std::back_inserter(items_), there);
  }
  position_.assign(items.size(), items_.size());
  for (size_t i = 0; i < items_.size(); ++i) position_[items_[i]] = i;
  ++revision_;
  keep_current();
}

// The current photo stays, or the one that took its place becomes current.
void Shown::keep_current() {
  selected_.resize(catalogue_.items().size(), false);
  if (items_.empty()) {
    current_ = no_item;
    return;
  }
  if (current_ != no_item && position(current_) < items_.size()) {
    current_position_ = position(current_);
    return;
  }
  bool had = current_ != no_item;
  bool alone = had && selected_count() == 0;
  current_position_ = had ? std::min(current_position_, items_.size() - 1) : 0;
  current_ = items_[current_position_];
  if (!had || alone) {
    std::fill(selected_.begin(), selected_.end(), false);
    selected_[current_] = true;
  }
  ++selection_;
}

size_t Shown::position(ItemIndex item) const {
  return item < position_.size() ? position_[item] : items_.size();
}

const Counts &Shown::counts() const {
  if (counted_ == revision_) return counts_;
  counts_ = {};
  Judge judge(*this);
  const auto &items = catalogue_.items();
  std::unordered_map<uint16_t, size_t> labels, formats;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto &item = items[i];
    if (item.gone) continue;
    if (!item.vanished) ++counts_.present;
    unsigned failed = judge.failed(static_cast<ItemIndex>(i), item);
    auto but = [&](unsigned part) { return (failed & ~part) == 0; };
    if (but(stars_part))
      for (int stars = 0; stars <= item.stars; ++stars) ++counts_.least_stars[static_cast<size_t>(stars)];
    if (but(labels_part)) ++labels[item.label];
    if (but(flags_part))
      ++(item.flag == Flag::pick ? counts_.picks : item.flag == Flag::reject ? counts_.rejects : counts_.unflagged);
    if (but(formats_part)) ++formats[item.format];
    if (but(raw_part) && item.has_raw) ++counts_.with_raw;
    if (but(unvoted_part) && !judge.voted(static_cast<ItemIndex>(i))) ++counts_.unvoted;
    if (but(unrated_part) && judge.unrated(item)) ++counts_.unrated;
    if (but(excluded_part) && item.excluded) ++counts_.excluded;
  }
  for (auto [word, count] : labels) counts_.labels[std::string(catalogue_.word(word))] = count;
  for (auto [word, count] : formats) counts_.formats[std::string(catalogue_.word(word))] = count;
  counted_ = revision_;
  return counts_;
}

void Shown::set_filter(Filter filter) {
  if (filter == filter_) return;
  filter_ = std::move(filter);
  choose_again_ = true;
}

void Shown::set_sorting(Sorting sorting) {
  if (sorting == sorting_) return;
  sorting_ = std::move(sorting);
  sort_again_ = true;
}

void Shown::set_order(std::vector<ItemIndex> order) {
  order_ = std::move(order);
  if (sorting_.by == "order") sort_again_ = true;
}

void Shown::set_matching(std::optional<std::vector<ItemIndex>> matching, std::string expression) {
  matching_.reset();
  if (matching) {
    matching_.emplace(catalogue_.items().size(), false);
    for (ItemIndex item : *matching) (*matching_)[item] = true;
  }
  expression_ = std::move(expression);
  choose_again_ = true;
}

// ---- the current photo and the selection

void Shown::go_to(ItemIndex item) {
  ++selection_;
  if (position(item) >= items_.size()) return;
  std::fill(selected_.begin(), selected_.end(), false);
  selected_[item] = true;
  current_ = item;
  current_position_ = position(item);
}

void Shown::step(int positions) {
  if (items_.empty()) return;
  auto at = static_cast<int64_t>(current_position_) + positions;
  direction_ = positions < 0 ? -1 : 1;
  go_to(items_[static_cast<size_t>(std::clamp<int64_t>(at, 0, static_cast<int64_t>(items_.size()) - 1))]);
}

void Shown::toggle(ItemIndex item) {
  ++selection_;
  if (position(item) >= items_.size()) return;
  selected_[item] = !selected_[item];
  current_ = item;
  current_position_ = position(item);
}

void Shown::select_to(ItemIndex item) {
  ++selection_;
  size_t to = position(item);
  if (to >= items_.size() || current_ == no_item) return;
  auto [first, last] = std::minmax(current_position_, to);
  for (size_t i = first; i <= last; ++i) selected_[items_[i]] = true;
  current_ = item;
  current_position_ = to;
}

void Shown::select_all() {
  ++selection_;
  for (ItemIndex item : items_) selected_[item] = true;
}

void Shown::select_none() {
  ++selection_;
  std::fill(selected_.begin(), selected_.end(), false);
}

void Shown::select(std::span<const ItemIndex> items) {
  ++selection_;
  select_none();
  for (ItemIndex item : items)
    if (position(item) < items_.size()) selected_[item] = true;
  if (!items.empty() && position(items.front()) < items_.size()) {
    current_ = items.front();
    current_position_ = position(current_);
  }
}

size_t Shown::selected_count() const {
  if (counted_selection_ != selection_ || counted_of_ != revision_) {
    selected_count_ =
        static_cast<size_t>(std::ranges::count_if(items_, [&](ItemIndex item) { return selected_[item]; }));
    counted_selection_ = selection_;
    counted_of_ = revision_;
  }
  return selected_count_;
}

std::vector<ItemIndex> Shown::targets() const {
  std::vector<ItemIndex> targets;
  for (ItemIndex item : items_)
    if (selected_[item]) targets.push_back(item);
  if (targets.empty() && current_ != no_item) targets.push_back(current_);
  return targets;
}

}  // namespace kalon::viewer
