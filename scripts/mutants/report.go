package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// report is the fates of all mutants.
type report struct {
	fates   []fate
	verbose bool
}

// good reports whether every mutant applies and is caught.
func (r report) good() bool {
	caught, _ := r.count()
	return caught == len(r.fates)
}

func (r report) count() (caught, wrong int) {
	for _, f := range r.fates {
		switch {
		case f.wrong != "":
			wrong++
		case f.caught != "":
			caught++
		}
	}
	return caught, wrong
}

// print writes the table, what is to be said of single mutants, and the sum.
func (r report) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MUTANT\tTAKES AWAY\tCAUGHT BY\tSECONDS")
	for _, f := range r.fates {
		fmt.Fprintf(table, "%s\t%s\t%s\t%.1f\n", f.mutant.name, f.mutant.takes, f.outcome(), f.took.Seconds())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, f := range r.fates {
		r.remark(out, f)
	}
	caught, wrong := r.count()
	n := len(r.fates)
	_, err := fmt.Fprintf(out, "\n%d mutants: %d caught, %d survived, %d wrong\n", n, caught, n-caught-wrong, wrong)
	return err
}

func (f fate) outcome() string {
	switch {
	case f.wrong != "":
		return "WRONG"
	case f.caught != "":
		return f.caught
	}
	return "SURVIVED"
}

// remark prints what does not fit into the table.
func (r report) remark(out io.Writer, f fate) {
	switch {
	case f.wrong != "":
		fmt.Fprintf(out, "\n%s\n%s", f.wrong, firstLines(f.text))
	case f.caught == "":
		fmt.Fprintf(out, "\n%s SURVIVED: no test notices that %s is gone (%s)\n", f.mutant.name, f.mutant.takes, f.mutant.of)
	case r.verbose:
		fmt.Fprintf(out, "\n%s was caught by %s\n%s", f.mutant.name, f.caught, firstLines(f.text))
	}
}

// firstLines of what a suite said, indented, from where it first speaks of a failure.
func firstLines(text string) string {
	const most = 12
	if at := failedTest.FindStringIndex(text); at != nil {
		text = text[at[0]:]
	}
	var b strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > most {
			break
		}
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}

// progress is a line that is overwritten.
type progress struct {
	to io.Writer
	of int

	mu       sync.Mutex // guards what follows
	began    time.Time
	finished int
	open     int // not caught
}

// done reports one more mutant. A survivor gets its own line at once: a run takes minutes.
func (p *progress) done(f fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.began.IsZero() {
		p.began = time.Now().Add(-f.took)
	}
	p.finished++
	if f.caught == "" {
		p.open++
		fmt.Fprintf(p.to, "\r%-100s\n", f.mutant.name+": "+f.outcome())
	}
	left := time.Duration(float64(time.Since(p.began)) / float64(p.finished) * float64(p.of-p.finished)).Round(time.Second)
	fmt.Fprintf(p.to, "\r%-100s", fmt.Sprintf("%d of %d, %d not caught, %s left, last: %s", p.finished, p.of, p.open, left, f.mutant.name))
	if p.finished == p.of {
		fmt.Fprintln(p.to)
	}
}
