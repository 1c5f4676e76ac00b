#include "clients/import/row_converter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/import/fact_line.h"
#include "clients/import/leaf_value.h"
#include "google/protobuf/message.h"
#include "yilan/v1/money.pb.h"

namespace yilan {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Fills one message of one row. Stops at the first problem.
class Filler {
 public:
  Filler(const RowView& row, const MappingPlan& mapping) : row_(row), mapping_(mapping) {}

  bool Holds(const std::vector<Condition>& conditions) const {
    return std::all_of(conditions.begin(), conditions.end(),
                       [this](const Condition& condition) { return Holds(condition); });
  }

  // What a message got: nothing that could have been empty, only empty values, or data.
  struct Filled {
    bool may_be_empty = false;
    bool has_data = false;
    bool leave_out() const { return may_be_empty && !has_data; }
  };

  bool Fill(const MessagePlan& plan, Message& message, Filled& filled) {
    for (const FieldPlan& field : plan.fields) {
      if (!FillField(field, message, filled)) return false;
    }
    return true;
  }

  // Sets the amounts that are what others leave; to be called when all else is filled.
  bool FillRests(Message& root) {
    return std::all_of(rests_.begin(), rests_.end(),
                       [&](const Rest& rest) { return FillRest(rest, root); });
  }

  RowProblem TakeProblem() { return std::move(problem_); }

 private:
  struct Rest {
    const LeafPlan* leaf;
    const FieldDescriptor* money;  // The field that is to be set …
    const FieldDescriptor* list;   // … in the last element of this list of …
    Message* owner;                // … this message.
  };

  bool Holds(const Condition& condition) const {
    const absl::string_view text = Trimmed(row_.Text(condition.column));
    const auto any = [&condition](auto&& test) {
      return std::any_of(condition.texts.begin(), condition.texts.end(), test);
    };
    bool holds = false;
    switch (condition.kind) {
      case Condition::Kind::kIs:
        holds = any([text](const std::string& wanted) { return text == wanted; });
        break;
      case Condition::Kind::kEmpty:
        holds = !row_.IsPresent(condition.column) || IsEmptyValue(text, mapping_.empty_values);
        break;
      case Condition::Kind::kStartsWith:
        holds = any([text](const std::string& part) { return absl::StartsWith(text, part); });
        break;
      case Condition::Kind::kEndsWith:
        holds = any([text](const std::string& part) { return absl::EndsWith(text, part); });
        break;
      case Condition::Kind::kContains:
        holds = any([text](const std::string& part) { return absl::StrContains(text, part); });
        break;
    }
    return holds != condition.negated;
  }

  bool Fail(const std::string& path, std::string reason) {
    problem_.field = path;
    problem_.reason = std::move(reason);
    return false;
  }

  bool FillField(const FieldPlan& plan, Message& message, Filled& filled) {
    if (plan.is_list) return FillList(plan, message, filled);
    if (plan.leaf != nullptr) return FillLeaf(*plan.leaf, *plan.field, message, filled);
    if (!Holds(plan.message->when)) return true;
    const Reflection& reflection = *message.GetReflection();
    Filled inside;
    if (!Fill(*plan.message, *reflection.MutableMessage(&message, plan.field), inside)) {
      return false;
    }
    if (inside.leave_out()) reflection.ClearField(&message, plan.field);
    filled.may_be_empty |= inside.may_be_empty;
    filled.has_data |= inside.has_data;
    return true;
  }

  bool FillList(const FieldPlan& plan, Message& message, Filled& filled) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* const outer_list = std::exchange(list_, plan.field);
    Message* const outer_owner = std::exchange(owner_, &message);
    for (const FieldPlan& element : plan.list) {
      if (element.leaf != nullptr) {
        if (!FillLeaf(*element.leaf, *plan.field, message, filled)) return false;
        continue;
      }
      if (!Holds(element.message->when)) continue;
      const size_t rests_before = rests_.size();
      Filled inside;
      if (!Fill(*element.message, *reflection.AddMessage(&message, plan.field), inside)) {
        return false;
      }
      if (inside.leave_out()) {
        reflection.RemoveLast(&message, plan.field);
        rests_.resize(rests_before);
      }
      filled.may_be_empty |= inside.may_be_empty;
      filled.has_data |= inside.has_data;
    }
    list_ = outer_list;
    owner_ = outer_owner;
    return true;
  }

