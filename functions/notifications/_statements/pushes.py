"""What was sent to which install, and what became of it."""

from shared.manifest.statements import (
    INSTANT,
    INT,
    TEXT,
    UUID_,
    done,
    rows,
    sql,
)
from shared.tables.types import must

pushes_left = rows(
    sql(
        """
        SELECT n.user_id, n.subject_id, d.install_id, n.type, n.title, n.body, d.push_token,
            encode(sha256(convert_to(d.push_token, 'UTF8')), 'hex') AS fingerprint
        FROM notifications.notification AS n JOIN users.account AS a ON a.id = n.user_id
        JOIN users.device AS d ON d.user_id = a.id
        WHERE n.id = :id AND n.read_at IS NULL AND NOT a.data_saver
            AND a.state NOT IN ('erasing', 'erased') AND NOT EXISTS (
                SELECT FROM notifications.push AS p
                WHERE p.notification_id = n.id AND p.install_id = d.install_id)
        ORDER BY d.install_id LIMIT :limit
        """,
        id=UUID_,
        limit=INT,
    ).columns(
        *(must(name, UUID_) for name in ("user_id", "subject_id", "install_id")),
        *(must(name, TEXT) for name in ("type", "title", "body", "push_token", "fingerprint")),
    ),
    "A notification that is still news to somebody who wants it shown, and installs without it.",
)

note_pushes = done(
    sql(
        "INSERT INTO notifications.push (notification_id, install_id, outcome) "
        "SELECT * FROM jsonb_to_recordset(CAST(:pushes AS jsonb)) "
        "AS p(notification_id uuid, install_id uuid, outcome text)",
        pushes=TEXT,
    ),
    "Note what became of pushes.",
)

purge_pushes = done(
    sql(
        "DELETE FROM notifications.push WHERE (notification_id, install_id) IN ("
        "SELECT notification_id, install_id FROM notifications.push "
        "WHERE at < :before ORDER BY at LIMIT :limit)",
        before=INSTANT,
        limit=INT,
    ),
    "Forget what became of old pushes.",
)
