from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url


def upgrade(database_url: str) -> None:
    """Bring the database to the newest schema; doing it again changes nothing.

    Blocks, and runs an event loop of its own: from a coroutine, call it in a thread.
    """
    config = Config()
    config.set_main_option("script_location", "deploy:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = make_url(database_url).set(drivername="postgresql+asyncpg")
    command.upgrade(config, "head")
