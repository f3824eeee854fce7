#!/bin/bash
# All registered phones lose their edge at once and register again as fast as they can.
#   sip_reregister.sh [COUNT]     phones; default: as many as the limit of descriptors allows
# Two processes hold half of them each, since one is slower than the edge. Prints what each sip_crowd
# measured, from the moment the restarted edge is ready. Exit status 0: all were back within LIMIT
# seconds (10), without one failure.
# Needs the targets programs and sip_crowd of a release build. BUILD: where that is. THREADS: workers of
# edge and core each (2). PORT: the first of some 30 that are free (24000). PER_TURN: how many phones
# a process dials before it goes on with those that the edge has answered (256).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
BUILD=${BUILD:-$HERE/../../build/release}
CROWD=$BUILD/bench/sip_crowd
ulimit -n "$(ulimit -Hn)"
SPARE=1024 # descriptors that are no client's; of the others a quarter is kept for HTTPS
MOST=$((($(ulimit -n) - SPARE) * 3 / 4)); MOST=$((MOST < 10000 ? MOST : 10000))
HALF=$((${1:-$MOST} / 2)) LIMIT=${LIMIT:-10}
export THREADS=${THREADS:-2} KEY=ec
export EDGE_PORT=${PORT:-24000} SALLYPORT_BIN=$BUILD/bin
export CORE_PORT=$((EDGE_PORT + 1)) BACKEND_PORT=$((EDGE_PORT + 20)) IDLE=$((2 * HALF))
W=$(mktemp -d); export W CERTS=$W/certs
. "$HERE/chain.sh"

make_certificates() {
  local cert="$SALLYPORT_BIN/sallyport cert"
  mkdir -p "$CERTS/ec"
  $cert ca --out "$CERTS/ec" --name Crowd >/dev/null
  $cert issue --ca "$CERTS/ec" --role server --name DNS:server.bench.test \
    --out "$CERTS/ec/server" >/dev/null
  $cert issue --ca "$CERTS/ec" --role client --name DNS:client.bench.test \
    --out "$CERTS/ec/client" >/dev/null
}

finish() {
  "$HERE/sip_chain.sh" stop
  stop_one registrar
  stop_one phones0
  stop_one phones1
  rm -rf "$W"
}
trap finish EXIT

make_certificates
launch registrar "$CROWD" registrar "127.0.0.1:$BACKEND_PORT"
"$HERE/sip_chain.sh" start

phones() { # 0 | 1
  mkfifo "$W/go$1"
  "$CROWD" phones "127.0.0.1:$EDGE_PORT" server.bench.test "$CERTS/ec/ca.pem" bench.test secret \
    "$HALF" "$LIMIT" $(($1 * HALF)) "${PER_TURN:-256}" >"$W/phones$1.out" <"$W/go$1" &
  PHONES[$1]=$!
  echo $! >"$W/phones$1.pid"
}

await() { # WORD that both halves say
  local half
  for half in 0 1; do
    until grep -q "$1" "$W/phones$half.out"; do
      kill -0 "${PHONES[half]}" 2>/dev/null || { cat "$W/phones$half.out" >&2; exit 1; }
      sleep 0.2
    done
  done
}

phones 0; exec 4>"$W/go0"
phones 1; exec 5>"$W/go1"
await registered
kill -KILL "$(cat "$W/edge.pid")"
launch edge "$SALLYPORT_BIN/sallyport-edge" --config "$W/edge.yaml"
await gone
until_true "the edge is not ready again" ready $((CORE_PORT + 2))
echo go >&4
echo go >&5
STATUS=0
for half in 0 1; do
  wait "${PHONES[half]}" || STATUS=$?
  tail -1 "$W/phones$half.out"
done
exit $STATUS
