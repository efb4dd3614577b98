package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"curfew/scripts/curfew/logkeep"
	"curfew/shared/evidence/restore"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
)

func (a *app) logCommand() *cobra.Command {
	c := &cobra.Command{Use: "log", Short: "Hold, export or restore the log of evidence", Args: cobra.NoArgs}
	c.AddCommand(a.logHoldCommand(), a.logExportCommand(), a.logRestoreCommand())
	return c
}

// holdFlags are what the command line of log hold says.
type holdFlags struct {
	region, after string
	dryRun, yes   bool
}

func (a *app) logHoldCommand() *cobra.Command {
	var set holdFlags
	c := a.command(&cobra.Command{
		Use: "hold on|off s3://BUCKET", ValidArgs: []string{"on", "off"}, Args: cobra.ExactArgs(2),
		Short: "Set or clear the legal hold of the whole log",
		Long: `Set or clear the S3 legal hold of every version of every object of the log. What
is held cannot be deleted, even after its retention. Rows of the tables may
expire meanwhile: the log has all their evidence.

Your credentials need s3:ListBucketVersions and s3:PutObjectLegalHold, and a role
of the setting deployers: the bucket allows no other. Objects written later are
not held: repeat it daily while the hold lasts. It may be repeated; --after goes
on where it stopped. Clearing asks for confirmation.`,
		Example: `  curfew log hold on s3://curfew-log-444455556666
  curfew log hold off s3://curfew-log-444455556666 --dry-run`,
	}, func(ctx context.Context, args []string) error { return a.logHold(ctx, args[0], args[1], set) })
	c.Flags().StringVar(&set.region, "region", "", "Region of the bucket (default that of the environment or the profile)")
	c.Flags().StringVar(&set.after, "after", "", "go on after this object")
	c.Flags().BoolVar(&set.dryRun, "dry-run", false, "only count")
	c.Flags().BoolVar(&set.yes, "yes", false, "clear without asking")
	return c
}

func (a *app) logHold(ctx context.Context, word, address string, set holdFlags) error {
	if word != "on" && word != "off" {
		return usage("log hold %s: want on or off", word)
	}
	b, err := a.bucket(ctx, address, set.region)
	if err != nil {
		return err
	}
	if word == "off" && !set.dryRun && !set.yes {
		if err := a.confirm(ctx, "clear the legal hold of all versions in "+b.Bucket+"?", "the hold stays"); err != nil {
			return err
		}
	}
	tell, clear := a.logProgress()
	done, err := b.SetHold(ctx, word == "on", set.dryRun, set.after, func(r logkeep.HoldResult) {
		tell("%d versions, up to %s", r.Versions, r.After)
	})
	clear()
	if err != nil {
		return fmt.Errorf("%w; %d versions are done: go on with --after %q", explainAWS(err), done.Versions, done.After)
	}
	return a.print(done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "legal hold %s%s: %s, of %s delete markers none can be held\n", word, when(set.dryRun, " (dry run)"), count(int(done.Versions), "version", "versions"), fmt.Sprint(done.Markers))
		return err
	})
}

func (a *app) logExportCommand() *cobra.Command {
	var region string
	c := a.command(&cobra.Command{
		Use: "export s3://BUCKET DIR", Args: cobra.ExactArgs(2),
		Short: "Copy the whole log, with all versions, to a folder",
		Long: `Copy the log to DIR, named as in the bucket, for any verifier. Older versions and
the list of all versions and delete markers, with the SHA-256 of each, go to
DIR.versions. Bytes are compared with the checksums that S3 stored and with the
listed sizes. It may be repeated, and copies what is missing.

Your credentials need s3:ListBucketVersions, s3:GetObject, s3:GetObjectVersion
and kms:Decrypt.`,
		Example: `  curfew log export s3://curfew-log-444455556666 ./log`,
	}, func(ctx context.Context, args []string) error {
		b, err := a.bucket(ctx, args[0], region)
		if err != nil {
			return err
		}
		tell, clear := a.logProgress()
		done, err := b.Export(ctx, args[1], func(r logkeep.ExportResult) { tell("%d versions, %d bytes", r.Versions, r.Bytes) })
		clear()
		if err != nil {
			return fmt.Errorf("%w; %d versions are done: repeat it to go on", explainAWS(err), done.Versions)
		}
		return a.print(done, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%d versions, %d bytes, are in %s, of which %d older ones are in %s; %d delete markers are in its %s; %d were copied now\n",
				done.Versions, done.Bytes, args[1], done.Older, logkeep.OlderOf(args[1]), done.Markers, logkeep.ListName, done.Copied)
			return err
		})
	})
	c.Flags().StringVar(&region, "region", "", "Region of the bucket (default that of the environment or the profile)")
	return c
}

