#pragma once
// TLS (RFC 5246, RFC 8446) over a non-blocking socket, for SocketStream only. It reads the socket
// itself and gathers what it has to send in output(), which the stream sends: so the records of a
// whole turn leave in one system call, and TLS never waits for the socket to be writable.
//
// OpenSSL makes every handshake, and carries TLS 1.2. What TLS 1.3 needs after it is TlsRecords.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/identity.h"
#include "net/byte_queue.h"
#include "net/stream.h"
#include "net/tls_records.h"

typedef struct ssl_st SSL;
typedef struct x509_store_ctx_st X509_STORE_CTX;

namespace net {

class TlsContext;

class TlsLayer final {
 public:
  enum class Status {
    Done,      // the handshake is done, or bytes were read
    WantRead,  // the socket has no more for now, or had its turn: it tells when it has
    Ended,     // the peer's close_notify
    Failed,    // see error(); the alert, if there is one, stands in output()
  };

  // The two ends. `fd` must stay open as long as the layer lives. `expected` is never empty: a
  // client always knows whom it calls. `server_name` goes out as SNI (RFC 6066) unless empty.
  static base::Result<std::unique_ptr<TlsLayer>> server(std::shared_ptr<const TlsContext> context,
                                                        int fd);
  static base::Result<std::unique_ptr<TlsLayer>> client(std::shared_ptr<const TlsContext> context,
                                                        int fd, std::vector<certs::Name> expected,
                                                        const std::string& server_name);
  ~TlsLayer();
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  // What came over the socket before there was TLS on it. Before the handshake.
  void take_received(std::string_view bytes) { wire_.input.append(bytes); }
  Status handshake();
  // Once the handshake is done: says who the peer is and what was agreed, and gives back all that
  // only a handshake needs. Before the first read() or write().
  base::Result<> conclude(StreamInfo& info);
  // The socket was found readable: it is asked again. Once it had no more, it is not, however often
  // read() is called.
  void socket_readable() { wire_.empty = false; }
  // Fills `room` as far as the socket gives; `count` is how much. Done: there may be more. Another
  // status may come with bytes too.
  Status read(std::span<char> room, std::size_t& count);
  // Seals all of `data` into output(); false: see error().
  bool write(std::string_view data);
  // Adds close_notify (RFC 8446 section 6.1) to output(), once.
  void shut_down();

  ByteQueue& output() { return wire_.output; }
  // Bytes were taken from the socket that were not given to read()'s caller yet; they may be only
  // the beginning of a record.
  bool has_pending() const;
  // After a read() that was Done: the next may give more though the socket has nothing. TlsRecords
  // leaves only what has no end yet, whose rest makes the socket readable.
  bool may_hold_more() const { return ssl_ != nullptr && has_pending(); }
  const base::Error& error() const { return error_; }

  // The verify callback of every context: asks certs::verify and keeps the verdict for error().
  static int judge(X509_STORE_CTX* chain, void*) noexcept;
  // The key log callback of every context: the one way that OpenSSL has to tell the secrets of
  // TLS 1.3. They go to the connection's TlsRecords and nowhere else.
  static void take_secret(const SSL* ssl, const char* line) noexcept;

  // What OpenSSL sees as its socket.
  struct Wire {
    int fd = -1;
    bool empty = false;    // the last recv() took all there was
    std::size_t turn = 0;  // bytes that OpenSSL may still receive before others have theirs
    bool ended = false;    // the peer's FIN
    int error_number = 0;  // of a failed recv()
    ByteQueue input;       // received and not taken yet
    ByteQueue output;
  };

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const noexcept;
  };
  // What only a handshake needs.
  struct Handshake {
    std::vector<certs::Name> expected;
    std::shared_ptr<const certs::Identity> peer;
    std::string refusal;  // why the peer's certificate was not accepted
    TlsRecords::Agreement agreed;
    ~Handshake();  // wipes the secrets
  };
  explicit TlsLayer(std::shared_ptr<const TlsContext> context);
  base::Result<> prepare(int fd);
  void describe(StreamInfo& info) const;
  Status read_ssl(std::span<char> room, std::size_t& count);
  Status read_records(std::span<char> room, std::size_t& count);
  Status explain(int result, std::string_view doing);
  void explain_failure(std::string_view doing);

  std::shared_ptr<const TlsContext> context_;
  Wire wire_;
  // One of these two carries data, see conclude().
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::unique_ptr<TlsRecords> records_;
  std::unique_ptr<Handshake> handshake_;  // until it is done
  base::Error error_{base::Errc::Closed, {}};
};

}  // namespace net
