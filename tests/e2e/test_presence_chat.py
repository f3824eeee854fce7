"""What clients use a presence service for, at Prosody and at ejabberd the same: roster, presence,
messages, rooms with the service's pre-set values, and what it keeps for them."""

import asyncio
import contextlib
import uuid

import pytest

pytest.importorskip("slixmpp")

from slixmpp.exceptions import IqError  # noqa: E402

import xmpp  # noqa: E402
from conftest import DEADLINE, DOMAIN  # noqa: E402
from xmpp import CONFERENCE, signed_in  # noqa: E402

pytestmark = pytest.mark.real


# --- chat and presence ---------------------------------------------------------------------------

def test_roster_presence_and_messages_both_ways(place):
    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await xmpp.befriend(mac, rita)
            rita.send_presence(pshow="away", pstatus="at lunch")
            seen = await mac.next_presence(lambda p: p["from"] == rita.boundjid and p["show"] == "away")
            assert seen["status"] == "at lunch"
            for one, other, text in ((mac, rita, "hello Rita"), (rita, mac, "hello Mac <&>")):
                one.send_message(mto=other.boundjid, mbody=text, mtype="chat")
                message = await other.next_message(lambda m, text=text: m["body"] == text)
                assert message["from"] == one.boundjid
            items = await mac.come_online()
            assert items["rknotts@" + DOMAIN] == "both"
            await rita.leave()
            await mac.next_presence(lambda p: p["from"].bare == "rknotts@" + DOMAIN
                                    and p["type"] == "unavailable")
    asyncio.run(story())


def test_who_is_not_there_gets_messages_later_and_who_does_not_exist_never(place):
    text = "while you were out " + uuid.uuid4().hex

    async def story():
        async with signed_in(place, "mac.donald") as mac:
            mac.send_message(mto="rknotts@" + DOMAIN, mbody=text, mtype="chat")
            mac.send_message(mto="nobody@" + DOMAIN, mbody=text, mtype="chat")
            refused = await mac.next_message(lambda m: m["type"] == "error")
            assert refused["from"].bare == "nobody@" + DOMAIN
            await mac["xep_0199"].send_ping(DOMAIN, timeout=DEADLINE)
        async with signed_in(place, "rknotts") as rita:
            late = await rita.next_message(lambda m: m["body"] == text)
            assert late["from"].bare == "mac.donald@" + DOMAIN
            assert late["delay"]["stamp"]
        async with signed_in(place, "rknotts") as rita:
            await rita["xep_0199"].send_ping(DOMAIN, timeout=DEADLINE)
            assert not [m for m in rita.messages if m["body"] == text]
    asyncio.run(story())


