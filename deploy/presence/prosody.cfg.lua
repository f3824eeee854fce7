-- Prosody as a presence server beside Sallyport. deploy/lab replaces the words between '@'.
-- Debian: prosody, prosody-modules (privacy lists), lua-unbound.

plugin_paths = { "@MODULES@" }
data_path = "@FOLDER@/data"
certificates = "@FOLDER@"
pidfile = "@FOLDER@/prosody.pid"
log = { info = "@LOG@" }
run_as_root = true -- in the lab only

-- Names are found in a file, so that this process needs no DNS of its own. Not for a real site.
unbound = { resolvconf = false, hoststxt = "@FOLDER@/hosts" }
use_ipv6 = false

interfaces = { "@ADDRESS@" }
c2s_ports = { 5222 }
c2s_require_encryption = true
c2s_timeout = 30
c2s_stanza_size_limit = 65536
limits = { c2s = { rate = "100kb/s", burst = "10s" } }

-- BOSH, behind the edge's 8443.
http_ports = {}
https_interfaces = { "@ADDRESS@" }
https_ports = { 7335 }
https_ssl = { certificate = "@CERTIFICATE@", key = "@KEY@" }
http_paths = { bosh = "/httpbinding" }
http_default_host = "@DOMAIN@"
http_max_content_size = 131072
bosh_max_wait = 60
bosh_max_inactivity = 60

ssl = { certificate = "@CERTIFICATE@", key = "@KEY@", protocol = "tlsv1_2+" }

modules_disabled = { "s2s" }
modules_enabled = {
  "roster", "saslauth", "tls", "disco", "posix", "limits",
  "blocklist", "privacy_lists", "private", "offline", "lastactivity", "ping", "pep", "vcard_legacy",
  "carbons", "csi_simple", "smacks", "time", "version", "bosh",
}
smacks_hibernation_time = 300
allow_registration = false

VirtualHost "@DOMAIN@"
  authentication = "sallyport"
  sallyport_home = "https://@HOME@:8443"
  sallyport_ca = "@CA@"
  http_host = "@NODE@"

-- The pre-set text-chat parameters of the presence service's developer guide, table 2. Prosody does
-- not do two of them: members who are not in a room are not shown in it, and an owner who opens a
-- members-only room to members' invitations is not told from one who does not.
Component "conference.@DOMAIN@" "muc"
  modules_enabled = { "muc_mam", "muc_sallyport" }
  name = "Text chat"
  restrict_room_creation = false
  muc_room_allow_persistent = true
  max_archive_query_results = 50
  muc_room_default_members_only = false
  muc_room_default_allow_member_invites = false
  muc_room_default_public_jids = true
  muc_room_default_change_subject = true
  muc_room_default_moderated = false
  muc_room_default_public = true
  muc_room_default_history_length = 100
  max_history_messages = 100
  muc_max_occupants = 100
  muc_default_max_occupants = 50
