"""The programs as administrators meet them: configuration, reload, logs, the admin page, the end."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess

import pytest
from conftest import BIN, DEADLINE, DOMAIN, ROOT, Site, wait_until


def run(*arguments, **more):
    return subprocess.run([str(a) for a in arguments], text=True, capture_output=True,
                          timeout=DEADLINE, stdin=subprocess.DEVNULL, **more)


@pytest.mark.parametrize("program", ["sallyport-edge", "sallyport-core", "sallyport-home",
                                     "sallyport"])
def test_every_program_says_its_version_and_how_it_is_used(program):
    assert run(BIN / program, "--version").returncode == 0
    assert program in run(BIN / program, "--version").stdout
    assert run(BIN / program, "--help").returncode == 0
    assert run(BIN / program, "--no-such-flag").returncode == 2


@pytest.mark.parametrize("arguments", [["user"], ["user", "list"], ["user", "lst", "--database", "x.db"],
                                       ["user", "list", "--database", "x.db", "--config", "y.yaml"],
                                       ["import", "--database", "x.db"], ["--config"], []])
def test_a_command_line_that_is_no_good_is_2_at_home_as_elsewhere(arguments, tmp_path):
    done = run(BIN / "sallyport-home", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr
    assert not list(tmp_path.iterdir())


def test_a_database_that_is_not_there_is_made_by_what_fills_it_only(tmp_path):
    file, seed, password = tmp_path / "home.db", tmp_path / "seed.yaml", tmp_path / "password"
    password.write_text("secret\n")
    seed.write_text("users: []\n")
    for command in (["user", "list"], ["user", "remove", "ada"], ["device", "list"],
                    ["user", "passwd", "ada", "--password-file", password],
                    ["device", "add", "AKing", "--owner", "ada"], ["device", "remove", "AKing"],
                    ["token", "mint", "ada"]):
        done = run(BIN / "sallyport-home", *command, "--database", file)
        assert done.returncode == 1, command
        assert done.stderr == f"sallyport-home: {file}: No such file or directory\n"
        assert not file.exists()
    for command in (["user", "add", "ada", "--password-file", password], ["import", seed]):
        assert run(BIN / "sallyport-home", *command, "--database", file).returncode == 0, command
        assert run(BIN / "sallyport-home", "user", "list", "--database", file).returncode == 0
        for made in tmp_path.glob("home.db*"):
            made.unlink()


def test_check_finds_all_mistakes_at_once(site, tmp_path):
    text = (site.folder / "edge.yaml").read_text()
    text = text.replace("domains: [lab.example]", "domians: [lab.example]")
    text = text.replace(":7001", ":99999").replace("trust:", "trusts:") + "\nworkers: many\n"
    file = tmp_path / "edge.yaml"
    file.write_text(text)
    done = run(BIN / "sallyport-edge", "--config", file, "--check")
    assert done.returncode == 1
    for part in ("domians", "did you mean", "domains", "listen.tunnel[0]", "tunnel.trusts",
                 "workers", f"{file}:"):
        assert part in done.stderr, done.stderr
    for line in done.stderr.splitlines():
        place = line.removeprefix(f"{file}:").split(":")
        assert place[0].isdigit() and place[1].isdigit(), line


def test_check_compares_certificates_and_listeners(site, tmp_path):
    for file in site.folder.glob("edge.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "ca.pem").write_bytes((site.folder / "ca.pem").read_bytes())
    config = tmp_path / "edge.yaml"
    good = config.read_text()
    assert run(BIN / "sallyport-edge", "--config", config, "--check").returncode == 0
    config.write_text(good.replace(f"name: edge.{DOMAIN}", f"name: gate.{DOMAIN}"))
    done = run(BIN / "sallyport-edge", "--config", config, "--check")
    assert done.returncode == 1 and f"does not hold DNS:gate.{DOMAIN}" in done.stderr
    config.write_text(good.replace(":7001", ":8443"))
    done = run(BIN / "sallyport-edge", "--config", config, "--check")
    assert done.returncode == 1 and "used by another listener" in done.stderr
    config.write_text(good.replace("[lab.example]", "[lab.example, other.example]"))
    done = run(BIN / "sallyport-edge", "--config", config, "--check")
    assert done.returncode == 1 and "SRV:_collab-edge._tls.other.example" in done.stderr


@pytest.mark.parametrize("program", ["edge", "core", "home"])
def test_the_sample_configuration_is_good_but_for_its_files(program, tmp_path):
    sample = ROOT / "deploy/sample" / f"{program}.yaml"
    done = run(BIN / f"sallyport-{program}", "--config", sample, "--check")
    for line in done.stderr.splitlines():
        assert ".pem" in line or ".key" in line, line


@pytest.mark.parametrize("name", ["edge", "core"])
def test_the_admin_page(site, name):
    assert site.admin(name, "/livez").status == 200
    wait_until(lambda: site.admin(name, "/readyz").status == 200, f"{name} to be ready")
    status = site.status(name)
    assert status["ready"] is True and status["links"]
    assert 0 < status["certificate_days_left"]
    metrics = site.admin(name, "/metrics").body.decode()
    for line in metrics.splitlines():
        assert line.startswith("# ") or len(line.rsplit(" ", 1)) == 2, line
    assert f"sallyport_{name}_requests_total" in metrics
    assert site.admin(name, "/nonsense").status == 404
    assert site.admin(name, "/status", "DELETE").status == 405


@pytest.mark.parametrize("name", ["edge", "core", "home"])
def test_every_thread_lets_the_running_one_finish(site, name):
    threads = [int(task) for task in os.listdir(f"/proc/{site.pid(name)}/task")]
    assert len(threads) >= 3  # main, log, workers
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_BATCH}


def test_discovery_shows_in_the_cores_status(site):
    domain = site.status("core")["domains"][0]
    results = {s["name"]: s["result"] for s in domain["services"]}
    assert results == {"_cisco-uds": "Ok", "_cuplogin": "Ok", "_cisco-phone-tftp": "NameError"}
    assert f"uds ucm-pub.{DOMAIN}" in domain["nodes"]


def test_levels_are_switched_while_it_runs(site):
    path, session = site.uds("/cucm-uds/version"), site.session()
    assert site.admin("edge", "/levels?traffic=error", "PUT").status == 200
    assert site.ask("GET", path + "?mark=quiet", session).status == 200
    assert site.admin("edge", "/levels?traffic=debug", "PUT").status == 200
    assert site.ask("GET", path + "?mark=loud", session).status == 200
    assert "mark=quiet" not in site.wait_log("edge", "mark=loud")
    assert site.admin("edge", "/levels?traffic=shout", "PUT").status == 400


def test_a_log_is_rotated_and_no_line_is_lost(site):
    path, session = site.uds("/cucm-uds/version"), site.session()
    log, old = site.folder / "edge.log", site.folder / "edge.log.1"
    for number in range(40):
        if number == 20:
            os.rename(log, old)
            site.kill("edge", signal.SIGUSR1)
        assert site.ask("GET", path + f"?mark=rotate-{number}-", session).status == 200
    wait_until(lambda: log.exists() and "mark=rotate-39-" in log.read_text(), "the new file")
    text = old.read_text() + log.read_text()
    for number in range(40):
        assert f"mark=rotate-{number}-" in text


def test_a_new_certificate_is_shown_after_a_reload_and_no_connection_is_lost(fresh_site):
    site = fresh_site
    session = site.session()
    kept = http.client.HTTPConnection(f"edge.{DOMAIN}", 8443)
    kept.sock = site.connect()
    before = kept.sock.getpeercert()["serialNumber"]
    kept.request("GET", site.uds("/cucm-uds/version"), headers=session)
    assert kept.getresponse().read()
    run(BIN / "sallyport", "cert", "issue", "--ca", site.folder / "ca", "--role", "both", "--name",
        f"DNS:edge.{DOMAIN}", "--out", site.folder / "edge", "--force")
    site.kill("edge", signal.SIGHUP)
    wait_until(lambda: site.connect().getpeercert()["serialNumber"] != before, "a new certificate")
    kept.request("GET", site.uds("/cucm-uds/version"), headers=session)
    assert kept.getresponse().status == 200


def test_a_bad_configuration_is_not_taken_at_a_reload(fresh_site):
    site = fresh_site
    site.change("edge", "domains:", "domians:")
    site.kill("edge", signal.SIGHUP)
    site.wait_log("edge", "configuration not taken", "domians")
    assert site.sign_in()


def test_a_reload_names_what_only_a_restart_changes_and_keeps_it(fresh_site):
    site = fresh_site
    # SIP sign-ins ask the core in the edge's name, and clients are told the names of the core's edges.
    site.change("edge", f"name: edge.{DOMAIN}", f"name: other.{DOMAIN}")
    site.issue_certificate("edge", f"DNS:edge.{DOMAIN}", f"DNS:other.{DOMAIN}")
    site.kill("edge", signal.SIGHUP)
    site.wait_log("edge", "only with a restart", 'keys="name"', "configuration loaded anew")
    site.change("core", f"- name: edge.{DOMAIN}", f"- name: other.{DOMAIN}")
    site.change("core", "sasl: plain_only", "sasl: native")
    site.kill("core", signal.SIGHUP)
    site.wait_log("core", "only with a restart", 'keys="edges, presence.sasl"',
                  "configuration loaded anew")
    assert site.login().returncode == 0


def test_a_certificate_for_a_name_that_waits_for_a_restart_is_not_taken(fresh_site):
    site = fresh_site
    site.change("edge", f"name: edge.{DOMAIN}", f"name: other.{DOMAIN}")
    site.issue_certificate("edge", f"DNS:other.{DOMAIN}")
    site.kill("edge", signal.SIGHUP)
    site.wait_log("edge", "configuration not taken", f"does not hold DNS:edge.{DOMAIN}")
    assert site.login().returncode == 0


def test_sigterm_lets_requests_end(fresh_site):
    site = fresh_site
    session = site.session()
    site.kill("home", signal.SIGSTOP)  # the answer has to wait
    slow = http.client.HTTPConnection(f"edge.{DOMAIN}", 8443)
    slow.sock = site.connect()
    slow.request("GET", site.uds("/cucm-uds/version?mark=slow"), headers=session)
    site.wait_log("core", "mark=slow")
    pid = site.pid("edge")
    site.kill("edge", signal.SIGTERM)
    site.wait_log("edge", "stopping")
    site.kill("home", signal.SIGCONT)
    assert slow.getresponse().status == 200
    wait_until(lambda: not os.path.exists(f"/proc/{pid}") or
               open(f"/proc/{pid}/stat").read().split()[2] == "Z", "the edge's end")
    with pytest.raises(OSError):
        socket.create_connection((site.edge_address(), 8443), 1)


def test_a_port_in_use_is_named_with_who_has_it(fresh_site):
    site = fresh_site
    site.lab("stop", "edge")
    squatter = socket.create_server((site.edge_address(), 8443))
    done = site.lab("start", "edge", check=False)
    squatter.close()
    assert done.returncode != 0
    assert "port 8443" in done.stderr and str(os.getpid()) in done.stderr
    site.lab("start", "edge")


# What a program's workers share, and what is its own.
@pytest.mark.parametrize("name, shared, own", [("edge", (8443, 5061, 5222), (7001, 9443)),
                                               ("core", (5060,), (9443,)),
                                               ("home", (8443, 6970), (5060, 9443))])
def test_a_second_instance_is_refused_and_the_first_serves_on(site, name, shared, own):
    good = (site.folder / f"{name}.yaml").read_text()
    second = site.folder / "second.yaml"  # its relative paths begin here
    for port in shared + own:
        text = good
        for other in set(shared + own) - {port}:  # all but one are the second's own
            text = text.replace(f":{other}\"", f":{other + 10000}\"")
        second.write_text(text)
        done = run(BIN / f"sallyport-{name}", "--config", second)
        assert done.returncode == 1
        assert f"listen on {site.address(name)}:{port}: Address already in use" in done.stderr
    second.unlink()
    for _ in range(8):  # each would have gone to either
        assert site.admin(name, "/livez").status == 200
        assert site.sign_in()


def test_a_program_that_was_killed_starts_again_at_once(fresh_site):
    site = fresh_site
    client = site.connect()  # ends with the edge, and its port waits a minute (TIME_WAIT)
    for name in ("edge", "core", "home"):
        site.kill(name)
        wait_until(lambda: open(f"/proc/{site.pid(name)}/stat").read().split()[2] == "Z"
                   if os.path.exists(f"/proc/{site.pid(name)}") else True, f"{name}'s end")
        site.lab("start", name)
    wait_until(site.is_linked, "the links")
    assert site.sign_in()
    client.close()


def test_the_lab_may_be_started_twice(fresh_site):
    site = fresh_site
    pids = [site.pid(name) for name in ("edge", "core", "home")]
    site.lab("up", "--no-login")
    assert pids == [site.pid(name) for name in ("edge", "core", "home")]
    assert site.lab("status").stdout.count("ready") == 6
    variables = dict(line.split("=", 1) for line in site.lab("env").stdout.splitlines())
    assert int(variables["LAB_EDGE_PID"]) == pids[0]
    assert set(variables) >= {
        "SALLYPORT_LAB", "LAB_DOMAIN", "LAB_CA", "LAB_PUBLIC_DNS", "LAB_INSIDE_DNS", "LAB_EDGE",
        "LAB_CORE", "LAB_HOME", "LAB_USER", "LAB_PASSWORD", "LAB_EDGE_LOG", "LAB_CORE_LOG",
        "LAB_HOME_LOG", "LAB_EDGE_PID", "LAB_CORE_PID", "LAB_HOME_PID", "BIN"}
    assert json.loads(site.admin("edge", "/status").body)["name"] == f"edge.{DOMAIN}"


def test_a_second_start_restarts_what_changed_and_nothing_else(fresh_site, tmp_path):
    site = fresh_site
    names = ("dns-public", "dns-inside", "home", "presence", "core", "edge")

    def restarted():
        before = {name: site.pid(name) for name in names}
        site.lab("up", "--no-login")
        return {name for name in names if site.pid(name) != before[name]}

    rebuilt = tmp_path / "bin"
    rebuilt.mkdir()
    for program in BIN.iterdir():
        (rebuilt / program.name).symlink_to(program)
    (rebuilt / "sallyport-home").unlink()
    shutil.copy2(BIN / "sallyport-home", rebuilt)
    site.environment["SALLYPORT_BIN"] = str(rebuilt)
    site.change("core", "level: debug", "level: info")
    run(BIN / "sallyport", "cert", "issue", "--ca", site.folder / "ca", "--role", "both", "--name",
        f"DNS:edge.{DOMAIN}", "--days", 29, "--out", site.folder / "edge", "--force", check=True)
    assert restarted() == {"home", "core", "edge"}
    assert "level: debug" in (site.folder / "core.yaml").read_text()
    assert site.status("edge")["certificate_days_left"] > 300
    assert restarted() == set()


@pytest.mark.parametrize("ending", ["exit 0", "exit 1", 'kill -TERM "$PPID"; sleep 1'])
def test_services_that_came_with_packages_stay_stopped_however_it_ends(tmp_path, ending):
    """apt-get gets as far as three of them; stunnel4 was there before."""
    programs = {
        "dpkg-query": 'case "$4" in prosody|ejabberd|kamailio|baresip-core) ;; *) echo installed ;; esac',
        "dpkg": 'case "$2" in baresip-core) exit 1 ;; *) printf "/.\n/etc/init.d/$2\n" ;; esac',
        "apt-get": f'[ "$1" = update ] || {{ {ending}; }}',
        "systemctl": 'echo "$4 stop" >>"$CALLS"', "service": 'echo "$1 $2" >>"$CALLS"',
        "update-rc.d": ":", "epmd": ":", "id": "echo 0"}
    for name, text in programs.items():
        (tmp_path / name).write_text("#!/bin/sh\n" + text + "\n")
        (tmp_path / name).chmod(0o755)
    calls = tmp_path / "calls"
    done = run(ROOT / "deploy/packages", "lab", "real",
               env=dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}", CALLS=str(calls)))
    assert (done.returncode == 0) == (ending == "exit 0"), done
    assert sorted(calls.read_text().splitlines()) == ["ejabberd stop", "kamailio stop", "prosody stop"]


@pytest.mark.parametrize("arguments, said", [
    (["up", "--edges"], "--edges takes a number"), (["--cores"], "--cores takes a number"),
    (["--edges", "10"], "--edges takes a number"), (["up", "--fast"], "argument '--fast'"),
    (["restart"], "there is no lab"), (["nonsense"], "command 'nonsense'")])
def test_the_lab_says_what_it_does_not_understand(tmp_path, arguments, said):
    done = run(ROOT / "deploy/lab", *arguments, env=dict(os.environ, SALLYPORT_LAB=str(tmp_path / "lab")))
    assert done.returncode == 1 and said in done.stderr, done
    assert not (tmp_path / "lab").exists()


@pytest.mark.parametrize("mark", ["'", '"', "\\", "\n"])
def test_the_lab_refuses_a_path_that_would_end_a_string(tmp_path, mark):
    folder = tmp_path / f"a{mark}b"
    done = run(ROOT / "deploy/lab", "up", env=dict(os.environ, SALLYPORT_LAB=str(folder)))
    assert done.returncode == 1 and "SALLYPORT_LAB" in done.stderr and not folder.exists(), done


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["help"], ["up", "--help"]])
def test_the_lab_says_how_it_is_used(arguments):
    done = run(ROOT / "deploy/lab", *arguments)
    assert done.returncode == 0 and "deploy/lab down" in done.stdout and not done.stderr, done


@pytest.mark.parametrize("fault", ["owner", "link", "file"])
def test_the_lab_takes_no_folder_that_another_may_have_filled(tmp_path, fault):
    folder = tmp_path / "lab"
    if fault == "file":
        folder.write_text("")
    else:
        (tmp_path / "planted").mkdir()
        (tmp_path / "planted").rename(folder) if fault == "owner" else folder.symlink_to("planted")
    if fault == "owner":
        os.chown(folder, 65534, 65534)
    site = Site(folder)
    try:
        for command in (["up", "--no-login"], ["start", "presence"], ["login"], ["down", "--wipe"]):
            done = site.lab(*command, check=False)
            assert done.returncode == 1 and f"{folder} is a " in done.stderr, (command, done)
        assert os.path.lexists(folder)
        assert not folder.is_dir() or not list(folder.iterdir())
    finally:
        site.down()


def test_clients_come_over_ipv6_too(fresh_site):
    site = fresh_site
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port = probe.getsockname()[1]
    site.change("edge", 'https: ["', f'https: ["[::1]:{port}", "')
    site.lab("restart", "edge")
    plain = socket.create_connection(("::1", port), DEADLINE)
    client = http.client.HTTPConnection(f"edge.{DOMAIN}", port)
    client.sock = site.tls().wrap_socket(plain, server_hostname=f"edge.{DOMAIN}")
    client.request("GET", site.uds("/cucm-uds/version?mark=v6"), headers=site.session())
    assert client.getresponse().status == 200
    site.wait_log("edge", 'Src-ip="::1"', "mark=v6")
    assert "X-Forwarded-For: ::1, " in site.wait_log("core", "mark=v6 HTTP/1.1\nHost")


def test_a_core_that_stops_lets_its_requests_end(fresh_site):
    site = fresh_site
    session = site.session()
    site.kill("home", signal.SIGSTOP)  # the answer has to wait
    slow = http.client.HTTPConnection(f"edge.{DOMAIN}", 8443)
    slow.sock = site.connect()
    slow.request("GET", site.uds("/cucm-uds/version?mark=slow"), headers=session)
    site.wait_log("core", "mark=slow HTTP/1.1")
    site.kill("core", signal.SIGTERM)
    site.wait_log("core", "stopping")
    site.kill("home", signal.SIGCONT)
    assert slow.getresponse().status == 200
    site.wait_log("core", "core info: stopped")
