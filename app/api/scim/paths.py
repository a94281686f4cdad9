"""Where SCIM lives, and what it is sent as."""

PREFIX = "/scim/v2"
MEDIA_TYPE = "application/scim+json"
