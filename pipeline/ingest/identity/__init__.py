"""Whether an input was read before: by its content, whatever its name."""
