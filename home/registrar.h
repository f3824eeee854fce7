#pragma once
// The registrar of the home cluster (RFC 3261 section 10.3, RFC 3327, RFC 5626 section 6): a
// request in, its answer out, the bindings of a line changed in between. No I/O but the database.
// It answers as a call manager does (wire.md 6): 120 s at most, a remote-cc body for a phone that
// was not there before. Who may register which line was judged by the edge; nobody is challenged.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "home/bindings.h"
#include "home/register_request.h"
#include "home/store.h"
#include "sip/message.h"

namespace home {

inline constexpr std::size_t kMaxBindings = 16;  // of one line: a person has no more phones

struct RegistrarPolicy {
  // Whose lines these are: names in lower case, and addresses in any spelling.
  std::vector<std::string> domains;
  std::int64_t max_seconds = 120;  // what is asked for beyond is cut
  std::int64_t min_seconds = 10;   // what is asked for below is refused with 423
};

// Where a request arrived, and from whom.
struct Arrival {
  base::Endpoint local;
  base::IpAddress from;
};

struct RegistrarAnswer {
  std::optional<sip::Message> response;  // none: ACK gets no answer
  std::string reason;                    // why it is a refusal, for the log; empty: it is none
  BindingChanges changes;                // what was done; `stored` with ids
  std::vector<std::int64_t> fresh;       // those of `stored` that are new
};

class Registrar final {
 public:
  // All of them must outlive it.
  Registrar(const RegistrarPolicy& policy, Store& store, Bindings& bindings,
            const base::Clock& clock)
      : policy_(policy), store_(store), bindings_(bindings), clock_(clock) {}

  // Any request. The address where it arrived is a name of ours too.
  //   REGISTER: 200 with every binding of the line, or 400, 404, 416, 420, 423, 403, 500.
  //   OPTIONS to the registrar itself: 200. To a line, or INVITE and the like: 404, 405, 481.
  RegistrarAnswer answer(const sip::Message& request, const Arrival& arrival);

 private:
  RegistrarAnswer judge(const sip::Message& request, const Arrival& arrival);
  RegistrarAnswer register_line(const sip::Message& request, const Arrival& arrival);
  RegistrarAnswer answer_options(const sip::Message& request) const;
  bool is_ours(std::string_view host, const Arrival& arrival) const;
  std::optional<Refusal> judge_line(const RegisterRequest& asked, const Arrival& arrival);
  std::optional<Refusal> judge_expiry(const RegisterRequest& asked) const;
  std::int64_t seconds_for(const RegisterRequest& asked, const Contact& contact) const;
  RegistrarAnswer accept(const sip::Message& request, const RegisterRequest& asked,
                         BindingChanges changes);
  sip::Message success(const sip::Message& request, const RegisterRequest& asked,
                       const std::vector<Binding>& bindings,
                       const std::vector<std::int64_t>& fresh) const;
  std::int64_t now() const;

  const RegistrarPolicy& policy_;
  Store& store_;
  Bindings& bindings_;
  const base::Clock& clock_;
};

}  // namespace home
