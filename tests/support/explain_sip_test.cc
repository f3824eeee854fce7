#include "support/explain_sip.h"

#include <doctest/doctest.h>

namespace support {
namespace {

const RegisterPath kPath{"edge.uclab.com", "<sip:10.1.2.3:5061;lr>", {"ucm", kSipPort}};

RegisterResult answered(int status, std::string_view phrase) {
  return {sip::Message::response(status, phrase), {407, status}, "MD5", {}};
}

TEST_CASE("every status of a registration has a problem and an advice") {
  const Phone phone = make_phone("mac", "s3cret", "MDonald", {"5002", "", {}});
  for (int status = 300; status < 700; ++status) {
    for (const char* phrase : {"", "Forbidden", "anything else"}) {
      CAPTURE(status);
      const Explanation why = explain_register(answered(status, phrase), kPath, phone);
      CHECK(!why.problem.empty());
      CHECK(!why.advice.empty());
      CHECK(why.problem.find("s3cret") == std::string::npos);
    }
  }
}

TEST_CASE("trouble of a server is told from a refusal") {
  for (const int status : {408, 430, 480, 500, 502, 503, 504}) {
    CAPTURE(status);
    CHECK(is_server_trouble(answered(status, "")));
  }
  for (const int status : {200, 400, 401, 403, 404, 407, 423, 437, 483, 505, 600, 603}) {
    CAPTURE(status);
    CHECK(!is_server_trouble(answered(status, "")));
  }
  CHECK(is_server_trouble({base::Error{base::Errc::Timeout, "x"}, {407}, {}, {}}));
}

TEST_CASE("answers are summed up in a printable line of limited length") {
  CHECK(summary_of(answered(403, "Forbidden")) == "407, 403 Forbidden");
  CHECK(summary_of({base::Error{base::Errc::Timeout, "x"}, {407}, {}, {}}) == "407, no answer");
  CHECK(status_line(*answered(403, "").answer) == "403");
  CHECK(status_line(*answered(403, "a\x1b[31m\x9b").answer) == "403 a\\x1b[31m\\x9b");
  CHECK(status_line(*answered(403, std::string(5000, 'x')).answer).size() < 300);
  sip::Message warned = sip::Message::response(403, "Forbidden");
  warned.add(sip::FieldId::Warning, "399 edge \"no current login of mac\"");
  CHECK(status_line(warned).find("no current login of mac") != std::string::npos);
  const Phone phone = make_phone("mac", "", "MDonald", {"5002", "", {}});
  const RegisterResult result{std::move(warned), {407, 403}, "MD5", {}};
  CHECK(explain_register(result, kPath, phone).problem.find("not signed in") != std::string::npos);
}

TEST_CASE("an answer that did not come is explained by how it ended") {
  for (const base::Errc code : {base::Errc::Timeout, base::Errc::Closed, base::Errc::Malformed,
                                base::Errc::Refused, base::Errc::System}) {
    const Explanation why = explain_no_sip_answer({code, "the detail"});
    CHECK(why.problem.find("the detail") != std::string::npos);
    CHECK(!why.advice.empty());
  }
}

}  // namespace
}  // namespace support
