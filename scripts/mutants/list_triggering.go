package main

// triggering are the mutants of what begins, joins and ends by events.
func triggering() []mutant {
	const (
		trigger, end = "shared/access/trigger.go", "shared/access/end.go"
		start        = "shared/trigger/start.go"
	)
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
	}, {
		name:  "triggering: others hold it",
		takes: "a task that ends takes nothing from those that share its elevation",
		file:  end,
		old: `		if known {
			e.Tasks = left`,
		new: `		if known && len(left) == 0 {
			e.Tasks = left`,
	}, {
		name:  "triggering: only its own",
		takes: "a trigger's end pattern ends nothing that others asked for",
		file:  end,
		old:   `if err != nil || requester != "" && l.elevation.Requester != requester {`,
		new:   `if err != nil {`,
	}, {
		name:  "triggering: it was over before",
		takes: "an event that comes after the end of its task begins nothing",
		file:  trigger,
		old:   `if k.StartedAt.IsZero() || !k.EndedAt.IsZero() {`,
		new:   `if k.StartedAt.IsZero() {`,
	}, {
		name:  "triggering: what was approved",
		takes: "no task joins what was approved for another",
		file:  trigger,
		old:   `if l.terms.Approval.Need > 0 {`,
		new:   `if false {`,
	}, {
		name:  "triggering: the mark of who joins",
		takes: "the end of a task that joined is found",
		file:  trigger,
		old:   `extra: append(extra, Change{If: Always, Row: serves})`,
		new:   `extra: append(extra, Change{If: Always, Do: Delete, Row: serves})`,
	}, {
		name:  "triggering: one job",
		takes: "one job is started for an elevation",
		file:  trigger,
		old:   `if err = s.Store.Write(ctx, Change{If: Absent, Row: row}); KindOf(err) != Conflict {`,
		new:   `if err = s.Store.Write(ctx, Change{If: Always, Row: row}); KindOf(err) != Conflict {`,
	}, {
		name:  "triggering: who speaks for a task",
		takes: "who may send a task's event does not speak for a service of AWS",
		file:  "shared/access/task.go",
		old:   `return k.Source != "" && k.Source != ownSource && source == ownSource`,
		new:   `return k.Source == "" && k.Source != ownSource && source == ownSource`,
	}, {
		name:  "triggering: the fact",
		takes: "what an event tells is read back from its service before anything begins",
		file:  start,
		old:   `if err = t.confirm(ctx, s); err == nil {`,
		new:   `if err = ctx.Err(); err == nil {`,
	}, {
		name:  "triggering: the fact of this role",
		takes: "the service is asked for the role that is elevated",
		file:  start,
		old:   `if tr.PrincipalAt != "" {`,
		new:   `if false {`,
	}, {
		name:  "triggering: a start that is not so",
		takes: "a start that its service denies is taken back",
		file:  start,
		old:   `if err := t.Service.TaskEnded(ctx, s.Task, t.teller(), s.At); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "triggering: a run that is over",
		takes: "a start whose service says that it is over makes no task known",
		file:  start,
		old:   `case truth == Again:`,
		new:   `case truth == Again || truth == Over:`,
	}, {
		name:  "triggering: a start of long ago",
		takes: "a start of long ago makes no task known",
		file:  "shared/access/task.go",
		old:   `case at.Before(now.Add(-s.Settings.StartsWithin)):`,
		new:   `case at.Before(now.Add(-s.Settings.StartsWithin)) && now.IsZero():`,
	}, {
		name:  "triggering: strangers",
		takes: "what another account tells makes no task known, and none over",
		file:  "shared/trigger/reader.go",
		old:   `case err == nil && !slices.Contains(r.Accounts, s.Account):`,
		new:   `case err == nil && !slices.Contains(append(r.Accounts, s.Account), s.Account):`,
	}, {
		name:  "triggering: its accounts",
		takes: "an event of an account that the trigger does not list begins nothing",
		file:  start,
		old:   `case !slices.Contains(tr.Accounts, s.Account):`,
		new:   `case false:`,
	}, {
		name:  "triggering: its principals",
		takes: "an event elevates no principal that the trigger does not list",
		file:  start,
		old:   `if !slices.Contains(tr.Principals, arn) {`,
		new:   `if len(tr.Principals) == 0 {`,
	}, {
		name:  "triggering: a window that is over",
		takes: "a schedule that comes late opens no window",
		file:  "shared/trigger/schedule.go",
		old:   `case late > scheduleWithin:`,
		new:   `case false:`,
	}, {
		name:  "triggering: no loop",
		takes: "a job that Curfew started begins no other",
		file:  "shared/trigger/job.go",
		old:   `if task.Kind != kindOf(tr.Job.Service) || `,
		new:   `if task.Kind != "" || `,
	}}
}
