#include "core/views/views.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/identity/own_customers.h"
#include "core/identity/resolve.h"
#include "core/views/view_assembler.h"
#include "core/views/view_cache.h"
#include "core/views/view_flights.h"
#include "core/views/view_shape.h"
#include "core/views/wire_fields.h"

namespace yilan::core {
namespace {

using storage::CustomerId;

constexpr char kCustomerPath[] = "customer";
constexpr char kOptionsPath[] = "options";

// How often a call waits for what others assemble and finds it outdated by a write, before it
// assembles its own: under constant writes it would wait for ever.
constexpr int kMaxWaits = 2;

bool HasReason(const absl::Status& status) { return status.GetPayload(kErrorInfoUrl).has_value(); }

bool EndsTheCall(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kCancelled;
}

// The CustomerViewResult of a customer whose view cannot be read.
SharedBytes FailedResult(const absl::Status& status) {
  v1::CustomerViewResult result;
  result.mutable_error()->set_code(static_cast<int>(status.code()));
  result.mutable_error()->set_reason(ReasonName(ReasonOf(status)));
  result.mutable_error()->set_message(std::string(status.message()));
  for (auto& [key, value] : MetadataOf(status)) {
    (*result.mutable_error()->mutable_metadata())[key] = std::move(value);
  }
  return std::make_shared<const std::string>(result.SerializeAsString());
}

// The same bytes of a GetCustomerViewResponse, with the id that led to the customer. A message that
// is there twice on the wire is the two merged into one, so the cached view stays as it is.
SharedBytes WithRedirect(const std::string& view, const std::string& redirected_from) {
  constexpr int kViewField = v1::GetCustomerViewResponse::kCustomerViewFieldNumber;
  constexpr int kFromField = v1::CustomerView::kRedirectedFromCustomerIdFieldNumber;
  const size_t from_size = LenFieldSize(kFromField, redirected_from.size());
  std::string bytes(view.size() + LenFieldSize(kViewField, from_size), '\0');
  auto* out = reinterpret_cast<uint8_t*>(bytes.data());
  out = std::copy(view.begin(), view.end(), out);
  out = WriteLenHead(kViewField, from_size, out);
  WriteLenField(kFromField, redirected_from, out);
  return std::make_shared<const std::string>(std::move(bytes));
}

// The default shape, or that of the options, which goes to `own`.
absl::StatusOr<const ViewShape*> ShapeOf(const v1::ViewOptions& options,
                                         const ViewShape& default_shape,
                                         std::optional<ViewShape>& own) {
  if (ViewShape::IsDefault(options)) return &default_shape;
  ASSIGN_OR_RETURN(own, ViewShape::Parse(options, kOptionsPath));
  return &*own;
}

}  // namespace

Views::Views(storage::RecordStore& store, const Clock& clock, ActiveSurvivorship& survivorship,
             size_t cache_bytes)
    : store_(store),
      clock_(clock),
      survivorship_(survivorship),
      default_shape_(std::make_unique<const ViewShape>()),
      cache_(std::make_unique<ViewCache>(cache_bytes)),
      flights_(std::make_unique<ViewFlights>()) {}

Views::~Views() = default;

SharedBytes Views::BytesOf(SharedView view) {
  const std::string* const bytes = &view->bytes;
  return SharedBytes(std::move(view), bytes);
}

absl::StatusOr<bool> Views::IsCurrent(const Call& call, const ViewKey& key,
                                      storage::Revision revision, uint64_t place) {
  if (IsPlanted(Mutant::kTrustCache)) return true;
  // The first record that is visited shows that the customer has changed.
  bool visited = false;
  const auto loaded =
      store_.LoadCustomer(call.storage(), key.customer,
                          {.known = revision, .place = place, .limits = key.shape->load()},
                          [&visited](const storage::RecordView&) {
                            visited = true;
                            return absl::CancelledError("");
                          });
  if (visited) return false;
  if (!loaded.ok()) return loaded.status();
  return loaded->unchanged;
}

std::optional<absl::StatusOr<SharedBytes>> Views::TryGet(
    const Call& call, const v1::GetCustomerViewRequest& request) {
  if (!store_.IsLocal()) return std::nullopt;
  std::optional<ViewShape> own;
  const auto shape = ShapeOf(request.options(), *default_shape_, own);
  if (!shape.ok()) return shape.status();
  // While the rules were never read, no view of theirs is found.
  ViewKey key{{}, *shape, survivorship_.fingerprint().value_or(~uint64_t{0})};
  SharedView view;
  if (request.customer().has_customer_id()) {
    const auto customer = ParseCustomerId(request.customer(), kCustomerPath);
    if (!customer.ok()) return customer.status();
    key.customer = *customer;
    const auto [revision, place] = cache_->Peek(key);
    if (revision == 0) return std::nullopt;
    const auto current = IsCurrent(call, key, revision, place);
    if (!current.ok() || !*current) return std::nullopt;
    view = cache_->Find(key);
    if (view == nullptr || view->revision != revision || !view->HoldsAt(clock_.Now())) {
      return std::nullopt;
    }
  } else {
    const absl::Status read =
        store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
          const TimeMicros now = clock_.Now();
          ASSIGN_OR_RETURN(
              const storage::CustomerState customer,
              ResolveCustomer(reader, request.customer(), AsOf(request, now), kCustomerPath));
          key.customer = customer.customer;
          view = cache_->Find(key);
          if (view != nullptr && (view->revision != customer.revision || !view->HoldsAt(now))) {
            view = nullptr;
          }
          return absl::OkStatus();
        });
    if (HasReason(read)) return read;
    if (!read.ok() || view == nullptr) return std::nullopt;
  }
  cache_->CountHit(key);
  return BytesOf(std::move(view));
}

