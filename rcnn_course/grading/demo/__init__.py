"""A made-up class, to see grading at work before there are students."""
