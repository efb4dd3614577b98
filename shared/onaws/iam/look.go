package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
)

// Look is [access.Cloud.Look]. With [Cloud.RoomUnread] it reads only the principal; otherwise also quotas (cached for
// an hour) and policies.
func (c *Cloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	t, err := c.checkPrincipal(arn)
	if err != nil {
		return access.Sight{}, err
	}
	found, err := c.get(ctx, t, time.Time{})
	if err != nil {
		return access.Sight{}, err
	}
	sight := access.Sight{
		Principal: access.Principal{ARN: arn, ID: found.id, Account: t.Account},
		Managed:   access.Marked(found.tags, c.Name), Boundary: found.boundary, Trust: found.trust,
	}
	sight.Room, err = c.remainingQuota(ctx, t)
	return sight, err
}

// quotasKept: quotas change only when AWS raises them on request.
const quotasKept = time.Hour

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func defaultQuotas() quotas {
	return quotas{
		inline:   map[string]int{"role": 10240, "user": 2048},
		attached: map[string]int{"role": 10, "user": 10},
	}
}

func (c *Cloud) remainingQuota(ctx context.Context, t target) (access.Room, error) {
	if c.RoomUnread {
		q := defaultQuotas()
		return access.Room{Inline: q.inline[t.Kind], Attached: q.attached[t.Kind]}, nil
	}
	q, err := c.quotasOf(ctx, t)
	if err != nil {
		return access.Room{}, err
	}
	used, err := c.inlineSize(ctx, t)
	if err != nil {
		return access.Room{}, err
	}
	attached, err := c.attached(ctx, t, "/")
	return access.Room{
		Inline: max(q.inline[t.Kind]-used, 0), Attached: max(q.attached[t.Kind]-len(attached), 0),
	}, err
}

func (c *Cloud) quotasOf(ctx context.Context, t target) (quotas, error) {
	c.mu.Lock()
	known, ok := c.quotas[t.Account]
	c.mu.Unlock()
	if ok && c.now().Before(known.readAt.Add(quotasKept)) {
		return known, nil
	}
	var out *iam.GetAccountSummaryOutput
	err := c.send(ctx, "iam:GetAccountSummary", time.Time{}, nil, func(ctx context.Context) error {
		var err error
		out, err = t.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
		return err
	})
	if err != nil {
		return quotas{}, err
	}
	q := defaultQuotas()
	q.readAt = c.now()
	read := func(key string, into map[string]int, kind string) {
		if n, ok := out.SummaryMap[key]; ok {
			into[kind] = int(n)
		}
	}
	read("RolePolicySizeQuota", q.inline, "role")
	read("UserPolicySizeQuota", q.inline, "user")
	read("AttachedPoliciesPerRoleQuota", q.attached, "role")
	read("AttachedPoliciesPerUserQuota", q.attached, "user")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quotas == nil {
		c.quotas = map[string]quotas{}
	}
	c.quotas[t.Account] = q
	return q, nil
}

// inlineSize returns the size of the inline policies as AWS counts. One deleted meanwhile counts as zero.
func (c *Cloud) inlineSize(ctx context.Context, t target) (int, error) {
	names, err := c.inlineNames(ctx, t)
	size := 0
	for _, name := range names {
		document, err := c.inline(ctx, t, name)
		if fault.Unless(err, fault.NotFound) != nil {
			return 0, err
		}
		size += iampolicy.Size([]byte(document))
	}
	return size, err
}
