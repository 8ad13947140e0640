"""What a model is for: what it is asked, and what its answers mean. A task knows no JSON text, no HTTP and no file."""
