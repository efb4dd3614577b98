package iam

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/onaws"
)

// clients makes each account's IAM client at first use: most invocations need only one.
type clients struct {
	accounts *onaws.Accounts

	mu        sync.Mutex // guards byAccount
	byAccount map[string]Client
}

func newClients(a *onaws.Accounts) *clients {
	return &clients{accounts: a, byAccount: map[string]Client{}}
}

// client returns an account's client; nil: the function may not enter the account. The SDK does not retry: [Cloud] does.
func (c *clients) client(account string) Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byAccount[account] == nil {
		cfg, ok := c.accounts.Config(account, c.accounts.Region())
		if !ok {
			return nil
		}
		c.byAccount[account] = iam.NewFromConfig(cfg, func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
	}
	return c.byAccount[account]
}
