package sweep

import (
	"context"
	"errors"

	"curfew/shared/access"
	"curfew/shared/finding"
)

// ReviewOverdue is a review that was not signed in time.
var ReviewOverdue = kind("review-overdue", finding.Medium, "no second person has looked at what was done",
	"curfew reviews shows what was done; curfew review signs it. Its requester gets no break-glass until then")

// passesPerPass limits the orders to take reviews off the lists. The next pass gives more.
const passesPerPass = 50

func (s pass) sweepReviews(ctx context.Context, sw *PassResult) error {
	within, passes := s.timeLeft(sw, restBy), 0
	var failed []error
	err := access.Reviews{Service: s.Service}.Overdue(ctx, func(r access.OpenReview) bool {
		switch {
		case r.Due:
			sw.Findings++
			failed = append(failed, finding.Report(ctx, s.Base, ReviewOverdue, r.Found("the review of "+r.Terms.Entitlement+" for "+r.Terms.Requester.Name+" is not signed")))
		case r.Passed && passes < passesPerPass:
			passes++
			o := r.Elevation.Order("sweep", s.Now())
			o.Review = true
			failed = append(failed, s.Workflow.Revoke(ctx, o))
		}
		if !within() {
			sw.addOutOfTime(1, 1, "lists of reviews")
			return false
		}
		return true
	})
	return errors.Join(append(failed, err)...)
}
