package delegation

import (
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// pointerFor is how long the rows that lead to a delegation stay after it.
const pointerFor = 24 * time.Hour

// Make returns the rows and the evidence of a delegation. Denied: not a person, to a machine, or to oneself. Invalid: its
// instants. Conflict: another is not over, or too many were made. Quota: the catalog names too many groups.
func (of Of) Make(m Made) ([]record.Change, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	n := 0
	for _, d := range of.All {
		if !d.Over(m.At) {
			return nil, fault.Errorf(fault.Conflict, "you have a delegation to %s until %s: end it first (curfew delegate --end %s)", d.To.Name, d.Until.Format(time.RFC3339), d.ID)
		}
		if m.At.Sub(d.At) < Longest {
			n++
		}
	}
	if n >= MostMade {
		return nil, fault.Errorf(fault.Conflict, "you made %d delegations in %d days, the limit", n, Longest/(24*time.Hour))
	}
	row, err := record.Encode(record.AccessKey(Chain(of.Person), made+m.ID), 1, m)
	if err != nil {
		return nil, err
	}
	changes, err := of.proved(row, evidence.Entry{At: m.At, Kind: "delegation.made", Actor: m.Of.ID, Detail: m})
	for _, k := range []record.Key{record.AccessKey(Chain(m.To.ID), to+m.ID), record.AccessKey(everyone, m.ID)} {
		changes, err = record.AddRow(changes, err, func() (record.Row, error) {
			lead, err := record.Encode(k, 1, pointer{Of: of.Person})
			lead.Expires = m.Until.Add(pointerFor)
			return lead, err
		})
	}
	return changes, err
}

func (m Made) check() error {
	named := 0
	for _, g := range m.Named {
		named += len(g) + len(`"",`)
	}
	switch {
	case m.Of.Kind != identity.Person:
		return fault.Deny("curfew.person", "only people delegate")
	case m.Of.Name == "":
		return fault.Deny("curfew.person", "your sign-in has no session name: ask an operator to map one in the catalog")
	case m.To.ID == "" || identity.Subject(m.To.ID) == "" || m.To.Name == "":
		return fault.Deny("curfew.person", "a delegate must be a person with a session name")
	case m.To.Is(m.Of):
		return fault.Deny("curfew.self", "you cannot be your own delegate")
	case m.From.Before(m.At):
		return fault.Mistakes{{Field: "from", Problem: "is past: leave it out to begin now"}}.Err()
	case m.From.After(m.At.Add(Ahead)):
		return fault.Mistakes{{Field: "from", Problem: "want at most 30 days from now"}}.Err()
	case !m.Until.After(m.From):
		return fault.Mistakes{{Field: "until", Problem: "want an instant after from"}}.Err()
	case m.Until.After(m.From.Add(Longest)):
		return fault.Mistakes{{Field: "until", Problem: "want at most 30 days after from"}}.Err()
	case named > mostNamed:
		return fault.Errorf(fault.Quota, "the catalog names too many groups to delegate: %d bytes, at most %d", named, mostNamed)
	}
	return nil
}

// EndEarly returns the row and the evidence of an early end.
func (of Of) EndEarly(e Ended) ([]record.Change, error) {
	row, err := record.Encode(record.AccessKey(Chain(of.Person), ended+e.Delegation), 1, e)
	if err != nil {
		return nil, err
	}
	return of.proved(row, evidence.Entry{At: e.At, Kind: "delegation.ended", Actor: e.By.ID, Detail: e})
}

// proved adds the evidence, whose detail is the row.
func (of Of) proved(row record.Row, e evidence.Entry) ([]record.Change, error) {
	head := of.head.Value
	proof, err := record.Append(Chain(of.Person), &head.Head, e)
	if err != nil {
		return nil, err
	}
	kept, err := of.head.Put(head, time.Time{})
	return []record.Change{{If: record.Absent, Row: row}, proof, kept}, err
}
