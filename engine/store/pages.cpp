#include "store/pages.h"

#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace kalon {
namespace {

constexpr uint32_t magic = 0xbeefc0de;
constexpr uint64_t no_page = ~uint64_t{0}, page_header = 16, node_header = 8;
constexpr uint16_t branch_page = 1, leaf_page = 2, overflow_page = 4, fixed_leaf_page = 0x20;
constexpr uint16_t big_node = 1, tree_node = 2, duplicates_node = 4;
constexpr uint16_t integer_keys = 8;

struct Tree {  // struct MDB_db
  uint32_t pad;
  uint16_t flags, depth;
  uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};
static_assert(sizeof(Tree) == 48);

struct Meta {  // struct MDB_meta
  uint32_t magic, version;
  uint64_t address, map_size;
  Tree free, main;
  uint64_t last_page, transaction;
};
static_assert(sizeof(Meta) == 136);

class File {
 public:
  File(MDB_env *environment, MDB_txn *snapshot) {
    struct stat status {};
    if (mdb_env_get_fd(environment, &descriptor_) != MDB_SUCCESS || ::fstat(descriptor_, &status) != 0)
      throw system_error(errno, "cannot read the library", {});
    MDB_stat page{};
    mdb_env_stat(environment, &page);
    page_size = page.ms_psize;
    file_pages = static_cast<uint64_t>(status.st_size) / page_size;
    uint64_t transaction = mdb_txn_id(snapshot);
    Bytes bytes;
    Meta found;
    if (!read(transaction & 1, 1, bytes) || bytes.size() < page_header + sizeof found) return;
    __builtin_memcpy(&found, bytes.data() + page_header, sizeof found);
    if (found.magic == magic && found.transaction == transaction) meta = found;
  }

