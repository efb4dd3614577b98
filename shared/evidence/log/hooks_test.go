package log

// Pends reports whether a row is pending after a number of entries without a date.
func Pends(entries int64) bool {
	c := rowCheck{last: entries}
	return c.pends(waiting{})
}
