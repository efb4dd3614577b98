package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one time that an alarm rang, under one behaviour of CloudWatch.
type row struct {
	alarm     string
	ring      ring
	behaviour int
	cause     *cause // nil: none
}

// check evaluates every alarm under every behaviour. wrong has what must not be.
func (r rehearsal) check() (rows []row, wrong []string) {
	wrong = r.unwritten()
	for _, a := range r.template.alarms {
		isFor := func(c *cause) bool { return slices.Contains(c.rings, a.name) }
		if !slices.ContainsFunc(r.causes, isFor) && !slices.Contains(r.idle, a.name) {
			wrong = append(wrong, a.name+": no cause of the month is for it")
		}
		for i, b := range behaviours() {
			rang := map[*cause]bool{}
			for _, at := range a.rings(r.watch, b, r.days*24*60) {
				c := r.causeOf(a, b, at)
				rang[c] = true
				rows = append(rows, row{a.name, at, i, c})
				switch {
				case c == nil:
					wrong = append(wrong, fmt.Sprintf("%s rang at %s without a cause (%+v)", a.name, moment(at.from), b))
				case time.Duration(at.until)*time.Minute > c.until+c.echo[a.name]+r.slack(a, b)+tidied:
					wrong = append(wrong, fmt.Sprintf("%s still rang at %s for %q (%+v)", a.name, moment(at.until), c.name, b))
				}
			}
			for _, c := range r.causes {
				if isFor(c) && !rang[c] {
					wrong = append(wrong, fmt.Sprintf("%s did not ring for %q (%+v)", a.name, c.name, b))
				}
			}
		}
	}
	if r.open > 0 {
		wrong = append(wrong, fmt.Sprintf("%d elevations or grants are left", r.open))
	}
	for _, c := range r.causes {
		if c.from == 0 {
			wrong = append(wrong, fmt.Sprintf("the cause %q did not begin", c.name))
		}
	}
	return rows, wrong
}

// tidied is when an operator has emptied the dead-letter queues, and the elevations of the cause are over.
const tidied = 90 * time.Minute

// slack is how long after its cause an alarm may begin to ring.
func (r rehearsal) slack(a *alarm, b behaviour) time.Duration {
	later := time.Duration(a.period*(a.times+b.more)+max(b.own, b.aws)+2) * time.Minute
	if strings.HasPrefix(a.name, "dead-") {
		later += r.template.async["revoke"].age() + activeAfter // a message is given up later, and an idle queue's metric is late
	}
	return later
}

// causeOf returns the cause within whose time, or one range of the alarm later, it began to ring.
func (r rehearsal) causeOf(a *alarm, b behaviour, at ring) (found *cause) {
	when := time.Duration(at.from) * time.Minute
	later := r.slack(a, b)
	for _, c := range r.causes {
		is := slices.Contains(c.rings, a.name) || slices.Contains(c.may, a.name)
		switch {
		case c.from == 0 || when < c.from:
		case is && when <= c.until+later:
			return c
		case when <= c.until+c.echo[a.name]+later && c.echo[a.name] > 0:
			found = c
		}
	}
	return found
}

func moment(minute int) string {
	return fmt.Sprintf("day %d %02d:%02d", minute/(24*60)+1, minute/60%24, minute%60)
}

// print writes when each alarm rang under the first behaviour.
func (r rehearsal) print(out io.Writer, rows []row, wrong []string) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ALARM\tRANG\tFOR\tCAUSE")
	for _, w := range rows {
		if w.behaviour > 0 {
			continue
		}
		name := "NONE"
		if w.cause != nil {
			name = w.cause.name
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", w.alarm, moment(w.ring.from), time.Duration(w.ring.until-w.ring.from)*time.Minute, name)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d elevations: %d requests refused or given up; ends: %v\n", r.elevations, r.refused, r.ends)
	if len(wrong) > 0 {
		fmt.Fprintln(out, "wrong:\n  "+strings.Join(wrong, "\n  "))
	}
	return nil
}
