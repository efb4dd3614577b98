package accesstest

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/archive"
	"curfew/shared/evidence/log"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// BrokenLog enters what the stream still has, and compares the log with the tables: each has all evidence of the other, once
// and in the order of its chain, and the tree is that of the entries. changed: tables were restored, or evidence was
// changed by hand, so that the log may have more.
func BrokenLog(a *inprocess.Archive, store *inprocess.Store, changed bool) []string {
	ctx := context.Background()
	if err := a.TakeAll(ctx); err != nil {
		return []string{"10: the log: " + err.Error()}
	}
	tree, err := a.Evidence.Published(ctx)
	if err != nil {
		return []string{"10: the log: " + err.Error()}
	}
	texts, err := a.Evidence.Entries(ctx, tree, 0, tree.N)
	if err != nil {
		return []string{"10: the log: " + err.Error()}
	}
	c := logCheck{in: map[record.Key][]string{}, last: map[string]int64{}, changed: changed}
	if root, err := rootOf(texts); err != nil || root != tree.Hash {
		c.add("the root of %d entries is not the published one: %v", tree.N, err)
	}
	for i, text := range texts {
		c.entry(i, text)
	}
	c.compare(store)
	return c.wrong
}

// checkLog runs at the end of each story. The stream of every third loses everything: the passes enter it.
func (w *World) checkLog() {
	w.t.Helper()
	name := fnv.New32a()
	_, _ = name.Write([]byte(w.t.Name()))
	if name.Sum32()%3 == 0 {
		w.Archive.Lose()
		end := time.Now().Add(30 * time.Hour)
		every := max(24*time.Hour, end.Sub(w.began)/60) // a pass looks back to the one before it
		for at := w.began; at.Before(end); {
			at = at.Add(every)
			w.Archive.Now = func() time.Time { return at }
			if _, err := w.Archive.Pass(context.Background()); err != nil {
				w.t.Errorf("the pass: %v", err)
			}
		}
	}
	for _, wrong := range BrokenLog(w.Archive, w.Store, w.checker.evidenceChanged) {
		w.t.Errorf("invariant %s", wrong)
	}
	w.checkLake()
}

type logCheck struct {
	wrong   []string
	in      map[record.Key][]string // bodies by their rows' keys
	last    map[string]int64
	changed bool
}

func (c *logCheck) add(format string, args ...any) {
	c.wrong = append(c.wrong, "10: the log: "+fmt.Sprintf(format, args...))
}

func (c *logCheck) entry(i int, text []byte) {
	e, err := log.EntryOf(text)
	switch {
	case err != nil:
		c.add("entry %d: %v", i, err)
	case i == 0 && e.Keys == nil:
		c.add("its first entry is not one of keys")
	case e.Record != nil:
		r := e.Record
		if r.Seq != c.last[r.Chain]+1 && !c.changed {
			c.add("entry %d is record %d of %s after %d", i, r.Seq, r.Chain, c.last[r.Chain])
		}
		c.last[r.Chain] = r.Seq
		c.body(record.EvidenceRow(*r).Key, string(text))
	case e.Row != nil:
		c.body(record.AccessKey(e.Row.Partition, e.Row.Sort), e.Row.Body)
	}
}

func (c *logCheck) body(k record.Key, body string) {
	for _, was := range c.in[k] {
		if was == body && !c.changed {
			c.add("%s is there twice", k)
		}
	}
	c.in[k] = append(c.in[k], body)
}

func (c *logCheck) compare(store *inprocess.Store) {
	stored := map[record.Key]bool{}
	for _, row := range append(store.All(record.AuditTable), store.All(record.AccessTable)...) {
		if !archive.IsEvidence(row.Key) {
			continue
		}
		stored[row.Key] = true
		bodies := c.in[row.Key]
		switch {
		case len(bodies) == 0 && c.changed && raised(store, finding.Key(archive.Altered, row.Key.Partition)):
			// After a restore, records take the places of others, which the log has.
		case len(bodies) == 0:
			c.add("%s is not in it", row.Key)
		case bodies[len(bodies)-1] != string(row.Body) && !c.changed:
			c.add("%s is another in it", row.Key)
		}
	}
	for k := range c.in {
		if !stored[k] && !c.changed {
			c.add("%s is in it, and not in the tables", k)
		}
	}
}

func raised(store *inprocess.Store, k record.Key) bool {
	_, ok := store.StoredRow(k)
	return ok
}

// rootOf is the hash of a tree by package tlog, from the entries alone.
func rootOf(texts [][]byte) (tlog.Hash, error) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			out[i] = stored[n]
		}
		return out, nil
	})
	for i, text := range texts {
		more, err := tlog.StoredHashes(int64(i), text, read)
		if err != nil {
			return tlog.Hash{}, err
		}
		stored = append(stored, more...)
	}
	return tlog.TreeHash(int64(len(texts)), read)
}
