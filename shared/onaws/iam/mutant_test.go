package iam

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/access"
)

// detaching records what was detached, in order.
type detaching struct {
	*fakeIAM
	detached []string
}

func (d *detaching) DetachRolePolicy(ctx context.Context, in *iam.DetachRolePolicyInput, o ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error) {
	d.detached = append(d.detached, *in.PolicyArn)
	return d.fakeIAM.DetachRolePolicy(ctx, in, o...)
}

func TestPartsComeOffInTheReverseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("engineer")
		d := &detaching{fakeIAM: f}
		c := &Cloud{Name: "curfew", Client: func(string) Client { return d }}
		g := grantFor(f, access.Managed, 20*time.Second)
		g.Documents = []string{testDocument, testDocument, testDocument}
		if err := c.Attach(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(f.roles["engineer"].attached)
		slices.Reverse(want)
		if _, err := c.Remove(t.Context(), g.Principal, g.Name); err != nil {
			t.Fatal(err)
		}
		if len(want) != 3 || !slices.Equal(d.detached, want) {
			t.Errorf("detached %v, want %v", d.detached, want)
		}
	})
}
