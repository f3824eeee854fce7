#pragma once
// TLS 1.3 after the handshake (RFC 8446 sections 4.6, 5 and 6): bytes in, bytes out, no I/O.
// OpenSSL makes the handshake; the two secrets it agrees on are all that a connection needs from
// then on, and its SSL object (14 KiB, nearly all of it about handshakes) can go.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/byte_queue.h"
#include "net/traffic_key.h"

namespace net {

class TlsRecords final {
 public:
  static constexpr std::size_t kMaxPlainBytes = 1 << 14;
  static constexpr std::size_t kMaxSealedBytes = kMaxPlainBytes + 256;

  enum class Side { Client, Server };
  // What a handshake leaves behind.
  struct Agreement {
    Side side = Side::Server;  // ours
    std::uint16_t suite = 0;
    std::string client_secret;  // client_application_traffic_secret_0, and the server's
    std::string server_secret;
    std::uint64_t sealed = 0;  // records that were sealed with ours already: session tickets
    std::size_t max_plain = kMaxPlainBytes;  // that the peer takes in a record: RFC 6066 section 4
  };
  enum class Status {
    Open,
    Ended,   // the peer's close_notify
    Failed,  // see reason(); the alert, if there is one for the peer, stands in the output
  };
  struct Opened {
    Status status = Status::Open;
    std::size_t taken = 0;  // of the bytes given; the rest is the beginning of a record
    std::size_t plain = 0;  // bytes of data, at the front of those given
  };

  // Records in a row that carry no data, as many as OpenSSL lets pass: a peer that keeps us busy.
  static constexpr int kMaxIdleRecords = 32;
  // Changes of key, each of which costs as much as some 10 KiB of data: so many, and one more for
  // so many bytes. A peer needs one for 2^24 records (RFC 8446 section 5.5).
  static constexpr std::uint64_t kFreeKeyUpdates = 32;
  static constexpr std::uint64_t kBytesPerKeyUpdate = 64 * 1024;
  // No ticket is longer: its three lists have a length of two bytes each.
  static constexpr std::size_t kMaxTicketBytes = 3 * 65'536;

  // `output` must outlive it. Null when the suite is not one of TLS 1.3's or OpenSSL fails.
  static std::unique_ptr<TlsRecords> start(const Agreement& agreed, ByteQueue& output);
  TlsRecords(const TlsRecords&) = delete;
  TlsRecords& operator=(const TlsRecords&) = delete;

  // Opens, in place, the whole records that `bytes` begin with. After Ended or Failed: no more.
  Opened open(std::span<char> bytes);
  // Appends `data` to the output, sealed. False when OpenSSL fails, and after close_notify or a
  // fatal alert of ours.
  bool seal(std::string_view data);
  // Appends close_notify, once; nothing is sealed after it.
  void shut_down();

  // Why it Failed: a number of OpenSSL's, of its library SSL.
  int reason() const { return reason_; }

 private:
  TlsRecords(const Agreement& agreed, ByteQueue& output)
      : output_(output), max_plain_(agreed.max_plain), side_(agreed.side) {}
  void open_record(std::span<char> record, std::span<char> bytes, Opened& so_far);
  Status take_alert(std::string_view alert);
  Status take_handshake(std::string_view part);
  Status take_message(bool ends_record);
  Status update_key(bool ends_record);
  Status fail(int alert, int reason);
  bool append(std::uint8_t type, std::string_view content);
  bool renew_own_key();

  ByteQueue& output_;
  TrafficKey ours_;
  TrafficKey theirs_;
  const std::size_t max_plain_;
  const Side side_;
  bool shut_down_ = false;
  int idle_records_ = 0;
  std::uint64_t key_updates_ = 0;
  std::uint64_t opened_bytes_ = 0;  // of data
  int reason_ = 0;
  // A handshake message that has not come whole: what is known of it, what is left to pass over.
  std::array<char, 5> message_{};
  std::size_t message_bytes_ = 0;
  std::size_t skip_ = 0;
};

}  // namespace net
