# Sourced by the scripts: installs what is missing on Debian 12, and nothing else.
#
#   install_packages build run        # groups of packages, below

packages_build="binutils gcc libc6-dev libstdc++-12-dev pkg-config git ca-certificates
  libssl-dev libpq-dev libhiredis-dev zlib1g-dev libzstd-dev tzdata
  libcurl4 libxml2 libncurses6 libsqlite3-0"
packages_run="python3 redis-server redis-tools postgresql-15 postgresql-client-15 nginx-light util-linux procps
  libjs-chart.js"
packages_test="chromium chromium-driver python3-selenium fonts-dejavu-core fonts-noto-color-emoji prometheus openssl
  docker-compose haproxy python3-venv"
# For scripts/cleanroom and scripts/images.
packages_cleanroom="debootstrap git util-linux"

packages_autobahn="python3 python3-venv"
# For the libraries that judge the simulator, and that the gateway is measured against.
packages_peers="python3 python3-venv"
packages_slow="python3 slowhttptest"
packages_guard="python3 valgrind binutils"
# Those that scripts/bench measures beside the web service.
packages_bench="util-linux libnginx-mod-nchan nodejs golang-go python3-venv"

# What installing a server must not do here: start it, or make a database cluster.
masked_units="redis-server postgresql nginx prometheus prometheus-node-exporter haproxy"

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else
        echo "guildwire: installing packages needs root, and sudo is not there. Run as root:" >&2
        echo "    $*" >&2
        exit 1
    fi
}

is_installed() {
    # nginx comes in flavours; any of them will do.
    if [ "$1" = nginx-light ] && command -v nginx >/dev/null; then return 0; fi
    if [ "$1" = nginx-light ] && [ -x /usr/sbin/nginx ]; then return 0; fi
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages() {
    local group name missing=""
    for group in "$@"; do
        local list="packages_$group"
        for name in ${!list}; do is_installed "$name" || missing="$missing $name"; done
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "guildwire: these packages are missing, and apt-get is not there to install them:$missing" >&2
        exit 1
    fi
    echo "Installing Debian packages:$missing"
    local unit
    for unit in $masked_units; do
        if ! [ -e "/lib/systemd/system/$unit.service" ] && ! [ -e "/etc/systemd/system/$unit.service" ]; then
            as_root mkdir -p /etc/systemd/system
            as_root ln -s /dev/null "/etc/systemd/system/$unit.service"
        fi
    done
    if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    # Where there is no systemd to mask anything, invoke-rc.d asks this file.
    local policy=/usr/sbin/policy-rc.d made_policy=""
    if ! [ -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
        made_policy=yes
    fi
    local failed=""
    as_root apt-get update -qq || failed=yes
    # shellcheck disable=SC2086 # a list of names
    [ -n "$failed" ] || as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold $missing >/dev/null || failed=yes
    [ -z "$made_policy" ] || as_root rm -f "$policy"
    if [ -n "$failed" ]; then
        echo "guildwire: installing packages failed; the lines above say why." >&2
        exit 1
    fi
}

require_swift() {
    if ! command -v swift >/dev/null; then
        echo "guildwire: swift is not on the PATH. Install Swift 6.2 or newer for Debian 12 (swift.org/install)." >&2
        exit 1
    fi
}
