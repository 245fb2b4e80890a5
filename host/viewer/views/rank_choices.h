#pragma once
// What a session of ranking can be begun with, in words for people, and as parameters of `rank_start`.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kalon::viewer {

struct RankChoice {
  const char *name;      // as the engine calls it
  const char *title;     // as people read it
  const char *sentence;  // what it is good for
};

std::span<const RankChoice> rank_strategies();
std::span<const RankChoice> rank_estimators();
// Null when there is none of this name.
const RankChoice *rank_choice(std::span<const RankChoice> choices, std::string_view name);

// Words divided by blanks; a word, or what follows its "=", may stand in double quotes, in which \" is a quote.
std::vector<std::string> words_of(std::string_view text);

// "NAME key=value ...": how a command says it.
struct RankRequest {
  std::string session;
  std::string of = "shown";                                     // "shown", "selection", "library": which pictures
  std::string annotator;                                        // empty: as it was
  std::vector<std::pair<std::string, std::string>> parameters;  // of rank_start, as written
  std::string problem;                                          // what is wrong with it, for people; empty: nothing
};
RankRequest rank_request(std::string_view text);

// The parameters as JSON members: numbers and on/off words as the method takes them, all else as texts. No braces;
// empty when there are none.
std::string rank_members(const std::vector<std::pair<std::string, std::string>> &parameters);

}  // namespace kalon::viewer