  bool read(uint64_t page, uint64_t count, Bytes &bytes) const {
    bytes.resize(count * page_size);
    for (size_t filled = 0; filled < bytes.size();) {
      ssize_t got = ::pread(descriptor_, bytes.data() + filled, bytes.size() - filled,
                            static_cast<off_t>(page * page_size + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      filled += static_cast<size_t>(got);
    }
    return true;
  }

  uint64_t page_size = 4096, file_pages = 0;
  std::optional<Meta> meta;  // none when two commits of others came in between

 private:
  int descriptor_ = -1;
};

template <typename Number>
Number number_at(const Bytes &bytes, size_t offset) {
  Number value;
  __builtin_memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

class Walk {
 public:
  explicit Walk(const File &file) : file_(file), used_(file.meta->last_page + 1, false) {
    if (used_.size() > 1) used_[0] = used_[1] = true;
  }

  // Visits a tree; lists what its leaves hold when that is wanted (the list of free pages).
  void tree(const Tree &tree, const std::string &name, std::vector<uint64_t> *free = nullptr) {
    if (tree.root == no_page) return;
    if (tree.depth == 0 || tree.depth > 32) return fault(name + ": a depth of " + std::to_string(tree.depth));
    uint64_t entries = 0;
    page(tree.root, tree.depth, tree, name, free, entries);
    if (faults.empty() && entries != tree.entries)
      fault(name + ": " + std::to_string(entries) + " entries instead of " + std::to_string(tree.entries));
  }

  void mark_free(const std::vector<uint64_t> &pages) {
    for (uint64_t number : pages) {
      if (number >= used_.size())
        fault("free page " + std::to_string(number) + " lies past the last one");
      else if (used_[number])
        fault("page " + std::to_string(number) + " is both free and used");
      else
        used_[number] = true;
    }
  }

  std::vector<std::string> faults;

 private:
  void fault(std::string text) {
    if (faults.size() < most_faults) faults.push_back("pages: " + std::move(text));
  }

  bool claim(uint64_t first, uint64_t count, const std::string &name) {
    if (first >= used_.size() || count > used_.size() - first || first + count > file_.file_pages) {
      fault(name + ": page " + std::to_string(first) + " lies past the end of the file");
      return false;
    }
    for (uint64_t number = first; number < first + count; ++number) {
      if (used_[number]) {
        fault(name + ": page " + std::to_string(number) + " is used twice");
        return false;
      }
      used_[number] = true;
    }
    return true;
  }

  void page(uint64_t number, int depth, const Tree &tree, const std::string &name, std::vector<uint64_t> *free,
            uint64_t &entries) {
    Bytes bytes;
    if (!claim(number, 1, name)) return;
    std::string where = name + ": page " + std::to_string(number);
    if (!file_.read(number, 1, bytes)) return fault(where + " cannot be read");
    auto flags = number_at<uint16_t>(bytes, 10);
    auto lower = number_at<uint16_t>(bytes, 12), upper = number_at<uint16_t>(bytes, 14);
    bool leaf = flags & leaf_page;
    if (number_at<uint64_t>(bytes, 0) != number || !(flags & (branch_page | leaf_page)) || leaf != (depth == 1) ||
        lower < page_header || lower > upper || upper > file_.page_size)
      return fault(where + " is damaged");
    size_t count = (lower - page_header) / 2;
    if (flags & fixed_leaf_page) {
      entries += count;
      if (page_header + count * tree.pad > file_.page_size) fault(where + " is damaged");
      return;
    }
    std::string_view previous;
    for (size_t i = 0; i < count; ++i) {
      size_t offset = number_at<uint16_t>(bytes, page_header + 2 * i);
      if (offset < upper || offset + node_header > file_.page_size) return fault(where + " is damaged");
      uint64_t low = number_at<uint16_t>(bytes, offset), high = number_at<uint16_t>(bytes, offset + 2);
      auto node_flags = number_at<uint16_t>(bytes, offset + 4), key_size = number_at<uint16_t>(bytes, offset + 6);
      size_t data = offset + node_header + key_size;
      if (data > file_.page_size) return fault(where + " is damaged");
      std::string_view key(reinterpret_cast<const char *>(bytes.data()) + offset + node_header, key_size);
      if (i > (leaf ? 0u : 1u) && !(tree.flags & integer_keys) && previous >= key)
        fault(where + ": its keys are not in order");
      previous = key;
      if (leaf)
        entry(bytes, key, data, low | high << 16, node_flags, where, name, free, entries);
      else
        page(low | high << 16 | uint64_t{node_flags} << 32, depth - 1, tree, name, free, entries);
      if (faults.size() >= most_faults) return;
    }
  }

  void entry(const Bytes &bytes, std::string_view key, size_t data, uint64_t size, uint16_t flags,
             const std::string &where, const std::string &name, std::vector<uint64_t> *free, uint64_t &entries) {
    uint64_t here = flags & big_node ? 8 : size;
    if (data + here > file_.page_size) return fault(where + " is damaged");
    if (flags & tree_node) {
      Tree inner;
      if (size != sizeof inner) return fault(where + " is damaged");
      __builtin_memcpy(&inner, bytes.data() + data, sizeof inner);
      // A tree of duplicates counts as entries of its table; a table in the main tree is one entry there.
      entries += flags & duplicates_node ? inner.entries : 1;
      return tree(inner, flags & duplicates_node ? name : std::string(key));
    }
    if (flags & duplicates_node) {
      // A small page of duplicates inside the node: its number of values is all that matters here.
      uint64_t lower = size >= page_header ? number_at<uint16_t>(bytes, data + 12) : 0;
      if (lower < page_header || lower > size) return fault(where + " is damaged");
      entries += (lower - page_header) / 2;
      return;
    }
    ++entries;
    if (!(flags & big_node)) {
      if (free) list(bytes, data, size, *free);
      return;
    }
    auto first = number_at<uint64_t>(bytes, data);
    uint64_t count = (page_header + size + file_.page_size - 1) / file_.page_size;
    if (!claim(first, count, name)) return;
    Bytes overflow;
    if (!file_.read(first, free ? count : 1, overflow)) return fault(where + ": its overflow pages cannot be read");
    if (number_at<uint64_t>(overflow, 0) != first || !(number_at<uint16_t>(overflow, 10) & overflow_page) ||
        number_at<uint32_t>(overflow, 12) < count)
      return fault(where + ": its overflow pages are damaged");
    if (free) list(overflow, page_header, size, *free);
  }

  static void list(const Bytes &bytes, size_t data, uint64_t size, std::vector<uint64_t> &free) {
    if (size < 8) return;
    uint64_t count = std::min(number_at<uint64_t>(bytes, data), size / 8 - 1);
    for (uint64_t i = 1; i <= count; ++i) free.push_back(number_at<uint64_t>(bytes, data + 8 * i));
  }

  const File &file_;
  std::vector<bool> used_;
};

}  // namespace

void refuse_missing_tail(MDB_env *environment, MDB_txn *snapshot, const std::string &folder) {
  File file(environment, snapshot);
  // Somebody committed twice since: the file is in use and grows in the right order.
  if (!file.meta || file.meta->last_page < file.file_pages) return;
  uint64_t last = file.meta->last_page;
  bool whole = last - file.file_pages < (uint64_t{1} << 28);
  if (whole) {
    Walk walk(file);
    std::vector<uint64_t> free;
    walk.tree(file.meta->free, "free pages", &free);
    std::sort(free.begin(), free.end());
    free.erase(std::unique(free.begin(), free.end()), free.end());
    whole = walk.faults.empty() && free.end() - std::lower_bound(free.begin(), free.end(), file.file_pages) ==
                                       static_cast<ptrdiff_t>(last + 1 - file.file_pages);
  }
  if (!whole)
    throw Error(Status::corrupt_data, "the library's file was cut short; restore it from a copy made by `kalon doctor`",
                folder);
}

std::vector<std::string> check_pages(MDB_env *environment, MDB_txn *snapshot) {
  File file(environment, snapshot);
  if (!file.meta) return {};
  if (file.meta->last_page > (uint64_t{1} << 40) / file.page_size) return {"pages: the last page's number is damaged"};
  Walk walk(file);
  std::vector<uint64_t> free;
  walk.tree(file.meta->free, "free pages", &free);
  walk.tree(file.meta->main, "tables");
  walk.mark_free(free);
  return walk.faults;
}

}  // namespace kalon
