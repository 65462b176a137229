"""Message Batches: requests that are answered together within a day, at half the price."""
