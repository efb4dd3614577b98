package iampolicy

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// instant is a date value since 1970. never is the mark of an unfilled fence.
type instant struct {
	seconds     int64
	nanoseconds int
	never       bool
}

func (a instant) compare(b instant) int {
	switch {
	case a.seconds != b.seconds:
		return sign(a.seconds < b.seconds)
	case a.nanoseconds != b.nanoseconds:
		return sign(a.nanoseconds < b.nanoseconds)
	}
	return 0
}

func sign(isLess bool) int {
	if isLess {
		return -1
	}
	return 1
}

// The marks stand in a compiled policy for its two instants. They are not dates: an unfilled policy allows nothing, and
// IAM refuses it.
const (
	MarkNotBefore = "<not-before-instant>"
	MarkNotAfter  = "<not-after--instant>"
)

// parsePolicyInstant also accepts a mark.
func parsePolicyInstant(s string) (instant, bool) {
	if s == MarkNotBefore || s == MarkNotAfter {
		return instant{never: true}, true
	}
	return parseInstant(s)
}

// parseInstant reads the W3C forms of ISO 8601, and seconds since 1970. Four digits are a year. A time of day needs its
// zone.
func parseInstant(s string) (instant, bool) {
	if len(s) != 4 && strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' }) < 0 {
		n, err := strconv.ParseInt(s, 10, 64)
		return instant{seconds: n}, err == nil
	}
	t, err := time.Parse(layoutFor(s), s)
	if err != nil {
		return instant{}, false
	}
	return instant{seconds: t.Unix(), nanoseconds: t.Nanosecond()}, true
}

func layoutFor(s string) string {
	switch {
	case len(s) == 4:
		return "2006"
	case len(s) == 7:
		return "2006-01"
	case len(s) == 10:
		return time.DateOnly
	case len(s) >= 17 && s[16] != ':':
		return "2006-01-02T15:04Z07:00"
	}
	return time.RFC3339
}

// parseNumber reads a decimal number. Unlike Go, it refuses hexadecimal, infinities and underscores.
func parseNumber(s string) (float64, bool) {
	if s == "" || strings.ContainsFunc(s, func(c rune) bool { return (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", c) }) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func (r relation) holds(order int) bool {
	switch r {
	case less:
		return order < 0
	case lessOrEqual:
		return order <= 0
	case greater:
		return order > 0
	case greaterOrEqual:
		return order >= 0
	}
	return order == 0
}
