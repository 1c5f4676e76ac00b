// The match model by which source records are compared now.
#ifndef YILAN_CORE_IDENTITY_ACTIVE_MATCH_MODEL_H_
#define YILAN_CORE_IDENTITY_ACTIVE_MATCH_MODEL_H_

#include <memory>

#include "core/matching/match_model.h"

namespace yilan::core {

// Thread-safe.
class ActiveMatchModel {
 public:
  // Starts with the model that comes with Yilan.
  ActiveMatchModel() : model_(*MatchModel::Make(ShippedMatchModel())) {}

  std::shared_ptr<const MatchModel> Get() const { return model_; }

 private:
  const std::shared_ptr<const MatchModel> model_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_ACTIVE_MATCH_MODEL_H_
