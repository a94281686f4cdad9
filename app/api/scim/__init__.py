"""SCIM 2.0 (RFC 7643, 7644) under /scim/v2: the directory writes people and groups. Shapes are scim2-models'."""
