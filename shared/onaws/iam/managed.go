package iam

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/fault"
)

type managedPolicies struct{ *Cloud }

// partsOf reads the grant's parts among policies, in order. It skips one deleted meanwhile.
func (c managedPolicies) partsOf(ctx context.Context, t target, grant string, policies []string) ([]string, error) {
	var documents []string
	for _, policy := range slices.Sorted(slices.Values(policies)) {
		if of, ours := c.grantOf(policy); !ours || of != grant {
			continue
		}
		document, err := c.read(ctx, t, policy, time.Time{})
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, nil
}

func (c managedPolicies) read(ctx context.Context, t target, policy string, by time.Time) (text string, err error) {
	var version *string
	err = c.send(ctx, "iam:GetPolicy", by, nil, func(ctx context.Context) error {
		out, err := t.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &policy})
		if err == nil {
			version = out.Policy.DefaultVersionId
		}
		return err
	})
	if err != nil {
		return "", err
	}
	err = c.send(ctx, "iam:GetPolicyVersion", by, nil, func(ctx context.Context) error {
		out, err := t.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &policy, VersionId: version})
		if err == nil {
			text, err = document(aws.ToString(out.PolicyVersion.Document))
		}
		return err
	})
	return text, err
}
