#!/bin/bash
# Sallyport as one chain of the peers' harness: edge and core between its load and its backend.
#   start | stop | port | pids | path SIZE | header
# Environment, given by the harness: W EDGE_PORT CORE_PORT BACKEND_PORT CERTS KEY THREADS.
# SALLYPORT_BIN: where the programs are (default: the release build of this tree).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
BIN=${SALLYPORT_BIN:-$HERE/../../build/release/bin}
DOMAIN=bench.test
ADMIN_PORT=$((CORE_PORT + 2))

write_files() {
  mkdir -p "$W"
  [ -f "$W/session.key" ] || openssl genpkey -algorithm ed25519 -out "$W/session.key" 2>/dev/null
  chmod 600 "$W/session.key"
  cat >"$W/edge.yaml" <<EOF
name: server.$DOMAIN
domains: [$DOMAIN]
workers: $THREADS
listen:
  https: ["127.0.0.1:$EDGE_PORT"]
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
EOF
  cat >"$W/core.yaml" <<EOF
name: client.$DOMAIN
domains: [$DOMAIN]
workers: $THREADS
admin: "127.0.0.1:$((ADMIN_PORT + 1))"
edges: [{name: server.$DOMAIN, address: "127.0.0.1:$CORE_PORT"}]
tunnel: {certificate: $CERTS/ec/client.pem, key: $CERTS/ec/client.key, trust: $CERTS/ec/ca.pem}
dns: {servers: ["127.0.0.1:9"]}
session: {key: session.key}
upstream: {trust: $CERTS/ec/ca.pem}
allow:
  - {name: bench, scheme: https, host: 127.0.0.1, port: $BACKEND_PORT, path: /, match: prefix}
log: {file: core.log}
EOF
}

ready() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$ADMIN_PORT"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  IFS= read -rt 2 line <&3 || line=
  exec 3>&-
  [[ $line == *" 200 "* ]]
}

launch() { # NAME
  setsid "$BIN/sallyport-$1" --config "$W/$1.yaml" >"$W/$1.out" 2>&1 </dev/null &
  echo $! >"$W/$1.pid"
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
  start)
    write_files
    launch edge
    launch core
    for _ in $(seq 200); do (ready) && exit 0; read -rt 0.05 <> <(:) || :; done
    echo "edge and core did not link; see $W/*.log" >&2
    exit 1 ;;
  stop) stop_one core; stop_one edge ;;
  port) echo "$EDGE_PORT" ;;
  pids) echo "edge $(cat "$W/edge.pid")"; echo "core $(cat "$W/core.pid")" ;;
  path) echo "/$(printf %s "$DOMAIN/https/127.0.0.1/$BACKEND_PORT" | base64 -w0 | tr '+/' '-_' | tr -d =)/$2.xml" ;;
  header) echo "Cookie: X-Auth=$(python3 "$HERE/mint_session.py" "$W/session.key" bench "$DOMAIN")" ;;
  *) echo "usage: $0 start|stop|port|pids|path SIZE|header" >&2; exit 2 ;;
esac
