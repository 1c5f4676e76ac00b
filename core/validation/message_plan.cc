#include "core/validation/message_plan.h"

#include <atomic>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/mutex.h"
#include "yilan/v1/field_rules.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr uint32_t kDefaultMaxBytes = 1024;
constexpr uint32_t kDefaultMaxItems = 1000;
constexpr int kMaxValuesNamed = 20;

using PlanMap = absl::flat_hash_map<const Descriptor*, const MessagePlan*>;

MessagePlan::Special SpecialOf(const Descriptor* descriptor) {
  if (descriptor->full_name() == "google.protobuf.Timestamp") {
    return MessagePlan::Special::kTimestamp;
  }
  if (descriptor->full_name() == "google.protobuf.FieldMask") {
    return MessagePlan::Special::kFieldMask;
  }
  if (descriptor->full_name() == "yilan.v1.TimePeriod") return MessagePlan::Special::kTimePeriod;
  return MessagePlan::Special::kNone;
}

// "one of BILL_STATE_NEW, …": the names of the values, UNSPECIFIED left out.
std::string FormOf(const EnumDescriptor* values) {
  std::string form = "one of ";
  int named = 0;
  for (int i = 0; i < values->value_count(); ++i) {
    if (values->value(i)->number() == 0) continue;
    if (named == kMaxValuesNamed) return absl::StrCat(form, " …");
    absl::StrAppend(&form, named++ == 0 ? "" : ", ", values->value(i)->name());
  }
  return form;
}

bool IsNumber(FieldDescriptor::CppType type) {
  return type == FieldDescriptor::CPPTYPE_INT32 || type == FieldDescriptor::CPPTYPE_INT64 ||
         type == FieldDescriptor::CPPTYPE_UINT32 || type == FieldDescriptor::CPPTYPE_UINT64;
}

// The check of a single field, its nested plan left open.
FieldPlan PlanOfField(const FieldDescriptor* field, const v1::FieldRules& rules) {
  FieldPlan plan;
  plan.field = field;
  plan.type = field->cpp_type();
  plan.repeated = field->is_repeated();
  plan.has_presence = field->has_presence();
  plan.required = rules.required();
  plan.max_items = static_cast<int>(rules.max_items() == 0 ? kDefaultMaxItems : rules.max_items());
  plan.is_text = field->type() == FieldDescriptor::TYPE_STRING;
  if (rules.max_bytes() != 0) {
    plan.max_bytes = rules.max_bytes();
  } else if (plan.is_text) {
    plan.max_bytes = kDefaultMaxBytes;
  }
  if (!rules.pattern().empty()) {
    plan.pattern = std::make_unique<RE2>(rules.pattern(), RE2::Quiet);
    plan.form = rules.pattern_name().empty() ? absl::StrCat("what matches ", rules.pattern())
                                             : std::string(rules.pattern_name());
  }
  if (plan.type == FieldDescriptor::CPPTYPE_ENUM) plan.form = FormOf(field->enum_type());
  plan.limited = IsNumber(plan.type) && (rules.has_min() || rules.has_max());
  if (rules.has_min()) plan.min = rules.min();
  if (rules.has_max()) plan.max = rules.max();
  return plan;
}

bool HasSomethingToCheck(const FieldPlan& plan) {
  return plan.required || plan.limited || plan.repeated ||
         plan.type == FieldDescriptor::CPPTYPE_STRING ||
         plan.type == FieldDescriptor::CPPTYPE_ENUM ||
         plan.type == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Compiles a type and those below it that `known` does not have yet.
class Compiler {
 public:
  explicit Compiler(PlanMap& known) : known_(known) {}

  void Compile(const Descriptor* root) {
    AddPlan(root);
    // Types may contain themselves, so what lies above an output-only field is found by repeating
    // until nothing changes.
    for (bool changed = true; changed;) {
      changed = false;
      for (MessagePlan* plan : added_) changed |= FindAboveOutputOnly(*plan);
    }
  }

 private:
  const MessagePlan* AddPlan(const Descriptor* descriptor) {
    const auto [entry, added] = known_.try_emplace(descriptor, nullptr);
    if (!added) return entry->second;
    auto* plan = new MessagePlan;
    entry->second = plan;
    added_.push_back(plan);
    plan->special = SpecialOf(descriptor);
    const google::protobuf::Message* prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
    if (prototype != nullptr) {
      plan->generated_class = &typeid(*prototype);
      plan->reflection = prototype->GetReflection();
    }
    if (plan->special == MessagePlan::Special::kTimestamp ||
        plan->special == MessagePlan::Special::kTimePeriod) {
      return plan;  // Checked as a whole.
    }
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      const v1::FieldRules& rules = field->options().GetExtension(v1::rules);
      if (rules.output_only()) {
        plan->output_only.push_back(field);
        continue;
      }
      FieldPlan field_plan = PlanOfField(field, rules);
      if (!HasSomethingToCheck(field_plan)) continue;
      if (field_plan.type == FieldDescriptor::CPPTYPE_MESSAGE) {
        field_plan.nested = AddPlan(field->message_type());
        for (const std::string& name : rules.optional_fields()) {
          field_plan.optional.push_back(field->message_type()->FindFieldByName(name));
        }
      }
      plan->fields.push_back(std::move(field_plan));
    }
    return plan;
  }

  static bool FindAboveOutputOnly(MessagePlan& plan) {
    std::vector<const FieldPlan*> above;
    for (const FieldPlan& field : plan.fields) {
      if (field.nested != nullptr && field.nested->has_output_only()) above.push_back(&field);
    }
    const bool changed = above.size() != plan.above_output_only.size();
    plan.above_output_only = std::move(above);
    return changed;
  }

  PlanMap& known_;
  std::vector<MessagePlan*> added_;
};

// All plans. Readers see an immutable map; a writer publishes a larger copy, and never frees the
// one before because a reader may still be in it. There are few types, so there are few copies.
class PlanTable {
 public:
  const MessagePlan& PlanOf(const Descriptor* descriptor) {
    const PlanMap* plans = plans_.load(std::memory_order_acquire);
    if (plans != nullptr) {
      const auto found = plans->find(descriptor);
      if (found != plans->end()) return *found->second;
    }
    return Add(descriptor);
  }

 private:
  const MessagePlan& Add(const Descriptor* descriptor) {
    MutexLock lock(mutex_);
    const PlanMap* plans = plans_.load(std::memory_order_relaxed);
    if (plans != nullptr && plans->contains(descriptor)) return *plans->at(descriptor);
    auto* larger = plans == nullptr ? new PlanMap : new PlanMap(*plans);
    Compiler(*larger).Compile(descriptor);
    plans_.store(larger, std::memory_order_release);
    retired_.push_back(plans);
    return *larger->at(descriptor);
  }

  Mutex mutex_;
  std::atomic<const PlanMap*> plans_{nullptr};
  // Kept reachable, so that leak checkers see that they are meant to stay.
  std::vector<const PlanMap*> retired_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

const MessagePlan& PlanOf(const Descriptor* descriptor) {
  static PlanTable* const table = new PlanTable;
  return table->PlanOf(descriptor);
}

}  // namespace yilan::core
