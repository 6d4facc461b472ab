"""Whether a submission has bent the rules: probes in its kernel, and a reading of its code."""
