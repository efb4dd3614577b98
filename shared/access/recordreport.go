package access

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// ReportMade is evidence that a report was made: what package audit shows of the period, as files.
type ReportMade struct {
	From  time.Time    `json:"from"`
	To    time.Time    `json:"to"`
	Files []ReportFile `json:"files"`
}

// ReportFile is one file of a report.
type ReportFile struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // SHA-256, hexadecimal
	Size   int64  `json:"size"`   // in bytes
}

const mostReportFiles = 20

// Check returns Invalid unless it can be recorded.
func (r ReportMade) Check() fault.Mistakes {
	var m fault.Mistakes
	if !r.From.Before(r.To) {
		m.Add("to", "want a time after from")
	}
	if len(r.Files) < 1 || len(r.Files) > mostReportFiles {
		m.Add("files", "want 1 to %d files", mostReportFiles)
	}
	for i, f := range r.Files {
		of := fmt.Sprintf("files.%d.", i)
		m.AddError(of+"name", fault.CheckText("name", f.Name, 1, 100))
		if b, err := hex.DecodeString(f.Digest); err != nil || len(b) != 32 || hex.EncodeToString(b) != f.Digest {
			m.Add(of+"digest", "want a SHA-256, 64 hexadecimal digits in lower case")
		}
		if f.Size < 1 {
			m.Add(of+"size", "want the size of the file in bytes")
		}
	}
	return m
}

// Reports records in the caller's chain which reports were made, so that the log has their digests.
type Reports struct{ *Service }

// Record is for operators. It returns the chain of evidence that has the record, and its place there.
func (s Reports) Record(ctx context.Context, c identity.Caller, r ReportMade) (chain string, head evidence.Head, err error) {
	defer s.Logged(ctx, "record-report", "", c.ID, &err)
	if err := r.Check().Err(); err != nil {
		return "", head, err
	}
	if !c.In(s.Settings.Operators) {
		err = deny("curfew.operator", "only operators may record reports")
	} else {
		err = s.Suspensions().Free(ctx, c, "you may not record reports")
	}
	if err != nil {
		return "", head, refusals(s).refused(ctx, c, "record-report", "", err)
	}
	now := s.Instant()
	chain = evidence.CallerChain(c.ID, now)
	err = record.UpdateRow(ctx, s.Store, "the chain of "+c.ID, callerKey(c.ID, now), func(was record.Stored[callerDay]) ([]record.Change, error) {
		day := was.Value
		if !day.counts(now, s.NewID) {
			return nil, fault.Errorf(fault.Conflict, "%d records of you are stored this hour already: try again in the next one", refusalsPerHour)
		}
		proof, err := record.Append(chain, &day.Head, evidence.Entry{At: now, Kind: "report.made", Actor: c.ID, Detail: r})
		if err != nil {
			return nil, err
		}
		kept, err := was.Put(day, time.Time{})
		kept.Row.Version = max(kept.Row.Version, s.Now().UnixMilli()) // as in recordRefusal
		head = day.Head
		return []record.Change{proof, kept}, err
	})
	return chain, head, err
}
