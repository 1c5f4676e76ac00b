// Names of organizations, in the forms in which they are compared.
#ifndef YILAN_CORE_IDENTITY_ORGANIZATION_NAME_H_
#define YILAN_CORE_IDENTITY_ORGANIZATION_NAME_H_

#include "absl/strings/string_view.h"
#include "core/identity/person_name.h"

namespace yilan::core {

// A name folded, in simplified characters, without blanks between Chinese ones, and without its
// legal form: 一览科技有限公司, 一览科技股份有限公司 and 一览科技（有限责任公司） are 一览科技,
// "Yilan Tech Co., Ltd." and "YILAN TECH LIMITED" are "yilan tech". Sources write the form in many
// ways and leave it out at will; what keeps two companies apart that differ in it alone is their
// registration. The town stands in front, without 市, where the name begins with it or has it in
// parentheses: 一览（深圳）科技 and 深圳市一览科技 are 深圳一览科技. A branch (北京分公司) is not
// its company. A name that is nothing but a legal form stays; one that says nothing is empty. Pure;
// thread-safe; takes any bytes.
NameForm NormalizeOrganizationName(absl::string_view name);

// Whether `name` has a legal form, so that it is of an organization. Pure; thread-safe.
bool HasLegalForm(absl::string_view name);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_ORGANIZATION_NAME_H_
