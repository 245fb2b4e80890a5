// Method "report": what the other methods find among some pictures, on one page. It asks them as any host does.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/fair_shares.h"
#include "exchange/html_page.h"
#include "exchange/text_file.h"
#include "facade/json_object.h"
#include "facade/output.h"
#include "facade/rows.h"
#include "facade/thumbnails.h"
#include "image/codec.h"

namespace kalon {
namespace {

using nlohmann::json;

constexpr int page_quality = 85;  // of thumbnails that are not in the cache

class Collected : public RowSink {
 public:
  void row(std::string_view text) override { rows.push_back(json::parse(text)); }
  std::vector<json> rows;
};

struct Answer {
  std::vector<json> rows;
  json summary;
};

Answer ask(const MethodCall &call, const char *method, const json &parameters) {
  Collected collected;
  Parameters own(parameters.dump(-1, ' ', false, json::error_handler_t::replace));
  auto ending = method_named(method).run({own, call.task, collected, call.registry, call.open});
  return {std::move(collected.rows), json::parse(ending.summary)};
}

std::string text_of(const json &row, const char *name) {
  auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string plural(size_t count, const char *one, const char *many) {
  return grouped(count) + ' ' + (count == 1 ? one : many);
}

std::string decimals(double value, int places) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

// A share as so many percent, never rounded up to all: 99.98.
std::string percent_below(double share) {
  int places = share < 0.99 ? 0 : share < 0.999 ? 1 : 2;
  double unit = std::pow(10.0, places + 2);
  return decimals(std::floor(share * unit + 1e-6) / unit * 100, places);
}

// A file's size as the terminal tells it: 418 B, 2.3 kB, 241 kB, 12.4 MB.
std::string size_text(uint64_t bytes) {
  constexpr const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(units); ++unit) value /= 1000;
  return decimals(value, unit == 0 || value >= 99.5 ? 0 : 1) + ' ' + units[unit];
}

// What the library knows of the files that are shown, looked up once each.
class Pictures {
 public:
  explicit Pictures(const MethodCall &call) : call_(call) {}

  PagePicture shown(const json &row) {
    PagePicture picture;
    picture.uri = text_of(row, "uri");
    picture.name = name_of(text_of(row, "path"));
    if (const auto &file = find(picture.uri)) {
      picture.width = file->width;
      picture.height = file->height;
    }
    return picture;
  }

  // "6000 x 4000 jpeg, 4.2 MB"
  std::string facts(const std::string &uri) {
    const auto &file = find(uri);
    if (!file) return {};
    return std::to_string(file->width) + " x " + std::to_string(file->height) + ' ' + file->format + ", " +
           size_text(file->stat.size);
  }

  Bytes jpeg(const std::string &uri, ThumbnailSize size) {
    const auto &file = find(uri);
    if (!file) return {};
    ChosenPhoto photo;
    photo.photo = file->photo;
    photo.key = {file->picture, file->render};
    photo.path = file->path;
    auto cached = call_.thumbnails().get(photo.key, size);
    if (!cached.empty()) return cached;
    auto picture = thumbnail(call_, photo, size);
    return picture.empty() ? Bytes() : encode_jpeg(picture, page_quality);
  }

 private:
  const std::optional<FileRow> &find(const std::string &uri) {
    auto [known, is_new] = files_.try_emplace(uri);
    if (is_new) known->second = call_.library().read().file_at(path_from_uri(uri));
    return known->second;
  }