absl::StatusOr<std::variant<Views::SharedView, CustomerId>> Views::Fill(const Call& call,
                                                                        const ViewKey& key) {
  // They may be newer than those of `key`, never older.
  ASSIGN_OR_RETURN(const SharedSurvivorshipRules rules, survivorship_.Current(call.storage()));
  ViewAssembler assembler(*key.shape, *rules);
  // Before the load: what is due later than this is asked for again.
  const TimeMicros now = clock_.Now();
  const auto loaded = store_.LoadCustomer(
      call.storage(), key.customer, {.limits = key.shape->load()},
      [&assembler](const storage::RecordView& record) { return assembler.Add(record); });
  if (absl::IsNotFound(loaded.status())) return CustomerNotFound();
  RETURN_IF_ERROR(loaded.status());
  const storage::CustomerState& customer = loaded->state;
  if (customer.members.empty()) {
    if (!customer.redirect.has_value()) return CustomerNotFound();
    return *customer.redirect;
  }
  ASSIGN_OR_RETURN(AssembledView assembled, assembler.Finish(customer, now));
  auto view = std::make_shared<CachedView>();
  view->bytes = std::move(assembled.bytes);
  view->shape = key.shape->key();
  view->revision = customer.revision;
  view->place = loaded->place;
  view->made_at = now;
  view->good_until = assembled.good_until;
  cache_->CountMiss(key);
  cache_->Insert({key.customer, key.shape, rules->fingerprint()}, view);
  return SharedView(std::move(view));
}

absl::StatusOr<std::variant<Views::SharedView, CustomerId>> Views::FindOrFill(const Call& call,
                                                                              const ViewKey& key) {
  if (!cache_->enabled()) return Fill(call, key);
  SharedView found = cache_->Find(key);
  for (int waits = 0;; ++waits) {
    if (found != nullptr && found->HoldsAt(clock_.Now())) {
      ASSIGN_OR_RETURN(const bool current, IsCurrent(call, key, found->revision, found->place));
      if (current) {
        cache_->CountHit(key);
        return found;
      }
    }
    if (waits == kMaxWaits) return Fill(call, key);
    ASSIGN_OR_RETURN(ViewFlights::Joined joined, flights_->Join(key, call.deadline));
    if (joined.lead.leads()) {
      // A flight may have landed since the last look.
      SharedView landed = cache_->Find(key);
      if (landed != nullptr && landed != found && landed->HoldsAt(clock_.Now())) {
        ASSIGN_OR_RETURN(const bool current, IsCurrent(call, key, landed->revision, landed->place));
        if (current) {
          joined.lead.Land(landed);
          cache_->CountHit(key);
          return landed;
        }
      }
      auto filled = Fill(call, key);
      if (filled.ok() && std::holds_alternative<SharedView>(*filled)) {
        joined.lead.Land(std::get<SharedView>(*filled));
      }
      return filled;
    }
    found = std::move(joined.view);
  }
}

