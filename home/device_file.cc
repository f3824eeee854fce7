#include "home/device_file.h"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "home/xml_writer.h"

namespace home {
namespace {

// A leaf element with a fixed value.
struct Setting {
  std::string_view name;
  std::string_view value;
};

void write_all(XmlWriter& xml, std::span<const Setting> settings) {
  for (const Setting& setting : settings)
    xml.leaf(setting.name, setting.value);
}

void write_all(XmlWriter& xml, std::initializer_list<Setting> settings) {
  write_all(xml, std::span(settings.begin(), settings.size()));
}

std::string braced(const std::string& uuid) {
  return "{" + uuid + "}";
}

// "<seconds>-<uuid>": it changes exactly when the content does, so that a client sees at a glance
// whether it has this version already.
std::string version_stamp(std::int64_t changed, std::string_view content) {
  return std::to_string(changed) + "-" + uuid_of(content);
}

// RFC 3261's default for timers T1 and T2 is 500 ms and 4 s; all times here are in the unit that
// the element has at a call manager: T1 and T2 in ms, the others in s.
constexpr Setting kSipStack[] = {
    {"sipInviteRetx", "6"},
    {"sipRetx", "10"},
    {"timerInviteExpires", "180"},
    {"timerRegisterDelta", "5"},
    {"timerKeepAliveExpires", "120"},
    {"timerSubscribeExpires", "120"},
    {"timerSubscribeDelta", "5"},
    {"timerT1", "500"},
    {"timerT2", "4000"},
    {"maxRedirects", "70"},
    {"remotePartyID", "true"},
    {"userInfo", "None"},
};

constexpr Setting kCallFeatures[] = {
    {"cnfJoinEnabled", "true"},
    {"callForwardURI", "x-cisco-serviceuri-cfwdall"},
    {"callPickupURI", "x-cisco-serviceuri-pickup"},
    {"callPickupGroupURI", "x-cisco-serviceuri-gpickup"},
    {"meetMeServiceURI", "x-cisco-serviceuri-meetme"},
    {"abbreviatedDialURI", "x-cisco-serviceuri-abbrdial"},
    {"rfc2543Hold", "false"},
    {"callHoldRingback", "2"},
    {"localCfwdEnable", "true"},
    {"semiAttendedTransfer", "true"},
    {"anonymousCallBlock", "2"},
    {"callerIdBlocking", "2"},
    {"dndControl", "0"},
    {"remoteCcEnable", "true"},
};

void write_member(XmlWriter& xml, const Cluster& cluster, std::size_t priority) {
  const std::string& node = cluster.nodes[priority];
  xml.open("member", {{"priority", std::to_string(priority)}});
  xml.open("callManager");
  xml.leaf("name", node);
  xml.leaf("description", "");
  xml.open("ports");
  xml.leaf("ethernetPhonePort", "2000");
  xml.leaf("sipPort", std::to_string(cluster.sip_port));
  xml.leaf("securedSipPort", "5061");
  xml.close();
  xml.leaf("processNodeName", node);
  xml.close();
  xml.close();
}

void write_device_pool(XmlWriter& xml, const Cluster& cluster) {
  xml.open("devicePool", {{"uuid", braced(uuid_of("device pool Default"))}});
  xml.leaf("revertPriority", "0");
  xml.leaf("name", "Default");
  xml.open("dateTimeSetting");
  write_all(xml, {{"name", "CMLocal"}, {"dateTemplate", "D/M/Y"}, {"timeZone", "UTC"}});
  xml.close();
  xml.open("callManagerGroup");
  xml.leaf("name", "Default");
  xml.leaf("tftpDefault", "true");
  xml.open("members");
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    write_member(xml, cluster, i);
  xml.close();
  xml.close();
  xml.leaf("connectionMonitorDuration", "120");
  xml.close();
}

void write_line(XmlWriter& xml, const Cluster& cluster, std::size_t button, const Line& line,
                const User& owner) {
  const std::string place = std::to_string(button);
  std::string display = owner.first_name;
  if (!display.empty() && !owner.last_name.empty()) display += ' ';
  display += owner.last_name;
  xml.open("line", {{"button", place}, {"lineIndex", place}});
  xml.leaf("featureID", "9");  // a directory number
  xml.leaf("featureLabel", line.number);
  xml.leaf("proxy", "USECALLMANAGER");
  xml.leaf("port", std::to_string(cluster.sip_port));
  xml.leaf("name", line.number);
  xml.leaf("displayName", display.empty() ? line.number : display);
  xml.open("autoAnswer");
  xml.leaf("autoAnswerEnabled", "0");
  xml.close();
  xml.leaf("callWaiting", "3");
  xml.leaf("authName", owner.name);
  xml.leaf("authPassword", "");  // the user's own, which no file holds
  write_all(xml, {{"sharedLine", "false"},
                  {"messageWaitingLampPolicy", "3"},
                  {"messagesNumber", ""},
                  {"ringSettingIdle", "4"},
                  {"ringSettingActive", "5"}});
  xml.leaf("contact", line.id);
  xml.open("forwardCallInfoDisplay");
  write_all(xml, {{"callerName", "true"},
                  {"callerNumber", "false"},
                  {"redirectedNumber", "false"},
                  {"dialedNumber", "true"}});
  xml.close();
  xml.leaf("maxNumCalls", "6");
  xml.leaf("busyTrigger", "2");
  xml.close();
}

void write_sip_profile(XmlWriter& xml, const Cluster& cluster, const Device& device,
                       const User& owner) {
  xml.open("sipProfile");
  xml.open("sipProxies");
  write_all(xml, {{"backupProxy", "USECALLMANAGER"},
                  {"emergencyProxy", "USECALLMANAGER"},
                  {"outboundProxy", ""},
                  {"registerWithProxy", "true"}});
  xml.close();
  xml.open("sipCallFeatures");
  write_all(xml, kCallFeatures);
  xml.close();
  xml.open("sipStack");
  xml.leaf("timerRegisterExpires", std::to_string(cluster.registration_seconds));
  write_all(xml, kSipStack);
  xml.close();
  write_all(xml, {{"autoAnswerTimer", "1"},
                  {"autoAnswerAltBehavior", "false"},
                  {"autoAnswerOverride", "true"},
                  {"transferOnhookEnabled", "false"},
                  {"enableVad", "false"},
                  {"preferredCodec", "none"},
                  {"dtmfAvtPayload", "101"},
                  {"dtmfDbLevel", "3"},
                  {"dtmfOutofBand", "avt"},
                  {"kpml", "3"},
                  {"alwaysUsePrimeLine", "false"},
                  {"alwaysUsePrimeLineVoiceMail", "false"}});
  xml.leaf("phoneLabel", device.description);
  xml.leaf("stutterMsgWaiting", "2");
  xml.open("sipLines");
  std::size_t button = 0;
  for (const Line& line : device.lines)
    write_line(xml, cluster, ++button, line, owner);
  xml.close();
  write_all(xml, {{"voipControlPort", "5060"},
                  {"startMediaPort", "16384"},
                  {"stopMediaPort", "32766"},
                  {"dscpForAudio", "184"},
                  {"dscpVideo", "136"}});
  xml.leaf("dialTemplate", "");
  xml.close();
}

// `stamp` is empty while the content is gathered from which the stamp is made.
std::string write_device(const Cluster& cluster, const Device& device, const User& owner,
                         const std::string& stamp) {
  XmlWriter xml;
  // A call manager leaves the two prefixes undeclared, which Namespaces in XML 1.0 forbids.
  xml.open("device", {{"xsi:type", "axl:XIPPhone"},
                      {"ctiid", "11"},
                      {"uuid", braced(device.id)},
                      {"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"},
                      {"xmlns:axl", "http://www.cisco.com/AXL/API/9.1"}});
  xml.leaf("fullConfig", "true");
  xml.leaf("versionStamp", stamp);
  xml.leaf("deviceProtocol", device.protocol);
  write_all(xml, {{"sshUserId", ""}, {"sshPassword", ""}, {"ipAddressMode", "0"}});
  write_device_pool(xml, cluster);
  write_sip_profile(xml, cluster, device, owner);
  xml.open("commonProfile");
  write_all(xml,
            {{"phonePassword", ""}, {"backgroundImageAccess", "true"}, {"callLogBlfEnabled", "2"}});
  xml.close();
  write_all(xml, {{"loadInformation", ""}, {"transportLayerProtocol", "1"}});  // 1: TCP
  write_all(xml, {{"deviceSecurityMode", "1"}, {"certHash", ""}, {"encrConfig", "false"}});
  xml.leaf("authenticationURL", "");
  xml.leaf("ownerUserId", owner.name);
  xml.leaf("product", std::to_string(device.product));
  xml.leaf("description", device.description);
  xml.close();
  return xml.take();
}

void write_service(XmlWriter& xml, std::string_view type, std::string_view name,
                   const std::string& host, std::uint16_t port, std::size_t priority) {
  xml.open("service", {{"type", type}});
  xml.leaf("name", name);
  xml.leaf("priority", std::to_string(priority));
  xml.leaf("hostnameorip", host);
  xml.leaf("port", std::to_string(port));
  xml.close();
}

std::string write_profile(const Cluster& cluster, const std::string& stamp) {
  constexpr std::uint16_t kPresencePort = 5222;  // XMPP (RFC 6120)
  constexpr std::uint16_t kUdsPort = 8443;
  XmlWriter xml;
  xml.open("serviceProfile");
  xml.leaf("versionStamp", stamp);
  xml.leaf("name", "Default");
  xml.open("services");
  std::size_t priority = 0;
  for (const std::string& node : cluster.presence) {
    write_service(xml, "imp", "IM and Presence", node, kPresencePort, ++priority);
  }
  priority = 0;
  for (const std::string& node : cluster.nodes) {
    write_service(xml, "directory", "User Data Service", node, kUdsPort, ++priority);
  }
  xml.close();
  xml.close();
  return xml.take();
}

}  // namespace

std::string device_file(const Cluster& cluster, const Device& device, const User& owner) {
  const std::string content = write_device(cluster, device, owner, "");
  return write_device(cluster, device, owner, version_stamp(device.changed, content));
}

std::string service_profile_file(const Cluster& cluster) {
  return write_profile(cluster, version_stamp(0, write_profile(cluster, "")));
}

std::string dial_rules_file() {
  XmlWriter xml;
  xml.open("DialRules");
  xml.close();
  return xml.take();
}

}  // namespace home
