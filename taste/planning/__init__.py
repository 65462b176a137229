"""What a study would send before anything is sent: calls, tokens, money, time and obstacles."""
