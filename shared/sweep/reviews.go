package sweep

import (
	"context"
	"errors"

	"curfew/shared/access"
	"curfew/shared/finding"
)

// ReviewOverdue is a review that was not signed in time.
var ReviewOverdue = kind("review-overdue", finding.Medium, "no second person has looked at what was done",
	"curfew show shows it; curfew review signs it. Its requester gets no break-glass until then")

func (s pass) sweepReviews(ctx context.Context, sw *PassResult) error {
	overdue, err := access.Reviews{Service: s.Service}.Overdue(ctx)
	failed := []error{err}
	for _, l := range overdue {
		sw.Findings++
		failed = append(failed, finding.Report(ctx, s.Base, ReviewOverdue, l.Found("the review of "+l.Terms.Entitlement+" for "+l.Terms.Requester.Name+" is not signed")))
	}
	return errors.Join(failed...)
}
