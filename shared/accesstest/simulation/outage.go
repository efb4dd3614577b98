package simulation

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/task"
)

// outageLasts is the longest known outage of IAM's control plane. Every outage here lasts as long.
const outageLasts = 15 * time.Hour

// An outage begins while its elevations are active, before any deadline.
const (
	outageFrom = 6 * time.Minute
	outageFor  = 20 // elevations per world
	// outageWorlds is the number of worlds per outage. The sweep runs at another moment in each.
	outageWorlds = 3
)

// outages are the operations of ports and the functions that fail, by prefix.
func outages() []OutageRow {
	const states = "workflow.Start workflow.Answer workflow.Beat " + statesStand
	rows := []OutageRow{
		{Name: "nothing (for comparison)"},
		{Name: "IAM control plane", fails: "cloud."},
		{Name: "Step Functions", fails: states},
		{Name: "DynamoDB", fails: "store. expire-invoke notify-invoke"},
		{Name: "EventBridge: no schedule, no rule", fails: "reconcile-invoke execution-closed-invoke"},
		{Name: "EventBridge and Step Functions", fails: states + " reconcile-invoke execution-closed-invoke"},
		{Name: "all of them", fails: states + " store. cloud. expire-invoke notify-invoke reconcile-invoke execution-closed-invoke"},
		{Name: "Curfew, deleted altogether", fails: everything, forEver: true},
	}
	for i := range rows {
		rows[i].lasts = outageLasts
	}
	return rows
}

// OutageRow is the effect of one outage on elevations whose deadline is within it.
type OutageRow struct {
	Name    string
	fails   string // prefixes, separated by spaces
	lasts   time.Duration
	forEver bool

	Granted      int            // grants when it began
	AllowedAfter int            // calls allowed after a deadline, asked at once and hourly
	Left         int            // grants in IAM three hours after the outage
	Latest       time.Duration  // latest removal after its deadline
	AfterOutage  time.Duration  // latest removal after the outage; zero: all before its end
	During       int            // new grants during the outage
	By           map[string]int // grants by who ordered the removal
	Wrongs       []Wrong
}

// Outages plays one outage after the other.
func Outages() ([]OutageRow, error) {
	rows := outages()
	for i := range rows {
		for n := range dice(outageWorlds) {
			if err := once(func() error { return rows[i].play(baseSeed + n) }); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// outageLives returns elevations active at the beginning, and three requested during the outage.
func outageLives() []life {
	var all []life
	for n := 1; n <= outageFor+3; n++ {
		l := life{n: n, entitlement: "deploy", principal: accesstest.Engineer, caller: person(fmt.Sprintf("eng-%02d", n), "engineers"),
			work: task.Task{Kind: "change", ID: fmt.Sprintf("change-%d", n)}, startsAfter: time.Duration(n) * 10 * time.Second,
			duration: time.Duration(10+n) * time.Minute}
		if n%4 == 0 {
			l.entitlement, l.principal, l.work.Kind = "incident", accesstest.Responder, "incident"
		}
		if n > outageFor {
			l.startsAfter = outageFrom + time.Duration(n-outageFor)*time.Hour
		}
		all = append(all, l)
	}
	return all
}

func (r *OutageRow) play(d dice) error {
	lives := outageLives()
	w, err := newWorld(d, nil, cast{lives: lives})
	if err != nil {
		return err
	}
	defer w.close()
	w.running.Go(w.sweeps)
	for _, l := range lives {
		w.running.Go(func() { player{w}.live(l) })
	}
	time.Sleep(outageFrom)
	over := time.Now().Add(r.lasts)
	for _, prefix := range strings.Fields(r.fails) {
		until := over
		if r.forEver {
			until = over.Add(365 * 24 * time.Hour)
		}
		w.gate.happen(r.Name, strings.ReplaceAll(prefix, "-invoke", " "+invoked), 0, time.Now(), until)
	}
	r.ask(w, over)
	time.Sleep(3 * time.Hour)
	r.settle(w, over)
	return nil
}

// ask asks the evaluator at every deadline and hourly after it, until the outage is over.
func (r *OutageRow) ask(w *world, over time.Time) {
	for at := outageFrom; w.began.Add(at).Before(over.Add(time.Hour)); at += time.Minute {
		time.Sleep(time.Until(w.began.Add(at)))
		w.oracle.mu.Lock()
		for _, t := range w.oracle.lives {
			past := time.Since(t.is.Deadline)
			due := !t.is.Deadline.IsZero() && past >= 0 && past.Truncate(time.Minute)%time.Hour == 0
			if due {
				r.AllowedAfter += evaluator{w.oracle}.allowedBy(t)
			}
		}
		w.oracle.mu.Unlock()
	}
}

func (r *OutageRow) settle(w *world, over time.Time) {
	o := w.oracle
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lookAtIAM()
	if r.By == nil {
		r.By = map[string]int{}
	}
	left := 0
	for id, t := range o.lives {
		n := w.ids[id]
		switch {
		case !t.ever:
			continue
		case n > outageFor:
			r.During++
		default:
			r.Granted++
		}
		if t.goneAt.IsZero() {
			left++
			r.By["nobody"]++
			continue
		}
		r.By[t.goneBy]++
		r.Latest = max(r.Latest, t.goneAt.Sub(t.is.Deadline))
		r.AfterOutage = max(r.AfterOutage, t.goneAt.Sub(over))
		if after := t.goneAt.Sub(over); !r.forEver && after > bound {
			o.addFinding(Overstayed, "%s: the grant of elevation %d was there %s after the outage", r.Name, n, after)
		}
	}
	if r.forEver { // without a function that removes, only the fence is tested
		o.wrongs = slices.DeleteFunc(o.wrongs, func(w Wrong) bool { return w.Oracle != AllowedAfter })
	} else if left > 0 {
		o.addFinding(OrphanLeft, "%s: %d grants are left", r.Name, left)
	}
	r.Left += left
	if r.AllowedAfter > 0 {
		o.addFinding(AllowedAfter, "%s: %d calls were allowed after a deadline", r.Name, r.AllowedAfter)
	}
	r.Wrongs = append(r.Wrongs, o.wrongs...)
}

// PrintOutages writes the table.
func PrintOutages(w io.Writer, rows []OutageRow) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NOT THERE FOR 15 h\tgrants\tcalls allowed after a deadline\tlast policy gone, after its deadline\tafter the outage\ttaken away by\tnew grants meanwhile")
	const asked = 3 * outageWorlds
	for _, r := range rows {
		gone, after := r.Latest.Round(time.Millisecond).String(), "before it was over"
		if r.AfterOutage > 0 {
			after = r.AfterOutage.Round(time.Millisecond).String()
		}
		if r.Left > 0 {
			gone, after = fmt.Sprintf("never: %d stay", r.Left), "never"
		}
		var by []string
		for _, net := range slices.Sorted(maps.Keys(r.By)) {
			by = append(by, fmt.Sprintf("%s %d", net, r.By[net]))
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%s\t%d of %d\n", r.Name, r.Granted, r.AllowedAfter, gone, after, strings.Join(by, ", "), r.During, asked)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, wrong := range r.Wrongs {
			fmt.Fprintf(w, "  wrong  %s: after %s: %s\n", wrong.Oracle, wrong.At.Round(time.Millisecond), wrong.Text)
		}
	}
	return nil
}
