package inprocess

import (
	"time"

	"curfew/shared/record"
)

// indexes are the global secondary indexes of the access table. They lag behind it.
type indexes struct {
	lag    time.Duration
	places map[place]*ordered
	queued []rowChange // by time
}

type place struct {
	index     record.Index
	partition string
}

// rowChange is a change of one row that the indexes do not show yet.
type rowChange struct {
	at       time.Time
	old, put *record.Row // nil: no row
}

func newIndexes(lag time.Duration) indexes {
	return indexes{lag: lag, places: map[place]*ordered{}}
}

func (x *indexes) move(old, put *record.Row, now time.Time) {
	if x.lag <= 0 {
		x.apply(rowChange{now, old, put})
		return
	}
	x.queued = append(x.queued, rowChange{now, old, put})
	x.settle(now)
}

func (x *indexes) settle(now time.Time) {
	n := 0
	for n < len(x.queued) && !x.queued[n].at.Add(x.lag).After(now) {
		x.apply(x.queued[n])
		n++
	}
	x.queued = x.queued[n:]
}

// apply moves a row to its new places. Most places do not change.
func (x *indexes) apply(m rowChange) {
	var was, is map[record.Index]record.Place
	if m.old != nil {
		was = m.old.Index
	}
	if m.put != nil {
		is = m.put.Index
	}
	for index, at := range was {
		if is[index] != at {
			x.remove(place{index, at.Partition}, entry{at.Sort, m.old.Key})
		}
	}
	for index, at := range is {
		if was[index] != at {
			x.insert(place{index, at.Partition}, entry{at.Sort, m.put.Key})
		}
	}
}

func (x *indexes) insert(p place, e entry) {
	o := x.places[p]
	if o == nil {
		o = &ordered{}
		x.places[p] = o
	}
	o.insert(e)
}

func (x *indexes) remove(p place, e entry) {
	o := x.places[p]
	if o == nil {
		return
	}
	o.remove(e)
	if len(o.blocks) == 0 {
		delete(x.places, p)
	}
}

func oldest(o *ordered, q record.Query) record.Page {
	var p record.Page
	last := ""
	for e := range o.ascending(q.After) {
		if q.After != "" && e.sort == q.After {
			continue
		}
		if q.UpTo != "" && e.sort > q.UpTo {
			break
		}
		if len(p.Keys) == q.Limit {
			p.Next = last
			break
		}
		p.Keys, last = append(p.Keys, e.key), e.sort
	}
	return p
}

func newest(o *ordered, q record.Query) record.Page {
	from := q.UpTo
	if q.After != "" && (from == "" || q.After < from) {
		from = q.After
	}
	var p record.Page
	last := ""
	for e := range o.descending(from) {
		if q.After != "" && e.sort == q.After {
			continue
		}
		if len(p.Keys) == q.Limit {
			p.Next = last
			break
		}
		p.Keys, last = append(p.Keys, e.key), e.sort
	}
	return p
}
