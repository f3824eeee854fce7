# The presence server of the lab: Prosody or ejabberd, from files of the lab alone. Part of deploy/lab,
# which sources it: LAB, DOMAIN, ROOT, HOME_PUB and PRESENCE_NODE are its own.

PRESENCE_XMPP=5222
PRESENCE_BOSH=7335

presence_kind() { cat "$LAB/presence.kind" 2>/dev/null || echo prosody; }

# Words between '@' in a sample are the lab's.
fill_in() { # FILE
  sed -e "s|@DOMAIN@|$DOMAIN|g" -e "s|@NODE@|imp-pub.$DOMAIN|g" -e "s|@HOME@|ucm-pub.$DOMAIN|g" \
      -e "s|@ADDRESS@|$PRESENCE_NODE|g" -e "s|@FOLDER@|$LAB/presence|g" -e "s|@LOG@|$LAB/presence.log|g" \
      -e "s|@CA@|$LAB/ca.pem|g" -e "s|@CERTIFICATE@|$LAB/presence.pem|g" -e "s|@KEY@|$LAB/presence.key|g" \
      -e "s|@MODULES@|$ROOT/deploy/presence/modules|g" -e "s|@AUTH@|$LAB/presence/auth|g" "$1"
}

write_presence() {
  local folder=$LAB/presence
  mkdir -p "$folder/data" "$folder/spool"
  case $(presence_kind) in
    prosody)
      fill_in "$ROOT/deploy/presence/prosody.cfg.lua" >"$folder/prosody.cfg.lua"
      echo "$HOME_PUB ucm-pub.$DOMAIN" >"$folder/hosts"
      ;;
    ejabberd)
      fill_in "$ROOT/deploy/presence/ejabberd.yml" >"$folder/ejabberd.yml"
      # ejabberd splits a program's arguments at spaces.
      printf '#!/bin/sh\nexec %q --home %q --ca %q --address %q\n' \
        "$ROOT/deploy/presence/ejabberd-auth" "https://ucm-pub.$DOMAIN:8443" "$LAB/ca.pem" \
        "$HOME_PUB" >"$folder/auth"
      chmod +x "$folder/auth"
      ;;
  esac
}

launch_presence() {
  local folder=$LAB/presence
  case $(presence_kind) in
    prosody) launch presence prosody --config "$folder/prosody.cfg.lua" -F ;;
    # Not by ejabberdctl, which is for one ejabberd on a machine. Without a node name there is no
    # distribution, so no epmd and no port of it either; the files of the database name nobody.
    ejabberd)
      EJABBERD_CONFIG_PATH=$folder/ejabberd.yml EJABBERD_LOG_PATH=$LAB/presence.log \
        ERL_CRASH_DUMP=$folder/crash.dump HOME=$folder \
        ERL_LIBS=$(dirname "$(dpkg -L ejabberd | grep -m1 '/ejabberd-[^/]*$')") \
        launch presence erl +S 2 +A 4 -noinput -mnesia dir "\"$folder/spool\"" -s ejabberd
      ;;
  esac
}
