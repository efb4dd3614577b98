package onaws

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Entries lead into the accounts of an installation. In a member account a function assumes a role of its own, by an
// external id, in a session that bears the function's name. It may be used by many at once.
type Entries struct {
	cfg     aws.Config
	own     string
	roles   map[string]string // of the member accounts: the ARN of the role to assume there
	session string
	id      string // external
	assume  stscreds.AssumeRoleAPIClient

	mu  sync.Mutex // guards what follows
	may map[string]aws.CredentialsProvider
}

// NewEntries is for a function that reads, changes or starts something in the accounts.
func NewEntries(cfg aws.Config, c AccountsConfig) *Entries {
	e := &Entries{
		cfg: cfg, own: c.Account, roles: map[string]string{}, session: cmp.Or(c.Function, c.MemberRole), id: c.ExternalID,
		may: map[string]aws.CredentialsProvider{},
	}
	for _, account := range c.Members {
		e.roles[account] = "arn:" + partition(cfg.Region) + ":iam::" + account + ":role/" + c.MemberRole
	}
	if len(e.roles) > 0 {
		e.assume = sts.NewFromConfig(cfg)
	}
	return e
}

// partition is the part of AWS that a Region belongs to.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// In is the configuration of the SDK for an account and Region. ok is false where the installation has nothing to do: no
// call is made there. Credentials are fetched by the first call, and kept until they expire.
func (e *Entries) In(account, region string) (cfg aws.Config, ok bool) {
	role, member := e.roles[account]
	if region == "" || !member && (account == "" || account != e.own) {
		return aws.Config{}, false
	}
	cfg = e.cfg.Copy()
	cfg.Region = region
	if member {
		cfg.Credentials = e.credentials(account, role)
	}
	return cfg, true
}

func (e *Entries) credentials(account, role string) aws.CredentialsProvider {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.may[account] == nil {
		e.may[account] = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(e.assume, role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = e.session
			if e.id != "" {
				o.ExternalID = aws.String(e.id)
			}
		}))
	}
	return e.may[account]
}

// Accounts are those that can be entered, in order.
func (e *Entries) Accounts() []string {
	all := slices.Collect(maps.Keys(e.roles))
	if e.own != "" && e.roles[e.own] == "" {
		all = append(all, e.own)
	}
	slices.Sort(all)
	return all
}

// Region is the one that the function runs in.
func (e *Entries) Region() string { return e.cfg.Region }
