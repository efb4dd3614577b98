package delegation

import (
	"context"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Chain is the chain of evidence of what a person delegates, and the partition of its rows. Package evidence/log knows both.
func Chain(person string) string { return "delegation#" + person }

// The sort keys begin so; the id of the delegation follows. The head of the chain is in the same partition.
const made, ended, to = "made#", "ended#", "to#"

// everyone is the partition that leads to all delegations, by id.
const everyone = "delegation#all"

// pointer is in the partition of the delegate, and in that of all.
type pointer struct {
	Of string `json:"of"` // id
}

// Of are the delegations of a person, the oldest first, and the head of their evidence. It is strongly consistent. A row that
// does not fit its key is Internal.
type Of struct {
	Person string
	All    []Delegation
	head   record.Stored[record.ChainHead]
}

// Read reads what a person delegates.
func Read(ctx context.Context, s record.Store, person string) (Of, error) {
	rows, err := s.Partition(ctx, record.AccessTable, Chain(person), "")
	if err != nil {
		return Of{}, fault.Wrap(err, "reading the delegations of %s", person)
	}
	return decode(person, rows)
}

func decode(person string, rows []record.Row) (of Of, err error) {
	of = Of{Person: person}
	of.head.Row.Key = record.HeadKey(Chain(person))
	ends := map[string]*Ended{}
	for _, row := range rows {
		switch sort := row.Key.Sort; {
		case row.Key == of.head.Row.Key:
			of.head.Row = row
			of.head.Value, err = record.Decode[record.ChainHead](row)
		case strings.HasPrefix(sort, made):
			var m Made
			if m, err = record.Decode[Made](row); err == nil && (sort != made+m.ID || m.Of.ID != person) {
				err = fault.Errorf(fault.Internal, "the row %s is of another delegation", row.Key)
			}
			of.All = append(of.All, Delegation{Made: m})
		case strings.HasPrefix(sort, ended):
			var e Ended
			if e, err = record.Decode[Ended](row); err == nil && (sort != ended+e.Delegation || e.At.IsZero()) {
				err = fault.Errorf(fault.Internal, "the row %s is of another end", row.Key)
			}
			ends[e.Delegation] = &e
		}
		if err != nil {
			return Of{}, err
		}
	}
	for i, d := range of.All {
		of.All[i].Ended = ends[d.ID]
	}
	return of, nil
}

// Find returns the delegation with this id.
func (of Of) Find(id string) (Delegation, bool) {
	i := slices.IndexFunc(of.All, func(d Delegation) bool { return d.ID == id })
	if i < 0 {
		return Delegation{}, false
	}
	return of.All[i], true
}

// To reads the delegations to a person, the oldest first, without those that are long over.
func To(ctx context.Context, s record.Store, person string) ([]Delegation, error) {
	return follow(ctx, s, Chain(person), to, func(d Delegation) bool { return d.To.ID == person })
}

// All reads all delegations, the oldest first, without those that are long over.
func All(ctx context.Context, s record.Store) ([]Delegation, error) {
	return follow(ctx, s, everyone, "", func(Delegation) bool { return true })
}

func follow(ctx context.Context, s record.Store, partition, prefix string, keep func(Delegation) bool) (all []Delegation, err error) {
	rows, err := s.Partition(ctx, record.AccessTable, partition, prefix)
	if err != nil {
		return nil, fault.Wrap(err, "reading which delegations there are")
	}
	by := map[string]Of{}
	for _, row := range rows {
		p, err := record.Decode[pointer](row)
		if err != nil {
			return nil, err
		}
		of, there := by[p.Of]
		if !there {
			if of, err = Read(ctx, s, p.Of); err != nil {
				return nil, err
			}
			by[p.Of] = of
		}
		if d, found := of.Find(strings.TrimPrefix(row.Key.Sort, prefix)); found && keep(d) {
			all = append(all, d)
		}
	}
	return all, nil
}
