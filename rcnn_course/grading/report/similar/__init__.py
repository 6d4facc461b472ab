"""Which submissions of a class are nearer to each other than independent answers are."""
