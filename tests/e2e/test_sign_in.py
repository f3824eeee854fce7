"""A client signs in, from DNS to the last file; both logs tell of it (wire.md 4, 5 and 8)."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import DOMAIN, basic, host_path, wait_until

LINE = re.compile(
    r'^(?P<date>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)\+00:00 \S+ '
    r'(?:traffic_server\[\d+\]|tvcs): '
    r'UTCTime="(?P<utc>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})" '
    r'Module="(?P<module>[^"]*)" Level="(?P<level>ERROR|WARN|INFO|DEBUG)": (?P<rest>.*)$')


def traffic(text):
    """The lines of a traffic log as dictionaries."""
    lines = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            fields = dict(re.findall(r'([A-Z][A-Za-z-]*)="([^"]*)"', match.group("rest")))
            fields["Level"] = match.group("level")
            lines.append(fields)
    return lines


@pytest.mark.parametrize("flags", [[], ["--http2"]], ids=["http1", "http2"])
def test_every_step_of_a_sign_in_succeeds(site, flags):
    done = site.login("--json", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1].get("ok") is True, lines[-1]
    text = site.login(*flags).stdout
    for file in ("MDonald.cnf.xml", "SPDefault.cnf.xml", "jabber-config.xml",
                 "CUPC/AppDialRules.xml", "CUPC/DirLookupDialRules.xml"):
        assert file in text, text


def test_the_edge_config_has_every_part_in_order(site):
    answer = site.ask("GET", host_path(DOMAIN) +
                      "/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin",
                      {"Authorization": basic("mac.donald", site.password())})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/xml"
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(r"X-Auth=[A-Za-z0-9_-]+; Path=/; Secure; HttpOnly", cookie)
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "getEdgeConfigResponse" and root.get("version") == "1.0"
    assert [child.tag for child in root] == ["serviceConfig", "edgeConfig"]
    services = {s.findtext("name"): s for s in root.find("serviceConfig")}
    assert list(services) == ["_cisco-uds", "_cuplogin", "_cisco-phone-tftp", "tftpServer"]
    hosts = {s.findtext("address") for s in services["_cisco-uds"].findall("server")}
    assert hosts == {f"ucm-pub.{DOMAIN}", f"ucm-sub.{DOMAIN}"}
    assert services["_cisco-phone-tftp"].findtext("error") == "NameError"
    assert {a.text for a in services["tftpServer"].findall("address")} == {
        f"{site.net}.20.82", f"{site.net}.20.84"}
    edge = root.find("edgeConfig")
    assert [child.tag for child in edge] == [
        "sipEdgeServer", "sipRequest", "xmppEdgeServer", "httpEdgeServer", "turnEdgeServer",
        "userUdsServer"]
    assert edge.findtext("sipEdgeServer/server/address") == f"edge.{DOMAIN}"
    assert edge.findtext("sipEdgeServer/server/tlsPort") == "5061"
    assert edge.findtext("sipRequest/route") == (
        f"<sip:{site.core_address()}:5061;transport=tls;zone-id=1;directed;lr>")
    assert edge.findtext("xmppEdgeServer/server/tlsPort") == "5222"
    assert edge.findtext("httpEdgeServer/server/tlsPort") == "8443"
    assert edge.findtext("userUdsServer/server/address").startswith("ucm-")


def test_the_form_of_room_systems_is_answered_too(site):
    answer = site.ask("GET", host_path(DOMAIN) + "/get_edge_config/",
                      {"Authorization": basic("mac.donald", site.password())})
    assert answer.status == 200, answer


def test_the_user_may_name_the_domain(site):
    answer = site.ask("GET", host_path(DOMAIN) + "/get_edge_config",
                      {"Authorization": basic("Mac.Donald@LAB.example", site.password())})
    assert answer.status == 200, answer


def test_one_transaction_has_the_same_ids_on_both_sides(site):
    path = site.uds("/cucm-uds/version?mark=same-ids")
    assert site.ask("GET", path, site.session()).status == 200
    # The answer's lines come last.
    def marked(name):
        return [l for l in traffic(site.log(name)) if "mark=same-ids" in l.get("Msg", "")]

    def answered(name):
        return marked(name) and [
            l["Detail"] for l in traffic(site.log(name))
            if l.get("Txn-id") == marked(name)[0]["Txn-id"] and l["Level"] == "INFO"][3:]

    wait_until(lambda: answered("edge") and answered("core"), "both logs")
    edge, core = marked("edge"), marked("core")
    assert [l["Detail"] for l in edge] == ["Receive Request", "Sending Request"]
    assert [l["Detail"] for l in core] == ["Receive Request", "Sending Request"]
    assert {l["Txn-id"] for l in edge + core} == {edge[0]["Txn-id"]}
    assert {l["Flow-id"] for l in edge + core} == {edge[0]["Flow-id"]}
    assert re.fullmatch(r"[0-9a-f]{32}", edge[0]["Flow-id"])
    assert edge[0]["Msg"].startswith("GET https://" + path[1:20])
    assert edge[1]["Tunnel-dst-host"] == f"core.{DOMAIN}"
    assert edge[1]["Msg"].startswith(f"GET http://vcs_control.{DOMAIN}:8443/")
    assert core[1]["Msg"] == "GET /cucm-uds/version?mark=same-ids HTTP/1.1"
    assert core[1]["Dst-port"] == "8443"
    answers = [l["Detail"] for l in traffic(site.log("edge"))
               if l.get("Txn-id") == edge[0]["Txn-id"] and l["Level"] == "INFO"]
    assert answers == ["Receive Request", "Sending Request", "Receive Response", "Sending Response"]


def test_what_the_call_manager_sees_is_what_the_wire_format_says(site):
    path = site.uds("/cucm-uds/version?mark=dump")
    cookie = site.session()
    cookie["Cookie"] += "; other=kept"
    cookie.update({"X-Forwarded-For": "6.6.6.6", "Via": "1.1 liar", "Forwarded": "for=6.6.6.6"})
    assert site.ask("GET", path, cookie).status == 200
    whole = re.compile(r"HTTPMSG:\n\|(GET /cucm-uds/version\?mark=dump HTTP/1.1\n.*?)\n\|\n", re.S)
    dump = wait_until(lambda: whole.search(site.log("core")), "the dump in core.log").group(1)
    assert f"Host: ucm-pub.{DOMAIN}:8443" in dump
    assert "6.6.6.6" not in dump and "liar" not in dump and "Forwarded: for" not in dump
    assert re.search(r"X-Forwarded-For: 127\.[0-9.]+, " + re.escape(site.edge_address()), dump)
    assert re.search(r"Via: https/1\.1 vcs\[[0-9A-F]{8}\], http/1\.1 vcs\[[0-9A-F]{8}\]", dump)
    assert "Sallyport-" not in dump
    token = cookie["Cookie"].split("=")[1].split(";")[0]
    for name in ("edge", "core", "home"):
        assert token not in site.log(name), f"the session's cookie stands in {name}.log"
        assert site.password() not in site.log(name)
