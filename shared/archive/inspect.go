package archive

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/record"
)

// inspect returns what a change adds to the log, and what is wrong with it.
func inspect(c Change, now time.Time, keep record.Retention) (entries []entry, alarms []alarm) {
	if !IsEvidence(c.Key) {
		return nil, nil
	}
	wrong := func(what string) { alarms = append(alarms, alarm{Altered, c, what}) }
	if c.Before == nil && c.After != nil && c.After.Damaged == "" {
		if err := keep.Check(c.After.Row); err != nil {
			wrong(err.Error())
		}
	}
	switch {
	case c.After == nil && expired(c, now):
	case c.After == nil:
		wrong("was removed")
	case c.After.Damaged != "":
		wrong("cannot be read: " + c.After.Damaged)
	case c.Key.Table == record.AccessTable:
		if c.Before != nil && !isTakenBack(*c.Before, *c.After) {
			wrong("was changed")
		}
		e, err := rowEntry(c.After.Row)
		if err != nil {
			wrong(err.Error())
			break
		}
		entries = append(entries, e)
	case c.Before != nil:
		wrong("was changed")
	default:
		e, why := recordEntry(c.After.Row)
		if why != "" {
			wrong(why)
			break
		}
		entries = append(entries, e)
	}
	for _, e := range entries {
		if why := e.ahead(c.After.Row, now); why != "" {
			wrong(why)
		}
	}
	return entries, alarms
}

// expired reports whether TTL removed a row at its time.
func expired(c Change, now time.Time) bool {
	return c.TTL && c.Before != nil && !c.Before.Row.Expires.IsZero() && !c.Before.Row.Expires.After(now)
}

// clockSkew is the most that Curfew's clocks differ.
const clockSkew = 5 * time.Minute

// ahead says whether the entry of a row is of the future, by its own time or its elevation's id. It would hide from questions
// about today; it is entered all the same.
func (e entry) ahead(row record.Row, now time.Time) string {
	var says struct {
		At          time.Time `json:"at"`
		RequestedAt time.Time `json:"requested_at"`
	}
	if e.record != nil {
		says.At = e.record.At
	} else {
		_ = json.Unmarshal(row.Body, &says) // a row without a time has that of its id
	}
	latest := slices.MaxFunc([]time.Time{says.At, says.RequestedAt, record.TimeIn(elevationOf(row.Key.Partition))}, time.Time.Compare)
	if !latest.After(now.Add(clockSkew)) {
		return ""
	}
	return "is of the future: " + latest.UTC().Format(time.RFC3339)
}

// recordEntry returns the entry of a record, or what is wrong with it: then it has no entry, because the log could not be
// restored or verified with it.
func recordEntry(row record.Row) (entry, string) {
	if len(row.Body) > evidence.MaxRecord {
		return entry{}, fmt.Sprintf("has %d bytes, more than the %d of a record", len(row.Body), evidence.MaxRecord)
	}
	e, err := log.EntryOf(row.Body)
	switch r := e.Record; {
	case err != nil:
		return entry{}, err.Error()
	case r == nil:
		return entry{}, "is not a record of evidence"
	case record.EvidenceRow(*r).Key != row.Key:
		return entry{}, fmt.Sprintf("says that it is record %d of %.200s", r.Seq, r.Chain)
	default:
		if _, err := evidence.DecodeChecked(row.Body); err != nil {
			return entry{}, err.Error()
		}
		return newEntry(row.Body, r), ""
	}
}

// rowEntry returns the entry of a version of a row. Invalid: it is too long.
func rowEntry(row record.Row) (entry, error) {
	text, err := log.Entry{Row: &log.Row{Partition: row.Key.Partition, Sort: row.Key.Sort, Version: row.Version, Body: string(row.Body)}}.Text()
	return newEntry(text, nil), err
}

// isTakenBack reports the only change of these rows that Curfew makes: a request that ends before a grant loses its digest
// and input, so that nothing can be granted.
func isTakenBack(before, after Image) bool {
	type asked struct{ Digest, Requester, Input string }
	var was, is asked
	if json.Unmarshal(before.Row.Body, &was) != nil || json.Unmarshal(after.Row.Body, &is) != nil {
		return false
	}
	return after.Row.Key.Sort == "request" && before.Row.Version == 1 && after.Row.Version == 2 && was != asked{} && is == asked{Requester: was.Requester}
}
