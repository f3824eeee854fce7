#pragma once
// Which files of the TFTP service (HTTP, port 6970) a session may fetch: those that everybody gets,
// and the configuration of the user's own devices.

#include <span>
#include <string>
#include <string_view>

namespace policy {

struct FileClass {
  enum class Kind {
    Shared,   // for every session: SPDefault.cnf.xml, jabber-config*.xml, dial rules, trust lists
    Device,   // for the session whose user has the device
    Unknown,  // for nobody
  };
  Kind kind = Kind::Unknown;
  std::string device;  // Kind::Device: its name as written in the path
};

// Judges the path of a request ("/MDonald.cnf.xml", no query). Names are recognized in any case, so
// that a server that ignores case cannot be tricked; a path with an escape is Unknown, since no
// file of a device or of everybody needs one. `more_shared` adds shared files by their exact path.
//  Device: <Device>.cnf.xml, and with ".sgn", ".enc" or ".enc.sgn" behind; CTL<Device>.tlv,
//  ITL<Device>.tlv.
FileClass classify_file(std::string_view path, std::span<const std::string> more_shared = {});

// Whether a user with these devices may have it. Names of devices are compared exactly: where the
// server tells them apart by case, "mdonald" may be somebody else's.
bool may_fetch(const FileClass& file, std::span<const std::string> devices);

}  // namespace policy