// restoreFlags are what the command line of log restore says.
type restoreFlags struct {
	log, region string
	to          onaws.TablesConfig
	keys        []string
}

func (a *app) logRestoreCommand() *cobra.Command {
	var set restoreFlags
	var to string
	c := a.command(&cobra.Command{
		Use: "restore", Args: cobra.NoArgs,
		Short: "Rebuild evidence and decisions from the log, in other tables",
		Long: `Read the log, as far as its signed checkpoint says, and write to the tables
PREFIX-audit and PREFIX-access all evidence, terms, requests, decisions and
signatures, the same to the byte. The tables must be there; rows that are equal
stay, and a row with other bytes stops it. It may be repeated. Restored rows do
not expire. What the log does not have, as the states of elevations, is named at
the end.

Your credentials need dynamodb:BatchGetItem and dynamodb:PutItem on the tables.`,
		Example: `  curfew log restore --log ./log --to curfew2 --key 'curfew.example/log+…'`,
	}, func(ctx context.Context, _ []string) error {
		set.to = onaws.TablesConfig{AccessTable: to + "-access", AuditTable: to + "-audit"}
		return a.logRestore(ctx, set)
	})
	c.Flags().StringVar(&set.log, "log", "", "folder or s3://BUCKET of the log")
	c.Flags().StringVar(&to, "to", "", "prefix of the tables")
	c.Flags().StringArrayVar(&set.keys, "key", nil, "verifier key of the log, as NAME+HASH+KEY; repeat it for more")
	c.Flags().StringVar(&set.region, "region", "", "Region of the tables and the bucket (default that of the environment or the profile)")
	requireFlags(c, "log", "to", "key")
	return c
}

func (a *app) logRestore(ctx context.Context, set restoreFlags) error {
	by, err := verifiersOf(set.keys)
	if err != nil {
		return err
	}
	config, err := a.writer(ctx, set.region)
	if err != nil {
		return err
	}
	from, err := a.objects(ctx, set.log, set.region)
	if err != nil {
		return err
	}
	tree, err := restore.Open(ctx, from, by)
	if err != nil {
		return explainAWS(err)
	}
	tell, clear := a.logProgress()
	began := a.Now()
	done, err := restore.All(ctx, from, tree, dynamo.New(config, set.to), func(d restore.Done) { tell("%d of %d entries", d.Entries, tree.N) })
	clear()
	if fault.KindOf(err) == fault.Conflict {
		return &failure{Conflict, err.Error() + ": nothing was overwritten, and all else is written; restore to empty tables"}
	}
	if err != nil {
		return fmt.Errorf("%w; %d entries are done: repeat it to go on", explainAWS(err), done.Entries)
	}
	return a.print(done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%d entries, %d rows: %d written, %d were there, %.0f rows/s\n%s\n", done.Entries, done.Rows, done.Written, done.Rows-done.Written,
			float64(done.Rows)/max(a.Now().Sub(began).Seconds(), 0.001), restore.Lost)
		return err
	})
}

// bucket opens s3://BUCKET.
func (a *app) bucket(ctx context.Context, address, region string) (logkeep.Bucket, error) {
	name, ok := strings.CutPrefix(address, "s3://")
	if name = strings.TrimSuffix(name, "/"); !ok || name == "" || strings.Contains(name, "/") {
		return logkeep.Bucket{}, usage("%q: want s3://BUCKET", address)
	}
	config, err := a.writer(ctx, region)
	return logkeep.NewBucket(config, name), err
}

// writer is a configuration for clients that change AWS.
func (a *app) writer(ctx context.Context, region string) (aws.Config, error) {
	config, err := a.awsConfig(ctx)
	if err == nil {
		_, err = config.Retrieve(ctx)
	}
	if config.Region = or(region, config.Region); err == nil && config.Region == "" {
		err = usage("the Region is not known: give --region, or set AWS_REGION")
	}
	return config.Config, err
}

// confirm asks a question to be answered with yes.
func (a *app) confirm(ctx context.Context, question, stays string) error {
	if !a.AskTerminal {
		return usage("there is no terminal to ask on: give --yes")
	}
	fmt.Fprint(a.Stderr, question+" (yes/no) ")
	answer, err := a.ask(ctx)
	if err == nil && answer != "yes" {
		err = &failure{OtherEnd, "the answer was not yes, in full: " + stays}
	}
	return err
}

// logProgress shows on a terminal how far a command is.
func (a *app) logProgress() (tell func(format string, args ...any), clear func()) {
	line := &progress{app: a}
	return func(format string, args ...any) {
		if a.ProgressTerminal {
			line.rewrite(fmt.Sprintf(format, args...))
		}
	}, line.clear
}
