// Parsers of text: URIs, ids, parameters, filters, names, files of votes.
#include "fuzz/campaign.h"

#include <algorithm>
#include <fstream>

#include "base/hash.h"
#include "base/text.h"
#include "exchange/event_lines.h"
#include "exchange/image_ranker.h"
#include "exchange/label_studio.h"
#include "exchange/vote_table.h"
#include "facade/json_object.h"
#include "facade/parameters.h"
#include "store/where.h"
#include "temporary_folder.h"

using namespace kalon;

TEST_CASE("addresses and paths", "[fuzz]") {
  Mutator mutator({"file:///home/a%20b/%C3%A9%FF.jpg", "file://localhost/a/../b/./c//", "/plain/path/./to/../file",
                   "http://host/a", "relative/path", "file:///", "/"},
                  {"%", "%00", "%2F", "%2e%2E", "/../", "//", "file://", "localhost/", "\xff"});
  campaign(mutator, 40000, [](const std::string &input) -> std::string {
    auto path = normal_path(input);
    if (path.empty() || path[0] != '/') return "a path that is not absolute: " + path;
    if (path.find('\0') != std::string::npos) return "a NUL byte in a path";
    if (path.size() > 1 && path.back() == '/') return "a slash at the end: " + path;
    if ((path + "/").find("/../") != std::string::npos || (path + "/").find("/./") != std::string::npos ||
        path.find("//") != std::string::npos)
      return "a path that is not normal: " + path;
    if (normal_path(path) != path) return "normal once and not twice: " + path;
    if (path_from_uri(file_uri(path)) != path) return "lost in a URI: " + path;
    return {};
  });
}

