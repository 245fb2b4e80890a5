#include "commands/palette_match.h"

#include <algorithm>
#include <limits>
#include <string>

namespace kalon::viewer {
namespace {

constexpr double per_letter = 1, begins_word = 3, begins_text = 2, follows = 2, ends_word = 1,
                 per_letter_between = 0.05;
constexpr double impossible = -std::numeric_limits<double>::infinity();

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_separator(char letter) {
  return letter == ' ' || letter == '-' || letter == '_' || letter == '/' || letter == ':';
}

double worth(std::string_view text, size_t at) {
  if (at == 0) return per_letter + begins_word + begins_text;
  return is_separator(text[at - 1]) ? per_letter + begins_word : per_letter;
}

// The best way to find the word's letters in the text: best[i][j] is that of the first i + 1 letters with the last of
// them at j.
std::optional<PaletteMatch> match_word(std::string_view word, std::string_view text) {
  const size_t letters = word.size(), length = text.size();
  if (letters > length) return std::nullopt;
  std::vector<std::vector<double>> best(letters, std::vector<double>(length, impossible));
  std::vector<std::vector<size_t>> from(letters, std::vector<size_t>(length, length));
  for (size_t i = 0; i < letters; ++i) {
    double running = impossible;  // the best of the letter before, anywhere up to j - 2, less what lies between
    size_t running_at = length;
    for (size_t j = i; j < length; ++j) {
      running -= per_letter_between;
      if (i > 0 && j >= 2 && best[i - 1][j - 2] - per_letter_between > running) {
        running = best[i - 1][j - 2] - per_letter_between;
        running_at = j - 2;
      }
      if (lower(word[i]) != lower(text[j])) continue;
      if (i == 0) {
        best[i][j] = worth(text, j) - per_letter_between * static_cast<double>(j);
        continue;
      }
      best[i][j] = running + worth(text, j);
      from[i][j] = running_at;
      if (const double next = best[i - 1][j - 1] + worth(text, j) + follows; next > best[i][j]) {
        best[i][j] = next;
        from[i][j] = j - 1;
      }
    }
  }
  auto &ends = best.back();
  for (size_t j = 0; j < length; ++j) {
    if (j + 1 == length || is_separator(text[j + 1])) ends[j] += ends_word;
  }
  const auto end = std::max_element(ends.begin(), ends.end());
  if (*end == impossible) return std::nullopt;
  PaletteMatch match{*end, {}};
  auto at = static_cast<size_t>(end - ends.begin());
  for (size_t i = letters; i-- > 0; at = from[i][at]) match.letters.push_back(at);
  return match;
}

}  // namespace

std::optional<PaletteMatch> palette_match(std::string_view query, std::string_view text) {
  constexpr size_t longest = 200;  // nobody means more; the work grows with the product
  query = query.substr(0, longest);
  text = text.substr(0, longest);
  PaletteMatch all;
  for (size_t at = 0; at < query.size();) {
    const auto begin = query.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    const auto end = std::min(query.find(' ', begin), query.size());
    const auto one = match_word(query.substr(begin, end - begin), text);
    if (!one) return std::nullopt;
    all.score += one->score;
    all.letters.insert(all.letters.end(), one->letters.begin(), one->letters.end());
    at = end;
  }
  std::sort(all.letters.begin(), all.letters.end());
  all.letters.erase(std::unique(all.letters.begin(), all.letters.end()), all.letters.end());
  // Of two that fit alike, what is said in fewer words is meant.
  if (!all.letters.empty()) all.score -= 0.01 * static_cast<double>(text.size());
  return all;
}

}  // namespace kalon::viewer
