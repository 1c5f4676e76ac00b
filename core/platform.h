// The whole core over one store: what a server, or a test, makes one of.
#ifndef YILAN_CORE_PLATFORM_H_
#define YILAN_CORE_PLATFORM_H_

#include <cstddef>

#include "base/clock.h"
#include "base/ids.h"
#include "core/customers/customers.h"
#include "core/customers/merge_preview.h"
#include "core/facts/facts.h"
#include "core/identity/explainer.h"
#include "core/identity/match_models.h"
#include "core/identity/model_operations.h"
#include "core/identity/resolver.h"
#include "core/identity/review_queue.h"
#include "core/identity/stewardship.h"
#include "core/identity/suspects.h"
#include "core/ingest/ingest.h"
#include "core/ingest/quarantine.h"
#include "core/quality/quality.h"
#include "core/survivorship/active_survivorship.h"
#include "core/views/timeline.h"
#include "core/views/views.h"
#include "storage/record_store.h"

namespace yilan::core {

// Thread-safe, as all its parts are. `store` and `clock` outlive it.
struct Platform {
  Platform(storage::RecordStore& record_store, const Clock& wall_clock, IdGenerator& id_generator,
           size_t view_cache_bytes, ParallelRunner parallel)
      : store(record_store),
        clock(wall_clock),
        ids(id_generator),
        match_models(store, clock),
        resolver(store, clock, ids, match_models),
        stewardship(store, clock, ids, match_models),
        model_operations(store, clock, ids, match_models, resolver),
        explainer(store, clock, ids, match_models),
        review(store, clock, ids, match_models),
        suspects(store, match_models),
        facts(store, clock, ids, resolver),
        ingest(store, clock, ids, resolver, std::move(parallel)),
        quarantine(store, clock, ids, resolver),
        survivorship(store, clock),
        views(store, clock, survivorship, view_cache_bytes),
        timeline(store, clock),
        customers(store, clock, survivorship),
        merge_preview(store, clock, survivorship),
        quality(store, clock, ids) {}

  storage::RecordStore& store;
  const Clock& clock;
  IdGenerator& ids;
  MatchModels match_models;
  Resolver resolver;
  Stewardship stewardship;
  ModelOperations model_operations;
  Explainer explainer;
  ReviewQueue review;
  Suspects suspects;
  Facts facts;
  Ingest ingest;
  Quarantine quarantine;
  ActiveSurvivorship survivorship;
  Views views;
  Timeline timeline;
  Customers customers;
  MergePreview merge_preview;
  Quality quality;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_PLATFORM_H_
