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
. "$HERE/chain.sh"

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
limits: {idle: 3600s, sip_idle: 3600s}
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

answers() { (exec 3<>"/dev/tcp/$INSIDE/$1") 2>/dev/null; } # PORT

start() {
  write_files
  launch dns dnsmasq --keep-in-foreground --conf-file="$W/dns.conf"
  launch ucm /usr/bin/python3 "$HERE/many_users.py" serve "$INSIDE" "$W/ucm.pem" "$W/ucm.key" "ucm.$DOMAIN"
  until_true "no DNS" answers 53
  until_true "no call manager" answers 8443
  until_true "no files" answers 6970
  launch edge "$BIN/sallyport-edge" --config "$W/edge.yaml"
  launch core "$BIN/sallyport-core" --config "$W/core.yaml"
  until_true "the edge is not ready" ready "$ADMIN_PORT"
  until_true "the core is not ready" ready $((ADMIN_PORT + 1))
  /usr/bin/python3 "$HERE/many_users.py" sign-in "$USERS" "127.0.0.1:$HTTPS_PORT" "server.$DOMAIN" \
    "$CERTS/$KEY/ca.pem" "$DOMAIN" "$PASSWORD"
}

case $1 in
  start) start ;;
  stop) for name in core edge ucm dns; do stop_one $name; done ;;
  port) echo "$EDGE_PORT" ;;
  pids) echo "edge $(cat "$W/edge.pid")"; echo "core $(cat "$W/core.pid")" ;;
  tests) ;;
  *) echo "usage: $0 start|stop|port|pids" >&2; exit 2 ;;
esac
