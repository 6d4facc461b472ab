"""How long a test waits for what must come: so long that a busy machine cannot make it fail."""

PATIENCE = 3600
"""Seconds. It ends a test that would hang; nothing else depends on it."""

PATIENT = dict.fromkeys(("timeout", "startup_timeout", "iopub_timeout"), PATIENCE)
"""The same for nbclient's `NotebookClient`."""
