package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/trail"
	"curfew/shared/access"
)

// trailFlags are what the command line of trail says.
type trailFlags struct {
	elevations, baselines []string // files
	installation          bool
	name                  string // of the installation
	dataEvents            bool
}

func (a *app) trailCommand() *cobra.Command {
	var set trailFlags
	c := a.command(&cobra.Command{
		Use: "trail FILES…", Args: cobra.MinimumNArgs(1),
		Short: "Say who did what by which right, from files of CloudTrail records",
		Long: `Read CloudTrail records, and say of each call by which right it was made: by the
grant of an elevation, by the principal's own policies, or by a service of AWS.
What cannot be attributed or read is listed with the reason and what to do.

FILES are files and folders (*.json, *.json.gz, *.jsonl); - is standard input.
CloudTrail's files, EventBridge's envelopes, answers of LookupEvents and JSON
lines are understood. Attributed are principals that have an elevation, or bear
the installation's mark in --baseline; others are counted.

--elevations reads what curfew show ID -o json prints, one after another.
--installation asks the API for the elevations that the records may need; it
reads the files twice. --baseline reads what aws iam
get-account-authorization-details printed: what the principals may do by
themselves, taken to be so at all times.`,
		Example: `  curfew trail ./AWSLogs --installation --baseline details.json
  curfew show 01k6y3m1x8q2v4t6w8y0a2c4e6 -o json > elevations.json
  curfew trail events.jsonl --elevations elevations.json -o json`,
	}, func(ctx context.Context, args []string) error { return a.trail(ctx, args, set) })
	f := c.Flags()
	f.StringArrayVar(&set.elevations, "elevations", nil, "file of elevations, as curfew show -o json prints them; repeat it for more")
	f.BoolVar(&set.installation, "installation", false, "take the elevations from the API")
	f.StringArrayVar(&set.baselines, "baseline", nil, "file of an account's details; repeat it for more accounts")
	f.StringVar(&set.name, "name", "curfew", "name of the installation: its mark is <name>:managed")
	f.BoolVar(&set.dataEvents, "data-events", false, "the trail logs data events of all resources")
	return c
}

func (a *app) trail(ctx context.Context, args []string, set trailFlags) error {
	if !set.installation && len(set.elevations)+len(set.baselines) == 0 {
		return usage("trail: nothing to attribute to: give --elevations FILE, --installation or --baseline FILE")
	}
	if set.installation && slices.Contains(args, "-") {
		return usage("trail: --installation reads the records twice, and standard input cannot be: save it to a file")
	}
	files, err := trail.Files(args)
	if err != nil {
		return usage("trail: %v", err)
	}
	in := trail.Input{Files: files, Stdin: a.Stdin, DataEvents: set.dataEvents}
	if in.Elevations, err = a.elevationsOf(ctx, files, set); err != nil {
		return err
	}
	for _, path := range set.baselines {
		content, err := a.readAll(path)
		if err != nil {
			return usage("--baseline: %v", err)
		}
		if err := in.Baselines.ReadBaselines(content, set.name, in.Elevations); err != nil {
			return usage("--baseline %s: %v", path, err)
		}
	}
	bar := a.newBar(ctx, "attributing", files)
	in.Tell = bar.read
	report, err := trail.Attribute(in)
	bar.clear()
	if err != nil {
		return err
	}
	if err := a.print(report, a.trailReport(report).write); err != nil {
		return err
	}
	return unattributed(report)
}

// unattributed is the failure of a report with gaps; nil if it has none.
func unattributed(r trail.Report) error {
	if r.Clean() {
		return nil
	}
	unread := int64(0)
	for _, u := range r.Unread {
		if !u.Harmless {
			unread += u.Times
		}
	}
	var gaps []string
	for _, gap := range []struct {
		n         int64
		one, many string
	}{{r.Totals.Unresolved, "call is unresolved", "calls are unresolved"}, {unread, "text could not be read", "texts could not be read"}, {r.Totals.TooOld, "record came too late", "records came too late"}} {
		if gap.n > 0 {
			gaps = append(gaps, count(int(gap.n), gap.one, gap.many))
		}
	}
	return &failure{Unattributed, strings.Join(gaps, ", ") + "; what to do stands with each reason"}
}

