#pragma once
// Pictures and votes that these tests export.

#include <signal.h>
#include <sys/resource.h>

#include <map>
#include <string>
#include <vector>

#include "exchange/vote_pairs.h"
#include "unit/exchange/votes.h"

namespace kalon::testing {

// Pictures by name, a file of each with its name as content, and votes on them.
class Studio {
 public:
  PictureRow &picture(const std::string &name, std::string prompt = {}) {
    auto &made = pictures_[name];
    made.id = name + std::string(32 - name.size(), '0');
    made.path = folder_.write("source/" + name + ".jpg", "bytes of " + name);
    made.prompt = std::move(prompt);
    return made;
  }
  VoteRow &vote(VoteRow vote) { return votes_.emplace_back(std::move(vote)); }

  PairSource source() const {
    PairSource source;
    source.votes = giving(votes_);
    source.find = [this](const std::string &name) -> const PictureRow * {
      auto found = pictures_.find(name);
      return found == pictures_.end() ? nullptr : &found->second;
    };
    return source;
  }
  GivePictures pictures() const {
    return [this](const TakePicture &take) {
      for (const auto &[name, picture] : pictures_) take(picture);
    };
  }
  std::string path_of(const std::string &name) const { return pictures_.at(name).path; }
  const TemporaryFolder &folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
  std::map<std::string, PictureRow> pictures_;
  std::vector<VoteRow> votes_;
};

inline VoteRow order_vote(std::vector<std::string> items, std::vector<uint16_t> ranks, std::string annotator = {}) {
  VoteRow vote;
  vote.items = std::move(items);
  vote.ranks = std::move(ranks);
  vote.annotator = std::move(annotator);
  return vote;
}

// While it lives, no file grows beyond so many bytes, as on a full disk.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit little{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  SmallDisk(const SmallDisk &) = delete;
  SmallDisk &operator=(const SmallDisk &) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_;
};

inline size_t files_in(const std::string &folder) {
  size_t count = 0;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(folder)) count += !entry.is_directory();
  return count;
}

}  // namespace kalon::testing
