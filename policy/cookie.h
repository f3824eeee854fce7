#pragma once
// The session's cookie in Cookie fields (RFC 6265, 5.4). Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace policy {

inline constexpr std::string_view kSessionCookie = "X-Auth";

// Looks for X-Auth in the Cookie fields of one request, which HTTP/2 may split (RFC 9113, 8.2.3).
class SessionCookie final {
 public:
  // One Cookie field; what is found is a view into it.
  void read(std::string_view field);

  // Nothing of use is known when it is there twice: edge and core might judge different ones.
  bool repeated() const { return count_ > 1; }
  bool found() const { return count_ == 1; }
  std::string_view value() const { return value_; }  // any bytes but ';', without blanks around

 private:
  std::string_view value_;
  std::size_t count_ = 0;
};

// The field without X-Auth, in whatever case it is spelled; the others stay byte for byte. Empty
// when nothing is left: the field is then to be left out.
std::string without_session_cookie(std::string_view field);

// "X-Auth=<token>; Path=/; Secure; HttpOnly", with "; Domain=<cookie_domain>" when that is not
// empty.
std::string to_set_cookie(std::string_view token, std::string_view cookie_domain = {});

}  // namespace policy
