package trail

import (
	"slices"
	"strings"
)

// parametersOf names parameters that differ from their variable. The operations of the service's API document each.
var parametersOf = []struct {
	service, kind, variable string
	names                   []string
}{
	{"s3", "object", "ObjectName", []string{"key"}},
	{"sqs", "queue", "QueueName", []string{"queueUrl", "queueName"}},
	{"sns", "topic", "TopicName", []string{"name"}},
	{"events", "rule-on-default-event-bus", "RuleName", []string{"name", "rule"}},
	{"events", "rule-on-custom-event-bus", "RuleName", []string{"name", "rule"}},
	{"events", "event-bus", "EventBusName", []string{"name", "eventBusName"}},
	{"scheduler", "schedule", "ScheduleName", []string{"name"}},
	{"scheduler", "schedule", "GroupName", []string{"groupName"}},
	{"cloudtrail", "trail", "TrailName", []string{"trailName", "name"}},
	{"kinesis", "stream", "StreamName", []string{"streamName"}},
	{"ssm", "parameter", "ParameterNameWithoutLeadingSlash", []string{"name"}},
	{"ssm", "document", "DocumentName", []string{"documentName", "name"}},
	{"ssm", "instance", "InstanceId", []string{"instanceId", "target"}},
	{"ssm", "maintenancewindow", "ResourceId", []string{"windowId"}},
	{"rds", "db", "DbInstanceName", []string{"dBInstanceIdentifier"}},
	{"rds", "cluster", "DbClusterInstanceName", []string{"dBClusterIdentifier"}},
	{"rds", "snapshot", "SnapshotName", []string{"dBSnapshotIdentifier"}},
	{"rds", "cluster-snapshot", "ClusterSnapshotName", []string{"dBClusterSnapshotIdentifier"}},
	{"rds", "subgrp", "SubnetGroupName", []string{"dBSubnetGroupName"}},
	{"rds", "pg", "ParameterGroupName", []string{"dBParameterGroupName"}},
	{"rds", "cluster-pg", "ClusterParameterGroupName", []string{"dBClusterParameterGroupName"}},
	{"redshift", "cluster", "ClusterName", []string{"clusterIdentifier"}},
	{"codebuild", "project", "ProjectName", []string{"projectName", "name"}},
	{"ecs", "cluster", "ClusterName", []string{"cluster", "clusterName"}},
	{"ecs", "service", "ClusterName", []string{"cluster"}},
	{"ecs", "service", "ServiceName", []string{"service", "serviceName"}},
	{"eks", "cluster", "ClusterName", []string{"clusterName", "name"}},
	{"athena", "workgroup", "WorkGroupName", []string{"workGroup"}},
	{"route53", "hostedzone", "Id", []string{"hostedZoneId", "id"}},
	{"sso", "Account", "AccountId", []string{"targetId"}},
}

// defaultValue is the value of a variable whose parameter was left out.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html (cluster)
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html (GroupName)
func defaultValue(service, kind, variable string) string {
	switch service + ":" + kind + ":" + variable {
	case "ecs:service:ClusterName", "scheduler:schedule:GroupName":
		return "default"
	}
	return ""
}

// normalValue gives a value as in the ARN. False: the ARN does not follow from it.
func normalValue(r *Record, service, kind, variable, value string) (string, bool) {
	if variable == "ObjectName" {
		return value, value != ""
	}
	switch service {
	case "lambda":
		return functionName(r, variable, value)
	case "sqs":
		return queueName(r, value)
	case "ssm", "ec2":
		return machineName(kind, variable, value)
	case "events":
		return busValue(r, kind, value)
	case "kms":
		if variable == "Alias" {
			value = strings.TrimPrefix(value, "alias/")
		}
	case "rds":
		value = strings.ToLower(value)
	case "route53":
		value = value[strings.LastIndexByte(value, '/')+1:]
	case "secretsmanager":
		return "", false // a name lacks the suffix
	case "sso":
		return value, isAccount(value)
	}
	return value, isName(variable, value)
}

// isName reports whether a value may stand in an ARN: no mask, pattern or ARN.
func isName(variable, value string) bool {
	return fitsVariable(variable, value) && !strings.ContainsAny(value, "*? \\\"") && !strings.HasPrefix(value, "HIDDEN_DUE_TO")
}

// functionName reads NAME and ACCOUNT:function:NAME; an ARN fits already. A version or alias is another resource for
// some actions.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func functionName(r *Record, variable, value string) (string, bool) {
	if variable != "FunctionName" {
		return value, isName(variable, value)
	}
	if account, name, ok := strings.Cut(value, ":function:"); ok && account == r.Account {
		value = name
	}
	_, qualified := r.parameter("qualifier")
	return value, !qualified && isName(variable, value)
}

// queueName takes the queue from https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
func queueName(r *Record, value string) (string, bool) {
	if path, ok := strings.CutPrefix(value, "https://"); ok {
		parts := strings.Split(path, "/")
		if len(parts) != 3 || parts[1] != r.Account {
			return "", false
		}
		value = parts[2]
	}
	return value, isName("QueueName", value)
}

// machineName tells EC2's instances from others of Systems Manager, and knows AWS's documents, which have no account.
func machineName(kind, variable, value string) (string, bool) {
	switch {
	case variable == "InstanceId" && kind == "instance":
		return value, strings.HasPrefix(value, "i-") && isName(variable, value)
	case variable == "InstanceId":
		return value, strings.HasPrefix(value, "mi-") && isName(variable, value)
	case variable == "DocumentName":
		return value, !strings.HasPrefix(value, "AWS") && !strings.HasPrefix(value, "Amazon") && isName(variable, value)
	case variable == "ParameterNameWithoutLeadingSlash":
		value, _, _ = strings.Cut(strings.TrimPrefix(value, "/"), ":") // name:version, name:label
	}
	return value, isName(variable, value)
}

// busValue: a rule of the default event bus has no bus in its ARN.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-manage-iam-access.html
func busValue(r *Record, kind, value string) (string, bool) {
	bus, _ := r.parameter("eventBusName")
	onDefault := bus == "" || bus == "default"
	if slices.Contains([]string{"rule-on-default-event-bus", "rule-on-custom-event-bus"}, kind) && onDefault != (kind == "rule-on-default-event-bus") {
		return "", false
	}
	return value, isName("", value)
}
