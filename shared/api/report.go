package api

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// NewReport is the input of [RecordReport].
type NewReport struct {
	From  time.Time    `json:"from"`
	To    time.Time    `json:"to"`
	Files []ReportFile `json:"files"` // 1 to 20
}

// ReportFile is one file of a report.
type ReportFile struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // SHA-256, hexadecimal
	Size   int64  `json:"size"`   // in bytes
}

func (r NewReport) check(time.Time) fault.Mistakes { return r.made().Check() }

func (r NewReport) made() access.ReportMade {
	made := access.ReportMade{From: r.From.UTC(), To: r.To.UTC()}
	for _, f := range r.Files {
		made.Files = append(made.Files, access.ReportFile(f))
	}
	return made
}

// RecordedReport says which record has the digests.
type RecordedReport struct {
	Chain string `json:"chain"`
	Seq   int64  `json:"seq"`
	Hash  string `json:"hash"`
}

// RecordReport records the digests of a report in one record, so that they become an entry of the log.
func RecordReport(ctx context.Context, s *access.Service, c identity.Caller, in NewReport) (RecordedReport, error) {
	chain, head, err := access.Reports{Service: s}.Record(ctx, c, in.made())
	return RecordedReport{chain, head.Seq, head.Hash}, err
}
