"""nbgrader's gradebook: made, kept in step with `solutions/`, written to and exported."""
