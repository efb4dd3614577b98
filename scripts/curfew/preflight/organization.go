package preflight

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"curfew/scripts/curfew/doctor"
	"curfew/scripts/curfew/sdk"
)

// checkOrganization refuses the management account: SCPs do not bind it.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_best-practices_mgmt-acct.html
func (r *round) checkOrganization(ctx context.Context) {
	const check = "organization"
	d, err := organizations.NewFromConfig(r.aws).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if _, none := errors.AsType[*orgtypes.AWSOrganizationsNotInUseException](err); none {
		r.add(check, doctor.Wrong, "the account is in no organization: no SCP binds its administrators, and machines of other accounts cannot call",
			"make an organization, or accept that administrators of this account can change Curfew")
		return
	}
	if !r.isAnswered(check, err) {
		return
	}
	id := aws.ToString(d.Organization.Id)
	switch {
	case aws.ToString(d.Organization.MasterAccountId) == r.Account:
		r.add(check, doctor.Wrong, "account "+r.Account+" is the management account, which no SCP binds", "deploy in another account of the organization, and elevate no principal here")
	case r.OrgID == "":
		r.add(check, doctor.OK, id+": without it machines cannot call, and no account can be a member; set -c orgId="+id, "")
	case r.OrgID != id:
		r.add(check, doctor.Wrong, "orgId is "+r.OrgID+", and the account is in "+id, "-c orgId="+id)
	default:
		r.add(check, doctor.OK, id, "")
	}
}

// sidsOfSCP are statements of infra/scp.json. TestTheSCPIsKnownByItsStatements compares them.
var sidsOfSCP = []string{"RolesAndBoundary", "MarkedPrincipals", "Deployers"}

// checkSCPs looks for the SCP on the account and all that is above it. Only the management account, or an account to which it delegated that, may ask.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
func (r *round) checkSCPs(ctx context.Context) {
	const check = "SCP"
	do := "aws organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY --target-id " + r.Account + ", with credentials of the management account"
	client := organizations.NewFromConfig(r.aws)
	for target := r.Account; target != ""; {
		p, err := client.ListPoliciesForTarget(ctx, &organizations.ListPoliciesForTargetInput{TargetId: &target, Filter: orgtypes.PolicyTypeServiceControlPolicy})
		if err != nil && !sdk.IsUnavailable(err) { // denied, or there is no such organization, account or target for these credentials
			r.add(check, doctor.NotChecked, "only the management account may ask which SCPs are attached", do)
			return
		}
		if !r.isAnswered(check, err) {
			return
		}
		for _, one := range p.Policies {
			d, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: one.Id})
			if !r.isAnswered(check, err) {
				return
			}
			if isSCP(aws.ToString(d.Policy.Content)) {
				r.add(check, doctor.OK, aws.ToString(one.Name)+" is attached to "+target, "")
				return
			}
		}
		up, err := client.ListParents(ctx, &organizations.ListParentsInput{ChildId: &target})
		if err != nil || len(up.Parents) == 0 { // the root has no parent
			break
		}
		target = aws.ToString(up.Parents[0].Id)
	}
	r.add(check, doctor.Wrong, "no SCP of Curfew is attached: administrators of the account can change what Curfew rests on", "attach cdk.out/"+r.resource("scp.json")+" when the stacks are deployed")
}

func isSCP(content string) bool {
	for _, sid := range sidsOfSCP {
		if !strings.Contains(content, `"`+sid+`"`) {
			return false
		}
	}
	return true
}

// checkTrail: what sessions do, and changes of Curfew itself, reach EventBridge only while a trail logs management events.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (r *round) checkTrail(ctx context.Context) {
	const check = "trail"
	client := cloudtrail.NewFromConfig(r.aws)
	found, err := client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if !r.isAnswered(check, err) {
		return
	}
	var faults []string
	for _, t := range found.TrailList {
		arn := t.TrailARN
		status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: arn})
		if !r.isAnswered(check, err) {
			return
		}
		chosen, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: arn})
		if !r.isAnswered(check, err) {
			return
		}
		switch {
		case !aws.ToBool(status.IsLogging):
			faults = append(faults, aws.ToString(t.Name)+" does not log")
		case !logsManagement(chosen):
			faults = append(faults, aws.ToString(t.Name)+" does not log all management events")
		case !aws.ToBool(t.IsMultiRegionTrail):
			faults = append(faults, aws.ToString(t.Name)+" is of one Region, and IAM's events are in us-east-1")
		default:
			r.add(check, doctor.OK, aws.ToString(t.Name)+" logs management events of all Regions", "")
			return
		}
	}
	says := "there is no trail"
	if len(faults) > 0 {
		says = some(faults)
	}
	r.add(check, doctor.Wrong, says+": calls of elevated sessions are seen nowhere, and changes of Curfew raise no alarm",
		"have a trail log all management events of all Regions: aws cloudtrail create-trail --is-multi-region-trail, then start-logging")
}

// logsManagement reports whether a trail logs reading and writing management events.
func logsManagement(s *cloudtrail.GetEventSelectorsOutput) bool {
	for _, e := range s.EventSelectors {
		if aws.ToBool(e.IncludeManagementEvents) && e.ReadWriteType == trailtypes.ReadWriteTypeAll {
			return true
		}
	}
	for _, a := range s.AdvancedEventSelectors {
		management, narrowed := false, false
		for _, f := range a.FieldSelectors {
			switch {
			case aws.ToString(f.Field) == "eventCategory":
				management = len(f.Equals) == 1 && f.Equals[0] == "Management"
			case aws.ToString(f.Field) == "readOnly":
				narrowed = true
			}
		}
		if management && !narrowed {
			return true
		}
	}
	return false
}