  const MethodCall &call_;
  std::unordered_map<std::string, std::optional<FileRow>> files_;  // by URI
};

PageChapter order_chapter(Pictures &pictures, const Answer &answer, size_t most) {
  PageChapter chapter{"order", "In order", {}, PageLayout::flow, {}};
  std::vector<std::vector<const json *>> stretches;
  int64_t section = -1;
  size_t all = 0;
  for (const auto &row : answer.rows) {
    if (!row.contains("position") || row.contains("status")) continue;
    auto own = row.value("section", int64_t{0});
    if (stretches.empty() || own != section) stretches.emplace_back();
    section = own;
    stretches.back().push_back(&row);
    ++all;
  }
  std::vector<size_t> sizes;
  for (const auto &stretch : stretches) sizes.push_back(stretch.size());
  auto shares = fair_shares(sizes, most);
  for (size_t i = 0; i < stretches.size(); ++i) {
    if (shares[i] == 0) continue;
    PageGroup group;
    for (auto at : even_choice(sizes[i], shares[i])) group.pictures.push_back(pictures.shown(*stretches[i][at]));
    if (stretches.size() > 1)
      group.note = (shares[i] < sizes[i] ? grouped(shares[i]) + " of " : "") + plural(sizes[i], "picture", "pictures");
    chapter.groups.push_back(std::move(group));
  }
  chapter.lead = "Each picture stands beside its like.";
  if (stretches.size() > 1) chapter.lead += " A line marks where the path makes one of its largest steps.";
  if (all > most) chapter.lead += " " + grouped(most) + " of " + grouped(all) + " are shown";
  if (chapter.groups.size() < stretches.size())
    chapter.lead += ", from " + grouped(chapter.groups.size()) + " of the " + grouped(stretches.size()) + " stretches";
  if (all > most) chapter.lead += ".";
  return chapter;
}

PageChapter group_chapter(Pictures &pictures, const Answer &answer, size_t most) {
  PageChapter chapter{"groups", "Groups", {}, PageLayout::cards, {}};
  constexpr size_t on_a_card = 5;
  std::vector<const json *> rows;
  for (const auto &row : answer.rows)
    if (row.contains("files")) rows.push_back(&row);
  auto size_of = [](const json *row) { return row->value("size", size_t{0}); };
  std::stable_sort(rows.begin(), rows.end(), [&](const json *a, const json *b) { return size_of(a) > size_of(b); });
  auto found = rows.size();
  if (found > most) rows.resize(most);
  for (const auto *row : rows) {
    PageGroup group;
    group.caption = plural(size_of(row), "picture", "pictures");
    const auto &files = (*row)["files"];
    // One in the middle, and others as different from it as the group has them.
    size_t shown = std::min(files.size(), on_a_card);
    for (size_t i = 0; i < shown; ++i)
      group.pictures.push_back(pictures.shown(files[shown < 2 ? i : i * (files.size() - 1) / (shown - 1)]));
    chapter.groups.push_back(std::move(group));
  }
  chapter.lead = "What belongs together by what the model sees, the largest group first.";
  if (found > most) chapter.lead += " " + grouped(most) + " of " + grouped(found) + " groups are shown.";
  return chapter;
}

// What is said of a file that is there besides the one to keep.
std::string relation_text(const json &file) {
  auto relation = text_of(file, "relation");
  if (relation == "same_bytes") return "the same bytes";
  if (relation == "same_payload") return "the same picture, other metadata";
  auto judged_by = file.contains("mirrored_similarity") ? "mirrored_similarity" : "similarity";
  return decimals(file.value(judged_by, 0.0), 3) + " alike" + (file.value("mirrored", false) ? ", mirrored" : "");
}

PageChapter duplicate_chapter(Pictures &pictures, const Answer &answer, size_t most) {
  PageChapter chapter{"duplicates", "Twice", {}, PageLayout::rows, {}};
  size_t found = 0;
  for (const auto &row : answer.rows) {
    auto files = row.find("files");
    if (files == row.end() || ++found > most) continue;
    PageGroup group;
    size_t other_names = 0;
    for (const auto &file : *files) {
      bool kept = file.value("keep", false);
      if (!kept && !file.value("redundant", false)) {
        ++other_names;
        continue;
      }
      auto picture = pictures.shown(file);
      picture.notes.push_back(pictures.facts(picture.uri));
      if (kept)
        picture.badge = "keep";
      else
        picture.notes.push_back(relation_text(file));
      group.pictures.push_back(std::move(picture));
    }
    if (auto reason = text_of(row, "reason"); !reason.empty()) group.note = "kept: " + reason;
    if (other_names > 0)
      group.note +=
          (group.note.empty() ? "" : "; ") + plural(other_names, "more name", "more names") + " of what is kept";
    chapter.groups.push_back(std::move(group));
  }
  chapter.lead =
      "What is there more than once, with the one to keep and why. Nothing was changed; `kalon duplicates --help` "
      "tells "
      "what can be done.";
  if (found > most) chapter.lead += " " + grouped(most) + " of " + grouped(found) + " groups are shown.";
  return chapter;
}

PageChapter outlier_chapter(Pictures &pictures, const Answer &answer) {
  PageChapter chapter{"outliers", "Strangers", {}, PageLayout::rows, {}};
  PageGroup group;
  for (const auto &row : answer.rows) {
    if (!row.contains("score")) continue;
    auto picture = pictures.shown(row);
    picture.share = std::clamp(row.value("score", 0.0), 0.0, 1.0);
    picture.notes.push_back("stranger than " + percent_below(picture.share) + " %");
    group.pictures.push_back(std::move(picture));
  }
  if (!group.pictures.empty()) chapter.groups.push_back(std::move(group));
  chapter.lead =
      "What is least like the rest: the rank average of the Mahalanobis distance and the distance to the ten "
      "nearest.";
  return chapter;
}

std::string place_of(const Choice &choice) {
  std::string place;
  for (const auto &folder : choice.folders) place += (place.empty() ? "" : ", ") + display_text(folder);
  return place.empty() ? "the whole library" : place;
}

}  // namespace

Ending run_report(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto to = parameters.required_path("to");
  bool overwrite = parameters.flag("overwrite");
  auto title = parameters.text("title");
  auto most = static_cast<size_t>(parameters.integer("pictures", 600, 1, 100000));
  auto choice = choice_from(parameters);
  json shared = json::object();
  for (const auto &folder : choice.folders) shared["paths"].push_back(file_uri(folder));
  for (const char *name : {"where", "model", "crop"})
    if (auto value = parameters.text(name); !value.empty()) shared[name] = value;
  parameters.reject_unknown();
  refuse_existing(to, overwrite);

  constexpr int64_t strangers = 12;
  constexpr size_t most_groups = 48;
  auto with = [&](json more) {
    more.update(shared);
    return more;
  };
  auto order = ask(call, "sort", with({{"to", file_uri(to + ".sorted")}, {"dry_run", true}}));
  // Too few pictures for a statistic is no failure of the page.
  auto tolerant = [&](const char *method, const json &more) {
    try {
      return ask(call, method, with(more));
    } catch (const Error &error) {
      if (error.status() != Status::invalid_argument && error.status() != Status::not_found) throw;
      return Answer{{}, json::object()};
    }
  };
  auto groups = tolerant("groups", {{"by", "cluster"}});
  auto duplicates = tolerant("duplicates", json::object());
  auto outliers = tolerant("outliers", {{"limit", strangers}});

  Pictures pictures(call);
  Page page;
  auto count = order.summary.value("pictures", size_t{0});
  page.title = title.empty() ? plural(count, "picture", "pictures") : title;
  page.subtitle = place_of(choice);
  page.footer = "Made by Kalon on " + format_utc(now_microseconds()).substr(0, 10) +
                ". A click on a picture opens its file. This page needs no network and no scripts.";
  page.chapters = {order_chapter(pictures, order, most), group_chapter(pictures, groups, most_groups),
                   duplicate_chapter(pictures, duplicates, most_groups), outlier_chapter(pictures, outliers)};
  auto stretches = order.summary.value("sections", size_t{0});
  page.facts = {{grouped(count), count == 1 ? "picture" : "pictures"},
                {grouped(stretches), stretches == 1 ? "stretch of the order" : "stretches of the order"},
                {grouped(groups.summary.value("groups", size_t{0})), "groups"},
                {grouped(duplicates.summary.value("redundant", size_t{0})), "redundant files"}};
  size_t shown = 0;
  for (const auto &chapter : page.chapters)
    for (const auto &group : chapter.groups) shown += group.pictures.size();

  call.task.phase("report", shown);
  TextFile file(to);
  // A small page may have large pictures; of panoramas a small one would be too low.
  constexpr size_t few = 60;
  constexpr uint32_t panorama = 2;
  auto size_of = [&](const PagePicture &picture) {
    return shown <= few || picture.width > panorama * picture.height ? ThumbnailSize::large : ThumbnailSize::small;
  };
  write_html_page(
      page,
      [&](size_t chapter, size_t group, size_t picture) {
        call.task.throw_if_cancelled();
        call.task.advance();
        const auto &asked = page.chapters[chapter].groups[group].pictures[picture];
        return pictures.jpeg(asked.uri, size_of(asked));
      },
      [&](std::string_view text) { file.write(text); });
  file.finish();
  JsonObject summary;
  summary.add("pictures", count).add("shown", page.chapters[0].groups.empty() ? 0 : shown);
  summary.add("groups", groups.summary.value("groups", size_t{0}));
  summary.add("duplicates", duplicates.summary.value("groups", size_t{0}));
  return {Status::ok, summary.add("uri", file_uri(to)).add("path", to).str()};
}

}  // namespace kalon
