#pragma once
// Files of a library as rows for hosts, and the choice of files that most methods share.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "facade/methods.h"
#include "store/where.h"

namespace kalon {

// Which photos people excluded, however they named them: events name the pictures that were shown, and a RAW that was
// excluded alone takes along the JPEG that came to it later.
class Exclusions {
 public:
  explicit Exclusions(const Reader &reader);
  // picture and photo of one file. [any]
  bool holds(const Hash128 &picture, const Hash128 &photo) const;
  // The excluded pictures of a photo.
  std::vector<Hash128> pictures_of(const Hash128 &photo) const;

 private:
  std::unordered_multimap<Hash128, Hash128> pictures_;  // by photo
};

// The row of one file in `list` and `info`; known: what known_of() gives. [any]
std::string file_row_json(const FileView &file, bool excluded, const std::vector<Attribute> &known);

// Which files a method is about: those inside the folders (all when empty) that match the expression.
struct Choice {
  std::vector<std::string> folders;  // none inside another
  Where where;
};
// From the parameters `paths` and `where`, or `paths` alone.
Choice choice_from(const Parameters &parameters);
Choice choice_of_folders(const Parameters &parameters);

// What is known of a file's picture beyond what the file says: imported attributes, its scores as numbers in shortest
// form, and what people decided (put_decisions()). Nothing of a file without a picture. [any]
std::vector<Attribute> known_of(const Reader &reader, const FileView &file);

// What of the library is chosen. The reader and the choice must outlive it.
class ChoiceFilter {
 public:
  // Throws when a choice cannot be meant: invalid_argument for a filter by a column that no file of the library and no
  // import has, not_found for a folder that is not there and of which the library knows nothing. [worker]
  ChoiceFilter(const Reader &reader, const Choice &choice);

  bool in_folders(std::string_view path) const;
  // Whether the expression matches, whatever the folder; then known is what known_of() gives of the file, else
  // anything.
  bool matches(const FileView &file, std::vector<Attribute> &known) const;

 private:
  const Reader &reader_;
  const Choice &choice_;
  bool look_up_, asks_flag_ = false;
  // `excluded` is a decision, neither of the file nor imported; the expression meets it as an attribute, and the flag,
  // which every file has.
  std::optional<Exclusions> exclusions_;
};

// Visits the chosen files in order of their folders and paths, from the first one behind `after` (empty: the first of
// all): in the folder that holds that path and those behind it, or, where none holds it, all paths greater than it.
// visit gets what known_of() gives too, and returns false to stop. Throws as ChoiceFilter. [worker]
void visit_chosen(const Reader &reader, const Choice &choice, std::string_view after,
                  const std::function<bool(const FileView &, const std::vector<Attribute> &)> &visit);

// A photo to be ordered or compared: its best file.
struct ChosenPhoto {
  Hash128 photo;
  VectorKey key;
  std::string path;
  uint64_t size = 0;
  int64_t time = 0;  // capture time, else the file's modification time; microseconds
};

// One file for each photo among the chosen ones that are there, readable and not excluded: the rendered one, else the
// first by path. In order of paths. [worker]
std::vector<ChosenPhoto> chosen_photos(const Reader &reader, const Choice &choice);

bool is_there(const std::string &path);      // whether a file can be found under a path now
std::string name_of(std::string_view path);  // what stands behind the last slash

}  // namespace kalon
