#include "support/password.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "support/sign_in.h"

namespace support {
namespace {

TEST_CASE("a password is one line, its end left off") {
  CHECK(*password_of("secret") == "secret");
  CHECK(*password_of("secret\n") == "secret");
  CHECK(*password_of("secret\r\n") == "secret");
  CHECK(*password_of(" with spaces : \xc3\xb6 ") == " with spaces : \xc3\xb6 ");
  CHECK(password_of(std::string(kMaxPasswordBytes, 'x')));
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("a\nb"), std::string("a\n\n"),
        std::string("a\0b", 3), std::string("a\tb"), std::string(kMaxPasswordBytes + 1, 'x')}) {
    CAPTURE(text);
    CHECK(!password_of(text));
  }
}

TEST_CASE("a password file is read, and its name stands in what went wrong") {
  char name[] = "/tmp/support-password-XXXXXX";
  const int descriptor = ::mkstemp(name);
  REQUIRE(descriptor >= 0);
  ::close(descriptor);
  std::ofstream(name) << "secret\n";
  CHECK(*read_password_file(name) == "secret");
  std::ofstream(name) << "one\ntwo\n";
  CHECK(read_password_file(name).error().detail.find(name) != std::string::npos);
  std::ofstream(name) << std::string(100'000, 'x');
  CHECK(!read_password_file(name));
  ::unlink(name);
  CHECK(read_password_file(name).error().code == base::Errc::System);
}

}  // namespace
}  // namespace support
