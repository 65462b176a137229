"""The checks of `taste audit`, by what they look at; each yields what differs."""
