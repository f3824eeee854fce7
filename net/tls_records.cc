#include "net/tls_records.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

namespace net {
namespace {

// RFC 8446 section 5.1.
constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kData = 23;
// Section 4.
constexpr std::uint8_t kNewSessionTicket = 4;
constexpr std::uint8_t kKeyUpdate = 24;
constexpr std::size_t kMessageHeadBytes = 4;
// Section 6: levels of an alert.
constexpr char kWarning = 1;
constexpr char kFatal = 2;

constexpr std::size_t kHead = TrafficKey::kHeaderBytes;
constexpr std::size_t kTag = TrafficKey::kTagBytes;

std::uint8_t byte_at(std::span<const char> bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::size_t number_at(std::span<const char> bytes, std::size_t i) {
  return std::size_t{byte_at(bytes, i)} << 8 | byte_at(bytes, i + 1);
}

}  // namespace

std::unique_ptr<TlsRecords> TlsRecords::start(const Agreement& agreed, ByteQueue& output) {
  const bool server = agreed.side == Side::Server;
  const std::string& ours = server ? agreed.server_secret : agreed.client_secret;
  const std::string& theirs = server ? agreed.client_secret : agreed.server_secret;
  std::unique_ptr<TlsRecords> self(new TlsRecords(agreed, output));
  if (!self->ours_.start(TrafficKey::Use::Seal, agreed.suite, ours, agreed.sealed) ||
      !self->theirs_.start(TrafficKey::Use::Open, agreed.suite, theirs, 0)) {
    return nullptr;
  }
  return self;
}

TlsRecords::Opened TlsRecords::open(std::span<char> bytes) {
  Opened result;
  while (result.status == Status::Open && bytes.size() - result.taken >= kHead) {
    const std::span<char> rest = bytes.subspan(result.taken);
    const std::size_t size = number_at(rest, 3);
    if (byte_at(rest, 0) != kData) {
      result.status = fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_BAD_RECORD_TYPE);
    } else if (number_at(rest, 1) != TLS1_2_VERSION) {  // what all of TLS 1.3 calls itself
      result.status = fail(SSL_AD_DECODE_ERROR, SSL_R_WRONG_VERSION_NUMBER);
    } else if (size > kMaxSealedBytes) {
      result.status = fail(SSL_AD_RECORD_OVERFLOW, SSL_R_ENCRYPTED_LENGTH_TOO_LONG);
    } else if (size <= kTag) {
      result.status = fail(SSL_AD_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    } else if (rest.size() < kHead + size) {
      break;
    } else {
      result.taken += kHead + size;
      open_record(rest.first(kHead + size), bytes, result);
    }
  }
  return result;
}

// TLSInnerPlaintext (section 5.2): content, its type, zeros.
void TlsRecords::open_record(std::span<char> record, std::span<char> bytes, Opened& so_far) {
  if (!theirs_.open(record)) {
    so_far.status = fail(SSL_AD_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    return;
  }
  const std::string_view inner(record.data() + kHead, record.size() - kHead - kTag);
  const std::size_t end = inner.find_last_not_of('\0');
  const std::uint8_t type = end == inner.npos ? 0 : static_cast<std::uint8_t>(inner[end]);
  if (inner.size() > kMaxPlainBytes + 1) {
    so_far.status = fail(SSL_AD_RECORD_OVERFLOW, SSL_R_DATA_LENGTH_TOO_LONG);
    return;
  }
  const std::string_view content = inner.substr(0, type == 0 ? 0 : end);
  if (type == kData && !content.empty()) {
    idle_records_ = 0;
  } else if (++idle_records_ > kMaxIdleRecords) {
    so_far.status = fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_RECORD_TOO_SMALL);
    return;
  }
  if (type != kHandshake && (message_bytes_ > 0 || skip_ > 0)) {
    so_far.status = fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_MIXED_HANDSHAKE_AND_NON_HANDSHAKE_DATA);
    return;
  }
  switch (type) {
    case kData:
      std::memmove(bytes.data() + so_far.plain, content.data(), content.size());
      so_far.plain += content.size();
      opened_bytes_ += content.size();
      return;
    case kAlert:
      so_far.status = take_alert(content);
      return;
    case kHandshake:
      so_far.status = take_handshake(content);
      return;
    default:
      so_far.status = fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_BAD_RECORD_TYPE);
  }
}

