#pragma once
// Paths as people write them, and the places where pictures usually are. Paths are bytes.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kalon::viewer {

std::string joined_path(std::string_view folder, std::string_view name);
std::string parent_of(std::string_view path);  // of "/" itself

struct NamedPath {
  std::string title, path;
};
// "/", "home", "anna", ... each with its path.
std::vector<NamedPath> steps_to(std::string_view path);

// What was typed, as the folder to look into and the beginning of a name in it: "~/Pi" is home and "Pi". A relative
// path begins in `current`. "." and ".." are followed by name.
struct TypedPath {
  std::string folder, beginning;
};
TypedPath typed_path(std::string_view text, std::string_view home, std::string_view current);

// Whether the name begins so, without case (ASCII).
bool begins_with(std::string_view name, std::string_view beginning);
// The longest beginning that all names which begin so have in common; never cut within a UTF-8 character. Empty when
// none begins so.
std::string common_beginning(std::span<const std::string> names, std::string_view beginning);

// By the ending of the name, without case; of the kinds that cameras and programs write.
bool is_picture_name(std::string_view name);

// Folders from the file user-dirs.dirs of the desktop: "Pictures" (XDG_PICTURES_DIR), "Desktop", "Downloads".
std::vector<NamedPath> user_folders(std::string_view user_dirs_text, std::string_view home);
// Mounted disks and cards from the lines of /proc/self/mounts: below /media, /run/media and /mnt.
std::vector<NamedPath> mounted_folders(std::string_view mounts_text);

// Home, the user's folders and what is mounted, as far as they are there.
std::vector<NamedPath> usual_places();

}  // namespace kalon::viewer
