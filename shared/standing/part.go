package standing

import (
	"slices"

	"curfew/shared/authdetails"
)

// Looked is an entry with what became known of its principal's use after the report was made: unused actions, and the score with them.
// Nothing else of the entry changes. Of o, Accessed, Used, Credentials, Boundaries, SCPs, Name, DataEvents and UnusedAfter count.
func (e *Entry) Looked(p *authdetails.Principal, o Options) *Entry {
	all, _ := newReader(&o).reached(p)
	next := *e
	next.Unused, next.Score, next.Terms = o.looker(p).unused(actionsOf(all)), 0, nil
	if !isServiceLinked(p) {
		c := o.Credentials[p.ARN]
		if !p.User {
			c = nil
		}
		next.score(c)
	}
	return &next
}

// Tally sums up an account whose entries are added one by one, in any order. Its size is bounded.
type Tally struct {
	Account
	Top []int `json:"top,omitempty"` // the highest scores
}

// Add counts an entry once.
func (t *Tally) Add(e *Entry) {
	t.count(e)
	scores := append(slices.Clone(t.Top), e.Score)
	t.Score = total(scores) // sorts them
	t.Top = scores[:min(len(scores), topScores)]
}
