"""Events: appended with the act they tell of, ordered, proved, exported."""