def test_the_server_says_what_it_can(place):
    async def story():
        async with signed_in(place) as mac:
            info = await mac.ask("get", DOMAIN, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            features = {feature.get("var") for feature in info.iter()}
            own = await mac.ask("get", mac.boundjid.bare,
                                "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            features |= {feature.get("var") for feature in own.iter()}
            identities = {(one.get("category"), one.get("type")) for one in own.iter()}
            for feature in ("urn:xmpp:ping", "jabber:iq:last", "jabber:iq:privacy", "vcard-temp",
                            "http://jabber.org/protocol/pubsub#publish", "msgoffline"):
                assert feature in features, feature
            assert ("pubsub", "pep") in identities
            assert "jabber:iq:register" not in features
            items = await mac.ask("get", DOMAIN, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
            assert CONFERENCE in {item.get("jid") for item in items.iter()}
    asyncio.run(story())


def test_ping_last_activity_and_private_storage(place):
    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await mac.ask("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>")
            await xmpp.befriend(mac, rita)
            await rita.leave()
            await mac.next_presence(lambda p: p["from"].bare == "rknotts@" + DOMAIN
                                    and p["type"] == "unavailable")
            last = await mac.ask("get", "rknotts@" + DOMAIN, "<query xmlns='jabber:iq:last'/>")
            assert 0 <= int(last.find("{jabber:iq:last}query").get("seconds")) < DEADLINE
            secret = uuid.uuid4().hex
            await mac.ask("set", None, "<query xmlns='jabber:iq:private'>"
                          f"<note xmlns='urn:test:note'>{secret}</note></query>")
            kept = await mac.ask("get", None,
                                 "<query xmlns='jabber:iq:private'><note xmlns='urn:test:note'/></query>")
            assert kept.find(".//{urn:test:note}note").text == secret
            with pytest.raises(IqError):
                await mac.ask("get", "rknotts@" + DOMAIN,
                              "<query xmlns='jabber:iq:private'><note xmlns='urn:test:note'/></query>")
    asyncio.run(story())


def test_what_is_published_reaches_who_sees_the_presence(place):
    mood = ("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='http://jabber.org/protocol/mood'><item>"
            "<mood xmlns='http://jabber.org/protocol/mood'><happy/></mood></item></publish></pubsub>")

    async def story():
        plugins = ("xep_0060", "xep_0163")
        async with signed_in(place, "rknotts", plugins=plugins, online=False) as rita:
            # What she wants to hear of is said by her capabilities (XEP-0163 section 4.3.2).
            rita["xep_0163"].add_interest("http://jabber.org/protocol/mood")
            await rita["xep_0115"].update_caps()
            await rita.come_online()
            async with signed_in(place, "mac.donald") as mac:
                await xmpp.befriend(mac, rita)
                await mac.ask("set", None, mood)
                heard = await rita.next_message(
                    lambda m: m.xml.find(".//{http://jabber.org/protocol/mood}happy") is not None)
                assert heard["from"].bare == "mac.donald@" + DOMAIN
    asyncio.run(story())


def test_a_privacy_list_blocks(place):
    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><list name='quiet'>"
                          f"<item type='jid' value='rknotts@{DOMAIN}' action='deny' order='1'>"
                          "<message/></item></list></query>")
            lists = await mac.ask("get", None, "<query xmlns='jabber:iq:privacy'/>")
            assert "quiet" in {one.get("name") for one in lists.iter()}
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><active name='quiet'/></query>")
            rita.send_message(mto=mac.boundjid, mbody="are you there?", mtype="chat")
            await rita.next_message(lambda m: m["type"] == "error")
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><active/></query>")
            rita.send_message(mto=mac.boundjid, mbody="and now?", mtype="chat")
            await mac.next_message(lambda m: m["body"] == "and now?")
            assert not [m for m in mac.messages if m["body"] == "are you there?"]
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><list name='quiet'/></query>")
    asyncio.run(story())


def test_a_stream_that_broke_is_resumed(place):
    async def story():
        async with signed_in(place, "rknotts") as rita:
            mac = xmpp.Client(place, "mac.donald", plugins=("xep_0198",))
            await mac.sign_in(xmpp.presence_door(place))
            await mac.come_online()
            await mac.until(lambda: mac.event_named("sm_enabled"), "stream management")
            whole = mac.boundjid.full
            mac.drop()
            await mac.until(lambda: mac.event_named("disconnected"), "the break")
            rita.send_message(mto=whole, mbody="during the break", mtype="chat")
            await rita.ask("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>")
            await mac.sign_in(xmpp.presence_door(place))
            assert mac.event_named("session_resumed") and mac.boundjid.full == whole
            await mac.next_message(lambda m: m["body"] == "during the break")
            mac.drop()
    asyncio.run(story())


# --- rooms ---------------------------------------------------------------------------------------

OWNER = "<query xmlns='http://jabber.org/protocol/muc#owner'/>"


def test_two_meet_in_a_room(place):
    room = xmpp.room_name()

    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit())
            mac.send_message(mto=room, mbody="anybody?", mtype="groupchat")
            await mac.next_message(lambda m: m["body"] == "anybody?")
            await rita.enter(room, "rita")
            history = await rita.next_message(lambda m: m["body"] == "anybody?")
            assert history["delay"]["stamp"]
            rita.send_message(mto=room, mbody="me", mtype="groupchat")
            answer = await mac.next_message(lambda m: m["body"] == "me")
            assert answer["from"] == room + "/rita"
            # Rooms are not anonymous.
            seen = await mac.next_presence(lambda p: p["from"] == room + "/rita")
            assert seen["muc"]["jid"].bare == "rknotts@" + DOMAIN
            # A participant may change the subject.
            rita["xep_0045"].set_subject(room, "lunch")
            await mac.next_message(lambda m: m["type"] == "groupchat" and m["subject"] == "lunch")
    asyncio.run(story())


# Table 2 of the guide, as far as a room's form shows it. What an owner may not change is there too.
TABLE_2 = {
    "persistentroom": "0", "membersonly": "0", "moderatedroom": "0", "whois": "anyone",
    "maxusers": "50", "changesubject": "1",
}


def test_a_new_room_has_the_preset_values(place):
    room = xmpp.room_name()

    async def story():
        async with signed_in(place, "mac.donald") as mac:
            await mac.enter(room, "mac")
            form = await mac.ask("get", room, OWNER)
            values = xmpp.form_values(form)
            for name, value in TABLE_2.items():
                assert values["muc#roomconfig_" + name] == value, (name, values)
            assert "muc#roomconfig_roomsecret" in values  # passwords are enabled
            if place.kind == "prosody":
                assert values["muc#roomconfig_historylength"] == "100"
                assert xmpp.form_options(form, "muc#roomconfig_whois") == ["anyone"]
                assert values["{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites"] == "0"
            else:
                assert values["muc#roomconfig_allowinvites"] == "1"
                assert values["allow_private_messages_from_visitors"] == "anyone"
            offered = xmpp.form_options(form, "muc#roomconfig_maxusers")
            assert max(int(one) for one in offered if one.isdigit()) == 100
    asyncio.run(story())


def test_an_owner_changes_what_may_be_changed(place):
    room = xmpp.room_name()

    async def story():
        async with signed_in(place, "mac.donald") as mac:
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit(
                persistentroom=1, moderatedroom=1, membersonly=1, maxusers=10, changesubject=0))
            values = xmpp.form_values(await mac.ask("get", room, OWNER))
            for name, value in (("persistentroom", "1"), ("moderatedroom", "1"), ("membersonly", "1"),
                                ("maxusers", "10"), ("changesubject", "0")):
                assert values["muc#roomconfig_" + name] == value, (name, values)
            if place.kind == "prosody":
                await mac.ask("set", room, xmpp.submit(whois="moderators", historylength=3,
                                                       maxusers=1000))
                values = xmpp.form_values(await mac.ask("get", room, OWNER))
                assert values["muc#roomconfig_whois"] == "anyone"
                assert values["muc#roomconfig_historylength"] == "100"
                assert values["muc#roomconfig_maxusers"] == "10"
    asyncio.run(story())


def test_a_room_takes_as_many_as_it_may_and_asks_for_its_password(place):
    room = xmpp.room_name()

    async def story():
        async with contextlib.AsyncExitStack() as people:
            mac = await people.enter_async_context(signed_in(place, "mac.donald"))
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit(maxusers=10, passwordprotectedroom=1,
                                                   roomsecret="sesame"))
            rita = await people.enter_async_context(signed_in(place, "rknotts"))
            for password in (None, "wrong"):
                with pytest.raises(xmpp.Refused, match="not-authorized"):
                    await rita.enter(room, "rita", password=password)
            for number in range(9):
                one = await people.enter_async_context(signed_in(place, "rknotts"))
                await one.enter(room, f"rita{number}", password="sesame")
            late = await people.enter_async_context(signed_in(place, "rknotts"))
            with pytest.raises(xmpp.Refused, match="service-unavailable|resource-constraint"):
                await late.enter(room, "late", password="sesame")
    asyncio.run(story())
