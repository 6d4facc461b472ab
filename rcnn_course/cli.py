"""Command line of the course."""
