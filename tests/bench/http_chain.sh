#!/bin/bash
# Sallyport as one chain of the peers' harness: edge and core between its load and its backend.
#   start | stop | port | pids | path SIZE | header
# Environment, given by the harness: W EDGE_PORT CORE_PORT BACKEND_PORT CERTS KEY THREADS.
# For measure.py: RULES (allow rules), DOMAINS (how many are served), LOG_LEVEL. For xmpp_streams.py:
# XMPP_PORT and XMPP_NODE (the port of the presence node), both or none.
# SALLYPORT_BIN: where the programs are (default: the release build of this tree).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
BIN=${SALLYPORT_BIN:-$HERE/../../build/release/bin}
DOMAIN=bench.test
ADMIN_PORT=$((CORE_PORT + 2))
. "$HERE/chain.sh"

domains() { # the one that is asked for stands last
  local i
  for ((i = 1; i < ${DOMAINS:-1}; ++i)); do printf 'd%d.test, ' "$i"; done
  echo "$DOMAIN"
}

more_rules() {
  local i
  for ((i = 1; i < ${RULES:-1}; ++i)); do
    printf '  - {name: rule %d, scheme: https, host: 127.0.0.1, port: %s, path: /d%d/e/}\n' \
      "$i" "$BACKEND_PORT" "$i"
  done
}

write_files() {
  mkdir -p "$W"
  [ -f "$W/session.key" ] || openssl genpkey -algorithm ed25519 -out "$W/session.key" 2>/dev/null
  chmod 600 "$W/session.key"
  cat >"$W/edge.yaml" <<EOF
name: server.$DOMAIN
domains: [$(domains)]
workers: $THREADS
listen:
  https: ["127.0.0.1:$EDGE_PORT"]
${XMPP_PORT:+  xmpp: ["127.0.0.1:$XMPP_PORT"]}
  tunnel: ["127.0.0.1:$CORE_PORT"]
  admin: "127.0.0.1:$ADMIN_PORT"
tls: {certificate: $CERTS/$KEY/server.pem, key: $CERTS/$KEY/server.key}
tunnel:
  certificate: $CERTS/ec/server.pem
  key: $CERTS/ec/server.key
  trust: $CERTS/ec/ca.pem
  cores: [client.$DOMAIN]
limits: {idle: 300s}
log: {file: edge.log}
traffic_log: {level: ${LOG_LEVEL:-info}}
EOF
  cat >"$W/core.yaml" <<EOF
name: client.$DOMAIN
domains: [$(domains)]
workers: $THREADS
admin: "127.0.0.1:$((ADMIN_PORT + 1))"
edges: [{name: server.$DOMAIN, address: "127.0.0.1:$CORE_PORT"}]
tunnel: {certificate: $CERTS/ec/client.pem, key: $CERTS/ec/client.key, trust: $CERTS/ec/ca.pem}
dns: {servers: ["127.0.0.1:9"]}
session: {key: session.key}
upstream: {trust: $CERTS/ec/ca.pem}
${XMPP_NODE:+presence: {nodes: ["127.0.0.1:$XMPP_NODE"]\}}
allow:
  - {name: bench, scheme: https, host: 127.0.0.1, port: $BACKEND_PORT, path: /, match: prefix}
$(more_rules)
log: {file: core.log}
traffic_log: {level: ${LOG_LEVEL:-info}}
EOF
}

case $1 in
  start)
    write_files
    launch edge "$BIN/sallyport-edge" --config "$W/edge.yaml"
    launch core "$BIN/sallyport-core" --config "$W/core.yaml"
    until_true "edge and core did not link" ready "$ADMIN_PORT" ;;
  stop) stop_one core; stop_one edge ;;
  port) echo "$EDGE_PORT" ;;
  pids) echo "edge $(cat "$W/edge.pid")"; echo "core $(cat "$W/core.pid")" ;;
  path) echo "/$(printf %s "$DOMAIN/https/127.0.0.1/$BACKEND_PORT" | base64 -w0 | tr '+/' '-_' | tr -d =)/$2.xml" ;;
  header) echo "Cookie: X-Auth=$(python3 "$HERE/mint_session.py" "$W/session.key" bench "$DOMAIN")" ;;
  *) echo "usage: $0 start|stop|port|pids|path SIZE|header" >&2; exit 2 ;;
esac
