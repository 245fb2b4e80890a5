// Parsers of data sets of preferences.
#include <functional>

#include "base/text.h"
#include "exchange/dpo.h"
#include "exchange/hpdv2.h"
#include "exchange/pickapic.h"
#include "fuzz/campaign.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

// What is wrong with a vote that a reader gave; empty when nothing is.
std::string fault_of(const VoteRow &vote) {
  if (vote.items.size() < 2) return "a vote over fewer than two";
  for (const auto &item : vote.items)
    if (item.empty() || !valid_utf8(item) || item.find('\0') != std::string::npos) return "a name that is none";
  if (!valid_utf8(vote.prompt) || !valid_utf8(vote.annotator)) return "a text that is none";
  if (!vote.ranks.empty()) {
    bool best = false;
    for (auto rank : vote.ranks) {
      if (rank < 1 || rank > vote.items.size()) return "a rank that is none";
      best |= rank == 1;
    }
    if (vote.ranks.size() != vote.items.size() || !best) return "ranks that do not begin with 1, or not one for each";
  }
  if (vote.certainty && !(*vote.certainty >= 0 && *vote.certainty <= 1)) return "a certainty that is none";
  if (!(vote.weight > 0)) return "a weight that is none";
  if (vote.line == 0) return "a vote of no line";
  return {};
}

using Read = uint64_t (*)(const std::string &, const TakeVote &, Task &);

void attack(Mutator mutator, int count, const char *name, Read read) {
  TemporaryFolder folder;
  campaign(mutator, count, [&](const std::string &input) {
    std::string fault;
    Task task;
    uint64_t given = 0;
    auto told = read(
        folder.write(name, input),
        [&](VoteRow &&vote) {
          ++given;
          if (fault.empty()) fault = fault_of(vote);
        },
        task);
    return told == given ? fault : std::string("another number of votes than were given");
  });
}

}  // namespace

TEST_CASE("Pick-a-Pic", "[fuzz]") {
  Mutator text(
      {"image_0_uid,image_1_uid,image_0_url,image_1_url,label_0,label_1,best_image_uid,has_label,caption,created_at,"
       "user_id,certainty\na,b,u,v,1.0,0.0,a,True,\"a, cat\",2023-04-21 "
       "14:32:10.1,7,0.5\nb,a,,,0.5,0.5,tie,False,,,,\n",
       R"({"image_0_uid":"a","image_1_uid":"b","label_0":0.5,"label_1":0.5,"created_at":1682087530123,"certainty":1})"
       "\n"},
      {",", "\"", "\n", "1e999", "-0.5", "nan", "tie", "False", "null", "label_0", "\xff", "99999999999999999999"});
  attack(text, 2000, "x.csv", read_pickapic);
  attack(text, 2000, "x.jsonl", read_pickapic);
}

TEST_CASE("HPDv2", "[fuzz]") {
  attack(
      Mutator(
          {R"([{"prompt":"p","file_path":["a","b","c"],"human_preference":[0,1,0]},{"image_path":["a","b"],"rank":[1,2],)"
           R"("raw_annotations":[{"rank":[2,1],"user_hash":"x"},{"rank":[1,1],"user_hash":3}]}])"},
          {"[", "]", "{", "}", ",", "\"", "1", "1e999", "-1", "null", "\"a\"", "\"rank\"", "\\u0000", "\xff", "[[[["}),
      4000, "x.json", read_hpdv2);
}

TEST_CASE("preferences for training", "[fuzz]") {
  attack(Mutator({"prompt,chosen,rejected,label,weight\n\"a, cat\",a,b,1.0,2\n,b,a,0.5,\n",
                  "{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\",\"label\":1,\"weight\":0.5}\n"},
                 {",", "\"", "\n", "1e999", "-1", "0", "nan", "chosen", "\xff", "{", "}"}),
         2000, "x.jsonl", read_dpo);
}
