package access

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// callerAudit reads the refusals of one caller, the newest day first.
type callerAudit struct{ *Service }

// callerChains limits the chains of one page.
const callerChains = 400

func (s callerAudit) list(ctx context.Context, f AuditFilter) (p AuditPage, err error) {
	from, err := readSpot(f.After, isDay)
	if err != nil {
		return p, err
	}
	left := callerChains
	for _, day := range f.days() {
		if from.of != "" && day > from.of {
			continue
		}
		chains, err := s.chains(ctx, f.Caller, day)
		if err != nil {
			return AuditPage{}, err
		}
		for _, chain := range chains {
			side := strings.TrimPrefix(chain, chains[0])
			if from.of == day && side < from.chain {
				continue
			}
			if left--; left < 0 {
				return p, nil
			}
			records, err := readRefusals(ctx, s.Store, chain)
			if err != nil {
				return AuditPage{}, err
			}
			for _, r := range records {
				at := spot{day, side, r.Seq}
				if from.of == day && from.chain == side && r.Seq <= from.seq || !f.record(r) {
					continue
				}
				if p.Records = append(p.Records, r); len(p.Records) == f.Limit {
					p.Next = at.String()
					return p, nil
				}
			}
			p.Next = spot{day, side, lastSeq}.String()
		}
	}
	p.Next = ""
	return p, nil
}

// lastSeq is after all records of a chain: sort keys have 12 digits.
const lastSeq = 999999999999

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func (f AuditFilter) days() (all []string) {
	for day := f.From.UTC().Truncate(24 * time.Hour); day.Before(f.Before); day = day.AddDate(0, 0, 1) {
		all = append(all, day.Format(time.DateOnly))
	}
	slices.Reverse(all)
	return all
}

// chains returns the chain of the day, then the separate ones: see [refusals.besideChain].
func (s callerAudit) chains(ctx context.Context, caller, day string) ([]string, error) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, err
	}
	chain := evidence.CallerChain(caller, at)
	all := []string{chain}
	for q := (record.Query{Index: record.ByRequester, Partition: chain, Limit: MostListed}); ; {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return nil, fault.Wrap(err, "listing the chains of %s", caller)
		}
		for _, k := range page.Keys {
			if strings.HasPrefix(k.Partition, chain+"#") {
				all = append(all, k.Partition)
			}
		}
		if q.After = page.Next; page.Next == "" {
			return all, nil
		}
	}
}

func readRefusals(ctx context.Context, store record.Store, chain string) ([]AuditRecord, error) {
	records, err := readChain(ctx, store, chain, "")
	for i, r := range records {
		var named refusal
		if json.Unmarshal(r.Detail, &named) == nil {
			records[i].Elevation = named.Elevation
		}
	}
	return records, err
}
