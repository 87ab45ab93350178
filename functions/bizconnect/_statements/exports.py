"""All that this service holds of a person."""

from shared.manifest.exports import part_of

export_part = part_of("bizconnect")
