"""`sallyport login` goes on with chat: through edge and core to the presence server (wire.md 10)."""

import json

from conftest import DOMAIN

STEPS = ["chat-connect", "chat-sign-in", "chat-bind", "chat-roster", "chat-presence", "chat-message",
         "chat-close"]


def chat_steps(site, *arguments):
    """The exit code, and the steps of chat by their names."""
    done = site.login("--json", "--no-sip", *arguments)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    return done.returncode, {line["id"]: line for line in lines if line.get("id", "").startswith("chat-")}


def test_chat_takes_every_step_and_leaves_no_session(site):
    code, steps = chat_steps(site)
    assert code == 0 and list(steps) == STEPS, steps
    assert {step["status"] for step in steps.values()} == {"ok"}
    assert steps["chat-bind"]["where"].startswith(f"mac.donald@{DOMAIN}/sallyport-")
    assert site.password() not in json.dumps(steps)


def test_no_chat_leaves_it_out(site):
    assert chat_steps(site, "--no-chat") == (0, {})


def test_a_one_time_password_signs_in_once(site):
    token = site.folder / "token"
    token.write_text(site.home_command("token", "mint", "mac.donald"))
    code, steps = chat_steps(site, "--token", str(token))
    assert code == 0 and "CISCO-VTG-TOKEN" in steps["chat-sign-in"]["result"], steps
    code, steps = chat_steps(site, "--token", str(token))
    assert code == 1 and list(steps) == STEPS[:2], steps
    assert "temporary-auth-failure, token-expired" in steps["chat-sign-in"]["result"], steps
    assert "used before" in steps["chat-sign-in"]["problem"], steps


def test_a_presence_server_that_is_away_is_named(site):
    site.lab("stop", "presence")
    try:
        code, steps = chat_steps(site)
        assert code == 1 and list(steps) == STEPS[:2], steps
        assert steps["chat-connect"]["status"] == "ok"
        assert "remote-connection-failed" in steps["chat-sign-in"]["problem"], steps
    finally:
        site.lab("start", "presence")
    code, steps = chat_steps(site)
    assert code == 0, steps
