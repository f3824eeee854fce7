#pragma once
// Result<T>: a value, or the Error that says why there is none. It stands in
// for std::expected, which GCC 12 offers only in C++23 mode.

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace base {

enum class Errc { Malformed, TooLarge, Unsupported, Refused, Timeout, Closed, NotFound, System };

// The code's name in lower case, for logs: "timeout".
constexpr const char* to_string(Errc code) {
  switch (code) {
    case Errc::Malformed:
      return "malformed";
    case Errc::TooLarge:
      return "too large";
    case Errc::Unsupported:
      return "unsupported";
    case Errc::Refused:
      return "refused";
    case Errc::Timeout:
      return "timeout";
    case Errc::Closed:
      return "closed";
    case Errc::NotFound:
      return "not found";
    case Errc::System:
      return "system";
  }
  return "?";
}

struct Error {
  Errc code;
  std::string detail;  // for the log only: never parsed, never sent to a peer
};

template <typename T = std::monostate>
class [[nodiscard]] Result {
 public:
  Result() requires std::is_same_v<T, std::monostate> : state_(std::in_place_index<0>) {}
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() & noexcept { return *checked(std::get_if<0>(&state_)); }
  T&& operator*() && noexcept { return std::move(*checked(std::get_if<0>(&state_))); }
  const T& operator*() const& noexcept { return *checked(std::get_if<0>(&state_)); }
  T* operator->() noexcept { return checked(std::get_if<0>(&state_)); }
  const T* operator->() const noexcept { return checked(std::get_if<0>(&state_)); }
  const Error& error() const noexcept { return *checked(std::get_if<1>(&state_)); }

 private:
  template <typename P>
  static P checked(P p) noexcept {
    assert(p != nullptr);
    return p;
  }

  std::variant<T, Error> state_;
};

}  // namespace base
