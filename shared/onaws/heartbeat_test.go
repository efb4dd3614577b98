package onaws

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A heartbeat goes to each Region of home and of each member, at most every five minutes. One that fails is logged, and
// changes nothing else.
func TestAHeartbeatGoesToEachRegionOfEachAccount(t *testing.T) {
	sdk := aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}}
	in := NewAccounts(sdk, AccountsConfig{MemberRole: "curfew-member-reconcile"})
	governed := func(context.Context) ([]string, error) { return []string{"111122223333"}, nil }
	at := now
	h := NewHeartbeat(in, []string{"eu-west-1", "us-east-1"}, governed, nil)
	var mu sync.Mutex
	var called []string
	h.Now = func() time.Time { return at }
	h.Call = func(_ context.Context, cfg aws.Config) error {
		mu.Lock()
		defer mu.Unlock()
		as := "home"
		if _, member := cfg.Credentials.(*aws.CredentialsCache); member {
			as = "member"
		}
		called = append(called, as+" "+cfg.Region)
		if cfg.Region == "eu-west-1" {
			return errors.New("no route to host")
		}
		return nil
	}
	var out bytes.Buffer
	f := &Function{Log: NewLog(&out, "reconcile")}
	handle := f.WithHeartbeat(h, func(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil })
	for _, after := range []time.Duration{0, time.Minute, 4 * time.Minute} {
		at = at.Add(after)
		if answer, err := handle(t.Context(), nil); err != nil || string(answer) != "{}" {
			t.Fatalf("answer = %s, %v", answer, err)
		}
	}
	slices.Sort(called)
	one := []string{"home eu-west-1", "home us-east-1", "member eu-west-1", "member us-east-1"}
	want := slices.Sorted(slices.Values(slices.Concat(one, one)))
	if !slices.Equal(called, want) {
		t.Errorf("called %q, want %q", called, want)
	}
	if n := strings.Count(out.String(), "no route to host"); n != 4 {
		t.Errorf("%d failures in the log, want 4:\n%s", n, &out)
	}
}
