#include "home/records.h"

#include <doctest/doctest.h>

namespace home {
namespace {

TEST_CASE("names are made of what a path, a header and a document can hold") {
  struct Case {
    std::string name;
    bool user;
    bool device;
  };
  const Case cases[] = {
      {"mac.donald", true, true},
      {"a", true, true},
      {"mac@lab.example", true, false},
      {"mac+x", true, false},
      {"CSF_1-2", true, true},
      {"", false, false},
      {".", false, false},
      {"..", false, false},
      {".hidden", false, false},
      {"a/b", false, false},
      {"a\\b", false, false},
      {"a:b", false, false},
      {"a b", false, false},
      {"a%20", false, false},
      {"Zo\xc3\xab", false, false},
      {std::string("a\0b", 3), false, false},
      {"SPDefault", true, false},
      {"spdefault", true, false},
      {std::string(kMaxNameBytes, 'a'), true, true},
      {std::string(kMaxNameBytes + 1, 'a'), false, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(bool(check_user({c.name, "", "", "", "", ""})) == c.user);
    Device device;
    device.name = c.name;
    CHECK(bool(check_device(device)) == c.device);
  }
}

TEST_CASE("numbers are digits, star and pound, with a plus in front at most") {
  for (const char* good : {"5002", "+4912345", "*21#", "0"}) {
    CAPTURE(good);
    CHECK(check_number(good));
  }
  for (const char* bad : {"", "+", "5+2", "50 02", "5002a", "\xd9\xa5", "++5"}) {
    CAPTURE(bad);
    CHECK_FALSE(check_number(bad));
  }
  CHECK(check_number(std::string(kMaxNumberBytes, '1')));
  CHECK_FALSE(check_number(std::string(kMaxNumberBytes + 1, '1')));
}

TEST_CASE("other fields take any text of people but no control characters") {
  User user{"mac", "Zo\xc3\xab", "O'Brien <x>", "", "", ""};
  CHECK(check_user(user));
  user.first_name = "a\nb";
  CHECK_FALSE(check_user(user));
  user.first_name = "\xff";
  CHECK_FALSE(check_user(user));
  user.first_name = std::string(kMaxTextBytes, 'a');
  CHECK(check_user(user));
  user.first_name += 'a';
  CHECK(check_user(user).error().code == base::Errc::TooLarge);
}

TEST_CASE("a device has eight lines at most, of SIP, with a product number") {
  Device device;
  device.name = "MDonald";
  device.lines.assign(kMaxLines, {"", "1"});
  CHECK(check_device(device));
  device.lines.push_back({"", "1"});
  CHECK_FALSE(check_device(device));
  device.lines.clear();
  device.protocol = "SCCP";
  CHECK_FALSE(check_device(device));
  device.protocol = "SIP";
  device.product = 0;
  CHECK_FALSE(check_device(device));
}

TEST_CASE("passwords hold what Basic credentials can carry") {
  CHECK(check_password("p"));
  CHECK(check_password("with: colon and spaces"));
  CHECK_FALSE(check_password(""));
  CHECK_FALSE(check_password("a\tb"));
  CHECK(check_password(std::string(kMaxPasswordBytes, 'p')));
  CHECK_FALSE(check_password(std::string(kMaxPasswordBytes + 1, 'p')));
}

TEST_CASE("the UUID of a text is well-formed and the text's own") {
  const std::string uuid = uuid_of("a");
  CHECK(uuid.size() == 36);
  CHECK(uuid[14] == '8');  // the version
  CHECK(uuid == uuid_of("a"));
  CHECK(uuid != uuid_of("b"));
}

}  // namespace
}  // namespace home
