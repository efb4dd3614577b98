package preflight

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/scripts/curfew/doctor"
	"curfew/scripts/curfew/sdk"
)

// Settings are those with which the stacks are to be deployed.
type Settings struct {
	Name   string // of the installation, as "curfew"
	Region string
	// Home is the account that Curfew is to run in; empty: the one of the credentials. In another the checks are those of a member account.
	Home          string
	OrgID, Issuer string
	// Transport fetches the issuer's documents; nil: the standard one.
	Transport http.RoundTripper
}

// Report is what was found, and the settings that follow from it.
type Report struct {
	Account  string           `json:"account"`
	Findings []doctor.Finding `json:"findings"`
	// Reserved and Deployers are settings of the stack. Empty: nothing to set.
	Reserved  string   `json:"reserved,omitempty"`
	Deployers []string `json:"deployers,omitempty"`
}

// round is one round of checks.
type round struct {
	Settings
	aws aws.Config
	*Report
}

// Examine makes all checks. A call that fails makes its check wrong. The error is that of the first call, GetCallerIdentity.
func Examine(ctx context.Context, cfg aws.Config, set Settings) (*Report, error) {
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	r := &round{Settings: set, aws: cfg, Report: &Report{Account: aws.ToString(who.Account)}}
	r.checkOrganization(ctx)
	r.checkSCPs(ctx)
	r.checkTrail(ctx)
	if set.Home != "" && set.Home != r.Account {
		r.checkStack(ctx, r.resource("member"), "curfew-member")
		r.checkNamesOfMember(ctx)
		return r.Report, nil
	}
	r.checkBootstrap(ctx)
	r.checkConcurrency(ctx)
	r.checkIssuer(ctx)
	for _, stack := range []string{r.resource("data"), r.Name} {
		r.checkStack(ctx, stack, stack)
	}
	r.checkNames(ctx)
	r.add("members", doctor.NotChecked, "only credentials of a member account can read whether its stack is there",
		"curfew preflight --home "+r.Account+", with credentials of each")
	return r.Report, nil
}

func (r *round) resource(what string) string { return r.Name + "-" + what }

func (r *round) add(check string, s doctor.State, says, do string) {
	r.Findings = append(r.Findings, doctor.Finding{Check: check, State: s, Says: says, Do: do})
}

func (r *round) addf(check string, s doctor.State, do, says string, args ...any) {
	r.add(check, s, fmt.Sprintf(says, args...), do)
}

// isAnswered reports whether a call was answered. If not, it adds the finding.
func (r *round) isAnswered(check string, err error) bool {
	switch {
	case err == nil:
		return true
	case sdk.IsDenied(err):
		r.add(check, doctor.NotChecked, "the call was denied: "+sdk.Says(err), "use credentials that may read in account "+r.Account)
	default:
		r.add(check, doctor.Wrong, "the call failed: "+sdk.Says(err), "try again")
	}
	return false
}

// some is the beginning of a list, for a line.
func some(all []string) string {
	const most = 4
	if len(all) > most {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
	}
	return strings.Join(all, ", ")
}
