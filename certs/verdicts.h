#pragma once
// certs::verify for who is shown the same certificates hundreds of times a second, as edge and core
// are when all clients come back at once.

#include <cstddef>
#include <memory>
#include <vector>

#include "certs/credentials.h"
#include "certs/verify.h"

namespace certs {

// Judges each chain once a second: certificates know no shorter time (RFC 5280 section 4.1.2.5), so
// whoever asks the same in the same second must be told the same. What was said in another second
// is never said again, and dropped with the next question.
class Verdicts final {
 public:
  static constexpr std::size_t kMaxKept = 16;  // of one second

  // As verify() says of these certificates. The same are those of the same objects, neither of
  // which changes; what is returned is good until the next call.
  const Verdict& verify(const std::shared_ptr<const CertificateChain>& chain,
                        const std::shared_ptr<const Trust>& trust, const Expectation& expected);

 private:
  // Owns what it compares by address, so that nothing else can come to lie there.
  struct Kept {
    std::shared_ptr<const CertificateChain> chain;
    std::shared_ptr<const Trust> trust;
    Expectation expected;  // its time in whole seconds
    Verdict verdict;
  };
  std::vector<Kept> kept_;
};

}  // namespace certs
