#include "exchange/kohya_pairs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include "base/file.h"
#include "base/text.h"

namespace kalon {
namespace {

constexpr size_t max_name_bytes = 200;  // of the folder's name; a number goes before it
constexpr size_t max_extension_bytes = 32;
constexpr uint64_t max_caption_bytes = uint64_t{1} << 20;
constexpr int least_digits = 6;

std::string extension_of(const std::string &path) {
  auto extension = std::filesystem::path(path).extension().native();
  return extension.size() <= max_extension_bytes ? extension : std::string();
}

std::string numbered(uint64_t number) {
  auto digits = std::to_string(number);
  if (digits.size() < least_digits) digits.insert(0, least_digits - digits.size(), '0');
  return digits;
}

bool is_plain_name(std::string_view name) {
  return valid_utf8(name) && name.find('/') == std::string_view::npos &&
         std::none_of(name.begin(), name.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

void check(const KohyaSettings &settings) {
  if (settings.name.empty() || settings.name.size() > max_name_bytes || !is_plain_name(settings.name))
    throw Error(Status::invalid_argument, "the name of the pairs must be one of a folder, of at most 200 bytes");
  if (settings.repeats < 1) throw Error(Status::invalid_argument, "the number of repeats begins with 1");
  const auto &extension = settings.caption_extension;
  if (!extension.starts_with('.') || extension.size() < 2 || extension.size() > max_extension_bytes ||
      !is_plain_name(extension))
    throw Error(Status::invalid_argument, "the extension of captions must be like .txt");
}

// A basic string of TOML; its escapes are those of JSON.
std::string toml_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string configuration(const std::string &subfolder, const KohyaSettings &settings) {
  return "# A preference subset for sd-scripts: the better pictures in w, the worse ones of the same names in l.\n"
         "# image_dir is seen from the folder that holds this one.\n\n[[datasets]]\n\n  [[datasets.subsets]]\n  "
         "image_dir = " +
         toml_string(subfolder) + "\n  preference = true\n  num_repeats = " + std::to_string(settings.repeats) +
         "\n  caption_extension = " + toml_string(settings.caption_extension) + "\n";
}

// ---- reading

namespace fs = std::filesystem;

bool is_caption(const std::string &extension) {
  return extension == ".txt" || extension == ".caption";
}

struct Shown {
  std::string picture, caption;  // paths; the caption's may be empty
};

// Pictures of one side by their names without extensions.
std::map<std::string, Shown> pictures_in(const fs::path &folder, Task &task) {
  std::map<std::string, Shown> pictures;
  std::map<std::string, std::string> captions;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    task.throw_if_cancelled();
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || entry->path().filename().native().starts_with('.')) continue;
    auto stem = entry->path().stem().native();
    if (is_caption(ascii_lower(entry->path().extension().native()))) {
      captions.emplace(stem, entry->path().native());
      continue;
    }
    auto &picture = pictures[stem].picture;
    if (!picture.empty())
      throw Error(Status::corrupt_data, "holds two pictures of the name " + display_text(stem),
                  display_text(folder.native()));
    picture = entry->path().native();
  }
  if (error) throw system_error(error.value(), "cannot be read", display_text(folder.native()));
  for (auto &[stem, picture] : pictures)
    if (auto caption = captions.find(stem); caption != captions.end()) picture.caption = caption->second;
  return pictures;
}

std::string caption_in(const std::string &path) {
  if (path.empty()) return {};
  auto bytes = read_file(path, max_caption_bytes);
  std::string text(text_of(bytes));
  if (!valid_utf8(text) || text.find('\0') != std::string::npos)
    throw Error(Status::corrupt_data, "is not UTF-8; save the caption as UTF-8", display_text(path));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

std::string item_of(const std::string &path) {
  return valid_utf8(path) ? path : file_uri(path);
}

// The folders of the better and of the worse ones; nothing where it has none.
std::optional<std::pair<fs::path, fs::path>> sides_of(const fs::path &folder) {
  for (auto [better, worse] : {std::pair("w", "l"), std::pair("chosen", "rejected")}) {
    std::error_code ignored;
    if (fs::is_directory(folder / better, ignored) && fs::is_directory(folder / worse, ignored))
      return std::pair(folder / better, folder / worse);
  }
  return std::nullopt;
}

uint64_t read_sides(const fs::path &better, const fs::path &worse, const TakeVote &take, Task &task) {
  auto winners = pictures_in(better, task), losers = pictures_in(worse, task);
  for (const auto &[stem, picture] : losers)
    if (!winners.contains(stem))
      throw Error(Status::corrupt_data, "has no partner of its name in the folder of the better ones",
                  display_text(picture.picture));
  for (const auto &[stem, picture] : winners) {
    auto loser = losers.find(stem);
    if (loser == losers.end())
      throw Error(Status::corrupt_data, "has no partner of its name in the folder of the worse ones",
                  display_text(picture.picture));
    VoteRow vote;
    vote.items = {item_of(picture.picture), item_of(loser->second.picture)};
    vote.verdict = Verdict::left;
    vote.placement_known = false;
    vote.prompt = caption_in(picture.caption);
    take(std::move(vote));
    task.advance();
  }
  return winners.size();
}

}  // namespace

KohyaPairs plan_kohya_pairs(const PairSource &source, const KohyaSettings &settings, Task &task) {
  check(settings);
  task.phase("reading pairs");
  KohyaPairs pairs;
  pairs.subfolder = std::to_string(settings.repeats) + "_" + settings.name;
  FailedPictures failed(pairs.result);
  auto without_ties = source;
  without_ties.ties = false;
  each_pair(without_ties, pairs.result, failed, task, [&](const ExportedPair &pair) {
    // A picture whose partner is not there would be one without a pair.
    for (const auto *picture : {&pair.left, &pair.right})
      if (std::error_code ignored; !fs::is_regular_file(picture->path, ignored)) {
        failed.add(picture->path, {Status::not_found, "its file is not there"});
        ++pairs.result.lost;
        return;
      }
    auto stem = numbered(++pairs.result.rows);
    auto name = stem + extension_of(pair.chosen().path);
    pairs.placements.push_back({pair.chosen().path, "w/" + name});
    pairs.placements.push_back({pair.rejected().path, "l/" + name});
    if (pair.prompt().empty()) return;
    for (const char *side : {"w/", "l/"})
      pairs.texts.emplace_back(side + stem + settings.caption_extension, pair.prompt() + "\n");
  });
  pairs.texts.emplace_back("dataset.toml", configuration(pairs.subfolder, settings));
  return pairs;
}

PlacementResult write_kohya_pairs(const std::string &folder, const KohyaPairs &pairs, LinkKind kind, Task &task) {
  auto subfolder = folder + "/" + pairs.subfolder;
  auto placed = place_files(subfolder, pairs.placements, kind, nullptr, task);
  for (const auto &[name, content] : pairs.texts) {
    task.throw_if_cancelled();
    write_new_file(subfolder + "/" + name, bytes_of(content));
  }
  return placed;
}

uint64_t read_kohya_pairs(const std::string &folder, const TakeVote &take, Task &task) {
  task.phase("reading pairs");
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(Status::not_found, "is no folder that can be read", display_text(folder));
  if (auto sides = sides_of(folder)) return read_sides(sides->first, sides->second, take, task);
  std::vector<fs::path> inner;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_directory(ignored)) inner.push_back(entry->path());
  if (error) throw system_error(error.value(), "cannot be read", display_text(folder));
  std::sort(inner.begin(), inner.end(),
            [](const fs::path &a, const fs::path &b) { return natural_compare(a.native(), b.native()) < 0; });
  uint64_t votes = 0;
  bool any = false;
  for (const auto &one : inner)
    if (auto sides = sides_of(one)) {
      any = true;
      votes += read_sides(sides->first, sides->second, take, task);
    }
  if (!any)
    throw Error(Status::corrupt_data, "holds no pairs: no folder in it has w and l, or chosen and rejected",
                display_text(folder));
  return votes;
}

}  // namespace kalon
