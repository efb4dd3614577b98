package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/sdk"
	"curfew/shared/onaws/onmoto"
)

// world is the two accounts, and what the steps found or made in them.
type world struct {
	options
	log          *progress
	home, member place
	orgID        string // empty: no organization
	endpoint     string // of the people's API
	transport    func(person) http.RoundTripper
	issuer       *onmoto.Issuer
	on           environment
	secret       string // external id of the roles that this process assumes

	mu        sync.Mutex // guards what follows
	lacked    map[need]string
	closed    string   // id of an elevation whose execution has ended
	triggered bool     // the step trigger elevated
	stays     []string // what the removal leaves on purpose
}

// place is one account.
type place struct {
	aws.Config
	id, profile string
}

func (p place) iam() *iam.Client { return iam.NewFromConfig(p.Config) }

// environment is what AWS and moto do differently.
type environment interface {
	// install returns when the API answers.
	install(ctx context.Context, w *world) error
	// setNet turns a net on or off: "sweep", "execution" or "ttl".
	setNet(ctx context.Context, w *world, net string, on bool) error
	// deliver sends what AWS delivers by itself.
	deliver(ctx context.Context, w *world, what event) error
}

// event is one that moto does not deliver.
type event struct {
	function string // suffix of its name
	payload  string
}

// newWorld reads who the profiles are, and refuses one account as both.
func newWorld(ctx context.Context, o options, log *progress) (w *world, closing func(), err error) {
	w = &world{options: o, log: log, lacked: map[need]string{}, secret: rand.Text()}
	if o.moto {
		return motoWorld(ctx, w)
	}
	w.on = onAWS{}
	for profile, p := range map[string]*place{o.home: &w.home, o.member: &w.member} {
		cfg, err := sdk.Load(ctx, sdk.Settings{Profile: profile, Region: o.region})
		if err != nil {
			return nil, nil, err
		}
		who, err := sts.NewFromConfig(cfg.Config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return nil, nil, fmt.Errorf("profile %s: %w", profile, err)
		}
		*p = place{Config: cfg.Config, id: aws.ToString(who.Account), profile: profile}
	}
	switch {
	case o.home == o.member || w.home.id == w.member.id:
		return nil, nil, errors.New("both profiles are of one account: Curfew never elevates in its own account, so it needs two")
	case w.home.Region != w.member.Region:
		return nil, nil, fmt.Errorf("the profiles are of Regions %s and %s: give -region", w.home.Region, w.member.Region)
	}
	org, err := organizations.NewFromConfig(w.home.Config).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return nil, nil, fmt.Errorf("reading the organization of home, to which the stacks need both accounts to belong: %w", err)
	}
	w.orgID = aws.ToString(org.Organization.Id)
	return w, func() {}, nil
}

func (w *world) where() string {
	if w.moto {
		return "moto"
	}
	return "AWS"
}

func (w *world) lack(n need, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lacked[n] = why
}

func (w *world) lacks(n need) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lacked[n]
}

// path separates what this command makes in IAM from everything else, Curfew's own roles too.
func (w *world) path() string { return "/acceptance-" + w.name + "/" }

func (w *world) resource(what string) string { return w.name + "-" + what }

// roleARN returns the ARN of a role of this command.
func (w *world) roleARN(p place, what string) string {
	return "arn:aws:iam::" + p.id + ":role" + w.path() + what + "-" + w.name
}

// everyRole matches the roles of this command.
func (w *world) everyRole() string { return w.roleARN(w.member, "*") }

func (w *world) boundary() string {
	return "arn:aws:iam::" + w.member.id + ":policy/" + w.resource("boundary")
}

// person is a caller of the people's API.
type person struct{ name, group string }

// Requester, approver and operator.
func ana() person { return person{"ana", "engineers"} }
func ben() person { return person{"ben", "leads"} }
func dee() person { return person{"dee", "operators"} }

// as returns a client of the API with a token of the command's own issuer.
func (w *world) as(p person) (*client.Client, error) {
	token, err := w.issuer.Token(p.name, p.group)
	if err != nil {
		return nil, err
	}
	c := client.Config{Endpoint: w.endpoint, Token: token}
	if w.transport != nil {
		c.HTTPClient = &http.Client{Transport: w.transport(p)}
	}
	return client.New(c)
}

func install(ctx context.Context, w *world) (string, error) {
	if err := w.on.install(ctx, w); err != nil {
		return "", err
	}
	operator, err := w.as(dee())
	if err != nil {
		return "", err
	}
	// A new API takes a while to answer.
	var refused error
	err = waitFor(ctx, poll, "the API answers", func() (bool, error) {
		_, refused = operator.AddAccount(ctx, client.AccountChange{Account: w.member.id, Reason: "acceptance"})
		return refused == nil, nil
	})
	if err != nil {
		err = errors.Join(err, refused)
	}
	return "home " + w.home.id + ", member " + w.member.id, err
}
