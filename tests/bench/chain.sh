# What http_chain.sh and sip_chain.sh share; sourced by both. W: where the files of the chain lie.

ready() { # PORT: whether /readyz of the admin page there says 200
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  IFS= read -rt 2 line <&3 || line=
  exec 3>&-
  [[ $line == *" 200 "* ]]
}

launch() { # NAME COMMAND...
  local name=$1; shift
  setsid "$@" >"$W/$name.out" 2>&1 </dev/null &
  echo $! >"$W/$name.pid"
}

stop_one() { # NAME
  local pid tries=100
  [ -f "$W/$1.pid" ] || return 0
  pid=$(cat "$W/$1.pid")
  kill -TERM "$pid" 2>/dev/null || true
  # One that ended and was not waited for has no command line any more.
  while [ -n "$(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline")" ] && [ $tries -gt 0 ]; do
    tries=$((tries - 1)); read -rt 0.05 <> <(:) || :
  done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$W/$1.pid"
}

# Tries up to 200 times, 50 ms apart, until the command says yes; else says what was missing.
until_true() { # WHAT COMMAND...
  local what=$1 tries=200; shift
  until ("$@"); do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { cat "$W"/*.out >&2; echo "$0: $what, see $W/*.log" >&2; exit 1; }
    read -rt 0.05 <> <(:) || :
  done
}
