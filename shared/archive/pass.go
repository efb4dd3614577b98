package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// A pass looks at the evidence since the last complete one, and of passFrom at least: two passes see each record. The stream
// has passUntil to deliver it.
const (
	passFrom  = 48 * time.Hour
	passUntil = 6 * time.Hour
)

// PassResult says what a pass did.
type PassResult struct {
	Records int `json:"records"` // of its time
	Late    int `json:"late"`    // entered
}

// passed is the row of the last complete pass.
type passed struct {
	At time.Time `json:"at"`
}

// PassKey is that of the last complete pass.
func PassKey() record.Key { return record.AccessKey("log#pass", "log") }

// pass has only the names of what it found, because it goes over a table of any size.
type pass struct {
	*Service
	now, from  time.Time
	some       []entry            // to compare
	late       map[string][]int64 // records of chains
	elevations map[string]bool    // false: it changed just now, and the stream may still deliver its rows
	records    int
	alarms     int
}

// mostAlarms limits the findings of one pass: the next one finds the others.
const mostAlarms = 1000

// Pass compares the evidence with the log, enters what the stream lost, and raises a finding that says how much that was.
// Rows of the access table are found by the chains of their elevations: one transaction writes both.
func (s *Service) Pass(ctx context.Context) (done PassResult, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := pass{Service: s, now: s.Now(), late: map[string][]int64{}, elevations: map[string]bool{}}
	s.late = 0
	if p.from, err = s.lookBack(ctx, p.now); err == nil {
		err = s.enter(ctx, nil)
	}
	if err == nil {
		err = s.Chains.Scan(ctx, func(i Image) error { return p.look(ctx, i) })
	}
	if err == nil {
		err = p.compare(ctx)
	}
	if err == nil {
		err = p.enterAll(ctx)
	}
	done = PassResult{Records: p.records, Late: s.late}
	if s.late > 0 {
		err = errors.Join(err, reporter{s}.tell(ctx, Lost, finding.Occurrence{
			Subject: s.Evidence.Origin, What: fmt.Sprintf("%d records and rows were not delivered by the streams, and are in the log now", s.late),
			Events: []string{s.Instant().Format(time.RFC3339)},
		}))
	}
	if err != nil {
		return done, err
	}
	row, err := record.Encode(PassKey(), 1, passed{record.Instant(p.now)})
	if err != nil {
		return done, err
	}
	if err = s.Store.Write(ctx, record.Change{Row: row}); err == nil {
		s.passView(ctx)
	}
	return done, err
}

// lookBack returns the time from which a pass compares: the beginning, if no pass was complete.
func (s *Service) lookBack(ctx context.Context, now time.Time) (from time.Time, err error) {
	was, err := record.Get[passed](ctx, s.Store, PassKey())
	if isOfAWS(err) {
		return from, err
	}
	if last := was.Value.At; err == nil && !last.After(now) && !last.IsZero() {
		if from = now.Add(-passFrom); last.Add(-2 * passUntil).Before(from) {
			from = last.Add(-2 * passUntil)
		}
	}
	return from, nil
}

func (p *pass) look(ctx context.Context, i Image) error {
	e, why := recordEntry(i.Row)
	if e.record != nil {
		why = e.ahead(i.Row, p.now)
	}
	if why = cmp.Or(i.Damaged, why); why != "" && p.alarms < mostAlarms {
		p.alarms++
		if err := (reporter{p.Service}).report(ctx, alarm{Altered, Change{Key: i.Row.Key, After: &i}, why}); err != nil {
			return err
		}
	}
	if e.record == nil {
		return nil
	}
	at, id := e.record.At, elevationOf(e.record.Chain)
	if at.After(p.now.Add(-passUntil)) && !at.After(p.now.Add(clockSkew)) { // a later one was not made by Curfew
		p.elevations[id] = false
		return nil
	}
	if !e.record.Late && at.Before(p.from) {
		return nil
	}
	if _, known := p.elevations[id]; !known {
		p.elevations[id] = true
	}
	if p.some = append(p.some, e); len(p.some) < record.ReadAtOnce {
		return nil
	}
	return p.compare(ctx)
}

// compare notes the records that the tree does not have.
func (p *pass) compare(ctx context.Context) error {
	var keys []record.Key
	for _, e := range p.some {
		keys = append(keys, e.key)
	}
	p.records += len(keys)
	if len(keys) == 0 {
		return nil
	}
	rows, _, err := p.read(ctx, keys...)
	if err != nil {
		return err
	}
	for _, e := range p.some {
		is := absent
		if row, there := rows[e.key]; there && p.edge != nil {
			if is, err = p.find(ctx, p.edge.Tree, row, e); err != nil {
				return err
			}
		}
		if is != same {
			p.late[e.record.Chain] = append(p.late[e.record.Chain], e.record.Seq)
		}
	}
	p.some = nil
	return nil
}

// enterAll reads again what is missing: the stream may have delivered it since.
func (p *pass) enterAll(ctx context.Context) error {
	maps.DeleteFunc(p.elevations, func(id string, at bool) bool { return id == "" || !at })
	for _, id := range slices.Sorted(maps.Keys(p.elevations)) {
		rows, err := p.absentRows(ctx, id)
		if err == nil {
			err = p.enter(ctx, rows)
		}
		if err != nil {
			return err
		}
	}
	for _, chain := range slices.Sorted(maps.Keys(p.late)) {
		seqs := slices.Sorted(slices.Values(p.late[chain]))
		for len(seqs) > 0 {
			n := 1 // a run without a gap
			for n < len(seqs) && seqs[n] == seqs[0]+int64(n) {
				n++
			}
			err := follower{p.Service}.eachLate(ctx, chain, seqs[0], seqs[n-1], func(ctx context.Context, some []entry) error {
				some, err := follower{p.Service}.follow(ctx, some)
				if err == nil {
					err = p.enter(ctx, some)
				}
				return err
			})
			if err != nil {
				return err
			}
			seqs = seqs[n:]
		}
	}
	return nil
}

// absentRows returns the rows of an elevation, without those that cannot be read.
func (s *Service) absentRows(ctx context.Context, id string) (some []entry, err error) {
	at := log.RowsOf(id)
	for _, partition := range slices.Sorted(maps.Keys(at)) {
		rows, err := s.Store.Partition(ctx, record.AccessTable, partition, at[partition])
		if d, damaged := errors.AsType[*record.DamagedError](err); damaged {
			err = reporter{s}.report(ctx, alarm{Altered, Change{Key: d.Key}, "cannot be read: " + d.Error()})
		}
		if err != nil {
			return nil, fault.Wrap(err, "reading %s", partition)
		}
		for _, row := range rows {
			if e, err := rowEntry(row); err == nil && IsEvidence(row.Key) {
				e.late = true
				some = append(some, e)
			}
		}
	}
	return some, nil
}
