"""What was handed in becomes a notebook that can be graded, whatever has become of it."""
