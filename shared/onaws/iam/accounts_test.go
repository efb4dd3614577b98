package iam

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Without a role in members every call is refused with the reason.
func TestWithoutAccountsEveryPrincipalIsRefused(t *testing.T) {
	c := New(onaws.InstallationConfig{Name: "curfew"}, onaws.NewAccounts(aws.Config{Region: "us-east-1"}, onaws.AccountsConfig{}))
	arn := "arn:aws:iam::111122223333:role/engineer"
	_, looked := c.Look(t.Context(), arn)
	grant := access.Grant{Principal: access.Principal{ARN: arn, Account: "111122223333"}, Name: testGrant, Documents: []string{"{}"}, AttachBy: time.Now().Add(time.Minute)}
	for verb, err := range map[string]error{"look": looked, "attach": c.Attach(t.Context(), grant)} {
		if fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "set orgId") {
			t.Errorf("%s: error = %v, want Denied, with the reason", verb, err)
		}
	}
	if page, err := c.Survey(t.Context(), "111122223333", ""); fault.KindOf(err) != fault.Denied || len(page.Grants) != 0 || page.Next != "" {
		t.Errorf("survey = %+v, %v, want Denied", page, err)
	}
}

// emptyQueue is an empty queue of late evidence.
type emptyQueue struct{}

func (emptyQueue) Receive(context.Context) ([]onaws.LateMessage, error) { return nil, nil }
func (emptyQueue) Delete(context.Context, string) error                 { return nil }

// Without an account the sweep runs every pass and logs the reason.
func TestTheSweepRunsWithoutAccountsAndSaysSo(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{}, func(s *accesstest.Story) {
		var out bytes.Buffer
		f := &onaws.Function{
			Log: onaws.NewLog(&out, "test"), NoAccount: true,
			Metrics: &onaws.Metrics{Out: &out, Installation: "curfew", Function: "test", Now: s.Service.Now},
		}
		svc := *s.Service
		svc.Cloud = onaws.ReadOnly{Cloud: New(onaws.InstallationConfig{Name: "curfew"}, onaws.NewAccounts(aws.Config{Region: "us-east-1"}, onaws.AccountsConfig{}))}
		for pass := range 2 {
			out.Reset()
			if _, err := f.Sweep(&svc, emptyQueue{}).Invoke(context.Background(), []byte("{}")); err != nil {
				t.Fatalf("pass %d: %v", pass+1, err)
			}
			if text := out.String(); !strings.Contains(text, "no account is set up yet") || !strings.Contains(text, `"Net":"sweep"`) {
				t.Errorf("pass %d wrote %s, want the reason and the beat", pass+1, text)
			}
		}
	})
}

func TestEachAccountHasOneClient(t *testing.T) {
	c := newClients(onaws.NewAccounts(aws.Config{Region: "us-east-1"}, onaws.AccountsConfig{MemberRole: "curfew-grant"}))
	if c.client("444455556666") != c.client("444455556666") {
		t.Error("a client is made anew")
	}
}
