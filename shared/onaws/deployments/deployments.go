// Package deployments looks up who deployed a catalog, in the event history of CloudTrail of the home account.
package deployments

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/release"
)

// Client is CloudTrail.
type Client interface {
	LookupEvents(context.Context, *cloudtrail.LookupEventsInput, ...func(*cloudtrail.Options)) (*cloudtrail.LookupEventsOutput, error)
}

// History is [release.Deployments] of one installation.
type History struct {
	Client Client
	Name   string // of the installation, and of its stack
}

var (
	_ Client              = (*cloudtrail.Client)(nil)
	_ release.Deployments = History{}
)

// New returns the history of the function's Region, in which the stack is.
func New(cfg aws.Config, i onaws.InstallationConfig) History {
	return History{cloudtrail.NewFromConfig(cfg), i.Name}
}

// The calls that change the code of a function, by the event's name. The last two count for functions that CloudFormation
// did not change: their configuration names the folder of the catalog.
// https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
const (
	updateCode          = "UpdateFunctionCode20150331v2"
	updateConfiguration = "UpdateFunctionConfiguration20150331v2"
)

func deploying() []string {
	return []string{"ExecuteChangeSet", "UpdateStack", "CreateStack", updateCode, updateConfiguration}
}

// decides are the functions with a catalog.
func decides() []string {
	return []string{"api", "backfill", "contain", "correlate", "decide", "grant", "reconcile", "review", "trigger"}
}

// mostPages limits the look-up of one name: 50 events each, and two calls a second for the whole account. The SDK repeats
// throttled calls.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
const mostPages = 4

// Deployers is [release.Deployments.Deployers]. One attribute can be looked up in a call.
func (h History) Deployers(ctx context.Context, from, to time.Time) (all []release.Deployer, err error) {
	for _, name := range deploying() {
		pages := cloudtrail.NewLookupEventsPaginator(h.Client, &cloudtrail.LookupEventsInput{
			StartTime: &from, EndTime: &to, LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &name}},
		})
		for n := 0; pages.HasMorePages(); n++ {
			if n == mostPages {
				return nil, fault.Errorf(fault.Quota, "CloudTrail has more than %d pages of %s from %s to %s", mostPages, name, from.Format(time.RFC3339), to.Format(time.RFC3339))
			}
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, onaws.CallError("looking up "+name, err)
			}
			for _, e := range page.Events {
				d, ok, err := h.deployer(aws.ToString(e.CloudTrailEvent))
				if err != nil {
					return nil, err
				}
				if ok {
					all = append(all, d)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b release.Deployer) int { return b.At.Compare(a.At) })
	return all, nil
}

// event is what is read of a record.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type event struct {
	EventID, EventName, ErrorCode string
	EventTime                     time.Time
	UserIdentity                  struct {
		ARN, PrincipalID, UserName, InvokedBy string
		SessionContext                        struct{ SourceIdentity string }
	}
	RequestParameters struct{ StackName, FunctionName string }
}

// deployer reports whether an event deployed. What CloudFormation called follows from a call about the stack.
func (h History) deployer(text string) (d release.Deployer, ok bool, err error) {
	var e event
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return d, false, fault.Errorf(fault.Internal, "an event of CloudTrail cannot be read: %w", err)
	}
	of := h.isStack(e.RequestParameters.StackName)
	if e.EventName == updateCode || e.EventName == updateConfiguration {
		of = h.isFunction(e.RequestParameters.FunctionName)
	}
	if !of || e.ErrorCode != "" || e.UserIdentity.InvokedBy == "cloudformation.amazonaws.com" {
		return d, false, nil
	}
	_, session, _ := strings.Cut(e.UserIdentity.PrincipalID, ":") // of a role "AROA…:name"
	return release.Deployer{
		Principal: e.UserIdentity.ARN, Session: cmp.Or(session, e.UserIdentity.UserName), SourceIdentity: e.UserIdentity.SessionContext.SourceIdentity,
		Event: e.EventName, EventID: e.EventID, At: e.EventTime,
	}, true, nil
}

// isStack takes a name or an ARN. A change set that is named by its ARN may be of any stack.
func (h History) isStack(stack string) bool {
	if _, path, isARN := strings.Cut(stack, ":stack/"); isARN {
		stack, _, _ = strings.Cut(path, "/")
	}
	return stack == h.Name || stack == ""
}

// isFunction takes a name, an ARN, or a part of one, also with a version.
func (h History) isFunction(function string) bool {
	if _, name, isARN := strings.Cut(function, "function:"); isARN {
		function = name
	}
	function, _, _ = strings.Cut(function, ":")
	short, ours := strings.CutPrefix(function, h.Name+"-")
	return ours && slices.Contains(decides(), short)
}
