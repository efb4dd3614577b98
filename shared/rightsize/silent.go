package rightsize

import (
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

// never are actions without a management event: an engine, proxy or protocol asks IAM.
var never = []struct{ service, names, from string }{
	{"rds-db", "*", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html"},
	{"neptune-db", "*", "https://docs.aws.amazon.com/neptune/latest/userguide/iam-dp-actions.html"},
	{"kafka-cluster", "*", "https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html"},
	{"dsql", "DbConnect DbConnectAdmin", "https://docs.aws.amazon.com/aurora-dsql/latest/userguide/authentication-authorization.html"},
	{"elasticache", "Connect", "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html"},
	{"memorydb", "Connect", "https://docs.aws.amazon.com/memorydb/latest/devguide/auth-iam.html"},
	{"redshift", "CreateClusterUser JoinGroup", "https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html"},
	{"dax", "BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan UpdateItem", "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.access-control.html"},
	{"execute-api", "Invoke InvalidateCache ManageConnections", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html"},
	{"es", "ESHttpDelete ESHttpGet ESHttpHead ESHttpPatch ESHttpPost ESHttpPut ESCrossClusterGet", "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html"},
	{"aoss", "APIAccessAll DashboardsAccessAll", "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/security-iam-serverless.html"},
	{"elasticfilesystem", "ClientMount ClientRootAccess ClientWrite", "https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html"},
	{"logs", "PutLogEvents GetLogEvents FilterLogEvents StartLiveTail Unmask", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/logging_cw_api_calls_cwl.html"},
	{"ec2messages", "*", "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html"},
	{"eks", "AccessKubernetesApi", "https://docs.aws.amazon.com/eks/latest/userguide/view-kubernetes-resources.html"},
	{"workspaces", "Stream", "https://docs.aws.amazon.com/workspaces/latest/adminguide/external-identity-providers-setting-up-saml.html"},
	{"appstream", "Stream", "https://docs.aws.amazon.com/appstream2/latest/developerguide/external-identity-providers-setting-up-saml.html"},
	{"s3", "ReplicateDelete ReplicateObject ReplicateTags ObjectOwnerOverrideToBucketOwner", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html"},
}

// within are actions that IAM asks for in the calls of others, which alone are recorded.
var within = []struct{ action, service, from string }{
	{"iam:PassRole", "", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"},
	{"sts:SetSourceIdentity", "sts", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html"},
	{"sts:SetContext", "sts", "https://docs.aws.amazon.com/STS/latest/APIReference/API_ProvidedContext.html"},
	{"lambda:GetLayerVersion", "lambda", "https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html"},
	{"s3:BypassGovernanceRetention", "s3", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html"},
}

// silent tells which actions CloudTrail may not show although they are used.
type silent struct {
	hidden map[string]bool // in lower case
	wrote  map[string]bool // services with a recorded call that changes something; "": any
}

func newSilent(uses []Use, logged func(resourceType string) bool) *silent {
	if logged == nil {
		logged = func(string) bool { return false }
	}
	s := &silent{hidden: map[string]bool{}, wrote: map[string]bool{}}
	for _, action := range trail.Hidden(func(string) bool { return true }, logged) {
		s.hidden[strings.ToLower(action)] = true
	}
	for _, u := range uses {
		service, name, _ := strings.Cut(u.Action, ":")
		service = strings.ToLower(service)
		a, ok := iamdata.Lookup(service, name)
		if !ok || a.Level != iamdata.Read && a.Level != iamdata.List {
			s.wrote[service], s.wrote[""] = true, true
		}
	}
	return s
}

// is reports whether the absence of records proves nothing of an action.
func (s *silent) is(action string) bool {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	if s.hidden[service+":"+name] {
		return true
	}
	for i := range never {
		if n := &never[i]; n.service == service && (n.names == "*" || strings.Contains(" "+strings.ToLower(n.names)+" ", " "+name+" ")) {
			return true
		}
	}
	for i := range within {
		if w := &within[i]; strings.EqualFold(w.action, action) {
			return s.wrote[w.service]
		}
	}
	return s.wrote[service] && addsTags(service, name)
}

// addsTags: a call that creates a resource with tags needs the action that adds tags too, and has no second event.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
func addsTags(service, name string) bool {
	a, ok := iamdata.Lookup(service, name)
	return ok && a.Level == iamdata.Tagging && !strings.Contains(name, "untag") && !strings.Contains(name, "delete") && !strings.Contains(name, "remove")
}
