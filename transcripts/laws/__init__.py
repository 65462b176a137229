"""The laws of the wall as checks that anyone can run on recordings."""
