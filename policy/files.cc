#include "policy/files.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace policy {
namespace {

constexpr std::size_t kMaxDeviceBytes = 128;  // call managers allow 50

// In lower case, as they are compared.
constexpr std::string_view kSharedFiles[] = {
    "/spdefault.cnf.xml",
    "/xmldefault.cnf.xml",
    "/jabber-config.xml",
    "/appdialrules.xml",
    "/dirlookupdialrules.xml",
    "/cupc/appdialrules.xml",
    "/cupc/dirlookupdialrules.xml",
    "/ringlist.xml",
    "/distinctiveringlist.xml",
    "/ctlfile.tlv",
    "/itlfile.tlv",
    "/itlsfile.tlv",
};

// The longest first: each ends in a shorter one's text or not at all.
constexpr std::string_view kDeviceEndings[] = {".cnf.xml.enc.sgn", ".cnf.xml.sgn", ".cnf.xml.enc",
                                               ".cnf.xml"};

bool is_device_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxDeviceBytes) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return base::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

FileClass of_device(std::string_view device) {
  if (!is_device_name(device)) return {};
  return {FileClass::Kind::Device, std::string(device)};
}

// "/jabber-config.xml", and those that a device's settings name: "/jabber-config-sales.xml".
bool is_jabber_config(std::string_view lower) {
  return lower.starts_with("/jabber-config") && lower.ends_with(".xml") &&
         is_device_name(lower.substr(1));
}

}  // namespace

FileClass classify_file(std::string_view path, std::span<const std::string> more_shared) {
  const FileClass shared{FileClass::Kind::Shared, {}};
  if (!path.starts_with('/') || path.find('%') != std::string_view::npos) return {};
  const std::string lower = base::to_lower(path);
  if (std::find(std::begin(kSharedFiles), std::end(kSharedFiles), lower) !=
      std::end(kSharedFiles)) {
    return shared;
  }
  // Files of devices before everything that could be configured or guessed as shared.
  const std::string_view name = path.substr(1);
  for (const std::string_view ending : kDeviceEndings) {
    if (lower.ends_with(ending)) return of_device(name.substr(0, name.size() - ending.size()));
  }
  if (lower.ends_with(".tlv") && (lower.starts_with("/ctl") || lower.starts_with("/itl"))) {
    return of_device(name.substr(3, name.size() - 3 - std::string_view(".tlv").size()));
  }
  if (is_jabber_config(lower)) return shared;
  if (std::find(more_shared.begin(), more_shared.end(), path) != more_shared.end()) return shared;
  return {};
}

bool may_fetch(const FileClass& file, std::span<const std::string> devices) {
  switch (file.kind) {
    case FileClass::Kind::Shared:
      return true;
    case FileClass::Kind::Unknown:
      return false;
    case FileClass::Kind::Device:
      return std::find(devices.begin(), devices.end(), file.device) != devices.end();
  }
  return false;
}

}  // namespace policy
