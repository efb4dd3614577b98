package main

// triggering are the mutants of what begins, joins and ends by events.
func triggering() []mutant {
	const trigger, end = "shared/access/trigger.go", "shared/access/end.go"
	return []mutant{{
		name:  "triggering: a run is served once",
		takes: "a start that is told twice begins nothing twice",
		file:  trigger,
		old:   `if done.was.StartedAt.Equal(k.StartedAt) {`,
		new:   `if false {`,
	}, {
		name:  "triggering: a join asks policy",
		takes: "a task that policy refuses does not join either",
		file:  trigger,
		old:   `if err := s.mayJoin(ctx, trigger, l.terms, t); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "triggering: an end that meets a join",
		takes: "a task that ends while it joins does not hold the elevation",
		file:  trigger,
		old:   `if known, err := s.known(ctx, t); err != nil || !known {`,
		new:   `if known, err := true, ctx.Err(); err != nil || !known {`,
	}, {
		name:  "triggering: settling",
		takes: "a task that is over for a moment only ends nothing",
		file:  end,
		old:   `case l.terms.Settle > 0 && e.State == Active:`,
		new:   `case false:`,
	}}
}
