"""What is worked out from the rows of a change before it is committed."""
