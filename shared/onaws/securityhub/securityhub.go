// Package securityhub imports findings into Security Hub of the home account, in the AWS Security Finding Format (ASFF).
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html has the limits of its fields.
package securityhub

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/onaws"
)

// Hub imports the findings of one installation as one product.
type Hub struct {
	Findings Findings
	Product  string // ARN
	Source   string // the installation's name
}

// Findings is the call that a Hub makes.
type Findings interface {
	BatchImportFindings(context.Context, *securityhub.BatchImportFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchImportFindingsOutput, error)
}

var (
	_ onaws.FindingImporter = (*Hub)(nil)
	_ Findings              = (*securityhub.Client)(nil)
)

// New returns nil without a product.
func New(cfg aws.Config, i onaws.InstallationConfig, c onaws.SecurityHubConfig) onaws.FindingImporter {
	if c.Product == "" {
		return nil
	}
	return &Hub{securityhub.NewFromConfig(cfg), c.Product, i.Name}
}

// ImportFinding replaces the finding with the same id.
func (h *Hub) ImportFinding(ctx context.Context, f finding.Stored) error {
	out, err := h.Findings.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: []types.AwsSecurityFinding{h.finding(f)}})
	if err != nil {
		return onaws.CallError("importing finding "+f.Value.ID, err)
	}
	for _, failed := range out.FailedFindings {
		return fault.Errorf(fault.Internal, "finding %s was not imported: %s: %s", f.Value.ID, aws.ToString(failed.ErrorCode), aws.ToString(failed.ErrorMessage))
	}
	return nil
}

// finding maps a finding. An update cannot change Workflow, which belongs to the users of Security Hub: a closed finding is
// archived, and Security Hub makes one that is active again NEW.
// https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
func (h *Hub) finding(was finding.Stored) types.AwsSecurityFinding {
	f, state := was.Value, was.State()
	severity := types.SeverityLabel(strings.ToUpper(string(f.Severity)))
	kinds := []string{"Unusual Behaviors/AWS Principal/" + strings.ReplaceAll(f.Kind, "/", "-")}
	a := types.AwsSecurityFinding{
		SchemaVersion: aws.String("2018-10-08"), ProductArn: aws.String(h.Product), AwsAccountId: aws.String(accountOf(h.Product)),
		Id: text(h.Source+"/"+f.ID, 512), GeneratorId: text(h.Source+"/"+f.Kind, 512),
		Title: text(f.Kind+": "+f.Subject, 256), Description: text(f.What+". "+f.Why, 1024),
		CreatedAt: instant(f.FirstAt), FirstObservedAt: instant(f.FirstAt), LastObservedAt: instant(f.LastAt), UpdatedAt: instant(was.ChangedAt()),
		Severity: &types.Severity{Label: severity}, Types: kinds,
		FindingProviderFields: &types.FindingProviderFields{Severity: &types.FindingProviderSeverity{Label: severity}, Types: kinds},
		Resources:             []types.Resource{h.resource(f)},
		RecordState:           types.RecordStateActive, Workflow: &types.Workflow{Status: types.WorkflowStatusNew},
	}
	if f.Do != "" {
		a.Remediation = &types.Remediation{Recommendation: &types.Recommendation{Text: text(f.Do, 512)}}
	}
	if f.Elevation != "" {
		a.ProductFields = map[string]string{h.Source + "/elevation": f.Elevation}
	}
	switch state {
	case finding.Acknowledged:
		a.Workflow.Status = types.WorkflowStatusNotified
	case finding.Closed:
		a.Workflow.Status, a.RecordState = types.WorkflowStatusResolved, types.RecordStateArchived
	}
	return a
}

// resource is the principal in its member account, or an account.
func (h *Hub) resource(f finding.Finding) types.Resource {
	switch {
	case strings.Contains(f.Principal, ":user/"):
		return types.Resource{Type: aws.String("AwsIamUser"), Id: text(f.Principal, 512)}
	case f.Principal != "":
		return types.Resource{Type: aws.String("AwsIamRole"), Id: text(f.Principal, 512)}
	case f.Account != "":
		return types.Resource{Type: aws.String("AwsAccount"), Id: aws.String("AWS::::Account:" + f.Account)}
	}
	return types.Resource{Type: aws.String("AwsAccount"), Id: aws.String("AWS::::Account:" + accountOf(h.Product))}
}

func accountOf(arn string) string { return strings.Split(arn+":::::", ":")[4] }

func instant(t time.Time) *string { return aws.String(t.UTC().Format(time.RFC3339)) }

func text(s string, most int) *string {
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return &s
}
