"""The bytes of an input: found, opened, unpacked, hashed."""
