package onaws

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	heartbeatEvery  = 5 * time.Minute
	heartbeatWithin = 10 * time.Second // for all calls
)

// Heartbeat calls STS's GetCallerIdentity in each governed Region of each account and of home, every five minutes. The
// calls must come back by each route of CloudTrail's events. They need no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
type Heartbeat struct {
	Targets []aws.Config
	Call    func(context.Context, aws.Config) error
	Now     func() time.Time
	// Check says which heartbeats did not come back; since is the first that was sent. Nil: it is not checked.
	Check func(ctx context.Context, since time.Time) error

	mu          sync.Mutex // guards the fields below
	first, last time.Time
}

// NewHeartbeat has no targets if no Region is governed.
func NewHeartbeat(sdk SDK, c ReconcileConfig, check func(ctx context.Context, since time.Time) error) *Heartbeat {
	h := &Heartbeat{Now: time.Now, Check: check, Call: func(ctx context.Context, cfg aws.Config) error {
		_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
		return err
	}}
	in := NewAccounts(sdk, c.AccountsConfig)
	for _, region := range c.Regions {
		home := sdk.Copy()
		home.Region = region
		h.Targets = append(h.Targets, home)
		for _, account := range c.Members {
			if cfg, ok := in.Config(account, region); ok {
				h.Targets = append(h.Targets, cfg)
			}
		}
	}
	return h
}

// WithHeartbeat sends a heartbeat after a handler, if one is due. A failed call is logged: that it does not come back
// is found like a lost one.
func (f *Function) WithHeartbeat(h *Heartbeat, handle Handler) Handler {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		answer, err := handle(ctx, payload)
		for _, failed := range h.send(ctx) {
			f.Log.WarnContext(ctx, "heartbeat failed", "error", failed)
		}
		return answer, err
	}
}

func (h *Heartbeat) send(ctx context.Context) (failed []error) {
	h.mu.Lock()
	due := h.Now().Sub(h.last) >= heartbeatEvery
	if due {
		h.last = h.Now()
	}
	if h.first.IsZero() {
		h.first = h.Now()
	}
	since := h.first
	h.mu.Unlock()
	if !due {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, heartbeatWithin)
	defer cancel()
	errs := make([]error, len(h.Targets))
	var all sync.WaitGroup
	for i, cfg := range h.Targets {
		all.Go(func() {
			if err := h.Call(ctx, cfg); err != nil {
				errs[i] = CallError("the heartbeat in "+cfg.Region, err)
			}
		})
	}
	all.Wait()
	if h.Check != nil && len(h.Targets) > 0 {
		errs = append(errs, h.Check(ctx, since))
	}
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}
