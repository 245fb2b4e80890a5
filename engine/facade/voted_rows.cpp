#include "facade/voted_rows.h"

#include <cmath>

#include "base/text.h"

namespace kalon {
namespace {

constexpr size_t longest_attribute = 4096;  // bytes; longer ones are not what data sets are made of

// What is known of a photo's file, imported first, each name once.
std::vector<std::pair<std::string, std::string>> attributes_of(const Reader &reader, const std::string &path) {
  std::vector<std::pair<std::string, std::string>> all;
  if (path.empty()) return all;
  auto add = [&](std::string_view name, std::string_view value) {
    for (const auto &known : all)
      if (ascii_lower(known.first) == ascii_lower(name)) return;
    if (value.size() <= longest_attribute && valid_utf8(value)) all.emplace_back(name, value);
  };
  reader.scan_files(path, {}, [&](const FileView &file) {
    for (const auto &attribute : known_of(reader, file)) add(attribute.name, attribute.value);
    for (size_t i = 0; i < file.attribute_count(); ++i) {
      auto [name, value] = file.attribute_at(i);
      add(name, value);
    }
    return false;
  });
  std::erase_if(all, [](const auto &one) { return one.second.empty(); });  // a label that was cleared
  return all;
}

}  // namespace

VotedRows::VotedRows(const MethodCall &call, const Ranking &ranking, const Estimator &estimator)
    : ranking_(ranking), estimator_(estimator) {
  const auto &votes = ranking.votes();
  auto candidates = votes.candidate_marks();
  StandingsOptions options;
  options.ranked = candidates;
  standings_ = make_standings(posterior_of(estimator), options, call.task);
  auto reader = call.library().read();
  for (int32_t item = 0; item < votes.items(); ++item) {
    if ((item & 0xff) == 0) call.task.throw_if_cancelled();
    const auto &photo = votes.photo(item);
    auto number = static_cast<size_t>(item);
    PictureRow row;
    row.id = photo.key.picture.hex();
    row.path = photo.path;
    row.attributes = attributes_of(reader, photo.path);
    for (const auto &[name, value] : row.attributes)
      if (ascii_lower(name) == "prompt") row.prompt = value;
    row.mean = row.score = estimator.means()[number];
    if (!estimator.variances().empty()) row.sd = std::sqrt(estimator.variances()[number]);
    if (candidates[number] != 0) row.rank = static_cast<uint64_t>(standings_.rank[number]);
    by_id_.emplace(row.id, number);
    pictures_.push_back(std::move(row));
  }
}

GivePictures VotedRows::best_first() const {
  return [this](const TakePicture &take) {
    for (int32_t item : standings_.order) take(pictures_[static_cast<size_t>(item)]);
  };
}

GiveVotes VotedRows::votes(Naming naming) const {
  return [this, naming](const TakeRow &take) {
    const auto &votes = ranking_.votes();
    auto name = [&](int32_t item) {
      const auto &row = pictures_[static_cast<size_t>(item)];
      return naming == Naming::id || !nameable(row).ok() ? row.id : row.path;
    };
    auto fill = [&](VoteRow &row, const VoteOrigin &origin, int32_t annotator, float weight) {
      row.id = origin.id.hex();
      row.annotator = votes.annotators()[static_cast<size_t>(annotator)];
      row.criterion = ranking_.settings().criterion;
      row.time = origin.time;
      if (origin.duration > 0) row.duration = origin.duration;
      row.placement_known = origin.placement_known;
      row.weight = static_cast<double>(weight);
    };
    size_t comparison = 0, ordering = 0;
    in_order_of_time(
        votes.history(),
        [&](const Comparison &vote) {
          VoteRow row;
          fill(row, votes.comparison_origins()[comparison++], vote.annotator, vote.weight);
          row.items = {name(vote.left), name(vote.right)};
          row.verdict = vote.verdict;
          row.certainty =
              certainty(pictures_[static_cast<size_t>(vote.left)], pictures_[static_cast<size_t>(vote.right)]);
          take(row);
        },
        [&](const Ordering &vote) {
          VoteRow row;
          fill(row, votes.ordering_origins()[ordering++], vote.annotator, vote.weight);
          for (int32_t item : vote.items) row.items.push_back(name(item));
          row.ranks = vote.ranks;
          take(row);
        });
  };
}

FindPicture VotedRows::find() const {
  return [this](const std::string &item) -> const PictureRow * {
    auto found = by_id_.find(item);
    return found == by_id_.end() ? nullptr : &pictures_[found->second];
  };
}

std::optional<double> VotedRows::certainty(const PictureRow &left, const PictureRow &right) const {
  if (estimator_.variances().empty() || &left == &right) return std::nullopt;
  auto item = [&](const PictureRow &row) { return static_cast<int32_t>(&row - pictures_.data()); };
  return probability_better(posterior_of(estimator_), item(left), item(right));
}

}  // namespace kalon
