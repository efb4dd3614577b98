package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

func (a *app) accountsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "accounts", Short: "Add, list and remove accounts, as an operator", Args: cobra.NoArgs,
		Long: `Principals are elevated only in accounts that are in the registry. Deploy the
stack curfew-member in an account before you add it.`,
	}
	c.AddCommand(a.accountsListCommand(), a.accountsAddCommand(), a.accountsRemoveCommand())
	return c
}

func (a *app) accountsListCommand() *cobra.Command {
	return a.command(&cobra.Command{Use: "list", Short: "List the accounts in the registry", Args: cobra.NoArgs}, func(ctx context.Context, _ []string) error {
		all, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) ([]client.Account, error) { return c.Accounts(ctx) })
		if err != nil {
			return err
		}
		return a.print(struct {
			Accounts []client.Account `json:"accounts"`
		}{all}, func(w io.Writer) error {
			if len(all) == 0 {
				_, err := fmt.Fprintln(w, "No account is in the registry, so every request is refused. curfew accounts add adds one.")
				return err
			}
			rows := [][]string{{"ACCOUNT", "STATE", "SINCE", "BY", "REASON"}}
			for _, x := range all {
				rows = append(rows, []string{x.ID, x.State, a.age(x.At), a.person(x.ByName, x.By), x.Reason})
			}
			return a.table(w, rows)
		})
	})
}

func (a *app) accountsAddCommand() *cobra.Command {
	var in client.AccountChange
	c := a.command(&cobra.Command{
		Use: "add ACCOUNT", Short: "Allow requests for the principals of an account", Args: cobra.ExactArgs(1),
		Example: `  curfew accounts add 111122223333 --reason "the payments team, CHG-1"`,
	}, func(ctx context.Context, args []string) error {
		in.Account = args[0]
		added, err := retry(ctx, a, nil, func(ctx context.Context, c *client.Client) (client.Account, error) { return c.AddAccount(ctx, in) })
		if err != nil {
			return err
		}
		return a.print(added, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "account %s is a member since %s\n", printable(added.ID), a.instant(added.At))
			return err
		})
	})
	c.Flags().StringVar(&in.Reason, "reason", "", "why, for the record")
	requireFlags(c, "reason")
	return c
}

func (a *app) accountsRemoveCommand() *cobra.Command {
	var in client.AccountChange
	c := a.command(&cobra.Command{
		Use: "remove ACCOUNT", Short: "Remove an account; nothing is granted in it from now on", Args: cobra.ExactArgs(1),
		Long: `From now on nothing is granted in the account. Elevations that have not ended go
on until they end, and Curfew still ends them. When all have ended, and not
before a minute, the same command again removes the account. Until then it is
leaving, and the exit code is 8.`,
		Example: `  curfew accounts remove 111122223333 --reason "closed, CHG-2"`,
	}, func(ctx context.Context, args []string) error {
		in.Account = args[0]
		left, err := retry(ctx, a, nil, func(ctx context.Context, c *client.Client) (client.Account, error) { return c.RemoveAccount(ctx, in) })
		if err != nil {
			return err
		}
		if err := a.print(left, func(w io.Writer) error {
			if left.State == "removed" {
				_, err := fmt.Fprintf(w, "account %s is removed\n", printable(left.ID))
				return err
			}
			_, err := fmt.Fprintf(w, "account %s is leaving since %s: nothing is granted in it any more\n", printable(left.ID), a.instant(left.At))
			return err
		}); err != nil || left.State == "removed" {
			return err
		}
		if len(left.Open) == 0 {
			return &failure{OtherEnd, "not removed yet: run the same command again in a minute"}
		}
		return &failure{OtherEnd, fmt.Sprintf("not removed yet: %d elevations have not ended: end each with curfew end, or wait, and run the same command again: %s", len(left.Open), strings.Join(left.Open[:min(len(left.Open), 10)], " "))}
	})
	c.Flags().StringVar(&in.Reason, "reason", "", "why, for the record")
	requireFlags(c, "reason")
	return c
}