// elevationsOf reads the elevations of files and of the API. One that comes from both counts once.
func (a *app) elevationsOf(ctx context.Context, files []trail.File, set trailFlags) (all []trail.Elevation, err error) {
	for _, path := range set.elevations {
		content, err := a.readAll(path)
		if err != nil {
			return nil, usage("--elevations: %v", err)
		}
		read, err := trail.ReadElevations(content)
		if err != nil {
			return nil, usage("--elevations %s: %v", path, err)
		}
		all = append(all, read...)
	}
	if set.installation {
		asked, err := a.askElevations(ctx, files)
		if err != nil {
			return nil, err
		}
		all = append(all, asked...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(e trail.Elevation) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	}), nil
}

// askElevations asks the API for the elevations that may be behind a record: of its principals, and of its time.
func (a *app) askElevations(ctx context.Context, files []trail.File) (all []trail.Elevation, err error) {
	bar := a.newBar(ctx, "looking", files)
	survey, err := trail.Look(files, bar.read)
	bar.clear()
	if err != nil {
		return nil, err
	}
	line := progress{app: a}
	defer line.clear()
	var wanted []client.Elevation
	for _, state := range []access.State{access.Active, access.Revoking, access.Stuck, access.Ended} { // as lives go: one that moves meanwhile is met later
		if a.ProgressTerminal {
			line.rewrite("elevations: listing those in " + string(state))
		}
		page, err := a.pages(ctx, client.Filter{State: string(state), Limit: 200}, true)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Elevations {
			over := e.Deadline
			if !e.EndedAt.IsZero() && e.EndedAt.Before(over) {
				over = e.EndedAt
			}
			if !e.GrantedAt.IsZero() && survey.Concerns(e.PrincipalID, e.GrantedAt, over) {
				wanted = append(wanted, e)
			}
		}
	}
	for i, e := range wanted {
		if a.ProgressTerminal {
			line.rewrite(fmt.Sprintf("elevations: %d of %d", i, len(wanted)))
		}
		d, err := a.show(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		one, err := trail.FromDetail(d)
		if err != nil {
			return nil, fmt.Errorf("elevation %s: %w", e.ID, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// bar is the progress of reading files, where a line can be rewritten.
type bar struct {
	progress
	ctx          context.Context
	what         string
	done, of     int64 // bytes; of is 0 if it is not known
	began, drawn time.Time
}

func (a *app) newBar(ctx context.Context, what string, files []trail.File) *bar {
	b := &bar{progress: progress{app: a}, ctx: ctx, what: what, began: a.Now()}
	for _, f := range files {
		b.of += f.Size
	}
	return b
}

// read notes so many bytes more. It fails when the command is interrupted.
func (b *bar) read(n int) error {
	b.done += int64(n)
	if now := b.Now(); b.ProgressTerminal && now.Sub(b.drawn) >= 100*time.Millisecond {
		b.drawn = now
		b.rewrite(b.text(now))
	}
	return b.ctx.Err()
}

// text is the bar, in less than 79 columns.
func (b *bar) text(now time.Time) string {
	if b.of == 0 {
		return fmt.Sprintf("%s: %s", b.what, megabytes(b.done))
	}
	const width = 30
	done := min(b.done, b.of)
	full := int(width * done / b.of)
	text := fmt.Sprintf("%s [%s%s] %3d %% of %s", b.what, strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done/b.of, megabytes(b.of))
	if spent := now.Sub(b.began); spent > 2*time.Second && done > 0 {
		text += ", " + span(time.Duration(float64(spent)*float64(b.of-done)/float64(done))) + " left"
	}
	return text
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
