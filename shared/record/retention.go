package record

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
)

// Retention says after how many days rows may be removed by TTL. The zero value keeps all. Rows that set Expires themselves
// (answers, tokens, sessions, the directory: see [Row.Expires]) do not use it.
//
//	elevation#, request#, canary#, granted#, decision#, signature#, review#   Elevations, from the request
//	usage# of an elevation                                                    Elevations
//	caller#                                                                   Refusals, from the day of the calls
//	finding#, suspension#, account#, log#, other evidence                     always: few, and a chain that may go on
//	delegation#                                                               always: an approval depends on it
//	campaign#, and signature# of a campaign's item                            always: an answer is compared with the next review
//
// Expires depends on the key alone, so all rows of an elevation or of a caller's day expire at one instant, their evidence
// included. TTL removes rows in any order within days: with an instant for each record, a chain without its beginning
// could not be told from one that was cut.
type Retention struct {
	// Elevations must be more than the longest life: 30 days ahead and 365 of access, and the time to decide.
	Elevations int
	Refusals   int
}

// Expires returns when a row may be removed. Zero: never.
func (r Retention) Expires(k Key) time.Time {
	of, rest, _ := strings.Cut(k.Partition, "#")
	switch {
	case r.Refusals > 0 && of == "caller":
		if day := dayIn(rest); !day.IsZero() {
			return day.AddDate(0, 0, 1+r.Refusals)
		}
	case r.Elevations > 0 && slices.Contains([]string{"elevation", "request", "canary", "granted", "decision", "signature", "review", "usage"}, of):
		if at := TimeIn(rest); !at.IsZero() {
			return Instant(at).AddDate(0, 0, r.Elevations)
		}
	}
	return time.Time{}
}

// Apply returns the changes with the expiry of the rows that set none.
func (r Retention) Apply(changes []Change) []Change {
	out := slices.Clone(changes)
	for i, c := range out {
		if c.Do == Put && c.Row.Expires.IsZero() {
			out[i].Row.Expires = r.Expires(c.Row.Key)
		}
	}
	return out
}

// Check returns Invalid for evidence, or a row on which a grant depended, that expires before its time. Check rows as they
// are written: the settings may have been others before.
func (r Retention) Check(row Row) error {
	least := r.Expires(row.Key)
	switch {
	case row.Expires.IsZero() || !least.IsZero() && !row.Expires.Before(least):
		return nil
	case least.IsZero():
		return fault.Errorf(fault.Invalid, "%s expires at %s, and its kind never does", row.Key, row.Expires.Format(time.RFC3339))
	}
	return fault.Errorf(fault.Invalid, "%s expires at %s, before %s", row.Key, row.Expires.Format(time.RFC3339), least.Format(time.RFC3339))
}

// dayIn returns the day in the rest of a caller's chain: ID#2026-11-30, or ID#2026-11-30#ULID. An ID may have #. A key without a
// day never expires.
func dayIn(rest string) time.Time {
	parts := strings.Split(rest, "#")
	for _, part := range slices.Backward(parts[max(0, len(parts)-2):]) {
		if day, err := time.Parse(time.DateOnly, part); err == nil {
			return day
		}
	}
	return time.Time{}
}

// TimeIn returns the time in a lower-case ULID; zero: it is none. https://github.com/ulid/spec
func TimeIn(id string) time.Time {
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	if len(id) != 26 || strings.Trim(id, digits) != "" || id[0] > '7' {
		return time.Time{}
	}
	var ms int64
	for _, c := range id[:10] {
		ms = ms<<5 | int64(strings.IndexRune(digits, c))
	}
	return time.UnixMilli(ms).UTC()
}
