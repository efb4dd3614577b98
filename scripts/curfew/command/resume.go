package command

import (
	"context"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/hold"
	"curfew/shared/access"
)

func (a *app) resumeCommand() *cobra.Command {
	var noWait, passToken bool
	c := &cobra.Command{
		Use:   "resume TICKET|ID -- COMMAND [ARG...]",
		Short: "Run a command with the access that curfew run --no-wait asked for",
		Long: `Run a command with the access that curfew run --no-wait asked for.

Waits until access is usable, and runs the command as curfew run does. Only a
holder may resume: the caller that asked, or the principal.

` + heldExits,
		Example: `  curfew resume curfew-ticket.json -- ./deploy.sh orders
  curfew resume --no-wait 01k6y3m1x8q2v4t6w8y0a2c4e6 -- ./deploy.sh orders`,
	}
	c.Flags().BoolVar(&noWait, "no-wait", false, "exit with 75 if access is not active yet")
	c.Flags().BoolVar(&passToken, "pass-token", false, "leave CURFEW_TOKEN in the command's environment")
	return a.holdingCommand(c, func(c *cobra.Command, args []string) error { return a.resume(c, args, noWait, passToken) })
}

func (a *app) resume(c *cobra.Command, args []string, noWait, passToken bool) error {
	words, err := commandWords(c, args, 1)
	if err != nil {
		return err
	}
	if err := findCommand(words); err != nil {
		return err
	}
	ctx := c.Context()
	signals, stop := a.listen(ctx)
	defer stop()
	limit := a.waitLimit(c)
	id, err := a.redeem(args[0])
	if err != nil {
		return err
	}
	d, err := a.show(ctx, id)
	if err != nil {
		return a.withoutAccess(ctx, err)
	}
	h := a.holder(d.Elevation, signals, limit)
	h.resumed, h.passToken = true, passToken
	if early := d.State == "requested" || d.State == "approved" || d.State == "granting"; noWait && early {
		return h.failNotActive(d.Elevation)
	}
	return h.run(d.Elevation, words)
}

// redeem returns the given id, or that of the ticket in the given file.
func (a *app) redeem(given string) (string, error) {
	if access.ValidID(given) {
		return given, nil
	}
	b, err := a.ReadFile(given)
	if err != nil {
		return "", noAccess("%q is neither an elevation's id nor a ticket: %v", given, err)
	}
	t, err := hold.ReadTicket(b)
	if err != nil {
		return "", noAccess("%s: %v", given, err)
	}
	if _, err := a.connect(context.Background()); err != nil { // it finds the API's address
		return "", noAccess("%v", err)
	}
	if t.Endpoint != a.endpoint {
		return "", noAccess("%s is of %s, and the API here is %s: set --endpoint if you trust it", given, t.Endpoint, a.endpoint)
	}
	return t.Elevation, nil
}
