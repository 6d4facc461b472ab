"""The engine: runs an exercise on its cases, compares, and explains what differs."""
