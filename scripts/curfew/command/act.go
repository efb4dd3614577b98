package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

func (a *app) withdrawCommand() *cobra.Command {
	return a.act("withdraw ID", "Take a request back before anything is granted", (*client.Client).Withdraw, nil)
}

func (a *app) endCommand() *cobra.Command {
	var wait bool
	var c *cobra.Command
	c = a.act("end ID", "End access before its deadline", (*client.Client).End, func(ctx context.Context, e client.Elevation) (client.Elevation, error) {
		if !wait {
			return e, nil
		}
		return a.wait(ctx, e, a.waitLimit(c), a.isGone)
	})
	c.Long = `End access before its deadline: your own; as owner or operator, that of others.

It orders the end. Access is gone when IAM was read without the grant: --wait
waits for that, within --timeout if it is given. Exit code 8 if the removal is
stuck.`
	c.Flags().BoolVar(&wait, "wait", false, "wait until access is proven gone")
	return c
}

func (a *app) heartbeatCommand() *cobra.Command {
	return a.act("heartbeat ID", "Send a heartbeat, where an elevation needs one", (*client.Client).Heartbeat, func(_ context.Context, e client.Elevation) (client.Elevation, error) {
		if e.Heartbeat > 0 {
			fmt.Fprintf(a.Stderr, "curfew: the next heartbeat is due by %s\n", a.near(a.Now().Add(time.Duration(e.Heartbeat)*time.Second).Truncate(time.Second)))
		}
		return e, nil
	})
}

func (a *app) acknowledgeCommand() *cobra.Command {
	return a.act("acknowledge ID", "Acknowledge a stuck elevation: paging stops, its removal goes on", (*client.Client).Acknowledge, nil)
}

// act makes a command that does one thing to one elevation and prints the result. after may be nil.
func (a *app) act(use, short string, do func(*client.Client, context.Context, string) (client.Elevation, error), after func(context.Context, client.Elevation) (client.Elevation, error)) *cobra.Command {
	return a.command(&cobra.Command{Use: use, Short: short, Args: oneID, ValidArgsFunction: a.completeID(openStates()...)}, func(ctx context.Context, args []string) error {
		id, err := a.idOf(ctx, args[0])
		if err != nil {
			return err
		}
		e, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return do(c, ctx, id) })
		if err == nil && after != nil {
			e, err = after(ctx, e)
		}
		if err != nil {
			return err
		}
		return a.printElevation(e)
	})
}

// printElevation prints one line: where an elevation stands.
func (a *app) printElevation(e client.Elevation) error {
	return a.print(e, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s\n", printable(e.ID), printable(a.standing(e)))
		return err
	})
}
