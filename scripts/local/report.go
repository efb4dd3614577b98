package main

import (
	"context"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/audit/report"
	"curfew/shared/audit/sqlite"
)

// report writes the report of a play, and an operator records its digests.
func (h *house) report(ctx context.Context, base string) error {
	tree, err := h.enterAll(ctx)
	if err != nil {
		return err
	}
	all, err := report.Queries()
	if err != nil {
		return err
	}
	engine, err := sqlite.OpenFolder(ctx, h.kept.lake, all...)
	if err != nil {
		return err
	}
	defer engine.Close()
	now, origin := time.Now().UTC(), h.Archive.Evidence.Origin
	r, err := report.Build(ctx, engine, report.Period{From: now.AddDate(0, 0, -1), To: now.Add(time.Second)}, report.Meta{
		Installation: origin, Made: now, Log: report.Log{Origin: origin, Size: tree.N, Root: tree.Hash.String()}, Lake: []string{"--lake", h.kept.lake},
	})
	if err != nil {
		return err
	}
	files, err := r.Save(h.kept.report)
	if err != nil {
		return err
	}
	operator, err := (&story{h: h, base: base}).as("dee")
	if err != nil {
		return err
	}
	in := client.NewReport{From: r.From, To: r.To}
	for _, f := range files {
		in.Files = append(in.Files, client.ReportFile{Name: f.Name, Digest: f.SHA256, Size: f.Size})
	}
	_, err = operator.RecordReport(ctx, in)
	return err
}
