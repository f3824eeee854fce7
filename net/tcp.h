#pragma once
// The system calls of TCP that listeners and streams share.

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "net/socket.h"

namespace net {

// What a failed system call means: `what` and the system's words are the detail. Refused: the peer
// or the way to it said no; Closed: the connection is gone; Timeout; System for all else.
base::Error system_error(std::string_view what, int error_number);

// A TCP socket for the family of `address`: non-blocking, close-on-exec. System when there is none.
base::Result<Socket> tcp_socket(const base::IpAddress& address);

// Starts to connect, from the local address `source` if there is one: without Nagle's algorithm,
// and with a bound on what waits unsent in the kernel. `window`: bytes that the peer may send ahead
// of what is read here, for which the kernel takes twice as much memory (SO_RCVBUF, so at most
// net.core.rmem_max); 0: the kernel's choice, which grows with the peer's speed. The socket becomes
// writable when it is done; connect_outcome() then says how. Errors are those found out at once.
base::Result<Socket> start_connect(const base::Endpoint& remote,
                                   const std::optional<base::IpAddress>& source, int window = 0);

// Nothing when the connection stands; else why not.
std::optional<base::Error> connect_outcome(const Socket& socket, const base::Endpoint& remote);

// Who may listen on an address besides: nobody, or the other workers of the program, among whom the
// kernel spreads connections (SO_REUSEPORT). It lets any process of the same user in, so what
// workers share is looked at with check_free() first.
enum class Sharing { None, Workers };

// A socket that listens on `local`, IPv6 only where it is IPv6. What it accepts is set up as
// start_connect() does. System, with the address in the detail, when it cannot.
base::Result<Socket> listen_on(const base::Endpoint& local, Sharing sharing = Sharing::None);

// Whether nobody listens on any of `addresses`, ourselves included; what is there of connections
// that ended is no obstacle. The error is that of listen_on(). A program asks before its workers
// start, and so a second one ends before it takes a client from the first. Port 0 is always free.
// `patience`: how long to wait, with the thread, for each that is in use; kEnding for one that is
// started while its killed predecessor, with a hundred thousand sockets to close, still has it.
constexpr std::chrono::milliseconds kEnding{5'000};
base::Result<> check_free(std::span<const base::Endpoint> addresses,
                          std::chrono::milliseconds patience = {});

// Lets the kernel find out whether a silent peer is still there: it is asked after 5 minutes, then
// each minute, and given up after 5 (RFC 9293 section 3.8.4). For connections that may be silent
// for as long as they like.
void keep_alive(const Socket& socket);

// Both ends of a socket; 0.0.0.0:0 where the system cannot say.
base::Endpoint local_endpoint(const Socket& socket);
base::Endpoint remote_endpoint(const Socket& socket);

}  // namespace net
