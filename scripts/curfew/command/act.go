package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

func (a *app) withdrawCommand() *cobra.Command {
	return a.act("withdraw ID", "Take a request back before anything is granted", (*client.Client).Withdraw)
}

func (a *app) endCommand() *cobra.Command {
	return a.act("end ID", "End access before its deadline: your own, or anybody's as owner or operator", (*client.Client).End)
}

func (a *app) heartbeatCommand() *cobra.Command {
	return a.act("heartbeat ID", "Tell that the holder lives, where an elevation needs it", (*client.Client).Heartbeat)
}

func (a *app) acknowledgeCommand() *cobra.Command {
	return a.act("acknowledge ID", "Take on a stuck elevation: paging stops, its removal goes on", (*client.Client).Acknowledge)
}

// act is a command that does one thing to one elevation and tells where it stands then.
func (a *app) act(use, short string, do func(*client.Client, context.Context, string) (client.Elevation, error)) *cobra.Command {
	return a.command(&cobra.Command{Use: use, Short: short, Args: oneID}, func(ctx context.Context, args []string) error {
		e, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return do(c, ctx, args[0]) })
		if err != nil {
			return err
		}
		return a.printElevation(e)
	})
}

// printElevation tells in one line where an elevation stands.
func (a *app) printElevation(e client.Elevation) error {
	return a.print(e, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s\n", printable(e.ID), printable(a.standing(e)))
		return err
	})
}

func (a *app) reviewCommand() *cobra.Command {
	var note string
	c := a.command(&cobra.Command{
		Use: "review ID", Short: "Sign the review of a break-glass elevation that is over", Args: oneID,
		Example: "  curfew review 01k6y3m1x8q2v4t6w8y0a2c4e6 --note \"read the timeline: logs of orders only\"",
	}, func(ctx context.Context, args []string) error {
		r, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Review, error) {
			return c.SignReview(ctx, args[0], note)
		})
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: review signed at %s by %s\n", printable(r.Elevation), a.instant(r.SignedAt), printable(r.SignedBy))
			return err
		})
	})
	c.Flags().StringVar(&note, "note", "", "what you found")
	need(c, "note")
	return c
}
