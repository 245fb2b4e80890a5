#pragma once
// Names for files that are sent into a folder which may hold others: kept where they can be, and never one of another.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace kalon {

// One file that is to be named. Those of one unit (the files of a shot and their sidecars) keep a stem in common,
// whatever becomes of it: programs find by it what belongs together.
struct FileToName {
  std::string stem, ending;  // its name is both: "IMG_1" and ".jpg.xmp"; within a unit the stem is one
  size_t unit = 0;           // from 0, without gaps
};

// What a name in the folder means for a file: nothing, something else, or what would be placed there itself.
enum class NameState { free, taken, already };

struct SentName {
  std::string name;
  bool already = false;  // what lies there under the name is the file
};

// The stem as it is, else "STEM (2)", "STEM (3)", ...: the first with which no name of the unit is taken, by what
// state_of tells of the file with this number or by another unit (without case, as on some file systems). numbered:
// "POSITION_STEM" by unit, from 1, zero-padded to the width of the last. Changed stems are shortened on UTF-8
// boundaries so that names fit 255 bytes, as far as endings leave room. [worker]
std::vector<SentName> sent_names(std::span<const FileToName> files, bool numbered,
                                 const std::function<NameState(size_t file, const std::string &name)> &state_of);

}  // namespace kalon
