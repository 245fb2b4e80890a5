#include "library/natural.h"

#include <algorithm>

namespace kalon::viewer {
namespace {

bool digit(char letter) {
  return letter >= '0' && letter <= '9';
}

unsigned char folded(char letter) {
  return static_cast<unsigned char>(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
}

// A run of digits without its leading zeros.
std::string_view number_at(std::string_view text, size_t at, size_t &end) {
  end = at;
  while (end < text.size() && digit(text[end])) ++end;
  size_t begin = at;
  while (begin + 1 < end && text[begin] == '0') ++begin;
  return text.substr(begin, end - begin);
}

}  // namespace

int natural_compare(std::string_view left, std::string_view right) {
  size_t i = 0, j = 0;
  while (i < left.size() && j < right.size()) {
    if (digit(left[i]) && digit(right[j])) {
      size_t left_end, right_end;
      auto first = number_at(left, i, left_end), second = number_at(right, j, right_end);
      if (first.size() != second.size()) return first.size() < second.size() ? -1 : 1;
      if (int order = first.compare(second); order != 0) return order;
      i = left_end;
      j = right_end;
      continue;
    }
    auto first = folded(left[i++]), second = folded(right[j++]);
    if (first != second) return first < second ? -1 : 1;
  }
  bool left_over = i < left.size(), right_over = j < right.size();
  if (left_over != right_over) return right_over ? -1 : 1;
  return left.compare(right);
}

bool contains_folded(std::string_view text, std::string_view lower_part) {
  auto same = [](char letter, char wanted) { return folded(letter) == static_cast<unsigned char>(wanted); };
  return lower_part.empty() ||
         std::search(text.begin(), text.end(), lower_part.begin(), lower_part.end(), same) != text.end();
}

}  // namespace kalon::viewer
