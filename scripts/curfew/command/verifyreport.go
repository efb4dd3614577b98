package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence/log"
)

// logReport is a report for people.
type logReport struct {
	*app
	*log.Report
	last  *log.State
	keeps bool // --state
}

func (r logReport) write(w io.Writer) error {
	verdict := "verified"
	if !r.Verified() {
		verdict = "BROKEN"
	}
	c := r.Counts
	var signed []string
	for _, s := range r.SignedBy {
		signed = append(signed, s.Key+when(s.Witness != "", ", a witness, at "+s.Witness)+when(s.Introduced != nil, ", a key that the log introduced: see below"))
	}
	known := []string{"log", r.Origin, "verdict", verdict, "entries", fmt.Sprint(r.Size), "root", r.Root,
		"evidence", count(int(c.Records), "record", "records") + " in " + count(int(c.Chains), "chain", "chains") + when(c.Late > 0, fmt.Sprintf(", %d of them stored late", c.Late)),
		"stored rows", fmt.Sprintf("%d (terms, requests, decisions, signatures)", c.Rows), "lists of keys", fmt.Sprint(c.Keys),
		"files", count(int(c.Objects), "file", "files") + when(c.Checkpoints > 0, ", and "+count(int(c.Checkpoints), "older checkpoint", "older checkpoints")) + when(c.Skipped > 0, fmt.Sprintf(" (%d skipped: the last verification read them)", c.Skipped)),
		"signed by", strings.Join(signed, "; "), "continues", r.continues()}
	if r.Origin == "" { // no checkpoint to go by
		known = []string{"verdict", verdict}
	}
	if err := facts(w, "", known...); err != nil {
		return err
	}
	for _, s := range r.SignedBy {
		if s.Introduced != nil && r.Verified() {
			r.writeLines(w, "new key: trust it from now on, with --key", []string{s.VerifierKey, fmt.Sprintf("entry %d introduces it, under the signature of a key that you trust", *s.Introduced)})
		}
	}
	if r.Verified() {
		r.writeLines(w, "what this proves", r.Holds)
	}
	problems := problemLines(r.Problems, r.More)
	if r.Ended {
		problems = append(problems, "… and the rest was not read")
	}
	r.writeLines(w, "problems, the first one first", problems)
	r.writeLines(w, "accepted: these problems are known", problemLines(r.Accepted, 0))
	r.writeLines(w, "ALTERED: images of evidence that was changed or removed in the database; the log has the original", andMore(r.Altered, r.MoreAltered))
	r.writeLines(w, "written after the newest checkpoint, or before an older one was put back", andMore(r.Beyond, r.MoreBeyond))
	r.writeLines(w, "pending: the row or the evidence that belongs to it is not in the log yet", andMore(r.Pending, r.MorePending))
	return nil
}

// continues says which earlier log this one continues.
func (r logReport) continues() string {
	switch {
	case r.last != nil && r.Verified():
		return fmt.Sprintf("the log of %s that was verified last", count(int(r.last.Size), "entry", "entries"))
	case r.last != nil:
		return ""
	case r.keeps:
		return "not known yet: this is the first verification with this --state"
	}
	return "not checked: --state keeps what was verified, for the next time"
}

func problemLines(all []log.Problem, more int64) (lines []string) {
	for _, p := range all {
		lines = append(lines, p.String())
	}
	return andMore(lines, more)
}

func andMore(lines []string, more int64) []string {
	if more > 0 {
		return append(slices.Clip(lines), fmt.Sprintf("… and %d more", more))
	}
	return lines
}

const shownLines = 20

func (a *app) writeLines(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	for i, line := range lines {
		if i == shownLines {
			fmt.Fprintf(w, "  … %d more; -o json shows them\n", len(lines)-i)
			if last := lines[len(lines)-1]; strings.HasPrefix(last, "…") {
				fmt.Fprintf(w, "  %s\n", last)
			}
			return
		}
		for _, part := range wrapped(printable(line), a.columns()-len("    ")) {
			fmt.Fprintf(w, "  %s\n", part)
		}
	}
}

// wrapped breaks a line at spaces, if there is a terminal with columns. The parts after the first are indented.
func wrapped(line string, columns int) (parts []string) {
	for columns > 20 && len(line) > columns {
		at := strings.LastIndexByte(line[:columns+1], ' ')
		if at < len("  ") {
			break
		}
		parts, line = append(parts, line[:at]), "  "+line[at+1:]
	}
	return append(parts, line)
}

// entryBar is the progress of reading a log, where a line can be rewritten.
type entryBar struct {
	progress
	ctx   context.Context
	what  string
	drawn time.Time
}

func (a *app) newEntryBar(ctx context.Context, what string) *entryBar {
	return &entryBar{progress: progress{app: a}, ctx: ctx, what: what}
}

// tell fails when the command is interrupted.
func (b *entryBar) tell(done, of int64) error {
	if now := b.Now(); b.ProgressTerminal && now.Sub(b.drawn) >= 100*time.Millisecond {
		b.drawn = now
		b.rewrite(fmt.Sprintf("%s: %d of %d entries, %d %%", b.what, done, of, 100*done/max(1, of)))
	}
	return b.ctx.Err()
}