absl::StatusOr<uint64_t> Views::RulesOf(const Call& call) {
  if (const auto known = survivorship_.fingerprint(); known.has_value()) return *known;
  const auto rules = survivorship_.Current(call.storage());
  if (!rules.ok()) return FromStore(rules.status());
  return (*rules)->fingerprint();
}

absl::StatusOr<SharedBytes> Views::GetOne(const Call& call,
                                          const v1::CustomerIdentifier& identifier,
                                          TimeMicros as_of, absl::string_view path,
                                          const ViewShape& shape) {
  ASSIGN_OR_RETURN(const uint64_t rules, RulesOf(call));
  ViewKey key{{}, &shape, rules};
  if (identifier.has_customer_id()) {
    ASSIGN_OR_RETURN(key.customer, ParseCustomerId(identifier, path));
  } else {
    RETURN_IF_ERROR(
        FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
          ASSIGN_OR_RETURN(const storage::CustomerState customer,
                           ResolveCustomer(reader, identifier, as_of, path));
          key.customer = customer.customer;
          return absl::OkStatus();
        })));
  }
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    if (IsOwnCustomer(key.customer)) return CustomerNotFound();
    auto result = FindOrFill(call, key);
    if (!result.ok()) return FromStore(result.status());
    if (auto* view = std::get_if<SharedView>(&*result)) {
      const std::string redirected_from = RedirectedFrom(identifier, key.customer);
      if (redirected_from.empty()) return BytesOf(std::move(*view));
      return WithRedirect((*view)->bytes, redirected_from);
    }
    key.customer = std::get<CustomerId>(*result);
  }
  return FromStore(absl::DataLossError("redirects between customers go in a circle"));
}

absl::StatusOr<SharedBytes> Views::Get(const Call& call,
                                       const v1::GetCustomerViewRequest& request) {
  std::optional<ViewShape> own;
  ASSIGN_OR_RETURN(const ViewShape* const shape, ShapeOf(request.options(), *default_shape_, own));
  return GetOne(call, request.customer(), AsOf(request, clock_.Now()), kCustomerPath, *shape);
}

absl::StatusOr<std::string> Views::BatchGetBytes(const Call& call,
                                                 const v1::BatchGetCustomerViewsRequest& request) {
  // A GetCustomerViewResponse is, byte for byte, a CustomerViewResult with a view.
  static_assert(int{v1::GetCustomerViewResponse::kCustomerViewFieldNumber} ==
                int{v1::CustomerViewResult::kCustomerViewFieldNumber});
  constexpr int kResultField = v1::BatchGetCustomerViewsResponse::kResultsFieldNumber;

  std::optional<ViewShape> own;
  ASSIGN_OR_RETURN(const ViewShape* const shape, ShapeOf(request.options(), *default_shape_, own));
  const TimeMicros as_of = AsOf(request, clock_.Now());
  std::vector<SharedBytes> results;
  size_t size = 0;
  for (int i = 0; i < request.customers_size(); ++i) {
    auto view =
        GetOne(call, request.customers(i), as_of, absl::StrCat("customers[", i, "]"), *shape);
    if (EndsTheCall(view.status())) return view.status();
    results.push_back(view.ok() ? *std::move(view) : FailedResult(view.status()));
    size += LenFieldSize(kResultField, results.back()->size());
  }
  std::string bytes(size, '\0');
  auto* out = reinterpret_cast<uint8_t*>(bytes.data());
  for (const SharedBytes& result : results) out = WriteLenField(kResultField, *result, out);
  return bytes;
}

absl::Status Views::BatchGet(const Call& call, const v1::BatchGetCustomerViewsRequest& request,
                             v1::BatchGetCustomerViewsResponse& response) {
  ASSIGN_OR_RETURN(const std::string bytes, BatchGetBytes(call, request));
  if (!response.ParseFromString(bytes)) {
    return FromStore(absl::DataLossError("a stored fact of one of the customers does not parse"));
  }
  return absl::OkStatus();
}

ViewCacheFigures Views::figures() const { return cache_->figures(); }

}  // namespace yilan::core
