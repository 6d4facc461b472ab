"""Whether the cases of the exercises reject every small edit of a right answer."""
