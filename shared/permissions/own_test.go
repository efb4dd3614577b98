package permissions

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// aCanary is the principal on which the nets are tried: marked and bounded, like those of the catalog.
const aCanary = "arn:aws:iam::" + member + ":role/canary/curfew-canary"

// ownThings are Curfew's, one of each kind, and what it is deployed with. A member account has only principals' guards and rules.
func ownThings() (atHomes, inMembers []string) {
	atHomes = []string{
		homeRole + "grant", homeRole + "decide", homeRole + "gateway",
		atHome("states", "stateMachine:curfew-elevation"), atHome("states", "execution:curfew-elevation:1"),
		atHome("lambda", "function:curfew-revoke"), atHome("dynamodb", "table/curfew-access"), atHome("dynamodb", "table/curfew-audit"), atHome("dynamodb", "table/curfew-access/stream/1"),
		atHome("sqs", "curfew-late"), atHome("sns", "curfew-alarms"), atHome("events", "rule/curfew-sweep"), atHome("events", "rule/curfew-members/curfew-on-1"), atHome("events", "rule/curfew/curfew-on-announced"),
		atHome("events", "event-bus/curfew-members"), atHome("events", "event-bus/curfew-trail"), atHome("scheduler", "schedule/default/curfew-ahead-1"),
		atHome("logs", "log-group:/aws/lambda/curfew-grant"), atHome("logs", "log-group:/aws/lambda/curfew-grant:*"), atHome("logs", "log-group:/aws/vendedlogs/states/curfew-elevation"),
		atHome("cloudwatch", "alarm:curfew-overdue"), keyARN, logKeyARN, logBucketARN, logBucketARN + "/tile/0/000", stageBucketARN, stageBucketARN + "/stage/1", lakeBucketARN, lakeBucketARN + "/compacted/1", atHome("glue", "table/curfew_audit/evidence"), "arn:aws:apigateway:" + region + "::/restapis/1", "arn:aws:apigateway:" + region + "::/apis/1/authorizers/1",
		atHome("cloudformation", "stack/curfew/1"), atHome("cloudformation", "stackset/curfew-member:1"),
	}
	inMembers = []string{
		memberRole + "grant", memberRole + "revoke", boundaryARN, aGrant, aCanary,
		inMember("events", "rule/curfew-route-principals"), inMember("events", "rule/curfew-emergency"), inMember("sns", "curfew-emergency"), inMember("cloudformation", "stack/curfew-member/1"), inMember("cloudformation", "stack/curfew-region-us-east-1/1"), inMember("cloudformation", "stack/StackSet-curfew-member-1/1"),
	}
	return atHomes, inMembers
}

// assets is the bucket of home: a member account's own are not Curfew's.
const assets = "of home's assets"

// deploying are the roles and files by which Curfew is deployed.
func deploying(account string) []string {
	all := []string{"arn:aws:iam::" + account + ":role/stacksets-exec-0123"}
	if account == home {
		all = append(all, "arn:aws:iam::"+account+":role/cdk-hnb659fds-cfn-exec-role-"+account+"-us-east-1", "arn:aws:iam::"+account+":role/cdk-hnb659fds-deploy-role-"+account+"-us-east-1")
	}
	return all
}

// onDeployment are attempts of administrators only; the boundary is not meant against them.
func onDeployment() []attempt {
	const bucket = "arn:aws:s3:::cdk-hnb659fds-assets-444455556666-us-east-1"
	all := each(attempt{resource: bucket + "/code.zip", what: assets}, "s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl")
	all = append(all, each(attempt{resource: bucket, what: assets}, "s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutReplicationConfiguration")...)
	all = append(all, each(attempt{resource: "arn:aws:s3:us-east-1:" + home + ":accesspoint/evil"}, "s3:CreateAccessPoint")...)
	all = append(all, each(attempt{resource: "arn:aws:s3:us-east-1:" + home + ":accesspoint/evil/object/code.zip"}, "s3:PutObject")...)
	all = append(all, each(attempt{resource: "*"}, "account:CloseAccount", "account:DisableRegion")...)
	all = append(all, each(attempt{resource: inMember("events", "event-bus/default")}, "events:UpdateEventBus")...)
	all = append(all, each(attempt{resource: atHome("events", "event-bus/default")}, "events:UpdateEventBus")...)
	for _, account := range []string{home, member} {
		for _, role := range deploying(account) {
			all = append(all, each(attempt{resource: role}, "iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole", "iam:DeleteRole", "sts:AssumeRole")...)
		}
	}
	return all
}

