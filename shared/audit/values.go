package audit

import "time"

// instant is empty for the zero time.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func flag(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func number(n int64) *int64 { return &n }
