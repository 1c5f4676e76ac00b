#include "clients/import/row_reader.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"

namespace yilan {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

}  // namespace

LineReader::LineReader(ByteSource& source) : source_(source), buffer_(kBufferBytes) {}

absl::Status LineReader::Fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  ASSIGN_OR_RETURN(const size_t count, source_.Read(buffer_.data() + end_, buffer_.size() - end_));
  if (count == 0) at_end_ = true;
  end_ += count;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<absl::string_view>> LineReader::Next(size_t limit) {
  size_t searched = 0;
  while (true) {
    const absl::string_view unread(buffer_.data() + begin_, end_ - begin_);
    size_t length = unread.find_first_of("\r\n", searched);
    if (length != absl::string_view::npos && unread[length] == '\r' &&
        length + 1 == unread.size() && !at_end_) {
      // Whether a line feed belongs to it shows with the next bytes only.
      searched = length;
      length = absl::string_view::npos;
    } else if (length != absl::string_view::npos) {
      const bool pair =
          unread[length] == '\r' && length + 1 < unread.size() && unread[length + 1] == '\n';
      length += pair ? 2 : 1;
    } else {
      searched = unread.size();
    }
    if (length == absl::string_view::npos && (unread.size() >= limit || at_end_)) {
      if (unread.empty()) return std::nullopt;
      length = unread.size();
    }
    if (length != absl::string_view::npos) {
      begin_ += length;
      return unread.substr(0, length);
    }
    RETURN_IF_ERROR(Fill());
  }
}

absl::StatusOr<bool> LineReader::SkipByteOrderMark() {
  while (end_ - begin_ < 3 && !at_end_) RETURN_IF_ERROR(Fill());
  const absl::string_view unread(buffer_.data() + begin_, end_ - begin_);
  if (!absl::StartsWith(unread, "\xEF\xBB\xBF")) return false;
  begin_ += 3;
  return true;
}

void LineReader::Unread(absl::string_view text) {
  if (begin_ < text.size()) {
    const size_t missing = text.size() - begin_;
    buffer_.insert(buffer_.begin(), missing, '\0');
    begin_ += missing;
    end_ += missing;
  }
  begin_ -= text.size();
  std::memcpy(buffer_.data() + begin_, text.data(), text.size());
}

void LineReader::Restart() {
  begin_ = end_ = 0;
  at_end_ = false;
}

std::string NotUtf8(absl::string_view text, size_t at) {
  return absl::StrFormat(
      "byte 0x%02X at position %d is not UTF-8; convert the file first: iconv -f ENCODING -t UTF-8",
      static_cast<unsigned char>(text[at]), at + 1);
}

absl::string_view WithoutLineEnd(absl::string_view line) {
  if (absl::EndsWith(line, "\n")) line.remove_suffix(1);
  if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
  return line;
}

}  // namespace yilan
