#!/bin/sh
# Make Padan's user, folders and units from the checkout this file is in. As root, once; and again after an upgrade.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "install.sh makes a user and units: run it as root." >&2; exit 1; }

umask 022                                   # the user padan reads the program; it must not be able to change it
"$root/padan" --help >/dev/null             # installs what requirements.lock pins, where that is not done yet
"$root/.venv/bin/python" -m compileall -q "$root/assets" "$root/quality_checks" "$root/integration" "$root/warehouse"

install -D -m 0644 "$here/padan.sysusers" /etc/sysusers.d/padan.conf
install -D -m 0644 "$here/padan.tmpfiles" /etc/tmpfiles.d/padan.conf
systemd-sysusers /etc/sysusers.d/padan.conf
systemd-tmpfiles --create /etc/tmpfiles.d/padan.conf
for name in padan night; do
    [ -e "/etc/padan/$name.env" ] || install -m 0600 "$here/$name.env.example" "/etc/padan/$name.env"
done

units=/etc/systemd/system
for unit in "$here"/padan.target "$here"/padan-*.service "$here"/padan-*.timer "$here"/padan-.service.d/*.conf; do
    mkdir -p "$(dirname "$units/${unit#"$here"/}")"
    sed "s#/opt/padan#$root#g" "$unit" >"$units/${unit#"$here"/}"
done
systemctl daemon-reload
echo "Installed. Say where deliveries come from (docs/sources.md), then: systemctl enable --now padan.target"
