package main

import (
	"context"
	"maps"
	"sync"

	"curfew/shared/record"
)

// usage is what was used.
type usage struct {
	Invocations            map[string]int // by function
	Requests               map[string]int // of DynamoDB, by function
	WriteUnits             int
	DayUnits               int // write units of the directory of callers: once a day for each caller and function, not for each elevation
	HalfReads              int // read units, twice: reading an index costs a half
	Lines, LogBytes        int // of the functions' logs
	Calls                  int // through the door
	Events, Messages       int
	Transitions, History   int // of the execution
	IAM                    map[string]int
	Kept                   kept
	Sweeps, SweepHalfReads int // while it lasted; what as many sweeps read of nothing is not in it
}

// total is over all functions.
func total(byFunction map[string]int) int {
	n := 0
	for _, of := range byFunction {
		n += of
	}
	return n
}

// meter counts. It is a writer for the functions' logs.
type meter struct {
	mu sync.Mutex // guards what follows
	u  usage
}

func newMeter() *meter {
	return &meter{u: usage{Invocations: map[string]int{}, Requests: map[string]int{}}}
}

func (m *meter) count(f func(*usage)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.u)
}

// Write counts one line.
func (m *meter) Write(line []byte) (int, error) {
	m.count(func(u *usage) { u.Lines++; u.LogBytes += len(line) })
	return len(line), nil
}

// read is what was used so far.
func (m *meter) read() usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.u
	u.Invocations, u.Requests = maps.Clone(u.Invocations), maps.Clone(u.Requests)
	return u
}

// table holds the last rows of all stores of an installation, to compare a change with what was there.
type table struct {
	mu   sync.Mutex // guards rows
	rows map[record.Key]record.Row
}

// metered counts what DynamoDB would charge for package dynamo's calls: one method of the port is one request.
type metered struct {
	record.Store
	function string
	table    *table
	meter    *meter
}

// Read is [record.Store.Read]: consistent, each row by itself, and a row that is not there is charged as well.
func (s metered) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return rows, err
	}
	halves := 0
	for _, k := range keys {
		n := 0
		if r, ok := rows[k]; ok {
			n = itemSize(r)
		}
		halves += 2 * units(n, readUnit)
	}
	s.meter.count(func(u *usage) { u.Requests[s.function]++; u.HalfReads += halves })
	return rows, nil
}

// Partition is [record.Store.Partition]: consistent, its rows together.
func (s metered) Partition(ctx context.Context, t record.Table, partition, prefix string) ([]record.Row, error) {
	rows, err := s.Store.Partition(ctx, t, partition, prefix)
	if err != nil {
		return rows, err
	}
	sum := 0
	for _, r := range rows {
		sum += itemSize(r)
	}
	s.meter.count(func(u *usage) { u.Requests[s.function]++; u.HalfReads += 2 * units(sum, readUnit) })
	return rows, nil
}

// List is [record.Store.List]: by an index, which is read at half the price.
func (s metered) List(ctx context.Context, q record.Query) (record.Page, error) {
	page, err := s.Store.List(ctx, q)
	if err != nil {
		return page, err
	}
	sum := 0
	s.table.mu.Lock()
	for _, k := range page.Keys {
		sum += s.table.rows[k].EntrySize(q.Index)
	}
	s.table.mu.Unlock()
	s.meter.count(func(u *usage) { u.Requests[s.function]++; u.HalfReads += units(sum, readUnit) })
	return page, nil
}

const readUnit, writeUnit = 4096, 1024

// Write is [record.Store.Write]: a transaction at twice the price, unless it is one change without a condition. A put
// or delete counts the larger of old and new item. Index entries are extra, at the normal price.
func (s metered) Write(ctx context.Context, changes ...record.Change) error {
	if err := s.Store.Write(ctx, changes...); err != nil {
		return err
	}
	times := 2
	if c := changes[0]; len(changes) == 1 && c.If == record.Always && c.Do != record.Check {
		times = 1
	}
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	cost := 0
	for _, c := range changes {
		if c.Do == record.Check && c.If == record.Always { // nothing to check: not sent
			continue
		}
		was, before := s.table.rows[c.Row.Key], 0
		if was.Body != nil {
			before = itemSize(was)
		}
		after := 0
		if c.Do == record.Put {
			after = itemSize(c.Row)
		}
		cost += times * units(max(before, after), writeUnit)
		if c.Do == record.Check {
			continue
		}
		cost += indexWrites(was, c)
		delete(s.table.rows, c.Row.Key)
		if c.Do == record.Put {
			s.table.rows[c.Row.Key] = c.Row
		}
	}
	s.meter.count(func(u *usage) {
		if changes[0].Row.Key.Partition == "seen" {
			u.DayUnits += cost
			return
		}
		u.Requests[s.function]++
		u.WriteUnits += cost
	})
	return nil
}

// indexWrites counts index entries that a change adds and removes; a moved entry counts twice. Entries have keys
// only, so one that keeps its place is not written.
func indexWrites(was record.Row, c record.Change) int {
	n := 0
	for i, place := range was.Index {
		if c.Do == record.Delete || c.Row.Index[i] != place {
			n += units(was.EntrySize(i), writeUnit)
		}
	}
	if c.Do == record.Put {
		for i, place := range c.Row.Index {
			if was.Index[i] != place {
				n += units(c.Row.EntrySize(i), writeUnit)
			}
		}
	}
	return n
}
