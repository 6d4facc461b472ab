"""What people are shown: progress, the table of a class, its mistakes, pages of feedback."""
