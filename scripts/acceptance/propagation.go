package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// propagations measure IAM itself: a policy of this command on a role that Curfew does not know.
func propagations() []step {
	return []step{{
		name: "propagation", proves: "a policy works, and no longer works, seconds after the call that put or deleted it",
		place: "shared/access/grant.go: readyAfter; shared/accesstest/simulation/latency.go", bound: 2 * time.Minute, needs: []need{enforcement},
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html", do: measurePropagation,
	}}
}

const allowWitness = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetAccountSummary","Resource":"*"}]}`

func measurePropagation(ctx context.Context, w *world) (string, error) {
	if err := w.makeRole(ctx, w.member, "propagation", iam.CreateRoleInput{}); err != nil {
		return "", err
	}
	cfg, err := w.session(ctx, w.member, "propagation", "acceptance")
	if err != nil {
		return "", err
	}
	client, role, policy := w.member.iam(), aws.String("propagation-"+w.name), aws.String("witness")
	var begins, ends []time.Duration
	for range w.samples {
		if _, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: policy, PolicyDocument: aws.String(allowWitness)}); err != nil {
			return "", err
		}
		d, err := settles(ctx, cfg, true)
		if err != nil {
			break // the time is over: report the samples
		}
		begins = append(begins, d)
		if _, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: policy}); err != nil {
			return "", err
		}
		if d, err = settles(ctx, cfg, false); err != nil {
			break
		}
		ends = append(ends, d)
	}
	text := fmt.Sprintf("to allow: %s (%d); to deny: %s (%d)", spread(begins), len(begins), spread(ends), len(ends))
	if len(ends) == 0 {
		return text, fmt.Errorf("no sample in both directions within the time")
	}
	return text, nil
}

// settles returns how long it took until the answer was as wanted, and stayed so for five calls: parts of IAM learn of a change
// at different times.
func settles(ctx context.Context, cfg aws.Config, want bool) (time.Duration, error) {
	began := time.Now()
	since, times := began, 0
	err := waitFor(ctx, poll/2, "a steady answer", func() (bool, error) {
		allowed, err := isAllowed(ctx, cfg)
		if err != nil {
			return false, err
		}
		if allowed != want {
			since, times = time.Now(), 0
			return false, nil
		}
		times++
		return times == 5, nil
	})
	return since.Sub(began), err
}