// Section 6. All but two mean the end, whatever level they claim.
TlsRecords::Status TlsRecords::take_alert(std::string_view alert) {
  if (alert.size() != 2) return fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_INVALID_ALERT);
  const std::uint8_t what = byte_at(alert, 1);
  if (what == SSL_AD_CLOSE_NOTIFY) return Status::Ended;
  if (what == SSL_AD_USER_CANCELLED) return Status::Open;  // close_notify follows
  reason_ = SSL_AD_REASON_OFFSET + what;
  return Status::Failed;
}

// Messages may be spread over records, and a record may hold several.
TlsRecords::Status TlsRecords::take_handshake(std::string_view part) {
  if (part.empty()) return fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_LENGTH_TOO_SHORT);
  while (!part.empty()) {
    if (skip_ > 0) {
      const std::size_t passed = std::min(skip_, part.size());
      skip_ -= passed;
      part.remove_prefix(passed);
      continue;
    }
    message_[message_bytes_++] = part.front();
    part.remove_prefix(1);
    if (message_bytes_ < kMessageHeadBytes) continue;
    const Status status = take_message(part.empty());
    if (status != Status::Open) return status;
  }
  return Status::Open;
}

// The head of a message is there, or more of it.
TlsRecords::Status TlsRecords::take_message(bool ends_record) {
  const std::size_t size = std::size_t{byte_at(message_, 1)} << 16 | number_at(message_, 2);
  switch (byte_at(message_, 0)) {
    case kKeyUpdate:
      if (size != 1) return fail(SSL_AD_DECODE_ERROR, SSL_R_BAD_KEY_UPDATE);
      return message_bytes_ > kMessageHeadBytes ? update_key(ends_record) : Status::Open;
    case kNewSessionTicket:  // of no use to us: every connection is judged anew
      if (side_ == Side::Server || size > kMaxTicketBytes) break;
      message_bytes_ = 0;
      skip_ = size;
      return Status::Open;
    default:
      break;
  }
  return fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_MESSAGE);
}

// Section 4.6.3. What follows in the same record would stand under the old key.
TlsRecords::Status TlsRecords::update_key(bool ends_record) {
  const std::uint8_t asks = byte_at(message_, kMessageHeadBytes);
  message_bytes_ = 0;
  if (!ends_record) return fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_NOT_ON_RECORD_BOUNDARY);
  if (asks > 1) return fail(SSL_AD_ILLEGAL_PARAMETER, SSL_R_BAD_KEY_UPDATE);
  if (++key_updates_ > kFreeKeyUpdates + opened_bytes_ / kBytesPerKeyUpdate) {
    return fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_TOO_MANY_KEY_UPDATES);
  }
  if (!theirs_.advance() || (asks == 1 && !shut_down_ && !renew_own_key())) {
    return fail(SSL_AD_INTERNAL_ERROR, ERR_R_INTERNAL_ERROR);
  }
  return Status::Open;
}

TlsRecords::Status TlsRecords::fail(int alert, int reason) {
  reason_ = reason;
  if (!shut_down_) append(kAlert, std::string{kFatal, static_cast<char>(alert)});
  shut_down_ = true;
  return Status::Failed;
}

bool TlsRecords::seal(std::string_view data) {
  if (shut_down_) return false;
  while (!data.empty()) {
    const std::string_view part = data.substr(0, max_plain_);
    if ((ours_.worn_out() && !renew_own_key()) || !append(kData, part)) {
      reason_ = ERR_R_INTERNAL_ERROR;
      return false;
    }
    data.remove_prefix(part.size());
  }
  return true;
}

void TlsRecords::shut_down() {
  if (shut_down_) return;
  append(kAlert, std::string{kWarning, SSL_AD_CLOSE_NOTIFY});
  shut_down_ = true;
}

bool TlsRecords::renew_own_key() {
  static constexpr char kMessage[] = {kKeyUpdate, 0, 0, 1, 0};  // asks for none in return
  return append(kHandshake, {kMessage, sizeof kMessage}) && ours_.advance();
}

bool TlsRecords::append(std::uint8_t type, std::string_view content) {
  const std::size_t size = content.size() + 1 + kTag;
  const char head[kHead] = {kData, 3, 3, static_cast<char>(size >> 8), static_cast<char>(size)};
  output_.append({head, kHead});
  output_.append(content);
  char tail[1 + kTag] = {static_cast<char>(type)};
  output_.append({tail, sizeof tail});
  const std::span<char> record = output_.last(kHead + size);
  if (ours_.seal(record)) return true;
  std::ranges::fill(record, '\0');  // whatever failed, nothing leaves in the clear
  return false;
}

}  // namespace net
