package iam

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/onaws"
)

// clients are the IAM clients of an installation, each made when it is first needed: a function that is started for one
// elevation needs one of them.
type clients struct {
	entries *onaws.Entries

	mu   sync.Mutex // guards what follows
	made map[string]IAM
}

func newClients(e *onaws.Entries) *clients { return &clients{entries: e, made: map[string]IAM{}} }

// of is the IAM of one of the accounts. The SDK sends each call once: Cloud decides about another try. For an account that
// cannot be entered it is a client without Region and credentials, whose calls fail.
func (c *clients) of(account string) IAM {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[account] == nil {
		cfg, _ := c.entries.In(account, c.entries.Region())
		c.made[account] = iam.NewFromConfig(cfg, func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
	}
	return c.made[account]
}
