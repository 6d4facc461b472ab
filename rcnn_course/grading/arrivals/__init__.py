"""What is handed in while a class is watched: noticed, taken in, graded and given back."""
