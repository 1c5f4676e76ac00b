// What clusters are made of, from what is stored.
#ifndef YILAN_CORE_IDENTITY_CLUSTER_INPUT_H_
#define YILAN_CORE_IDENTITY_CLUSTER_INPUT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/identity/clusters.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {

// A subject by its record.
ClusterNode ClusterNodeOf(const yilan::storage::v1::Subject& subject);

// What an edge says of whether its ends are one customer; nothing if that is not enough.
// `both_established`: both ends have a source record.
std::optional<std::pair<ClusterEdge::Kind, double>> StrengthOf(
    const yilan::storage::v1::StoredIdentityEdge& edge, bool both_established,
    double join_probability);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CLUSTER_INPUT_H_
