package audittest

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

// Options are how large a log is. Equal options make equal logs.
type Options struct {
	Days, Daily int // elevations a day
	Seed        uint64
	Keys        []string // verifier keys of the first entry
}

// Origin is that of the log.
const Origin = "curfew.example/log"

// Start is the first instant of the log.
func Start() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

const day = 24 * time.Hour

type generator struct {
	Options
	world
	r     *rand.Rand
	heads map[string]evidence.Head // of chains that live long
	queue []queued
	order int
	facts *Facts
	err   error
	hash  string // of the catalog in force
	ids   int
}

// queued is an entry that waits for its time. note tells the facts its index.
type queued struct {
	at    time.Time // when it comes into the log
	order int
	text  []byte
	note  func(index int64)
}

func (g *generator) emit(until time.Time, each func([]byte) error) error {
	slices.SortFunc(g.queue, func(a, b queued) int { return cmp.Or(a.at.Compare(b.at), a.order-b.order) })
	n := 0
	for n < len(g.queue) && g.queue[n].at.Before(until) && g.err == nil {
		q := g.queue[n]
		if q.note != nil {
			q.note(g.facts.Entries)
		}
		g.facts.Entries++
		if err := each(q.text); err != nil {
			return err
		}
		n++
	}
	g.queue = slices.Delete(g.queue, 0, n)
	return g.err
}

func (g *generator) entry(at time.Time, e log.Entry, note func(int64)) {
	text, err := e.Text()
	g.err = cmp.Or(g.err, err)
	g.order++
	g.queue = append(g.queue, queued{at, g.order, text, note})
}

func (g *generator) row(at time.Time, partition, sort string, body []byte, note func(int64)) {
	g.entry(at, log.Entry{Row: &log.Row{Partition: partition, Sort: sort, Version: 1, Body: string(body)}}, note)
}

func (g *generator) record(chain string, e evidence.Entry, note func(int64)) (seq int64) {
	head := g.heads[chain]
	r := g.append(chain, &head, e)
	g.heads[chain] = head
	g.enterRecord(r, note)
	return r.Seq
}

func (g *generator) append(chain string, head *evidence.Head, e evidence.Entry) evidence.Record {
	r, next, err := evidence.Append(chain, *head, e)
	g.err = cmp.Or(g.err, err)
	*head = next
	return r
}

func (g *generator) enterRecord(r evidence.Record, note func(int64)) {
	g.entry(r.At, log.Entry{Record: &r}, note)
}

// late enters a record days after its time, as a pass does that finds it missing.
func (g *generator) late(r evidence.Record, at time.Time, note func(int64)) {
	hash := tlog.RecordHash(r.Text())
	g.entry(at, log.Entry{Late: &log.Late{Hash: hex.EncodeToString(hash[:]), Found: at}}, func(int64) { g.facts.Late++ })
	g.entry(at, log.Entry{Record: &r}, note)
}

func (g *generator) json(v any) []byte {
	b, err := json.Marshal(v)
	g.err = cmp.Or(g.err, err)
	return b
}

// newID is a lower-case ULID: https://github.com/ulid/spec
func (g *generator) newID(at time.Time) string {
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	g.ids++
	id, ms := []byte(fmt.Sprintf("%026d", g.ids)), at.UnixMilli()
	for i := 9; i >= 0; i, ms = i-1, ms>>5 {
		id[i] = digits[ms&31]
	}
	return string(id)
}

// timeOfDay is in working hours for two of three.
func (g *generator) timeOfDay() time.Duration {
	if g.r.IntN(3) == 0 {
		return g.seconds(0, 24*3600)
	}
	return 8*time.Hour + g.seconds(0, 10*3600)
}

func (g *generator) seconds(from, to int) time.Duration {
	return time.Duration(from+g.r.IntN(to-from)) * time.Second
}

func (g *generator) chance(n int) bool { return g.r.IntN(1000) < n }

func pick[T any](g *generator, all []T) T { return all[g.r.IntN(len(all))] }
