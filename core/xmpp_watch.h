#pragma once
// Looks into a stream between its client and a presence node until a resource is bound (wire.md
// 10): who signs in, for the log, and for nodes that know PLAIN alone the presence service's
// CISCO-VTG-TOKEN in terms of that. Bytes in, bytes out; once it is over nothing of it is needed.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/byte_queue.h"
#include "xmpp/reader.h"
#include "xmpp/sasl.h"
#include "xmpp/traffic.h"

namespace core {

// Told from inside XmppWatch's calls; views live for the call only.
class XmppWatcher {
 public:
  // Received: from the client. The octets as they came.
  virtual void on_stanza(xmpp::Direction direction, std::string_view octets, bool bears_secret) = 0;
  virtual void on_authenticated(std::string_view user, std::string_view mechanism) = 0;
  virtual void on_bound(std::string_view jid) = 0;

 protected:
  ~XmppWatcher() = default;
};

class XmppWatch final {
 public:
  struct Passage {
    std::string to_node;
    std::string to_client;
  };

  // `parser` and `watcher` outlive it. `domain` is the stream's, in lower case. `plain_only`: the
  // token is put in terms of PLAIN.
  XmppWatch(xmpp::Parser& parser, XmppWatcher& watcher, std::string domain, bool plain_only);

  // What is to be passed on of all that came so far; a part of an element waits. Malformed: this is
  // no stream that could be followed, and it must end here.
  base::Result<Passage> from_client(std::string_view data);
  base::Result<Passage> from_node(std::string_view data);

  // A resource is bound, and nothing is kept here: what follows passes as it is.
  bool is_over() const { return progress_ == Progress::Bound; }

 private:
  enum class Progress : std::uint8_t { Unknown, SignedIn, Bound };

  base::Result<> take_client_element(const xmpp::Event& event, std::string_view octets,
                                     Passage& passage);
  void take_token(const base::Result<xmpp::Auth>& auth, Passage& passage);
  base::Result<> take_node_element(const xmpp::Event& event, std::string_view octets,
                                   Passage& passage);
  base::Result<> sign_in(bool restarts);
  std::string with_token(const xmpp::Element& features, std::string_view octets);

  XmppWatcher& watcher_;
  const std::string domain_;
  const bool plain_only_;
  Progress progress_ = Progress::Unknown;
  bool translates_ = false;  // the node offered PLAIN, and no token of its own
  bool translated_ = false;  // <auth/> was changed, and is not answered
  xmpp::Reader client_reader_;
  xmpp::Reader node_reader_;
  net::ByteQueue from_client_;  // of an element that is not whole
  net::ByteQueue from_node_;
  std::string user_;
  std::string mechanism_;
};

}  // namespace core
