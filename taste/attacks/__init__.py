"""What hostile texts say to a judge, and how they are planted in what it is shown. Pure."""
