#pragma once
// TLS (RFC 5246, RFC 8446) over a non-blocking socket, for SocketStream only. It reads the socket
// itself and gathers what it has to send in output(), which the stream sends: so the records of a
// whole turn leave in one system call, and TLS never waits for the socket to be writable.

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

typedef struct ssl_st SSL;
typedef struct x509_store_ctx_st X509_STORE_CTX;

namespace net {

class TlsContext;

class TlsLayer final {
 public:
  enum class Status {
    Done,      // the handshake is done, or bytes were read
    WantRead,  // the socket has no more for now
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

  Status handshake();
  // Fills `room` as far as the socket gives; `count` is how much. Done: count > 0 and there may be
  // more. Another status may come with bytes too.
  Status read(std::span<char> room, std::size_t& count);
  // Seals all of `data` into output(); false: see error().
  bool write(std::string_view data);
  // Adds close_notify (RFC 8446 section 6.1) to output(), once.
  void shut_down();

  ByteQueue& output() { return wire_.output; }
  // Bytes were taken from the socket that were not given to read()'s caller yet; they may be only
  // the beginning of a record.
  bool has_pending() const;
  const base::Error& error() const { return error_; }

  // Once the handshake is done: who the peer is and what was agreed.
  void describe(StreamInfo& info) const;

  // The verify callback of every context: asks certs::verify and keeps the verdict for error().
  static int judge(X509_STORE_CTX* chain, void*) noexcept;

  // What OpenSSL sees as its socket.
  struct Wire {
    int fd = -1;
    bool empty = false;    // the last recv() took all there was: do not ask again this turn
    bool ended = false;    // the peer's FIN
    int error_number = 0;  // of a failed recv()
    ByteQueue output;
  };

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const noexcept;
  };
  explicit TlsLayer(std::shared_ptr<const TlsContext> context);
  base::Result<> prepare(int fd);
  Status explain(int result, std::string_view doing);
  void explain_failure(std::string_view doing);

  std::shared_ptr<const TlsContext> context_;
  std::vector<certs::Name> expected_;
  Wire wire_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  certs::Identity peer_;
  std::string refusal_;  // why the peer's certificate was not accepted
  base::Error error_{base::Errc::Closed, {}};
};

}  // namespace net
