// sip/: a registration on its way, from the stream to the stream.

#include <string>

#include "sip/check.h"
#include "sip/digest.h"
#include "sip/framer.h"
#include "sip/headers.h"
#include "sip/message.h"
#include "sip/uri.h"
#include "tests/bench/bench.h"

namespace bench {
namespace {

const std::string kAuthorization =
    "Digest username=\"mac.donald\", realm=\"edge.lab.example\", "
    "nonce=\"AbCdEfGhIjKlMnOpQrStUvWxYz0123456789\", uri=\"sip:ucm-sub.lab.example\", "
    "cnonce=\"0a4f113b\", nc=00000001, qop=auth, algorithm=MD5, "
    "response=\"0123456789abcdef0123456789abcdef\"";
const std::string kContact =
    "<sip:96446082@10.106.4.73:49256;transport=tls>;+sip.instance=\"<urn:uuid:00000000-0000-0000-"
    "0000-005056a5f1b0>\";+u.sip!devicename.ccm.cisco.com=\"MDonald\";video";
const std::string kVia = "SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bK0000c1;rport";
const std::string kUri = "sip:5002@ucm-sub.lab.example:5060;transport=tcp;lr";

const std::string kRegister =
    "REGISTER sip:ucm-sub.lab.example SIP/2.0\r\n"
    "Via: " +
    kVia +
    "\r\n"
    "From: <sip:5002@ucm-sub.lab.example>;tag=005056a5f1b00002\r\n"
    "To: <sip:5002@ucm-sub.lab.example>\r\n"
    "Call-ID: 005056a5-f1b00002-000032ce@10.106.4.73\r\n"
    "Max-Forwards: 70\r\n"
    "Date: Sat, 21 Nov 2026 17:20:09 GMT\r\n"
    "CSeq: 101 REGISTER\r\n"
    "User-Agent: Cisco-CSF/14.1\r\n"
    "Contact: " +
    kContact +
    "\r\n"
    "Supported: replaces,join,norefersub,X-cisco-callinfo,X-cisco-serviceuri\r\n"
    "Route: <sip:edge.lab.example:5061;transport=tls;lr>\r\n"
    "Proxy-Authorization: " +
    kAuthorization +
    "\r\n"
    "Expires: 3600\r\n"
    "Content-Length: 0\r\n\r\n";

void sip_framer(benchmark::State& state) {
  repeat(state, kRegister.size(), [] {
    sip::Framer framer;
    return framer.next(kRegister).bytes == kRegister.size();
  });
}
BENCHMARK(sip_framer);

void sip_parse(benchmark::State& state) {
  repeat(state, kRegister.size(), [] { return sip::parse_message(kRegister); });
}
BENCHMARK(sip_parse);

void sip_check(benchmark::State& state) {
  const auto message = sip::parse_message(kRegister);
  repeat(state, 0, [&] { return !sip::check_request(*message); });
}
BENCHMARK(sip_check);

void sip_write(benchmark::State& state) {
  const auto message = sip::parse_message(kRegister);
  std::string out;
  repeat(state, kRegister.size(), [&] {
    out.clear();
    message->append_to(out);
    return !out.empty();
  });
}
BENCHMARK(sip_write);

void sip_uri(benchmark::State& state) {
  repeat(state, kUri.size(), [] { return sip::parse_uri(kUri); });
}
BENCHMARK(sip_uri);

void sip_contact(benchmark::State& state) {
  repeat(state, kContact.size(), [] { return sip::parse_name_addr(kContact); });
}
BENCHMARK(sip_contact);

void sip_via(benchmark::State& state) {
  repeat(state, kVia.size(), [] { return sip::parse_via(kVia); });
}
BENCHMARK(sip_via);

void sip_cseq(benchmark::State& state) {
  repeat(state, 0, [] { return sip::parse_cseq("101 REGISTER"); });
}
BENCHMARK(sip_cseq);

void sip_date(benchmark::State& state) {
  repeat(state, 0, [] { return sip::parse_date("Sat, 21 Nov 2026 17:20:09 GMT"); });
}
BENCHMARK(sip_date);

void digest_parse(benchmark::State& state) {
  repeat(state, kAuthorization.size(), [] { return sip::parse_credentials(kAuthorization); });
}
BENCHMARK(digest_parse);

void digest_check(benchmark::State& state, sip::DigestAlgorithm algorithm) {
  auto credentials = *sip::parse_credentials(kAuthorization);
  credentials.algorithm = algorithm;
  const std::string ha1 = sip::digest_ha1(algorithm, "mac.donald", "edge.lab.example", "secret");
  credentials.response = sip::digest_response(credentials, ha1, "REGISTER");
  repeat(state, 0, [&] { return sip::digest_matches(credentials, ha1, "REGISTER"); });
}
BENCHMARK_CAPTURE(digest_check, md5, sip::DigestAlgorithm::Md5);
BENCHMARK_CAPTURE(digest_check, sha256, sip::DigestAlgorithm::Sha256);

void digest_nonce(benchmark::State& state) {
  sip::NonceKey key;
  const std::string nonce = key.make(1'800'000'000, "flow", "edge.lab.example");
  repeat(state, 0, [&] {
    return key.judge(nonce, 1'800'000'000, "flow", "edge.lab.example").verdict ==
           sip::NonceKey::Verdict::Fresh;
  });
}
BENCHMARK(digest_nonce);

}  // namespace
}  // namespace bench
