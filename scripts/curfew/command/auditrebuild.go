package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/evidence/restore"
)

// rebuildFlags are what the command line of audit rebuild says.
type rebuildFlags struct {
	log, region string
	keys        []string
}

func (a *app) auditRebuildCommand() *cobra.Command {
	var set rebuildFlags
	c := a.command(&cobra.Command{
		Use: "rebuild DIR|s3://BUCKET", Args: cobra.ExactArgs(1),
		Short: "Make the rows of the log again",
		Long: `Read the log, as far as its signed checkpoint says, check each entry against its
tree, and write the rows of all days as Parquet, with the markers that say so.
Over a lake that is there, rows of later entries stay, and days that the log does
not have. To undo what others changed, rebuild into an empty folder or bucket.

Your credentials need s3:GetObject and s3:ListBucket on both buckets, and
s3:PutObject on that of the lake, whose policy allows the setting deployers.`,
		Example: `  curfew audit rebuild --log ./log --key log.vkey ./log.lake
  curfew audit rebuild --log s3://curfew-log-444455556666 --key log.vkey s3://curfew-lake-444455556666`,
	}, func(ctx context.Context, args []string) error { return a.auditRebuild(ctx, args[0], set) })
	c.Flags().StringVar(&set.log, "log", "", "folder or s3://BUCKET of the log")
	c.Flags().StringArrayVar(&set.keys, "key", nil, "verifier key of the log, or a file of them; repeat it for more")
	c.Flags().StringVar(&set.region, "region", "", "Region of the buckets (default that of the environment or the profile)")
	requireFlags(c, "log", "key")
	return c
}

// rebuilt is what was done.
type rebuilt struct {
	Entries int64   `json:"entries"`
	Seconds float64 `json:"seconds"`
}

func (a *app) auditRebuild(ctx context.Context, where string, set rebuildFlags) error {
	keys, err := a.verifierKeys("--key", set.keys)
	if err != nil {
		return err
	}
	by, err := verifiersOf(keys)
	if err != nil {
		return err
	}
	from, err := a.objects(ctx, set.log, set.region)
	if err != nil {
		return err
	}
	to, err := a.objects(ctx, where, set.region)
	if err != nil {
		return err
	}
	tree, err := restore.Open(ctx, from, by)
	if err != nil {
		return explainAWS(err)
	}
	tell, clear := a.logProgress()
	began := a.Now()
	seconds := func() float64 { return max(a.Now().Sub(began).Seconds(), 0.001) }
	err = lake.Lake{Objects: to}.Rebuild(ctx, from, tree, func(done int64) {
		tell("%d of %d entries, %.0f entries/s", done, tree.N, float64(done)/seconds())
	})
	clear()
	if err != nil {
		return fmt.Errorf("%w; the lake is not complete: repeat it", explainAWS(err))
	}
	done := rebuilt{tree.N, seconds()}
	return a.print(done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "the rows of %d entries are in %s, %.0f entries/s\n", done.Entries, where, float64(done.Entries)/done.Seconds)
		return err
	})
}

// objects opens a folder or s3://BUCKET.
func (a *app) objects(ctx context.Context, where, region string) (log.Objects, error) {
	if !strings.HasPrefix(where, "s3://") {
		return &log.Folder{Path: where}, nil
	}
	b, err := a.bucket(ctx, where, region)
	return b.Objects, err
}
