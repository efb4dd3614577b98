package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

func (a *app) catalogPendingCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "pending", Short: "Show the deployed catalog that waits for a signature", Args: cobra.NoArgs,
	}, func(ctx context.Context, _ []string) error {
		s, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.CatalogState, error) { return c.Catalog(ctx) })
		if err != nil {
			return err
		}
		return a.print(s, func(w io.Writer) error { return a.writeCatalog(w, s) })
	})
}

func (a *app) writeCatalog(w io.Writer, s client.CatalogState) error {
	if !s.Waits {
		_, err := fmt.Fprintf(w, "No catalog waits for a signature. Catalog %s is in force.\n", printable(s.InForce))
		return err
	}
	fmt.Fprintf(w, "catalog %s waits for a signature%s\ncatalog %s is in force until then\n", printable(s.Newest), when(!s.SeenAt.IsZero(), ", seen "+a.near(s.SeenAt)), printable(s.InForce))
	for _, line := range s.Changes {
		fmt.Fprintf(w, "  %s\n", printable(line))
	}
	if s.MoreChanges > 0 {
		fmt.Fprintf(w, "  and %s: see curfew catalog diff\n", count(s.MoreChanges, "more change", "more changes"))
	}
	return nil
}

func (a *app) catalogSignCommand() *cobra.Command {
	var in client.CatalogSignature
	c := a.command(&cobra.Command{
		Use: "sign HASH", Short: "Sign the deployed catalog that waits", Args: exactlyOne("the hash of the catalog", "curfew catalog pending shows it"),
		Long: `Sign the deployed catalog that waits, as an operator with MFA. From then on it is
in force. Sign only what another person deployed, after you read its changes:
curfew catalog pending`,
		Example: `  curfew catalog sign HASH --note "8h for the migration, CHG-7"`,
	}, func(ctx context.Context, args []string) error {
		in.Catalog = args[0]
		s, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.CatalogState, error) {
			return c.SignCatalog(ctx, in)
		})
		if err != nil {
			return err
		}
		return a.print(s, func(w io.Writer) error { return a.writeCatalog(w, s) })
	})
	c.Flags().StringVar(&in.Note, "note", "", "why it is right")
	requireFlags(c, "note")
	return c
}
