package main

import (
	"context"
	"net/http"
	"sync"

	"curfew/shared/accountreview"
	"curfew/shared/correlate"
	"curfew/shared/inprocess"
)

// reviews is function review with its queue. It is safe for concurrent use.
type reviews struct {
	mu      sync.Mutex // guards the queue
	queue   *inprocess.Reviews
	service *accountreview.Service
	reader  inprocess.Reader
}

func newReviews(sys *inprocess.System) *reviews {
	r := &reviews{queue: &inprocess.Reviews{}, reader: inprocess.Reader{Cloud: sys.Cloud}}
	r.service = &accountreview.Service{Service: sys.Service, Reader: r.reader, Queue: r.queue, Use: correlate.UsageOf(sys.Service.Base)}
	return r
}

// begin reviews all accounts, as the schedule does on the first day of a month.
func (r *reviews) begin(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.queue.Send(ctx, accountreview.Begin); err != nil {
		return err
	}
	err := r.queue.Deliver(ctx, r.service)
	r.queue.Waiting = nil // what failed begins anew
	return err
}

// takeReview begins a review, so that it need not be the first day of a month.
func (h *house) takeReview(w http.ResponseWriter, r *http.Request) {
	if err := h.reviews.begin(r.Context()); err != nil {
		http.Error(w, "review: "+err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, map[string]string{"see": "curfew campaigns"})
}
