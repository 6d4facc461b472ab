"""What all pictures share: style, figures, words, and what is asked of their inputs."""
