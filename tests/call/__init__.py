"""`make bench-call`: how good a call is, on lines good and bad, beside what others make of the same lines."""
