#pragma once
// Clusters as dense regions, with what lies between them left over.

#include "arrange/groups.h"
#include "arrange/reachability_tree.h"

namespace kalon {

struct DensityOptions {
  int64_t min_cluster_size = 5;  // at least 2
  int64_t min_samples = 0;  // neighbours that make a row's surroundings dense, itself included; 0: min_cluster_size
};

// HDBSCAN (Campello, Moulavi and Sander 2013; McInnes and Healy 2017): the mutual reachability tree, falling apart as
// the density grows; parts smaller than min_cluster_size drop out; of the nested rest, the clusters with the greatest
// excess of mass. The whole is never a cluster, unless all rows are equal. Edges of one length fall at once. Distances
// below a millionth of the longest edge count as that, since float vectors carry no less. Rows in no cluster have no
// group. Same errors as reachability_tree. [worker]
Grouping density_clusters(MatrixView matrix, const DensityOptions &options, Task &task);

// The same of a tree that is there already.
Grouping clusters_of_tree(const ReachabilityTree &tree, int64_t min_cluster_size);

}  // namespace kalon
