#!/bin/bash
# Runs a command in a kernel of its own, where a process may open a million descriptors whatever the
# limit outside is, and ends with its exit status. That is user-mode Linux (Debian's user-mode-linux):
# programs run as fast as outside, but on one processor, and a system call takes some 16 us; so what
# is measured there says nothing but beside what else was measured there. Files are those outside.
#   guest.sh COMMAND...        needs root; MEMORY: what the guest has (13G)
set -eu
[ $# -gt 0 ] || { sed -n 2,6p "$0" >&2; exit 2; }
command -v linux.uml >/dev/null || { echo "$0: missing: apt-get install user-mode-linux" >&2; exit 2; }
# Each page of a process there may be a mapping out here.
MAPS=$(cat /proc/sys/vm/max_map_count)
[ "$MAPS" -ge 1000000 ] || echo "$0: a process will have $((MAPS / 256)) MiB at most: more with" \
  "sysctl vm.max_map_count=1048576" >&2
W=$(mktemp -d)
RAM=$(mktemp -d -p /dev/shm) # the guest's memory is a file, which no disk should see
trap 'rm -rf "$W" "$RAM"' EXIT

{
  echo '#!/bin/bash'
  export -p
  cat <<EOF
mount -t proc proc /proc
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
ip link set lo up
sysctl -qw net.ipv4.ip_local_port_range='1024 65535'
ulimit -n 1000000
cd $(printf %q "$PWD")
$(printf '%q ' "$@") </dev/null >$W/output 2>&1
echo \$? >$W/status
halt -f
EOF
} >"$W/init"
chmod +x "$W/init"
: >"$W/output"
TMPDIR=$RAM linux.uml mem="${MEMORY:-13G}" rootfstype=hostfs rootflags=/ rw init="$W/init" \
  con=null quiet >"$W/console" 2>&1 </dev/null &
GUEST=$!
tail -f --pid=$GUEST "$W/output"
wait $GUEST || true
[ -f "$W/status" ] || { cat "$W/console" >&2; echo "$0: the guest did not come to its end" >&2; exit 1; }
exit "$(cat "$W/status")"
