#pragma once
// The options that commands of ranking share: how utilities are learned, how pairs are chosen, how questions are asked.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace kalon::cli {

class CommandSet;
// Those of files and planning, for rank_commands.cpp.
void add_rank_exchange_commands(CommandSet &set, CLI::App &rank);

void add_session(CLI::App *sub, std::string &session);
void put(nlohmann::json &parameters, const char *name, const std::string &value);  // unless it is empty

// Stays where it is as long as the parser lives. Only what was given becomes a parameter.
class RankOptions {
 public:
  void add_estimator(CLI::App *sub);
  void add_strategy(CLI::App *sub);
  void add_questions(CLI::App *sub);
  void put(nlohmann::json &parameters) const;

 private:
  // An option whose parameter has its name.
  template <class Value>
  CLI::Option *option(CLI::App *sub, const char *name, Value &value, const char *help);

  std::vector<std::function<void(nlohmann::json &)>> given_;  // each puts one parameter, if its option was given
  CLI::Option *gold_option_ = nullptr;
  bool compatible_ = false;
  std::string estimator_, reliability_, vectors_, strategy_, binning_, scores_, attribute_, groups_, criterion_, gold_;
  double prior_variance_ = 1, mu_ = 0, sigma_ = 0, beta_ = 0, tau_ = 0, draw_probability_ = 0, initial_ = 0,
         k_factor_ = 0, scale_ = 0, repeat_ = 0, gold_share_ = 0, minutes_ = 0;
  int64_t seed_ = 1, auto_shuffle_ = 0, top_ = 0, keep_ = 0, max_pairs_ = 0, bins_ = 0, clusters_ = 0, overlap_ = 1,
          votes_ = 0;
};

}  // namespace kalon::cli
