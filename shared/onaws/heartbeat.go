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
	heartbeatWithin = 20 * time.Second // for all calls: 1,000 accounts of three Regions at 150 ms
)

// heartbeatsAtOnce limits the connections.
const heartbeatsAtOnce = 32

// Heartbeat calls STS's GetCallerIdentity in each governed Region of each account and of home, every five minutes. The
// calls must come back by each route of CloudTrail's events. They need no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
type Heartbeat struct {
	// Targets are the configurations to call with.
	Targets func(context.Context) ([]aws.Config, error)
	Call    func(context.Context, aws.Config) error
	Now     func() time.Time
	// Check says which heartbeats did not come back; since is the first that was sent. Nil: it is not checked.
	Check func(ctx context.Context, since time.Time) error

	mu          sync.Mutex // guards the fields below
	first, last time.Time
}

// NewHeartbeat has no targets if no Region is governed.
func NewHeartbeat(in *Accounts, regions []string, governed func(context.Context) ([]string, error), check func(ctx context.Context, since time.Time) error) *Heartbeat {
	return &Heartbeat{Now: time.Now, Check: check, Call: func(ctx context.Context, cfg aws.Config) error {
		_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
		return err
	}, Targets: func(ctx context.Context) (all []aws.Config, err error) {
		if len(regions) == 0 {
			return nil, nil
		}
		accounts, err := governed(ctx)
		for _, region := range regions {
			home := in.cfg.Copy()
			home.Region = region
			all = append(all, home)
			for _, account := range accounts {
				if cfg, ok := in.Config(account, region); ok {
					all = append(all, cfg)
				}
			}
		}
		return all, err
	}}
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
	targets, unread := h.Targets(ctx)
	errs := make([]error, len(targets))
	var all sync.WaitGroup
	free := make(chan struct{}, heartbeatsAtOnce)
	for i, cfg := range targets {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			if err := h.Call(ctx, cfg); err != nil {
				errs[i] = CallError("the heartbeat in "+cfg.Region, err)
			}
		})
	}
	all.Wait()
	errs = append(errs, unread)
	if h.Check != nil && len(targets) > 0 {
		errs = append(errs, h.Check(ctx, since))
	}
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}
