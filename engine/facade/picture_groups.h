#pragma once
// Photos of a library in groups.

#include <optional>
#include <string>
#include <vector>

#include "arrange/bursts.h"
#include "arrange/density_clusters.h"
#include "arrange/k_means.h"
#include "arrange/similar_groups.h"
#include "facade/vectors.h"

namespace kalon {

enum class GroupedBy { similarity, burst, k_means, density };

// What is asked for; members that do not belong to `by` are not looked at.
struct GroupRequest {
  GroupedBy by = GroupedBy::similarity;
  int64_t smallest = 2;  // groups smaller than this are none
  double level = 0;
  BurstOptions bursts;
  bool use_mtime = false;                 // for a photo without a capture time, that of its file
  std::optional<int64_t> clusters, size;  // their number, or the size they should have on average; neither: sqrt(n / 2)
  int64_t min_samples = 0;
  uint64_t seed = 1;
};
// From the parameters `by`, `algorithm` and those that go with them.
GroupRequest group_request_from(const Parameters &parameters);

struct GroupedPhoto {
  int32_t row = 0;                 // of the vectors
  double similarity = 1;           // to the medoid
  std::optional<float> sharpness;  // of bursts
};

struct PictureGroup {
  std::vector<GroupedPhoto> photos;  // bursts in order of time; else the medoid first, then the most similar to it
  std::vector<size_t> ranked;        // places in photos: the best of a burst first, else as they are
  double least_similarity = 1;       // over all pairs
  size_t medoid = 0;                 // place in photos: the photo most similar to all others
  std::optional<size_t> sharpest;    // of a burst whose photos' sharpness is known
};

struct PictureGroups {
  Space space;
  PhotoVectors pictures;             // unit rows
  std::vector<int64_t> times;        // of bursts, for each photo: microseconds, or unknown_time
  std::vector<PictureGroup> groups;  // the largest first; bursts in order of time
  uint64_t alone = 0;                // photos in no group
  uint64_t without_time = 0;         // photos left out of bursts
  std::optional<double> inertia;     // of k-means
};

// Throws not_found when there is nothing to group, and what arrange/ throws. [worker]
PictureGroups group_pictures(const MethodCall &call, const GroupRequest &request, const SpaceChoice &space,
                             const Choice &choice);

}  // namespace kalon
