"""Whether Dagster's daemon is alive: the probe of its container, `python -m … DATABASE_URL`.

Dagster's own `liveness-check` costs 2.3 CPU-seconds a call, this a twentieth: it imports one
driver and asks one question.
"""

import sys

import psycopg2

MOST_SECONDS = 240
"""Each of the daemons writes its heartbeat at least every half minute while it lives."""
_OLDEST = """
SELECT coalesce(max(abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - timestamp))), 'infinity')
FROM (VALUES ('SCHEDULER'), ('SENSOR'), ('QUEUED_RUN_COORDINATOR'), ('MONITORING')) AS d (kind)
LEFT JOIN dagster.daemon_heartbeats ON daemon_type = kind
HAVING count(timestamp) = count(*)
"""


def is_alive(url: str) -> bool:
    """Whether every daemon wrote its heartbeat lately.

    True as well where the database can't be asked: a daemon that is started again for want of a
    database gains nothing.

    Args:
        url: The database's libpq address.
    """
    try:
        connection = psycopg2.connect(url, connect_timeout=5, options="-cstatement_timeout=5000")
    except psycopg2.OperationalError:
        return True
    try:
        with connection.cursor() as cursor:
            cursor.execute(_OLDEST)
            oldest = cursor.fetchone()
    except psycopg2.errors.UndefinedTable:
        return False  # no daemon has ever run
    except psycopg2.OperationalError:
        return True
    finally:
        connection.close()
    return oldest is not None and oldest[0] < MOST_SECONDS


if __name__ == "__main__":
    sys.exit(0 if is_alive(sys.argv[1]) else 1)
