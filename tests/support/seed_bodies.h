#pragma once
// Answers as the seed's lab gives them (document 004), for the tests of this folder.

namespace support::seed {

inline constexpr char kEdgeConfig[] =
    R"(<?xml version='1.0' encoding='UTF-8'?>
<getEdgeConfigResponse version="1.0">
<serviceConfig><service><name>_cisco-phone-tftp</name><error>NameError</error></service>
<service><name>_cuplogin</name><server><priority>0</priority><weight>0</weight><port>8443</port><address>cimp-pub.uclab.com</address></server>
<server><priority>0</priority><weight>0</weight><port>8443</port><address>cimp-sub.uclab.com</address></server></service>
<service><name>_cisco-uds</name><server><priority>0</priority><weight>0</weight><port>8443</port><address>uclabcucm-sub.uclab.com</address></server>
<server><priority>0</priority><weight>0</weight><port>8443</port><address>uclabcucm-pub.uclab.com</address></server></service>
<service><name>tftpServer</name><address>10.106.4.82</address><address>10.106.4.84</address></service></serviceConfig>
<edgeConfig><sipEdgeServer><server><address>uclabexpwe01.uclab.com</address><tlsPort>5061</tlsPort></server>
<server><address>uclabexpwe02.uclab.com</address><tlsPort>5061</tlsPort></server></sipEdgeServer>
<sipRequest><route>&lt;sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr&gt;</route>
<route>&lt;sip:10.106.4.80:5061;transport=tls;zone-id=1;directed;lr&gt;</route></sipRequest>
<xmppEdgeServer><server><address>uclabexpwe01.uclab.com</address><tlsPort>5222</tlsPort></server>
<server><address>uclabexpwe02.uclab.com</address><tlsPort>5222</tlsPort></server></xmppEdgeServer>
<httpEdgeServer><server><address>uclabexpwe01.uclab.com</address><tlsPort>8443</tlsPort></server>
<server><address>uclabexpwe02.uclab.com</address><tlsPort>8443</tlsPort></server></httpEdgeServer><turnEdgeServer/>
<userUdsServer><server><address>uclabcucm-pub</address><tlsPort>8443</tlsPort></server></userUdsServer></edgeConfig></getEdgeConfigResponse>)";

inline constexpr char kVersion[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><versionInformation version="9.1.2" uri="https://uclabcucm-pub.uclab.com:8443/cucm-uds/version"><name>Cisco User Data Service</name><version>9.1.2</version><installedProducts><product>Cisco Unified Communications Manager</product></installedProducts></versionInformation>)";

inline constexpr char kClusterUser[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><users totalCount="1" returnedCount="1" requestedCount="4" start="0" version="9.1.2" uri="https://uclabcucm-pub:8443/cucm-uds/users"><user uri="https://uclabcucm-pub:8443/cucm-uds/user/mac.donald"><userName>mac.donald</userName><firstName>Mac</firstName><lastName>Donald</lastName><middleName></middleName><phoneNumber>5002</phoneNumber><userLocale xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></user></users>)";

inline constexpr char kServers[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><servers version="9.1.2" uri="https://uclabcucm-sub.uclab.com:8443/cucm-uds/servers"><server>uclabcucm-pub</server><server>uclabcucm-sub</server></servers>)";

inline constexpr char kDevices[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><devices version="9.1.2" uri="https://uclabcucm-sub:8443/cucm-uds/user/mac.donald/devices"><device hasPrimaryNumber="true" uri="https://uclabcucm-sub:8443/cucm-uds/user/mac.donald/device/29e15ce2"><id>29e15ce2</id><name>MDonald</name><model>Cisco Unified Client Services Framework</model><product>390</product><description></description><protocol>SIP</protocol><provision><uri>http://uclabcucm-pub:6970/MDonald.cnf.xml</uri><uri>http://uclabcucm-sub:6970/MDonald.cnf.xml</uri></provision><supportsFeatures><dnd configurable="false">true</dnd></supportsFeatures><userGuide uri=""/></device></devices>)";

inline constexpr char kUser[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><user version="9.1.2" uri="https://uclabcucm-pub:8443/cucm-uds/user/mac.donald"><userName>mac.donald</userName><firstName>Mac</firstName><lastName>Donald</lastName><phoneNumber>5002</phoneNumber></user>)";

// As home writes it, without what nobody here reads.
inline constexpr char kDeviceFile[] =
    R"(<?xml version="1.0" encoding="UTF-8"?><device ctiid="11"><fullConfig>true</fullConfig><devicePool><callManagerGroup><members><member priority="1"><callManager><name>uclabcucm-sub</name><ports><sipPort>5060</sipPort></ports><processNodeName>uclabcucm-sub</processNodeName></callManager></member><member priority="0"><callManager><name>uclabcucm-pub</name><ports><ethernetPhonePort>2000</ethernetPhonePort><sipPort>5060</sipPort><securedSipPort>5061</securedSipPort></ports><processNodeName>UCLABCUCM-pub</processNodeName></callManager></member></members></callManagerGroup></devicePool><sipProfile><sipLines><line button="1"><featureID>2</featureID><name>speed dial</name></line><line button="2" lineIndex="2"><featureID>9</featureID><featureLabel>5002</featureLabel><name>5002</name><displayName>Mac Donald</displayName><contact>96446082-3aa2-435b-9c73-671751df5635</contact></line></sipLines></sipProfile></device>)";

}  // namespace support::seed