TEST_CASE("ids", "[fuzz]") {
  Mutator mutator({"99aa06d3014798d86001c324468d497f", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"}, {"0x", " ", "-", "g"});
  campaign(mutator, 40000, [](const std::string &input) -> std::string {
    auto hash = Hash128::from_hex(input);
    bool digits = input.size() == 32 && input.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (hash.has_value() != digits) return digits ? "an id was refused" : "no id, but read as one";
    return hash && hash->hex() != ascii_lower(input) ? "read as " + hash->hex() : "";
  });
}

TEST_CASE("texts of any kind", "[fuzz]") {
  Mutator mutator({"img0010.jpg", "a\xc3\xa9\xe2\x98\x85\xf0\x9f\x8c\x84", "e\xcc\x81", "\xed\xa0\x80", "\"\\\n\x01",
                   "x99999999999999999999"},
                  {"0", "00", "\xcc\x81", "\xff", "\xf4\x8f\xbf\xbf", "\xea\xb0\x80"}, 200);
  std::string before;
  campaign(mutator, 40000, [&](const std::string &input) -> std::string {
    auto shown = display_text(input);
    if (!valid_utf8(shown)) return "shown as what is no UTF-8";
    if (valid_utf8(input) != (shown == input)) return "changed though it was UTF-8, or the other way";
    auto composed = nfc(input);
    if (nfc(composed) != composed) return "composed once and not twice";
    if (!valid_utf8(input) && composed != input) return "bytes that are no UTF-8 were changed";
    for (size_t size : {0, 1, 5, 100}) {
      auto cut = shorten_utf8(input, size);
      if (cut.size() > size || !input.starts_with(cut)) return "shortened to something else";
      if (valid_utf8(input) && !valid_utf8(cut)) return "a sequence was cut";
    }
    int order = natural_compare(before, input), reverse = natural_compare(input, before);
    if ((order < 0) != (reverse > 0) || (order == 0) != (before == input))
      return "no total order beside " + hex_of(before);
    before = input;
    return {};
  });
}

TEST_CASE("parameters of methods", "[fuzz]") {
  Mutator mutator(
      {R"({"paths":["file:///a%FF","/b"],"limit":12,"where":"rating >= 4","dry_run":true,"seconds":0.5,"by":"name"})",
       R"({"limit":-9223372036854775808,"seconds":1e308,"paths":"/x","text":"\ud83d\ude00\u0000"})", "{}", ""},
      {"null", "[", "{", "\"limit\":", "\"paths\":", "1e999", "18446744073709551615", "\\u0000", "\\ud800", ",", "-"});
  campaign(mutator, 20000, [](const std::string &input) -> std::string {
    Parameters parameters(input);
    std::string broken;
    auto ask = [&](auto question) {
      try {
        question();
      } catch (const Error &error) {
        if (error.status() != Status::invalid_argument)
          broken = "refused as " + std::string(status_name(error.status()));
      }
    };
    ask([&] {
      auto limit = parameters.integer("limit", 1, 1, 1000);
      if (limit < 1 || limit > 1000) broken = "a number outside its range";
    });
    ask([&] {
      auto seconds = parameters.number("seconds", 0, 0, 100);
      if (!(seconds >= 0 && seconds <= 100)) broken = "a number outside its range";
    });
    ask([&] {
      for (const auto &path : parameters.paths("paths"))
        if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) broken = "a path that is none";
    });
    ask([&] {
      auto by = parameters.one_of("by", {"name", "date"});
      if (by != "name" && by != "date") broken = "a choice that was not offered";
    });
    ask([&] { parameters.flag("dry_run"); });
    ask([&] {
      if (!valid_utf8(parameters.text("text"))) broken = "a text that is no UTF-8";
    });
    ask([&] { parameters.texts("where"); });
    ask([&] { parameters.reject_unknown(); });
    return broken;
  });
}

TEST_CASE("filters", "[fuzz]") {
  Mutator mutator({R"(rating >= 4 and (format = jpeg or width > 4000) and not name ~ "IMG_*")", "camera is known",
                   "capture_time >= 2023-05-14 10:22:33 or mtime < 1969", "'a b' != caption or lens is unknown",
                   "name ~ *[a-z][!x]?*", "((((width > 1))))", "pixels > 1e6 and aspect <= 1.5", ""},
                  {"and ", "or ", "not ", "(",          ")",     "is known", "~",   "!=",   "\"",   "'",     "[",
                   "]",    "*",   "-",    "2023-13-45", "1e999", "nan",      "inf", "0x10", "\xff", "width", "id"},
                  4096);
  FileView file;
  file.path = "/pictures/IMG_0001.jpg";
  file.format = "jpeg";
  file.width = 4000;
  file.height = 3000;
  campaign(mutator, 20000, [&](const std::string &input) -> std::string {
    auto where = Where::parse(input);
    bool first = where.matches(file, {});
    if (first != where.matches(file, {})) return "matched once and not twice";
    if (where.empty() && !first) return "an empty filter kept something out";
    std::vector<Attribute> imported = {{"rating", "5"}, {"camera", "A\xff"}, {"caption", std::string(2000, 'a')}};
    where.matches(file, imported);
    return {};
  });
}

TEST_CASE("a filter nested without end is answered", "[fuzz]") {
  for (const char *open : {"(", "not ", "not(", "a=1 and (", "a=1 or not "}) {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += open;
    try {
      Where::parse(text + "a = 1");
    } catch (const Error &error) {
      CHECK(error.status() == Status::invalid_argument);
    }
  }
  std::string chain = "a = 1";
  for (int i = 0; i < 100000; ++i) chain += i % 2 ? " and a = 1" : " or a = 1";
  try {
    Where::parse(chain).matches(FileView(), {});
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
  }
}

TEST_CASE("a glob with many stars costs no time without end", "[fuzz]") {
  std::string stars;
  for (int i = 0; i < 60; ++i) stars += "*a";
  auto where = Where::parse("caption ~ \"" + stars + "b\"");
  std::vector<Attribute> imported = {{"caption", std::string(20000, 'a')}};
  CHECK_FALSE(where.matches(FileView(), imported));
}

TEST_CASE("tables of votes", "[fuzz]") {
  TemporaryFolder folder;
  const std::vector<std::string> words = {"left,right,outcome\n",
                                          "winner,loser\n",
                                          "items,ranks\n",
                                          "left",
                                          "tie",
                                          "None",
                                          "0.5",
                                          "a|b",
                                          "[\"a\",\"b\"]",
                                          "[1,2]",
                                          "\"",
                                          "\r\n",
                                          "1e-300",
                                          "nan",
                                          "2023-01-02",
                                          "\xff",
                                          ",,",
                                          "{"};
  auto read = [&](const std::string &input, const char *name) -> std::string {
    Task task;
    auto table = read_vote_table(folder.write(name, input), std::nullopt, task);
    require_valid(table.history);
    if (table.items.size() != static_cast<size_t>(table.history.items)) return "items of another number";
    auto sorted = table.items;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return "an item with two numbers";
    for (const auto &item : table.items)
      if (item.empty() || !valid_utf8(item) || item.find('\0') != std::string::npos) return "a name that is none";
    uint64_t votes = table.history.comparisons.size() + table.history.orderings.size() + table.without_order;
    for (const auto &[name_of_criterion, count] : table.criteria) votes -= count;
    return votes == 0 ? "" : "votes that were lost";
  };
  SECTION("CSV") {
    Mutator mutator({"left,right,outcome,annotator,weight,time,duration,id\r\n\"a, b\",c,left,Ann,0.5,2023-01-02 "
                     "03:04:05+01:00,1.25,7\r\nc,d,1,Ben,,1700000000,,8\r\nb,a,b,,,,,\r\n",
                     "Winner,Loser\na,b\nNone,c\n", "items;ranks;outcome\na|b|c;1|2|2;\n[\"a\"];1;\na|b;;b\n"},
                    words);
    campaign(mutator, 2500, [&](const std::string &input) { return read(input, "v.csv"); });
  }
  SECTION("JSON lines") {
    Mutator mutator({R"({"left":"a","right":3,"outcome":"tie","annotator":"Ann","weight":2.5,"placement_known":false})"
                     "\n"
                     R"({"items":["a","b","c"],"ranks":[2,1,3],"criterion":"x","certainty":0.5})"
                     "\n"},
                    words);
    campaign(mutator, 2500, [&](const std::string &input) { return read(input, "v.jsonl"); });
  }
}

TEST_CASE("the files of image-ranker", "[fuzz]") {
  TemporaryFolder folder;
  Task task;
  auto wrong = [](const std::string &name) {
    return name.empty() || !valid_utf8(name) || name.find('\0') != std::string::npos;
  };
  SECTION("comparisons and rankings") {
    Mutator mutator({"\xef\xbb\xbfWinner,Loser\r\n/a b/\"c\",d\r\nNone,\"e\nf\"\r\n",
                     "Image,ELO,Uncertainty,Upvotes,Downvotes\r\na.jpg,-4.39,7.17,0,12\r\n"},
                    {"None", "\r\n", "\"", ",", "1e999", "-", "18446744073709551616"});
    campaign(mutator, 2500, [&](const std::string &input) -> std::string {
      auto path = folder.write("x.csv", input);
      std::string broken;
      if (input.find("Winner") == std::string::npos) {
        read_image_rankings(
            path, [&](RankedImage &&one) { broken += wrong(one.image) || one.sd < 0 ? "x" : ""; }, task);
        return broken;
      }
      read_comparisons(
          path, [&](VoteRow &&vote) { broken += wrong(vote.left()) || wrong(vote.right()) ? "x" : ""; },
          [&](RemovedImage &&one) { broken += wrong(one.image) ? "x" : ""; }, task);
      return broken;
    });
  }
  SECTION("exclusions and skipped pairs") {
    Mutator mutator(
        {"{\"/a.jpg\": \"blurry\", \"\\u00e9\": null}", "[\"a\", \"b\"]", "[[\"a\", \"b\"],\n[\"c\", \"d\"]]"},
        {"[", "]", "{", "}", "\"", "\\", "\\u0000", "\\ud800", ",", ":", "null", "\xff", "[[[[[[[["});
    campaign(mutator, 2500, [&](const std::string &input) -> std::string {
      auto path = folder.write("x.json", input);
      std::string broken;
      if (input.starts_with("[["))
        read_skipped_pairs(
            path, [&](VoteRow &&vote) { broken += wrong(vote.left()) ? "x" : ""; }, task);
      else
        read_exclusions(
            path, [&](RemovedImage &&one) { broken += wrong(one.image) ? "x" : ""; }, task);
      return broken;
    });
  }
}

TEST_CASE("events as lines", "[fuzz]") {
  TemporaryFolder folder;
  const std::string id = "0123456789abcdef0123456789abcdef";
  const std::string start = R"({"format":"kalon-events","version":1})"
                            "\n{\"id\":\"" +
                            id + R"(","action":")" + id + R"(","time":5,"writer":"00000000000000ff","sequence":0,)";
  Mutator mutator(
      {start + R"("event":"vote","pictures":[")" + id + R"(","1123456789abcdef0123456789abcdef"],"ranks":[1,2],)" +
           R"("outcome":"ranks","placement_known":true,"annotator":"A","criterion":"","duration":0,"session":""})",
       start + R"("event":"undo","undoes":")" + id + "\"}",
       start + R"("event":"succeeds","picture":")" + id + R"(","predecessor":")" + id + R"(","path":"file:///a%FF"})"},
      {"null", "[", "{", "-1", "1e999", "65536", "18446744073709551615", "\"tie\"", "\"mood\":1,", "\\u0000",
       "\"version\":2", "\n", "\xff", id});
  campaign(mutator, 2000, [&](const std::string &input) -> std::string {
    Task task;
    {
      // What was read is written, and read again is the same.
      EventLines lines(folder / "y.jsonl", EventKinds::all);
      read_event_lines(
          folder.write("x.jsonl", input), [&](Event &&event, uint64_t) { lines.add(event); }, task);
      lines.finish();
    }
    EventLines again(folder / "z.jsonl", EventKinds::all);
    read_event_lines(
        folder / "y.jsonl", [&](Event &&event, uint64_t) { again.add(event); }, task);
    again.finish();
    std::ifstream first(folder / "y.jsonl"), second(folder / "z.jsonl");
    std::string one{std::istreambuf_iterator<char>(first), {}}, other{std::istreambuf_iterator<char>(second), {}};
    return one == other ? "" : "written once and not twice";
  });
}

