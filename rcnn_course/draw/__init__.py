"""Static pictures of the course."""
