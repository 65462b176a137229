"""What happened in a recorded session, and what was known when?"""
