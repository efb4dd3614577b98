package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/scripts/curfew/sdk"
	"curfew/shared/access"
)

// Settings select an installation.
type Settings struct {
	Name       string // of the installation, as "curfew"
	Region     string
	Definition []byte // of the state machine, as shipped
	Now        func() time.Time
	// Entitlements are those of the catalog; empty: not known.
	Entitlements []access.Entitlement
}

// State is the result of a check.
type State string

// The results.
const (
	OK         State = "ok"
	Wrong      State = "WRONG"
	NotChecked State = "not checked"
	NotSetUp   State = "not set up" // by an operator; not broken
	Unseen     State = "not seen"   // what CloudTrail does not show
)

// Finding is the answer to one check.
type Finding struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"` // what to do; "" if State is OK
}

// round is one round of checks.
type round struct {
	Settings
	aws      aws.Config
	account  string
	findings []Finding
	// isProtected: termination protection is on, and so should that of the tables be.
	isProtected bool
	// deployed is when reconcile's code was last changed.
	deployed time.Time
}

// Examine makes all checks. A call that fails makes its check Wrong. The error is that of the first call,
// GetCallerIdentity: without it there is nothing to check.
func Examine(ctx context.Context, cfg aws.Config, set Settings) ([]Finding, error) {
	sent := set.Now()
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	r := &round{Settings: set, aws: cfg, account: aws.ToString(who.Account)}
	date, dated := awsmiddleware.GetServerTime(who.ResultMetadata)
	r.checkClock(sent, set.Now(), date, dated)
	r.checkStacks(ctx)
	r.checkTables(ctx)
	r.checkFunctions(ctx)
	r.checkMappings(ctx)
	r.checkQueueMappings(ctx)
	r.checkRules(ctx)
	r.checkCampaigns(ctx)
	r.checkMachine(ctx)
	r.checkLastSweep(ctx)
	r.checkQueues(ctx)
	r.checkAlarms(ctx)
	r.checkSubscriptions(ctx, "alarms")
	r.checkSubscriptions(ctx, "messages")
	r.checkSubscriptions(ctx, "approvals")
	r.checkTags(ctx)
	r.checkTrails(ctx)
	return r.findings, nil
}

func (r *round) resource(what string) string { return r.Name + "-" + what }

func (r *round) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + r.Region + ":" + r.account + ":" + resource
}

func (r *round) add(check string, s State, says, do string) {
	r.findings = append(r.findings, Finding{check, s, says, do})
}

// isAnswered reports whether a call was answered. If not, it adds the finding.
func (r *round) isAnswered(check string, err error) bool {
	switch {
	case err == nil:
		return true
	case sdk.IsMissing(err):
		r.add(check, Wrong, "it does not exist", "deploy the stack "+r.Name+", or check --name, --region and the account "+r.account)
	case sdk.IsDenied(err):
		r.add(check, Wrong, "the call failed: "+sdk.Says(err), "use credentials that may read in account "+r.account)
	default:
		r.add(check, Wrong, "the call failed: "+sdk.Says(err), "try again")
	}
	return false
}

// problems gathers what is wrong with one resource, or not set up, with what to do.
type problems struct {
	wrong   []string
	pending [][2]string
}

func (m *problems) require(ok bool, otherwise string, args ...any) {
	if !ok {
		m.wrong = append(m.wrong, fmt.Sprintf(otherwise, args...))
	}
}

func (m *problems) expect(ok bool, otherwise, do string) {
	if !ok {
		m.pending = append(m.pending, [2]string{otherwise, do})
	}
}

// addResult adds the finding.
func (r *round) addResult(check string, m problems, says, do string) {
	switch {
	case len(m.wrong) > 0:
		r.add(check, Wrong, strings.Join(m.wrong, "; "), do)
	case len(m.pending) > 0:
		r.add(check, NotSetUp, m.pending[0][0], m.pending[0][1])
	default:
		r.add(check, OK, says, "")
	}
}

// maxAhead is how far clocks may differ. Fences use the clock of AWS only: a wrong clock here just misleads the reader.
const maxAhead = 2 * time.Second

// checkClock compares this machine's clock with that of AWS. AWS cuts its date to the second, at some instant between
// sent and received. So the midpoint is the best estimate, within half of the round trip and half a second.
func (r *round) checkClock(sent, received, date time.Time, dated bool) {
	const check, do = "clock", "synchronise the clock of this machine"
	if !dated {
		r.add(check, Wrong, "the answer of AWS has no date", "check what is between here and AWS")
		return
	}
	underWay := received.Sub(sent)
	ahead, within := sent.Add(underWay/2).Sub(date.Add(time.Second/2)), underWay/2+time.Second/2
	says := fmt.Sprintf("%+.1f s against AWS, known to %.1f s", ahead.Seconds(), within.Seconds())
	if ahead.Abs() > maxAhead+within {
		r.add(check, Wrong, says, do)
		return
	}
	r.add(check, OK, says, "")
}
