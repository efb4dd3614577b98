package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/accountreview"
	"curfew/shared/authdetails"
	"curfew/shared/campaign"
	"curfew/shared/correlate"
	"curfew/shared/iamdata"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/standing"
)

// reader reads the made-up account. All services are in its last-accessed data, the largest that IAM could have.
type reader struct{ details *authdetails.Details }

func (r reader) Details(context.Context, string) (*authdetails.Details, error) { return r.details, nil }

func (r reader) Accessed(_ context.Context, _ string, arns []string) (map[string]*standing.Accessed, error) {
	all := map[string]*standing.Accessed{}
	for _, arn := range arns {
		a := &standing.Accessed{At: time.Now(), Services: map[string]standing.AccessedService{}}
		for _, service := range iamdata.Services() {
			a.Services[service] = standing.AccessedService{}
		}
		all[arn] = a
	}
	return all, nil
}

// measureReview reviews the account as function review does, with stores and IAM in memory.
func measureReview(file *bytes.Buffer) (float64, error) {
	d, err := authdetails.Read(file, nil)
	if err != nil || len(d.Principals) == 0 {
		return 0, errors.Join(err, errors.New("no principals"))
	}
	account := d.Principals[0].Account
	store := inprocess.NewStore(inprocess.StoreSettings{})
	if err := inprocess.Register(store, time.Now(), account); err != nil {
		return 0, err
	}
	settings := access.DefaultSettings()
	settings.Operators = []string{"group:security"}
	s := &access.Service{Base: record.Base{Store: store, Log: slog.New(slog.DiscardHandler), Now: time.Now}, Settings: settings, Decider: accesstest.NewCatalog()}
	q := &inprocess.Reviews{}
	begin := spent()
	if err := q.Send(context.Background(), accountreview.Begin); err != nil {
		return 0, err
	}
	if err := q.Deliver(context.Background(), &accountreview.Service{Service: s, Reader: reader{d}, Queue: q, Use: correlate.UsageOf(s.Base)}); err != nil {
		return 0, err
	}
	end := spent()
	trend, err := campaign.ReadTrend(context.Background(), store, account)
	if err != nil || len(trend.Scores) != 1 {
		return 0, errors.Join(err, fmt.Errorf("%d scores", len(trend.Scores)))
	}
	now := trend.Scores[0]
	fmt.Printf("review: %d principals, %d privileged; %.1f s of CPU, %d MB at most, with the input and the stores in memory\n", now.Principals, now.Privileged, end-begin, peak())
	return end - begin, nil
}