  bool FillLeaf(const LeafPlan& leaf, const FieldDescriptor& field, Message& message,
                Filled& filled) {
    if (!leaf.rest_of.empty()) {
      rests_.push_back({&leaf, &field, list_, owner_});
      return true;
    }
    if (field.real_containing_oneof() != nullptr &&
        message.GetReflection()->HasOneof(message, field.real_containing_oneof())) {
      // Only one member can be set: the first that has a value.
      return true;
    }
    if (leaf.constant.has_value()) {
      StoreValue(leaf, *leaf.constant, field, message);
      return true;
    }
    if (leaf.text.MayBeEmpty()) filled.may_be_empty = true;
    bool from_columns = false;
    absl::StatusOr<std::optional<std::string>> text = MakeText(leaf.text, row_, from_columns);
    if (!text.ok()) return Unusable(leaf, text.status());
    if (!text->has_value()) return true;
    const bool shifted_by_column =
        leaf.time.has_value() && leaf.time->shift.has_value() && leaf.time->shift->MayBeEmpty();
    if (from_columns || shifted_by_column) filled.has_data = true;
    if (leaf.split.empty()) return Store(leaf, **text, field, message);
    for (const absl::string_view piece : absl::StrSplit(**text, leaf.split)) {
      const absl::string_view trimmed = Trimmed(piece);
      if (!trimmed.empty() && !Store(leaf, trimmed, field, message)) return false;
    }
    return true;
  }

  bool Store(const LeafPlan& leaf, absl::string_view text, const FieldDescriptor& field,
             Message& message) {
    const absl::StatusOr<LeafValue> value = ConvertText(leaf, text, row_);
    if (!value.ok()) return Unusable(leaf, value.status());
    StoreValue(leaf, *value, field, message);
    return true;
  }

  bool Unusable(const LeafPlan& leaf, const absl::Status& why) {
    return leaf.leave_out_invalid || Fail(leaf.path, std::string(why.message()));
  }

  const v1::Money* FindMoney(const std::vector<std::string>& path, const Message& root) const {
    const Message* message = &root;
    for (const std::string& name : path) {
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
      if (!message->GetReflection()->HasField(*message, field)) return nullptr;
      message = &message->GetReflection()->GetMessage(*message, field);
    }
    return google::protobuf::DynamicCastToGenerated<v1::Money>(message);
  }

  bool FillRest(const Rest& rest, Message& root) {
    const LeafPlan& leaf = *rest.leaf;
    const v1::Money* whole = FindMoney(leaf.rest_of, root);
    if (whole == nullptr) {
      return Fail(leaf.path, absl::StrCat("is what is left of `", absl::StrJoin(leaf.rest_of, "."),
                                          "`, which is not stated"));
    }
    const Reflection& reflection = *rest.owner->GetReflection();
    const int last = reflection.FieldSize(*rest.owner, rest.list) - 1;
    // Amounts within what the server takes cannot overflow here, as lists are short.
    int64_t left = whole->minor_units();
    for (int i = 0; i < last; ++i) {
      const Message& element = reflection.GetRepeatedMessage(*rest.owner, rest.list, i);
      const auto& amount = *google::protobuf::DynamicCastToGenerated<v1::Money>(
          &element.GetReflection()->GetMessage(element, rest.money));
      if (!amount.currency_code().empty() && amount.currency_code() != whole->currency_code()) {
        return Fail(leaf.path, "cannot be computed: the other amounts have another currency");
      }
      if (__builtin_sub_overflow(left, amount.minor_units(), &left)) {
        return Fail(leaf.path, "is too large");
      }
    }
    if (left == 0) {
      reflection.RemoveLast(rest.owner, rest.list);
      return true;
    }
    Message* element = reflection.MutableRepeatedMessage(rest.owner, rest.list, last);
    LeafValue value;
    value.text = whole->currency_code();
    value.number = left;
    StoreValue(leaf, value, *rest.money, *element);
    return true;
  }

  const RowView& row_;
  const MappingPlan& mapping_;
  const FieldDescriptor* list_ = nullptr;  // Of the element being filled.
  Message* owner_ = nullptr;
  std::vector<Rest> rests_;
  RowProblem problem_;
};

}  // namespace

void RowConverter::Convert(const Row& row, std::vector<ConvertedFact>& facts) {
  facts.clear();
  if (row_number_cell_.has_value() && row.cells[*row_number_cell_].present) {
    row_number_ = std::string(Trimmed(row.cells[*row_number_cell_].text));
  } else {
    row_number_ = absl::StrCat(row.number);
  }
  if (plan_->plain_facts) {
    ConvertedFact& converted = facts.emplace_back();
    converted.problem = ParseFactLine(row.raw, converted.fact);
    return;
  }
  const RowView view{row, cells_, row_number_};
  for (const FactPlan& plan : plan_->facts) {
    Filler filler(view, *plan_);
    if (!filler.Holds(plan.message.when)) continue;
    ConvertedFact& converted = facts.emplace_back();
    Message& root = *converted.fact.GetReflection()->MutableMessage(&converted.fact, plan.field);
    Filler::Filled filled;
    if (!filler.Fill(plan.message, root, filled) || !filler.FillRests(root)) {
      converted.problem = filler.TakeProblem();
      converted.problem->fact_type = plan.field->name();
    }
  }
}

}  // namespace yilan
