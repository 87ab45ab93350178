"""Whether the database answers."""

from shared.manifest.statements import INT, sql, value

ready = value(sql("SELECT 1 AS answer").columns(answer=INT), "Whether the database answers.")
