"""What the service fetches from elsewhere, through one guard."""
