package correlate

import (
	"context"
	"strings"
	"time"

	"curfew/shared/record"
	"curfew/shared/trail"
)

// Grace is how long the opening of a session may come after its first use.
const Grace = 10 * time.Minute

// Used is what was done with an elevation, or with a principal's own policies.
type Used struct {
	*trail.Usage
	// AtLeast: the bus brought more records than are counted, and the files have not come yet.
	AtLeast bool `json:"at_least,omitempty"`
	// Settled is the end of the last hour whose files were all applied; zero: none was.
	Settled time.Time `json:"settled,omitzero"`
	// Incomplete: the files of a settled hour lack records that the bus brought. Somebody may have changed or removed files.
	Incomplete bool `json:"incomplete,omitempty"`
	// Gaps counts records that only the files had, in settled hours.
	Gaps int64     `json:"gaps,omitempty"`
	Who  []Session `json:"who,omitempty"`
}

// Session is a session that used an elevation.
type Session struct {
	trail.SessionKey
	Events int64     `json:"events"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Who    trail.Who `json:"who"`
	// Provisional: its opening was not seen, and may still come.
	Provisional bool `json:"provisional,omitempty"`
}

// hour is what both routes brought of one shard and hour.
type hour struct{ bus, files tally }

// ReadUsage reads what was done with an elevation, or with a principal's own policies.
func ReadUsage(ctx context.Context, s record.Base, account, subject string) (Used, error) {
	r, err := newUsageReader(ctx, s, account)
	if err != nil {
		return Used{}, err
	}
	return r.read(ctx, subject, "")
}

// UsageOf returns a function that reads the usage of one subject.
func UsageOf(s record.Base) func(ctx context.Context, account, subject string) (*trail.Usage, error) {
	return func(ctx context.Context, account, subject string) (*trail.Usage, error) {
		u, err := ReadUsage(ctx, s, account, subject)
		return u.Usage, err
	}
}

// usageReader reads the usage of one account's subjects.
type usageReader struct {
	record.Base
	applied applied
	key     trail.Key
}

func newUsageReader(ctx context.Context, s record.Base, account string) (usageReader, error) {
	rows, err := s.Store.Read(ctx, appliedKey(account), keyRow())
	if err != nil {
		return usageReader{}, err
	}
	at, err := record.FindRow[applied](rows, appliedKey(account))
	if err != nil {
		return usageReader{}, err
	}
	key, err := record.FindRow[secret](rows, keyRow())
	return usageReader{s, at.Value, key.Value.Key}, err
}

// read reads the hours whose text begins so: those of a day, or all.
func (s usageReader) read(ctx context.Context, subject, begin string) (Used, error) {
	u := Used{Usage: trail.NewUsage(s.key), Settled: s.applied.Settled}
	rows, err := s.Store.Partition(ctx, record.AccessTable, usagePartition(subject), begin)
	if err != nil {
		return u, err
	}
	hours, names, err := byHour(rows)
	if err != nil {
		return u, err
	}
	for _, name := range names {
		h := hours[name]
		settled := s.applied.settles(name)
		from := h.files
		if whole := h.files.covers(&h.bus); !whole && (!settled || h.bus.Usage.Events > h.files.Usage.Events) {
			from = h.bus
			u.AtLeast = u.AtLeast || h.bus.Beyond > 0
			u.Incomplete = u.Incomplete || settled
		}
		if settled {
			u.Gaps += max(0, h.files.Usage.Events-h.bus.Usage.Events-h.bus.Beyond)
		}
		u.Usage.Merge(from.Usage)
	}
	return u, addWho(ctx, s.Base, &u)
}

// byHour returns what the routes brought by hour and shard, and these in order.
func byHour(rows []record.Row) (hours map[string]*hour, names []string, err error) {
	hours = map[string]*hour{}
	for _, row := range rows {
		part := strings.Split(row.Key.Sort, "#")
		if len(part) != 3 {
			continue // another kind of row
		}
		t, err := record.Decode[tally](row)
		if err != nil {
			return nil, nil, err
		}
		name := part[0] + "#" + part[2]
		if hours[name] == nil {
			hours[name] = &hour{tally{Usage: &trail.Usage{}}, tally{Usage: &trail.Usage{}}}
			names = append(names, name)
		}
		if Route(part[1]) == ByBus {
			hours[name].bus = t
		} else {
			hours[name].files = t
		}
	}
	return hours, names, nil
}

// mostSessions bounds the sessions whose beginning is looked for, those with most calls first.
const mostSessions = 20

func addWho(ctx context.Context, s record.Base, u *Used) error {
	var keys []trail.SessionKey
	names := u.Sessions.Names()
	names = names[:min(len(names), mostSessions)]
	for _, name := range names {
		keys = append(keys, trail.ParseSession(name))
	}
	all, err := sessions(ctx, s.Store, keys)
	if err != nil {
		return err
	}
	for i, key := range keys {
		c := u.Sessions.Rows[names[i]]
		who := all.Of(key)
		u.Who = append(u.Who, Session{
			SessionKey: key, Events: c.Events, First: time.Unix(c.First, 0).UTC(), Last: time.Unix(c.Last, 0).UTC(),
			Who: who, Provisional: who.Kind == trail.WhoUnknown && s.Now().Before(time.Unix(c.First, 0).Add(Grace)),
		})
	}
	return nil
}
