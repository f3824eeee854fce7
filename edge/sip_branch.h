#pragma once
// The branch of the edge's own Via (RFC 3261 section 16.11): "<32 hex>.<32 hex>". The second part
// names the core at the other end, the first is a MAC over that, the client's flow and what a
// message and its answer have in common: the next Via's branch and sent-by, Call-ID, From tag and
// CSeq number. So a request and its CANCEL or ACK get the same branch, and an answer that nobody
// was asked for is recognized without a table. And the mark of who was called, in Record-Route.

#include <optional>
#include <string>
#include <string_view>

#include "sip/hash.h"
#include "sip/message.h"
#include "sip/sealed.h"

namespace edge {

// 32 hex digits that stand for one run of a core (CoreHello::instance).
std::string core_token(std::string_view instance);

class BranchKey final {
 public:
  enum class Toward : char { Core = 'c', Client = 'u' };

  // Any secret; the same one recognizes what it made.
  explicit BranchKey(std::string_view secret) : key_(secret) {}

  // For `request` as it came, before our Via is put on top. Without the magic cookie.
  std::string make(const sip::Message& request, Toward toward, const sip::FlowId& flow,
                   std::string_view core) const;
  // The core_token of a response whose top Via is ours; nothing when it is not, or when the answer
  // is not to a request that went this way over this flow.
  std::optional<std::string> judge(const sip::Message& response, Toward toward,
                                   const sip::FlowId& flow) const;

  // The one that a call manager calls names itself in the dialog by the To of that call, which may
  // be anything (RFC 3261 section 12.2.1.1): the Contact, an address of the call manager, a group.
  // 32 hex that say that a request with this Call-ID, From tag and To went to the flow; for the
  // user part of its Record-Route, with which later requests of the dialog come back. Of To user
  // and host count, since From must do without the rest (section 19.1.1).
  std::string mark_called(const sip::Message& request, const sip::FlowId& flow) const;
  // Whether a client's request is one within the dialog that the mark is of: From is its To, and
  // the tag of To its From tag.
  bool is_called(const sip::Message& request, std::string_view mark, const sip::FlowId& flow) const;

 private:
  std::string mac(const sip::Message& message, std::string_view next_via, Toward toward,
                  const sip::FlowId& flow, std::string_view core) const;
  std::string mark(const sip::Message& message, sip::FieldId called, sip::FieldId caller,
                   const sip::FlowId& flow) const;

  sip::HmacKey key_;
};

}  // namespace edge
