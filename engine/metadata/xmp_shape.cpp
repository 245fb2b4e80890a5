// What a packet would cost the toolkit, told before it is parsed: the toolkit recurses per level of nesting, compares
// each new property with all of its siblings, and never forgets a namespace. Packets that are plainly not well-formed
// are turned away too, as the toolkit would write a line about each to standard error; and of properties that stand
// twice, which some programs write, the first stays, as the toolkit would give up the whole packet.
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>

#include "metadata/readers.h"

namespace kalon {
namespace {

constexpr size_t max_depth = 100, max_nodes = 200000, max_namespaces = 500;
constexpr uint64_t max_comparisons = 50'000'000;  // a third of a second

class Scanner {
 public:
  Scanner(std::string_view packet, std::vector<std::string_view> &namespaces)
      : packet_(packet), rest_(packet), namespaces_(namespaces) {}

  // The packet without the repeated properties of its top-level descriptions.
  std::string without_repeats() const {
    std::string text;
    size_t from = 0;
    for (auto [begin, end] : repeats_) {
      text += packet_.substr(from, begin - from);
      from = end;
    }
    return text += packet_.substr(from);
  }

  bool sane() {
    while (true) {
      auto start = rest_.find('<');
      if (start == std::string_view::npos) return nodes_ > 0 && open_.empty();
      rest_.remove_prefix(start);
      bool fine = rest_.starts_with("<!--")        ? skip_past("-->")
                  : rest_.starts_with("<![CDATA[") ? skip_past("]]>")
                  : rest_.starts_with("<?")        ? skip_past("?>")
                  : rest_.starts_with("<!")        ? false  // a document type, which the toolkit refuses as well
                  : rest_.starts_with("</")        ? end_tag()
                                                   : start_tag();
      if (!fine) return false;
    }
  }

 private:
  static bool blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

  bool skip_past(std::string_view end) {
    auto at = rest_.find(end, 2);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + end.size());
    return true;
  }

  bool end_tag() {
    rest_.remove_prefix(2);
    if (open_.empty() || take_name() != open_.back().name) return false;
    auto repeated_from = open_.back().repeated_from;
    open_.pop_back();
    skip_blanks();
    if (!rest_.starts_with('>')) return false;
    rest_.remove_prefix(1);
    if (repeated_from != none) repeats_.emplace_back(repeated_from, here());
    return true;
  }

  size_t here() const { return packet_.size() - rest_.size(); }

  std::string_view take_name() {
    size_t end = 0;
    while (end < rest_.size() && !blank(rest_[end]) && rest_[end] != '=' && rest_[end] != '>' && rest_[end] != '/')
      ++end;
    auto name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return name;
  }

  void skip_blanks() {
    while (!rest_.empty() && blank(rest_[0])) rest_.remove_prefix(1);
  }

  bool add_property(uint64_t &siblings) {
    comparisons_ += ++siblings;
    return comparisons_ <= max_comparisons;
  }

  bool start_tag() {
    if (++nodes_ > max_nodes) return false;
    size_t start = here();
    rest_.remove_prefix(1);
    auto name = take_name();
    bool item = name == "li" || name.ends_with(":li");
    // The properties of all top-level descriptions become siblings.
    bool shared = name.ends_with("Description") && open_.size() <= 2;
    bool property = !open_.empty() && open_.back().shared;
    size_t repeated_from = property && !seen_.insert(name).second ? start : none;
    if (!item && !open_.empty() && !add_property(*open_.back().properties)) return false;
    uint64_t &count = shared ? top_level_ : counts_.emplace_back(0);
    while (true) {
      skip_blanks();
      if (rest_.empty()) return false;
      if (rest_[0] == '>') {
        rest_.remove_prefix(1);
        if (open_.size() >= max_depth) return false;
        open_.push_back({name, &count, shared, repeated_from});
        return true;
      }
      if (rest_[0] == '/') {
        rest_.remove_prefix(1);
        if (rest_.empty() || rest_[0] != '>') return false;
        rest_.remove_prefix(1);
        if (repeated_from != none) repeats_.emplace_back(repeated_from, here());
        return true;
      }
      if (!attribute(count, shared)) return false;
    }
  }

  bool attribute(uint64_t &count, bool shared) {
    if (++nodes_ > max_nodes) return false;
    size_t start = here();
    auto name = take_name();
    skip_blanks();
    if (name.empty() || rest_.empty() || rest_[0] != '=') return false;
    rest_.remove_prefix(1);
    skip_blanks();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) return false;
    auto end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return false;
    auto value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    if (!name.starts_with("xmlns")) {
      if (shared && name != "rdf:about" && !seen_.insert(name).second) repeats_.emplace_back(start, here());
      return add_property(count);
    }
    namespaces_.push_back(value);
    return namespaces_.size() <= max_namespaces;
  }

  static constexpr size_t none = std::string_view::npos;
  std::string_view packet_, rest_;
  std::vector<std::string_view> &namespaces_;
  struct Element {
    std::string_view name;
    uint64_t *properties;  // how many it has so far
    bool shared;           // a top-level description
    size_t repeated_from;  // where it begins, if it repeats a property
  };
  std::unordered_set<std::string_view> seen_;       // properties of top-level descriptions
  std::vector<std::pair<size_t, size_t>> repeats_;  // bytes from, to; ascending
  std::vector<Element> open_;
  std::deque<uint64_t> counts_;
  uint64_t top_level_ = 0, comparisons_ = 0;
  size_t nodes_ = 0;
};

}  // namespace

std::optional<std::string> sane_xmp(std::string_view packet, std::vector<std::string_view> &namespaces) {
  // Other widths of characters (a UTF-16 packet) would hide the tags from this scanner.
  if (packet.find('\0') != std::string_view::npos || packet.starts_with("\xff\xfe") || packet.starts_with("\xfe\xff"))
    return std::nullopt;
  Scanner scanner(packet, namespaces);
  if (!scanner.sane()) return std::nullopt;
  return scanner.without_repeats();
}

}  // namespace kalon
