"""Model answers: what `solution` shows of an exercise that is done."""
