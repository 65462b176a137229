"""A loopback server that speaks the Messages API; every answer is invented and marked simulated."""
