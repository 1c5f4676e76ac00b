#include "core/facts/fact_kinds.h"

#include <cstdlib>

#include "absl/container/flat_hash_map.h"
#include "core/billing/billing_facts.h"
#include "core/care/care_facts.h"
#include "core/customers/source_record.h"
#include "core/facts/fact_rules.h"
#include "core/facts/keys.h"
#include "core/network/network_facts.h"
#include "yilan/v1/customer_view.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::Message;

template <typename T>
const T& As(const Message& fact) {
  return static_cast<const T&>(fact);
}

// The numbers come from the contract, so that a kind has them in one place.
template <typename T>
FactKind MakeKind() {
  using Rules = FactRules<T>;
  FactKind kind;
  kind.descriptor = T::descriptor();
  const auto* facts = v1::Fact::descriptor();
  for (int i = 0; i < facts->field_count(); ++i) {
    if (facts->field(i)->message_type() == kind.descriptor) kind.fact_field = facts->field(i);
  }
  if (kind.fact_field == nullptr) std::abort();  // Rules for what is no fact.
  kind.kind = static_cast<storage::Kind>(kind.fact_field->number());
  kind.name = kind.fact_field->name();
  kind.section_field = v1::CustomerView::descriptor()->FindFieldByNumber(kind.kind);
  kind.section = kind.section_field->name();
  kind.source = [](const Message& fact) -> const v1::FactSource& { return As<T>(fact).source(); };
  kind.mutable_source = [](Message& fact) { return static_cast<T&>(fact).mutable_source(); };
  kind.set_etag = [](Message& fact, const std::string& etag) {
    static_cast<T&>(fact).set_etag(etag);
  };
  kind.billing_account_key = [](const Message& fact) {
    return Rules::BillingAccountKey(As<T>(fact));
  };
  kind.occurrence_time = [](const Message& fact) { return Rules::OccurrenceTime(As<T>(fact)); };
  kind.check = [](const Message& fact, absl::string_view path, Violations& violations) {
    Rules::Check(As<T>(fact), path, violations);
  };
  kind.terms = [](const Message& fact) { return Rules::Terms(As<T>(fact)); };
  kind.tally = [](const Message& fact, int sign, TimeMicros now,
                  yilan::storage::v1::Subject& totals) {
    Rules::Tally(As<T>(fact), sign, now, totals);
  };
  kind.references = [](const Message& fact) { return Rules::References(As<T>(fact)); };
  return kind;
}

struct Registry {
  std::vector<FactKind> kinds;
  std::vector<const FactKind*> by_number;
  absl::flat_hash_map<const google::protobuf::Descriptor*, const FactKind*> by_descriptor;
  absl::flat_hash_map<std::string, const FactKind*> by_name;
  absl::flat_hash_map<std::string, const FactKind*> by_section;

  Registry()
      : kinds({MakeKind<v1::SourceRecord>(), MakeKind<v1::BillingAccount>(),
               MakeKind<v1::CustomerBill>(), MakeKind<v1::Payment>(), MakeKind<v1::Adjustment>(),
               MakeKind<v1::Product>(), MakeKind<v1::Service>(), MakeKind<v1::Resource>(),
               MakeKind<v1::ServiceProblem>(), MakeKind<v1::PartyInteraction>(),
               MakeKind<v1::TroubleTicket>()}) {
    for (const FactKind& kind : kinds) {
      by_number.resize(std::max<size_t>(by_number.size(), kind.kind + 1));
      by_number[kind.kind] = &kind;
      by_descriptor[kind.descriptor] = &kind;
      by_name[kind.name] = &kind;
      by_section[kind.section] = &kind;
    }
  }
};

const Registry& TheRegistry() {
  static const Registry* const registry = new Registry;
  return *registry;
}

template <typename Map, typename Key>
const FactKind* Find(const Map& map, const Key& key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : it->second;
}

}  // namespace

absl::Span<const FactKind> AllFactKinds() { return TheRegistry().kinds; }

const FactKind* FindFactKind(storage::Kind kind) {
  const auto& kinds = TheRegistry().by_number;
  return kind < kinds.size() ? kinds[kind] : nullptr;
}

const FactKind* FindFactKind(const google::protobuf::Descriptor* descriptor) {
  return Find(TheRegistry().by_descriptor, descriptor);
}

const FactKind* FindFactKindByName(absl::string_view name) {
  return Find(TheRegistry().by_name, name);
}

const FactKind* FindFactKindBySection(absl::string_view section) {
  return Find(TheRegistry().by_section, section);
}

v1::SubjectReference SubjectOf(const FactKind& kind, const Message& fact) {
  const v1::FactSource& source = kind.source(fact);
  v1::SubjectReference subject = source.subject();
  if (subject.customer_key().empty() && subject.billing_account_key().empty()) {
    subject.Clear();
    if (kind.kind == v1::Fact::kSourceRecord) {
      subject.set_customer_key(source.key());
    } else if (const absl::string_view account = kind.billing_account_key(fact); !account.empty()) {
      subject.set_billing_account_key(std::string(account));
    } else {
      return subject;
    }
  }
  if (subject.source_system().empty()) subject.set_source_system(source.source_system());
  return subject;
}

}  // namespace yilan::core
