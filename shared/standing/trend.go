package standing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// ReadReport reads a report that was written as JSON.
func ReadReport(content []byte) (*Report, error) {
	if err := strictjson.CheckDepth(string(content)); err != nil {
		return nil, fmt.Errorf("no report of standing privilege: %w", err)
	}
	var r Report
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("no report of standing privilege: %w", err)
	}
	if r.Format != Format {
		return nil, fmt.Errorf("the report has format %d, and this program reads format %d", r.Format, Format)
	}
	if slices.Contains(r.Entries, nil) {
		return nil, fmt.Errorf("no report of standing privilege: an entry is null")
	}
	return &r, nil
}

// Compare makes the trend from an earlier report to a later one. Accounts that only one of them has count as they are.
func Compare(then, now *Report) *Trend {
	t := &Trend{Since: then.At, Score: now.Score - then.Score, Points: now.Points - then.Points}
	type key struct{ arn, id string }
	before := map[key]*Entry{}
	for _, e := range then.Entries {
		before[key{e.Principal, e.ID}] = e
	}
	for _, e := range now.Entries {
		old := before[key{e.Principal, e.ID}]
		delete(before, key{e.Principal, e.ID})
		was := old != nil && old.Privileged()
		c := Change{Principal: e.Principal, Now: e.Score}
		if old != nil {
			c.Then = old.Score
		}
		switch {
		case e.Privileged() && !was:
			t.New = append(t.New, c)
		case !e.Privileged() && was:
			t.Gone = append(t.Gone, c)
		case c.Now > c.Then:
			t.Up = append(t.Up, c)
		case c.Now < c.Then:
			t.Down = append(t.Down, c)
		}
	}
	for _, old := range before {
		if old.Privileged() {
			t.Gone = append(t.Gone, Change{Principal: old.Principal, Then: old.Score})
		}
	}
	for _, list := range [][]Change{t.New, t.Gone, t.Up, t.Down} {
		slices.SortFunc(list, func(a, b Change) int {
			if n := strings.Compare(a.Principal, b.Principal); n != 0 {
				return n
			}
			return a.Then - b.Then
		})
	}
	return t
}
