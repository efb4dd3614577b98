package main

// flooding are the safeguards against whoever would keep others from losing their access, by policies in an account of his
// own, by heartbeats, by tasks; and of what is told of an end under faults that meet.
func flooding() []mutant {
	const (
		reconcile = "shared/access/reconcile.go"
		active    = "shared/access/sweepactive.go"
		task      = "shared/access/task.go"
	)
	return []mutant{{
		name:  "flooding: accounts take turns",
		takes: "many policies in one account do not come before another's",
		file:  active,
		old:   `lives = inTurns(lives, func(l life) string { return l.terms.Principal.Account })`,
		new:   `lives = slices.Clone(lives)`,
	}, {
		name:  "flooding: orphans of each account",
		takes: "one account's orphans do not count against another's",
		file:  reconcile,
		old:   `	in := f.Principal.Account`,
		new:   `	in := ""`,
	}, {
		name:  "flooding: a decoy seen blindly",
		takes: "a policy whose record cannot be read ends nothing elsewhere",
		file:  reconcile,
		old:   `Order{ID: id, Stray: true})))`,
		new:   `Order{ID: id})))`,
	}, {
		name:  "flooding: beats",
		takes: "a holder writes once a second at most",
		file:  "shared/access/hold.go",
		old:   `none: err == nil && next.LastBeat.Equal(l.elevation.LastBeat)}`,
		new:   `none: false}`,
	}, {
		name:  "flooding: what is over",
		takes: "the end of a task reads what is under way",
		file:  "shared/access/end.go",
		old:   `there && (err != nil || !e.State.Terminal())`,
		new:   `there && (err != nil || !e.State.Terminal() || true)`,
	}, {
		name:  "flooding: a person counts once",
		takes: "who holds much loses it all the same",
		file:  active,
		old:   `who[l.terms.Requester.ID] = true`,
		new:   `who[l.terms.ID] = true`,
	}, {
		name:  "flooding: a task in another account",
		takes: "a task is known in its own account",
		file:  task,
		old:   `k.Account == "" || k.Account == account)`,
		new:   `k.Account == "" || account != "")`,
	}, {
		name:  "flooding: a shape that is unconfirmed",
		takes: "a task is known by a shape that is known",
		file:  task,
		old:   `&& !k.Unconfirmed && `,
		new:   `&& `,
	}, {
		name:  "flooding: tasks of two accounts",
		takes: "another account's task of the same id is another",
		file:  task,
		old:   `k.Account != "" && by.Account != "" && k.Account != by.Account`,
		new:   `false`,
	}, {
		name:  "flooding: what is removed unseen",
		takes: "what was taken away and could not be looked at was there until then",
		file:  "shared/access/stuck.go",
		old:   `r.Seen == seenThere || r.removedAnything()`,
		new:   `r.Seen == seenThere`,
	}, {
		name:  "flooding: a restore under a refusal",
		takes: "a version that was used before a restore is not used again",
		file:  "shared/access/refusal.go",
		old:   `max(head.Version+1, s.Now().UnixMilli())`,
		new:   `head.Version+1`,
	}}
}
