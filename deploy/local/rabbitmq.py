"""A private RabbitMQ: every listener on loopback, its own epmd, its own folder, an ordinary user."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from deploy.local.layout import LOOPBACK, Account, CannotRunError, Layout, State, account_of, own_by
from deploy.local.supervisor import Program

ADMINISTRATOR = "malha"
NODE = f"malha@{LOOPBACK}"

_CONFIGURATION = """\
listeners.tcp.1 = {host}:{ports.amqp}
management.tcp.ip = {host}
management.tcp.port = {ports.amqp_management}
prometheus.tcp.ip = {host}
prometheus.tcp.port = {ports.amqp_metrics}
default_user = {user}
default_pass = {password}
disk_free_limit.absolute = 200MB
raft.wal_max_size_bytes = 67108864
log.file.level = info
log.file.rotation.size = 10485760
log.file.rotation.count = 3
"""

# A node that sees less than half of its cluster stands still, rather than go on alone.
_CLUSTER = """\
cluster_formation.peer_discovery_backend = classic_config
{nodes}
cluster_partition_handling = pause_minority
"""

# Management's shovel moves messages between queues, as operators do by hand.
_PLUGINS = ("rabbitmq_management", "rabbitmq_prometheus", "rabbitmq_shovel_management")

# What cannot be dead-lettered now is tried again after 5 s, not after 3 minutes.
_ADVANCED = "[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 5000}]}].\n"


def amqp_url(state: State, vhost: str) -> str:
    """The administrator's address of *vhost*."""
    return f"amqp://{ADMINISTRATOR}:{state.secrets.administrator}@{LOOPBACK}:{state.ports.amqp}/{vhost}"


def service_url(state: State, user: str, vhost: str) -> str:
    """The address of *vhost* for one of the topology's users."""
    return f"amqp://{user}:{state.secrets.broker[user]}@{LOOPBACK}:{state.ports.amqp}/{vhost}"


def management_url(state: State) -> str:
    """The management API, as administrator."""
    return f"http://{ADMINISTRATOR}:{state.secrets.administrator}@{LOOPBACK}:{state.ports.amqp_management}"


def environment(layout: Layout, state: State, node: str = NODE) -> dict[str, str]:
    """What *node* and RabbitMQ's own tools need to find each other, away from the system's RabbitMQ."""
    folder = layout.data / "rabbitmq"
    return {
        "PATH": f"{os.defpath}:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(state.ports.epmd),
        "ERL_CRASH_DUMP_SECONDS": "0",
        "RABBITMQ_NODENAME": node,
        "RABBITMQ_USE_LONGNAME": "true",
        "RABBITMQ_DIST_PORT": str(state.ports.distribution),
        "RABBITMQ_NODE_PORT": str(state.ports.amqp),
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_CTL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        # The start script then becomes the node, instead of waiting for it in a shell.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def programs(
    layout: Layout, state: State, name: str = NODE, cluster: Sequence[str] = ()
) -> tuple[Program, Program]:
    """The port mapper and the node *name*, their folder made if there is none; *cluster*: all of its nodes.

    The nodes of a cluster have a layout and ports each, but one port mapper and the same secrets.
    """
    scripts = _scripts()
    account = account_of("rabbitmq")
    folder = layout.data / "rabbitmq"
    folder.mkdir(mode=0o700, exist_ok=True)
    own_by(folder, account)
    configuration = _CONFIGURATION.format(
        host=LOOPBACK, ports=state.ports, user=ADMINISTRATOR, password=state.secrets.administrator
    )
    if cluster:
        nodes = "\n".join(
            f"cluster_formation.classic_config.nodes.{number} = {one}"
            for number, one in enumerate(cluster, 1)
        )
        configuration += _CLUSTER.format(nodes=nodes)
    _write(folder / "rabbitmq.conf", configuration, account)
    _write(folder / "advanced.config", _ADVANCED, account)
    _write(folder / "rabbitmq-env.conf", "", account)
    _write(folder / "enabled_plugins", f"[{','.join(_PLUGINS)}].\n", account)
    _write(folder / ".erlang.cookie", state.secrets.erlang_cookie, account)
    variables = environment(layout, state, name)
    epmd = Program(
        name="epmd",
        command=(_epmd(), "-port", str(state.ports.epmd), "-address", LOOPBACK),
        environment=variables,
        directory=folder,
        log=layout.log("epmd"),
        account=account,
    )
    node = Program(
        name="rabbitmq",
        command=(str(scripts / "rabbitmq-server"),),
        environment=variables,
        directory=folder,
        log=layout.log("rabbitmq"),
        account=account,
        patience_seconds=60,
    )
    return epmd, node


async def answers(state: State) -> bool:
    """Whether the node is up, its management API included."""
    headers = {
        "Authorization": aiohttp.encode_basic_auth(ADMINISTRATOR, state.secrets.administrator),
    }
    url = (
        f"http://{LOOPBACK}:{state.ports.amqp_management}/api/health/checks/port-listener/{state.ports.amqp}"
    )
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=3)) as http,
            http.get(url) as answer,
        ):
            return answer.ok
    except (aiohttp.ClientError, TimeoutError):
        return False


def _write(path: Path, content: str, account: Account | None) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(content)
    path.chmod(0o400 if path.name == ".erlang.cookie" else 0o600)
    own_by(path, account)


def _scripts() -> Path:
    installed = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("rabbitmq-server")
    if on_path is None:
        raise CannotRunError(
            "RabbitMQ (3.10 or newer) is not here: install it, or name a server in MALHA_AMQP_URL"
            " and a PostgreSQL in MALHA_DATABASE_URL"
        )
    return Path(on_path).resolve().parent


def _epmd() -> str:
    installed = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
    found = str(installed[-1]) if installed else shutil.which("epmd")
    if found is None:
        raise CannotRunError("Erlang's epmd is not here: install Erlang together with RabbitMQ")
    return found
