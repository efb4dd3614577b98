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
	accounts *onaws.Accounts

	mu   sync.Mutex // guards what follows
	made map[string]Client
}

func newClients(a *onaws.Accounts) *clients { return &clients{accounts: a, made: map[string]Client{}} }

// of is the IAM of one of the accounts. The SDK sends each call once: Cloud decides about another try. For an account that
// cannot be entered it is a client without Region and credentials, whose calls fail.
func (c *clients) of(account string) Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[account] == nil {
		cfg, _ := c.accounts.Config(account, c.accounts.Region())
		c.made[account] = iam.NewFromConfig(cfg, func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
	}
	return c.made[account]
}
