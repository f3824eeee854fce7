#!/bin/bash
# Sallyport as one chain of the peers' SIP harness: edge and core between its load and its registrar.
#   start | stop | port | pids
# Environment, given by the harness: W EDGE_PORT CORE_PORT BACKEND_PORT CERTS KEY THREADS IDLE.
# SALLYPORT_BIN: where the programs are (default: the release build of this tree).
# The users sign in over HTTPS first, as clients do: without that no REGISTER is let through.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
BIN=${SALLYPORT_BIN:-$HERE/../../build/release/bin}
DOMAIN=bench.test
PASSWORD=secret
ADMIN_PORT=$((CORE_PORT + 2))
HTTPS_PORT=$((CORE_PORT + 4))
USERS=$((${IDLE:-2000} + 100))
# The call manager's ports are fixed ones: an address of its own for each chain.
INSIDE=127.1.$((EDGE_PORT / 256)).$((EDGE_PORT % 256))

write_files() {
  mkdir -p "$W"
  [ -f "$W/session.key" ] || openssl genpkey -algorithm ed25519 -out "$W/session.key" 2>/dev/null
  chmod 600 "$W/session.key"
  if [ ! -f "$W/ca/ca.pem" ]; then
    mkdir -p "$W/ca"
    "$BIN/sallyport" cert ca --out "$W/ca" --name Bench >/dev/null
    "$BIN/sallyport" cert issue --ca "$W/ca" --role server --name "DNS:ucm.$DOMAIN" \
      --out "$W/ucm" >/dev/null
  fi
  cat >"$W/dns.conf" <<EOF
listen-address=$INSIDE
bind-interfaces
port=53
no-resolv
no-hosts
local=/$DOMAIN/
srv-host=_cisco-uds._tcp.$DOMAIN,ucm.$DOMAIN,8443
host-record=ucm.$DOMAIN,$INSIDE
user=root
pid-file=$W/dnsmasq.pid
EOF
  cat >"$W/edge.yaml" <<EOF
name: server.$DOMAIN
domains: [$DOMAIN]
workers: $THREADS
listen:
  https: ["127.0.0.1:$HTTPS_PORT"]
  sip: ["127.0.0.1:$EDGE_PORT"]
  tunnel: ["127.0.0.1:$CORE_PORT"]
  admin: "127.0.0.1:$ADMIN_PORT"
tls: {certificate: $CERTS/$KEY/server.pem, key: $CERTS/$KEY/server.key}
tunnel:
  certificate: $CERTS/ec/server.pem
  key: $CERTS/ec/server.key
  trust: $CERTS/ec/ca.pem
  cores: [client.$DOMAIN]
log: {file: edge.log}
EOF
  cat >"$W/core.yaml" <<EOF
name: client.$DOMAIN
domains: [$DOMAIN]
workers: $THREADS
admin: "127.0.0.1:$((ADMIN_PORT + 1))"
edges: [{name: server.$DOMAIN, address: "127.0.0.1:$CORE_PORT"}]
tunnel: {certificate: $CERTS/ec/client.pem, key: $CERTS/ec/client.key, trust: $CERTS/ec/ca.pem}
dns: {servers: ["$INSIDE:53"]}
session: {key: session.key}
upstream: {trust: ca/ca.pem}
sip:
  listen: ["127.0.0.1:$((CORE_PORT + 5))"]
  registrars: ["127.0.0.1:$BACKEND_PORT"]
  trust: $CERTS/$KEY/ca.pem
log: {file: core.log}
EOF
}

ready() { # PORT
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  IFS= read -rt 2 line <&3 || line=
  exec 3>&-
  [[ $line == *" 200 "* ]]
}

answers() { (exec 3<>"/dev/tcp/$INSIDE/$1") 2>/dev/null; } # PORT

launch() { # NAME COMMAND...
  local name=$1; shift
  setsid "$@" >"$W/$name.out" 2>&1 </dev/null &
  echo $! >"$W/$name.pid"
}

start() {
  write_files
  launch dns dnsmasq --keep-in-foreground --conf-file="$W/dns.conf"
  launch ucm /usr/bin/python3 "$HERE/many_users.py" serve "$INSIDE" "$W/ucm.pem" "$W/ucm.key" "ucm.$DOMAIN"
  local tries=200
  until answers 53 && answers 8443 && answers 6970; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { cat "$W"/*.out >&2; echo "sip_chain: no call manager" >&2; exit 1; }
    read -rt 0.05 <> <(:) || :
  done
  launch edge "$BIN/sallyport-edge" --config "$W/edge.yaml"
  launch core "$BIN/sallyport-core" --config "$W/core.yaml"
  tries=200
  until (ready "$ADMIN_PORT") && (ready $((ADMIN_PORT + 1))); do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { cat "$W"/*.out >&2; echo "sip_chain: not ready" >&2; exit 1; }
    read -rt 0.05 <> <(:) || :
  done
  /usr/bin/python3 "$HERE/many_users.py" sign-in "$USERS" "127.0.0.1:$HTTPS_PORT" "server.$DOMAIN" \
    "$CERTS/$KEY/ca.pem" "$DOMAIN" "$PASSWORD"
}

stop_one() { # NAME
  local pid tries=100
  [ -f "$W/$1.pid" ] || return 0
  pid=$(cat "$W/$1.pid")
  kill -TERM "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null && [ $tries -gt 0 ]; do
    tries=$((tries - 1)); read -rt 0.05 <> <(:) || :
  done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$W/$1.pid"
}

case $1 in
  start) start ;;
  stop) for name in core edge ucm dns; do stop_one $name; done ;;
  port) echo "$EDGE_PORT" ;;
  pids) echo "edge $(cat "$W/edge.pid")"; echo "core $(cat "$W/core.pid")" ;;
  tests) ;;
  *) echo "usage: $0 start|stop|port|pids" >&2; exit 2 ;;
esac
