package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/audit/report"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// reportFlags are what the command line of report says.
type reportFlags struct {
	lakeFlags
	from, to, out, log string
	frameworks, keys   []string
	record             bool
}

func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	c := a.command(&cobra.Command{
		Use: "report", Short: "Write the report of a period, for auditors", Args: cobra.NoArgs,
		Long: `Write report.html, report.json and report.csv of a period, from the lake in a
folder. Each number leads to its query and to rows with their place in the log.
With --log the report names the signed checkpoint of the log.

--record adds the SHA-256 of all files to the evidence, as an operator, in one
record. It is an entry of the log within a minute: see curfew audit reports.`,
		Example: `  curfew report --lake ./lake --from 2026-10-01 --to 2026-11-01
  curfew report --lake ./lake --log ./log --key log.vkey --out ./october \
      --from 2026-10-01 --to 2026-11-01 --framework pci-dss --record`,
	}, func(ctx context.Context, _ []string) error { return a.report(ctx, f) })
	flags := c.Flags()
	f.lakeFlags.add(c)
	flags.StringVar(&f.from, "from", "", "begin of the period, a date or RFC 3339")
	flags.StringVar(&f.to, "to", "", "end of the period, which is not in it")
	flags.StringVar(&f.out, "out", ".", "folder for the files")
	flags.StringVar(&f.log, "log", "", "folder of the log, or s3://BUCKET[/PREFIX]")
	flags.StringArrayVar(&f.keys, "key", nil, "verifier key of the log, or a file of them")
	flags.StringSliceVar(&f.frameworks, "framework", nil, "only pages of these: "+strings.Join(report.Frameworks(), ", "))
	flags.BoolVar(&f.record, "record", false, "add the digests to the evidence")
	requireFlags(c, "from", "to")
	complete(c, "framework", report.Frameworks()...)
	return c
}

// savedReport has the files that were written, and the record of their digests.
type savedReport struct {
	Files  []report.File          `json:"files"`
	Record *client.RecordedReport `json:"record,omitempty"`
}

func (a *app) report(ctx context.Context, f reportFlags) error {
	r, err := a.buildReport(ctx, f)
	if err != nil {
		return err
	}
	saved, err := r.Save(f.out)
	if err != nil {
		return &failure{Unexpected, err.Error()}
	}
	out := savedReport{Files: saved}
	if f.record {
		in := client.NewReport{From: r.From, To: r.To}
		for _, file := range saved {
			in.Files = append(in.Files, client.ReportFile{Name: file.Name, Digest: file.SHA256, Size: file.Size})
		}
		made, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.RecordedReport, error) {
			return c.RecordReport(ctx, in)
		})
		if err != nil {
			return err
		}
		out.Record = &made
	}
	return a.print(out, func(w io.Writer) error { return out.write(w, f.out) })
}

func (s savedReport) write(w io.Writer, folder string) error {
	for _, file := range s.Files {
		if _, err := fmt.Fprintf(w, "%s  %s\n", file.SHA256, filepath.Join(folder, file.Name)); err != nil {
			return err
		}
	}
	if s.Record == nil {
		return nil
	}
	_, err := fmt.Fprintf(w, "They are record %d of %s, an entry of the log within a minute:\ncurfew audit reports lists it, and curfew verify verifies the log.\n", s.Record.Seq, printable(s.Record.Chain))
	return err
}

func (a *app) buildReport(ctx context.Context, f reportFlags) (r report.Report, err error) {
	period, err := periodOf(f.from, f.to)
	if err != nil {
		return r, err
	}
	meta := report.Meta{Made: a.Now(), Lake: f.words()}
	if meta.Log, err = a.checkpoint(ctx, f); err != nil {
		return r, err
	}
	meta.Installation = or(meta.Log.Origin, "not known: give --log")
	all, err := report.Queries()
	if err != nil {
		return r, err
	}
	engine, done, err := a.engine(ctx, f.lakeFlags, all...)
	if err != nil {
		return r, err
	}
	defer done()
	r, err = report.Build(ctx, engine, period, meta, f.frameworks...)
	if fault.KindOf(err) == fault.Invalid {
		err = usage("report: %v", err)
	}
	return r, err
}

func periodOf(from, to string) (p report.Period, err error) {
	for _, end := range []struct {
		flag, text string
		at         *time.Time
	}{{"--from", from, &p.From}, {"--to", to, &p.To}} {
		if *end.at, err = time.Parse(time.DateOnly, end.text); err != nil {
			*end.at, err = time.Parse(time.RFC3339, end.text)
		}
		if err != nil {
			return p, usage("%s %q: want a date as 2026-11-30, or RFC 3339", end.flag, end.text)
		}
	}
	return p, nil
}

// checkpoint opens that of the log, which a key of the caller must have signed.
func (a *app) checkpoint(ctx context.Context, f reportFlags) (l report.Log, err error) {
	if f.log == "" {
		return l, nil
	}
	keys, err := a.verifierKeys("--key", f.keys)
	if err != nil {
		return l, err
	}
	if len(keys) == 0 {
		return l, usage("report: --log needs --key with the log's verifier key, which its owner publishes")
	}
	by, err := verifiersOf(keys)
	if err != nil {
		return l, err
	}
	source, err := a.logSource(ctx, f.log)
	if err != nil {
		return l, err
	}
	text, err := source.ReadVersion(ctx, log.CheckpointName, "")
	if err != nil {
		return l, explainLog(err)
	}
	c, err := log.OpenCheckpoint(text, by)
	if err != nil {
		return l, &failure{EvidenceFails, err.Error()}
	}
	return report.Log{Origin: c.Origin, Size: c.Tree.N, Root: c.Tree.Hash.String()}, nil
}
