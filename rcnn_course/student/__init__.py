"""What a student needs beside the notebooks: a folder to begin in, and an overview of progress."""
