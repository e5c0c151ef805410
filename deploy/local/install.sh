#!/bin/sh
# Installs what is missing, by apt, starting no system service.   install.sh python|servers|monitoring|browser|tests|bench …
set -eu

servers_are_given() { [ -n "${MALHA_DATABASE_URL:-}" ] && [ -n "${MALHA_AMQP_URL:-}" ]; }
there() { ls $1 >/dev/null 2>&1; }
on_path() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

missing=""
for group in "$@"; do
    case $group in
    python)
        python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3 python3-venv"
        there /usr/share/zoneinfo/America/Sao_Paulo || missing="$missing tzdata"
        ;;
    servers)
        servers_are_given && continue
        there '/usr/lib/postgresql/*/bin/postgres' || on_path postgres || missing="$missing postgresql"
        there '/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server' || on_path rabbitmq-server ||
            missing="$missing rabbitmq-server"
        on_path nginx || missing="$missing nginx-light"
        ;;
    browser)
        on_path chromium || missing="$missing chromium fonts-liberation"
        # Playwright brings a Node.js that wants it.
        there '/usr/lib/*/libatomic.so.1' || missing="$missing libatomic1"
        ;;
    monitoring)
        on_path prometheus || missing="$missing prometheus"
        ;;
    tests)
        on_path curl || missing="$missing curl"
        # Prometheus, to be scraped by; its promtool judges the alerts.
        on_path promtool || missing="$missing prometheus"
        # Its systemd-analyze judges the units.
        on_path systemd-analyze || missing="$missing systemd"
        ;;
    fault)
        # A clock that a test sets.
        there '/usr/lib/*/faketime/libfaketimeMT.so.1' || missing="$missing libfaketime"
        ;;
    bench)
        on_path wrk || missing="$missing wrk"
        there '/usr/lib/nginx/modules/ngx_nchan_module.so' || missing="$missing libnginx-mod-nchan"
        ;;
    esac
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Please install what Malha needs and did not find here:$missing" \
        "(or name servers in MALHA_DATABASE_URL and MALHA_AMQP_URL)." >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo"
    if ! command -v sudo >/dev/null; then
        echo "Please run this as root, since there is no sudo here: apt-get install$missing" >&2
        exit 1
    fi
fi

echo "Installing with apt:$missing"
# While we install, nobody may start a service; a rule that was there before comes back afterwards.
policy=/usr/sbin/policy-rc.d
[ ! -e $policy ] || $as_root mv $policy $policy.before-malha
restore() {
    $as_root rm -f $policy
    [ ! -e $policy.before-malha ] || $as_root mv $policy.before-malha $policy
}
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
$as_root chmod 755 $policy

$as_root apt-get update -q
# shellcheck disable=SC2086 # words, on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing

# Nor at the next boot: Malha runs servers of its own.
if command -v systemctl >/dev/null; then
    for package in $missing; do
        case $package in
        postgresql) $as_root systemctl disable -q postgresql.service 2>/dev/null || true ;;
        rabbitmq-server)
            $as_root systemctl disable -q rabbitmq-server.service epmd.service epmd.socket 2>/dev/null || true
            ;;
        nginx-light) $as_root systemctl disable -q nginx.service 2>/dev/null || true ;;
        prometheus) $as_root systemctl disable -q prometheus.service 2>/dev/null || true ;;
        esac
    done
fi
