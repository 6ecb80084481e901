"""Questions to the projected tables, one file per noun. All answers are integers; decimals are made at the edge."""
