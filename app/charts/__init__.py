"""Pictures of figures, as SVG: small, offline, readable without colour and without eyes."""
