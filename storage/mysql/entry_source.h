// EntrySource: the rows of a store as one connection shows them.
//
// On a connection in a read-only transaction that is the state when it began; else that of each
// statement. Reads that a backend has answered before, while it looked up or locked something else,
// can be remembered, and cost no round trip. Not thread-safe.
#ifndef YILAN_STORAGE_MYSQL_ENTRY_SOURCE_H_
#define YILAN_STORAGE_MYSQL_ENTRY_SOURCE_H_

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/node_hash_map.h"
#include "storage/mysql/entries.h"
#include "storage/mysql/session.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::mysql {

class EntrySource final : public rows::RowSource {
 public:
  // The session outlives the source.
  explicit EntrySource(Session& session) : session_(session) {}

  absl::StatusOr<bool> Get(rows::Family family, absl::string_view row, std::string& value) override;
  // Who asks for keys or subjects will ask for their customers next: they come along.
  absl::Status GetMany(
      rows::Family family, absl::Span<const std::string> rows,
      absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit) override;
  std::unique_ptr<rows::RowIterator> NewIterator(rows::Family family, rows::Scope scope) override;
  // Of families whose rows have no owner.
  absl::StatusOr<std::unique_ptr<rows::RowIterator>> ReadRanges(
      rows::Family family, absl::Span<const rows::RowRange> ranges) override;
  absl::Status VisitSubjects(
      rows::Family family, absl::Span<const std::string> subjects,
      absl::FunctionRef<absl::Status(absl::string_view, absl::string_view)> visit) override;

  void Forget() override {
    for (Known& known : known_) known.clear();
  }

  // Says what is known of a row: its value, or that there is none.
  void Remember(rows::Family family, std::string row, std::optional<std::string> value);

 private:
  using Known = absl::node_hash_map<std::string, std::optional<std::string>>;

  // Reads what is not known yet of `rows`, and remembers it.
  absl::Status Fetch(rows::Family family, absl::Span<const std::string> rows);
  // May change the order of `rows`.
  absl::Status FetchChunk(rows::Family family, absl::Span<const std::string*> rows);
  absl::Status FetchOwned(rows::Family family, Space space,
                          absl::Span<const std::string* const> rows);
  Known& known(rows::Family family) { return known_[static_cast<size_t>(family)]; }

  Session& session_;
  std::array<Known, rows::kFamilies> known_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_ENTRY_SOURCE_H_