// onOwnThings are attempts of every action of the data that changes something: of each that takes a thing of Curfew on that thing, and of
// each that takes none on "*", of the services that Curfew is made of. No list can forget one.
func onOwnThings(t *testing.T) []attempt {
	t.Helper()
	atHomes, inMembers := ownThings()
	var all []attempt
	for _, thing := range slices.Concat(atHomes, inMembers) {
		service := strings.Split(thing, ":")[2]
		before := len(all)
		for _, a := range iamdata.Actions(service) {
			if changes(a) && takes(a, thing) && !isDecidedElsewhere(a) {
				all = append(all, attempt{action: service + ":" + a.Name, resource: thing, context: target(thing == aCanary, thing == aCanary, "")})
			}
		}
		if len(all) == before {
			t.Errorf("no action takes %s: is its name that of the data?", thing)
		}
	}
	for _, action := range []string{"states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat", "events:PutPermission", "events:RemovePermission",
		"cloudwatch:PutMetricData", "cloudformation:CreateStackSet", "sns:Unsubscribe", "sns:SetSubscriptionAttributes", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy", "logs:PutAccountPolicy", "logs:DeleteAccountPolicy", "logs:CreateLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"} {
		all = append(all, attempt{action: action, resource: "*", what: "as it takes no resource"})
	}
	return all
}

// changes reports whether an action is more than reading, or reads what others wait for.
func changes(a iamdata.Action) bool {
	return a.Level != iamdata.Read && a.Level != iamdata.List || a.Service == "sqs" && a.Name == "ReceiveMessage"
}

// isDecidedElsewhere reports whether an action is decided by its context (see onMachinery), or takes roles of another path.
func isDecidedElsewhere(a iamdata.Action) bool {
	return strings.HasSuffix(a.Name, "EventSourceMapping") || strings.HasSuffix(a.Name, "ServiceLinkedRole")
}

// reachable reports whether the SCPs of a caller decide an attempt: a call in another account is decided by that account's policies, and no
// resource of Curfew lets another account in. The ARN of an API has no account: Curfew's are at home.
func (a attempt) reachable(by string) bool {
	parts, account := strings.SplitN(a.resource, ":", 6), accountOf(by)
	if a.what == assets {
		return account == home
	}
	return len(parts) < 6 || parts[4] == account || parts[4] == "" && (parts[2] != "apigateway" || account == home)
}

// TestElevatedAdministratorOnOwnThings: the boundary keeps an elevated administrator off everything of Curfew in the account.
func TestElevatedAdministratorOnOwnThings(t *testing.T) {
	p := matrixPrincipals(t)[elevated]
	n := 0
	for _, a := range onOwnThings(t) {
		if a.what != "" || !a.reachable(p.arn) {
			continue
		}
		n++
		if a.resource == aCanary && a.action == "iam:PassRole" {
			continue // it has no policies but those that a net is tried with, and trusts no service
		}
		if d := iampolicy.Evaluate(p.policies, a.by(p.arn)); d.Outcome == iampolicy.Allowed {
			t.Errorf("%s: allowed to an elevated administrator", a)
		}
	}
	if n < 80 {
		t.Errorf("%d attempts: they are not being found", n)
	}
}

func accountOf(arn string) string { return strings.Split(arn, ":")[4] }
