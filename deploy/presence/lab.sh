# The presence server of the lab: Prosody or ejabberd, from files of the lab alone. Part of deploy/lab,
# which sources it: LAB, DOMAIN, ROOT, HOME_PUB, PRESENCE_NODE and put_file are its own.

PRESENCE_XMPP=5222
PRESENCE_BOSH=7335

presence_kind() { cat "$LAB/presence.kind" 2>/dev/null || echo prosody; }

# Words between '@' in a sample are the lab's. What is quoted in a substitution stands for itself, '&'
# too; ejabberd splits its program's command line as a shell does, so a space needs the quotes.
fill_in() { # FILE
  local text word
  local -A lab=([DOMAIN]=$DOMAIN [NODE]=imp-pub.$DOMAIN [HOME]=ucm-pub.$DOMAIN [ADDRESS]=$PRESENCE_NODE
    [FOLDER]=$LAB/presence [LOG]=$LAB/presence.log [CA]=$LAB/ca.pem [CERTIFICATE]=$LAB/presence.pem
    [KEY]=$LAB/presence.key [MODULES]=$ROOT/deploy/presence/modules [AUTH]="sh '$LAB/presence/auth'")
  text=$(<"$1")
  for word in "${!lab[@]}"; do text=${text//"@$word@"/"${lab[$word]}"}; done
  printf '%s\n' "$text"
}

write_presence() {
  local folder=$LAB/presence
  mkdir -p "$folder/data" "$folder/spool"
  case $(presence_kind) in
    prosody)
      fill_in "$ROOT/deploy/presence/prosody.cfg.lua" | put_file "$folder/prosody.cfg.lua"
      echo "$HOME_PUB ucm-pub.$DOMAIN" | put_file "$folder/hosts"
      ;;
    ejabberd)
      fill_in "$ROOT/deploy/presence/ejabberd.yml" | put_file "$folder/ejabberd.yml"
      # A program of its own: what %q writes is for a shell.
      printf '#!/bin/sh\nexec %q --home %q --ca %q --address %q\n' \
        "$ROOT/deploy/presence/ejabberd-auth" "https://ucm-pub.$DOMAIN:8443" "$LAB/ca.pem" \
        "$HOME_PUB" | put_file "$folder/auth"
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
