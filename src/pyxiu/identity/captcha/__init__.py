"""Making automated requests expensive: what a challenge is, and which were solved."""
