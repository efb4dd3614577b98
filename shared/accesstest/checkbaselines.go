package accesstest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

// checkBaselines compares what is stored of each marked principal with IAM, after a complete survey. It leaves out what the
// story edited, and looks only if a value changed: most checks cost one pass over the rows.
func (c *checker) checkBaselines(w *World, rows []record.Row) []string {
	var now [2]int64 // rows, and the versions of values
	complete := false
	for _, r := range rows {
		if !strings.HasPrefix(r.Key.Partition, "baseline#") {
			continue
		}
		now[0]++
		if r.Key.Partition != "baseline#survey" {
			now[1] += r.Version
		} else if r.Key.Sort == "confirmed" {
			complete = true
		}
	}
	if !complete || now == c.baselines {
		return nil
	}
	c.baselines = now
	var wrong []string
	for _, arn := range w.Cloud.Marked() {
		if c.editedByHand[arn] {
			continue
		}
		all, err := baseline.Load(context.Background(), w.Store, w.IAM.UniqueID(arn), time.Now(), time.Now())
		if err != nil || len(all) != 1 || all[0].Unknown {
			wrong = append(wrong, fmt.Sprintf("13: the own policies of %s are not known after a survey: %+v, %v", arn, all, err))
			continue
		}
		has, _ := w.IAM.Policies(arn)
		if got, want := documentsOf(all[0].Policies), documentsOf(has); !slices.Equal(got, want) {
			wrong = append(wrong, fmt.Sprintf("13: the own policies of %s are stored as %q and are %q", arn, got, want))
		}
	}
	return wrong
}

func documentsOf(p iampolicy.Policies) (all []string) {
	for _, n := range p.Identity {
		if !strings.Contains(n.Name, "curfew-0") && !strings.Contains(n.Name, "curfew-q-0") {
			all = append(all, string(n.Document.Bytes()))
		}
	}
	if p.Boundary != nil {
		all = append(all, "boundary "+string(p.Boundary.Bytes()))
	}
	slices.Sort(all)
	return all
}
