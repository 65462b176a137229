"""How steady a judge is, how its verdicts agree with people, what is left without its errors."""
