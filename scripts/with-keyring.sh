#!/bin/sh
# Runs a command inside a D-Bus session of its own with an unlocked gnome-keyring, in a private home:
#   scripts/with-keyring.sh npx vitest run test/auth/keyring.test.ts
# KEYRING_PROMPT=ignored puts a prompter in place that never answers. Exit code 69: the packages are missing.
set -eu
for program in dbus-run-session gnome-keyring-daemon dbus-send; do
  command -v "$program" >/dev/null || {
    echo "with-keyring: $program is missing (Debian: apt-get install gnome-keyring dbus)" >&2
    exit 69
  }
done
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
chmod 700 "$home"
export HOME="$home" XDG_DATA_HOME="$home/.local/share" XDG_CACHE_HOME="$home/.cache" XDG_RUNTIME_DIR="$home/run"
mkdir -p "$XDG_DATA_HOME/dbus-1/services" "$XDG_CACHE_HOME"
mkdir -m 700 "$XDG_RUNTIME_DIR"
if [ "${KEYRING_PROMPT:-}" = ignored ]; then
  printf '[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sh -c "exec sleep 40 >/dev/null 2>&1"\n' \
    >"$XDG_DATA_HOME/dbus-1/services/org.gnome.keyring.SystemPrompter.service"
fi
dbus-run-session -- sh -c '
  printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  "$@"
' with-keyring "$@"
