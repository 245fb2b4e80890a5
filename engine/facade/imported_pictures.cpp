#include "facade/imported_pictures.h"

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "facade/import_columns.h"
#include "facade/picture_names.h"
#include "image/payload.h"

namespace kalon {
namespace {

constexpr size_t most_named = 10;                          // pictures that are not known, in a message
constexpr uintmax_t largest_picture = uintmax_t{1} << 30;  // bytes; what is larger is not read for a name's sake

}  // namespace

std::string line_text(uint64_t line) {
  return line > 0 ? "line " + std::to_string(line) : std::string();
}

Hash128 photo_of(const Reader &reader, const Hash128 &picture) {
  for (uint64_t id : reader.files_of(picture))
    if (auto file = reader.file(id); file && !file->photo.none()) return file->photo;
  return picture;
}

ImportedPictures::Found ImportedPictures::find(const std::string &name, uint64_t line) {
  auto [found, is_new] = known_.try_emplace(name);
  if (!is_new) return found->second;
  auto &picture = found->second.picture;
  if (auto key = picture_named(reader_, name, bases_))
    picture = key->picture;
  else
    picture = by_content(name);
  if (!picture.none()) {
    found->second.photo = photo_of(reader_, picture);
    return found->second;
  }
  ++unknown_;
  if (named_.size() < most_named) named_.push_back(name + (line > 0 ? " (" + line_text(line) + ")" : ""));
  return found->second;
}

Hash128 ImportedPictures::by_content(const std::string &name) const {
  std::vector<std::string> paths;
  if (name.starts_with("file:")) {
    try {
      paths.push_back(path_from_uri(name));
    } catch (const Error &) {
      return {};  // of another machine, or no URI
    }
  } else if (name.starts_with('/')) {
    paths.push_back(name);
  } else {
    for (const auto &base : bases_) paths.push_back(base + '/' + name);
  }
  for (const auto &path : paths) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) continue;
    auto size = std::filesystem::file_size(path, error);
    if (error || size > largest_picture) continue;
    task_.throw_if_cancelled();
    try {
      auto picture = identify(read_file(path)).picture;
      if (!reader_.files_of(picture).empty()) return picture;
    } catch (const Error &) {
      // What cannot be read is as unknown as what is not there.
    }
  }
  return {};
}

void ImportedPictures::refuse_unknown(const std::string &file) const {
  if (unknown_ == 0) return;
  throw Error(Status::not_found,
              grouped(unknown_) + (unknown_ == 1 ? " picture is" : " pictures are") +
                  " not in the library, so nothing was taken: " + listed_names(named_) +
                  (unknown_ > named_.size() ? ", ..." : "") +
                  "; index their folder, say with --base where their names begin, or pass them over with "
                  "--skip-unknown",
              display_text(file));
}

}  // namespace kalon