TEST_CASE("exports of Label Studio", "[fuzz]") {
  TemporaryFolder folder;
  std::ifstream golden(KALON_SOURCE_DIR "/tests/golden/exchange/label-studio.json");
  Mutator mutator(
      {std::string{std::istreambuf_iterator<char>(golden), {}},
       R"([{"data":{"img1":"a","img2":"b"},"annotations":[{"id":1,"result":[{"type":"pairwise","value":)"
       R"({"selected":"left"}}],"lead_time":1.5,"created_at":"2023-01-02T03:04:05Z","completed_by":{"email":"a"}}]}])"},
      {"null", "[", "]", "{", "}", "\"", ",", "-1", "1e999", "\"left\"", "\"selected\"", "\"kalon\"", "\\u0000",
       "\"weight\":0,", "\xff", "?d=%00", "[[[[[[[["});
  campaign(mutator, 3000, [&](const std::string &input) -> std::string {
    std::string broken;
    Task task;
    auto counts = read_label_studio(
        folder.write("x.json", input), {},
        [&](VoteRow &&vote) {
          if (!vote.is_pair() || vote.left() == vote.right()) broken = "no pair";
          for (const auto &item : vote.items)
            if (item.empty() || !valid_utf8(item) || item.find('\0') != std::string::npos)
              broken = "a name that is none";
          if (vote.duration && *vote.duration < 0) broken = "a negative duration";
          if (!(vote.weight > 0)) broken = "a weight that is none";
        },
        task);
    return counts.tasks > input.size() ? "tasks out of nothing" : broken;
  });
}
