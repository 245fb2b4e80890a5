#pragma once
// Photos and votes of a ranking as the rows that files of votes are written from.

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/vote_pairs.h"
#include "exchange/vote_rows.h"
#include "facade/ranking.h"
#include "rank/standings.h"

namespace kalon {

// One row for each item: its file, prompt, attributes, and what the estimator says of it.
class VotedRows {
 public:
  // Both are borrowed. [worker]
  VotedRows(const MethodCall &call, const Ranking &ranking, const Estimator &estimator);

  const std::vector<PictureRow> &pictures() const { return pictures_; }
  const Standings &standings() const { return standings_; }
  // The candidates, best first.
  GivePictures best_first() const;
  // All votes in order of time; pictures are named by their ids, or by their paths.
  enum class Naming { id, path };
  GiveVotes votes(Naming naming) const;
  FindPicture find() const;
  // P(the left one is better); nothing without variances.
  std::optional<double> certainty(const PictureRow &left, const PictureRow &right) const;

 private:
  const Ranking &ranking_;
  const Estimator &estimator_;
  Standings standings_;
  std::vector<PictureRow> pictures_;
  std::unordered_map<std::string, size_t> by_id_;
};

}  // namespace kalon
