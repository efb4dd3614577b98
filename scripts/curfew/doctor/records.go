package doctor

import (
	"context"
	"slices"
	"strings"

	"curfew/scripts/curfew/awsread"
)

// redeploy is what to do about a thing that is not as the stack makes it.
const redeploy = "somebody changed it: deploy the stack again, and look in the trail who did"

type tableDescription struct {
	Table struct {
		TableStatus               string
		DeletionProtectionEnabled bool
		StreamSpecification       struct {
			StreamEnabled  bool
			StreamViewType string
		}
		SSEDescription         struct{ Status, SSEType string }
		GlobalSecondaryIndexes []struct{ IndexName, IndexStatus string }
	}
}

// indexes are those of the access table.
func indexes() []string { return []string{"due", "principal", "requester", "state"} }

func (r *round) tables(ctx context.Context) {
	for _, table := range []string{"access", "audit"} {
		check, named := "table "+r.resource(table), map[string]string{"TableName": r.resource(table)}
		var d tableDescription
		if !r.asked(check, r.aws.JSON(ctx, awsread.DynamoDB, "DescribeTable", named, &d)) {
			continue
		}
		var backups struct {
			ContinuousBackupsDescription struct {
				PointInTimeRecoveryDescription struct{ PointInTimeRecoveryStatus string }
			}
		}
		if !r.asked(check, r.aws.JSON(ctx, awsread.DynamoDB, "DescribeContinuousBackups", named, &backups)) {
			continue
		}
		t, recovery := d.Table, backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus
		var m must
		m.be(t.TableStatus == "ACTIVE", "it is %s", t.TableStatus)
		m.be(t.DeletionProtectionEnabled, "it has no deletion protection")
		m.be(t.StreamSpecification.StreamEnabled && t.StreamSpecification.StreamViewType == "NEW_AND_OLD_IMAGES", "its stream is off, or has no new and old images")
		m.be(t.SSEDescription.SSEType == "KMS", "it is not under a key of KMS")
		m.be(recovery == "ENABLED", "point-in-time recovery is off")
		says := "protected, recoverable, streamed"
		if table == "access" {
			if !r.accessOnly(ctx, check, named, d, &m) {
				continue
			}
			says += ", with TTL and its indexes"
		}
		r.settle(check, m, says, redeploy)
	}
}

// accessOnly checks what only the access table has; false if it could not be asked.
func (r *round) accessOnly(ctx context.Context, check string, named map[string]string, d tableDescription, m *must) bool {
	var ttl struct {
		TimeToLiveDescription struct{ TimeToLiveStatus, AttributeName string }
	}
	if !r.asked(check, r.aws.JSON(ctx, awsread.DynamoDB, "DescribeTimeToLive", named, &ttl)) {
		return false
	}
	got := ttl.TimeToLiveDescription
	m.be(got.TimeToLiveStatus == "ENABLED" && got.AttributeName == "expires", "TTL is not on for the attribute expires: a net is down")
	var active []string
	for _, index := range d.Table.GlobalSecondaryIndexes {
		if index.IndexStatus == "ACTIVE" {
			active = append(active, index.IndexName)
		}
	}
	for _, index := range indexes() {
		m.be(slices.Contains(active, index), "the index %s is not there", index)
	}
	return true
}

// machine compares the definition that is deployed with the one that is shipped, byte by byte.
func (r *round) machine(ctx context.Context) {
	check := "state machine " + r.resource("elevation")
	var d struct {
		Status, Definition   string
		LoggingConfiguration struct {
			Level                string
			IncludeExecutionData bool
		}
	}
	arn := r.arn("states", "stateMachine:"+r.resource("elevation"))
	if !r.asked(check, r.aws.JSON(ctx, awsread.StepFunctions, "DescribeStateMachine", map[string]string{"stateMachineArn": arn}, &d)) {
		return
	}
	shipped := string(r.Definition)
	for _, f := range []string{"wait", "grant", "revoke"} {
		shipped = strings.ReplaceAll(shipped, "${"+f+"}", r.arn("lambda", "function:"+r.resource(f)))
	}
	var m must
	m.be(d.Status == "ACTIVE", "it is %s", d.Status)
	m.be(d.Definition == shipped, "its definition is not the one of this build")
	m.be(d.LoggingConfiguration.Level == "ALL", "it does not log everything")
	m.be(!d.LoggingConfiguration.IncludeExecutionData, "it logs execution data, which holds task tokens")
	r.settle(check, m, "active, with the definition of this build", "deploy this version, or use the curfew of the version that is deployed; if that is no cause: "+redeploy)
}
