#include "exchange/vote_verdict.h"

#include "base/text.h"
#include "exchange/report_marks.h"

namespace kalon {
namespace {

constexpr size_t most_named = 5;

// Those whose votes are no help, each with what they do; none: empty.
std::string strange_ones(const VoteQuality &quality, const std::function<std::string(size_t)> &name) {
  const auto &people = quality.reliability.annotators;
  std::string named;
  size_t strange = 0;
  for (size_t i = 0; i < people.size(); ++i) {
    bool contrary = people[i].judgement == Judgement::adversarial;
    if (!contrary && people[i].judgement != Judgement::careless) continue;
    if (++strange > most_named) continue;
    named += (named.empty() ? "<b>" : "; <b>") + name(i) + "</b> answers ";
    named += contrary ? "the contrary of the others" : "like chance";
    bool for_nothing = !contrary && people[i].interval.lower <= 0;
    named += for_nothing ? ", and those votes count for next to nothing"
                         : ", each of those votes counts " + fixed(people[i].scale, 2);
  }
  if (strange == 0) return {};
  return grouped(strange) + " of " + grouped(quality.annotators.size()) + " annotators " +
         (strange == 1 ? "needs" : "need") + " a look: " + named + (strange > most_named ? "; and others." : ".");
}

std::string careful_ones(const VoteQuality &quality) {
  size_t all = quality.annotators.size(), unsure = 0;
  for (const auto &person : quality.reliability.annotators)
    unsure += person.judgement == Judgement::too_few_votes || person.judgement == Judgement::alone ? 1 : 0;
  if (unsure >= all) return "There are too few votes yet to judge anybody.";
  if (unsure == 0) return "All " + grouped(all) + " annotators answer with care.";
  return grouped(all - unsure) + " of " + grouped(all) +
         " annotators answer with care; of the rest there are too few votes to say.";
}

}  // namespace

std::string verdict_text(const VoteQuality &quality, const std::function<std::string(size_t)> &name) {
  if (quality.annotators.empty() || quality.all.counts.all() == 0) return {};
  if (quality.annotators.size() == 1) return "One annotator alone: whom to rely on shows where several answer.";
  auto text = strange_ones(quality, name);
  if (text.empty()) text = careful_ones(quality);
  if (const auto &alpha = quality.agreement.alpha)
    text += std::string(" On the whole, agreement is ") + agreement_word(*alpha) +
            (agreement_word(*alpha) == "too little" ? " to rely on" : "") + " (alpha&nbsp;" + fixed(*alpha, 2) + ").";
  return text;
}

}  // namespace kalon
