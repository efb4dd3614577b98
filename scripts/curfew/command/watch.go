package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// watchEvery is how often a watch looks.
const watchEvery = 5 * time.Second

// view is what a command shows, once or while it is watched.
type view struct {
	value any                   // for -o json
	draw  func(io.Writer) error // for people
	lines []string              // one for each thing that may change, for output that is no terminal
	over  bool                  // nothing changes any more
}

// showView shows a view once, or with --watch until it is over or interrupted.
func (a *app) showView(ctx context.Context, watch bool, see func(context.Context) (view, error)) error {
	if watch {
		return a.watch(ctx, see)
	}
	v, err := see(ctx)
	if err != nil {
		return err
	}
	return a.print(v.value, v.draw)
}

func watchFlag(c *cobra.Command, watch *bool) {
	c.Flags().BoolVar(watch, "watch", false, "show it again after each change, until Ctrl-C; without a terminal, print a line for each change")
}

// watch looks every few seconds. It redraws a terminal; elsewhere it prints a line for each change, or with -o json the
// changed document. It goes on while the API does not answer for a while.
func (a *app) watch(ctx context.Context, see func(context.Context) (view, error)) error {
	var was bytes.Buffer
	said := map[string]bool{}
	for answered := a.Now(); ; {
		v, err := see(ctx)
		switch {
		case ctx.Err() != nil:
			return &failure{Interrupted, ""}
		case err == nil:
			answered = a.Now()
			if err := a.showChanges(v, &was, said); err != nil || v.over {
				return err
			}
		case !a.isTransient(ctx, err) || a.Now().Sub(answered) >= noAnswerLimit:
			return err
		}
		if !pause(ctx, watchEvery) {
			return &failure{Interrupted, ""}
		}
	}
}

// showChanges shows what has changed since it was shown last.
func (a *app) showChanges(v view, was *bytes.Buffer, said map[string]bool) error {
	if a.columns() == 0 && a.output != "json" {
		now := map[string]bool{}
		for _, line := range v.lines {
			if now[line] = true; !said[line] {
				fmt.Fprintf(a.Stdout, "%s  %s\n", a.instant(a.Now()), printable(line))
			}
		}
		clear(said)
		for line := range now {
			said[line] = true
		}
		return nil
	}
	var next bytes.Buffer
	if err := a.printTo(&next, v.value, v.draw); err != nil {
		return err
	}
	if a.output != "json" {
		fmt.Fprintf(a.Stdout, "\x1b[H\x1b[2J%s\nat %s; Ctrl-C ends the watch\n", next.Bytes(), a.instant(a.Now()))
		return nil
	}
	if bytes.Equal(next.Bytes(), was.Bytes()) {
		return nil
	}
	*was = next
	_, err := a.Stdout.Write(next.Bytes())
	return err
}
