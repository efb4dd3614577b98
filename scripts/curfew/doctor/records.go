package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// redeploy is the advice for a resource that differs from the stack.
const redeploy = "deploy the stack again, and find in CloudTrail who changed it"

// indexes are those of the access table.
func indexes() []string { return []string{"due", "principal", "requester", "state"} }

func (r *round) checkTables(ctx context.Context) {
	db := dynamodb.NewFromConfig(r.aws)
	for _, table := range []string{"access", "audit"} {
		name := r.resource(table)
		check := "table " + name
		d, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		backups, err := db.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		t := d.Table
		var m problems
		m.require(t.TableStatus == dynamodbtypes.TableStatusActive, "it is %s", t.TableStatus)
		isProtected := aws.ToBool(t.DeletionProtectionEnabled)
		m.require(isProtected || !r.isProtected, "it has no deletion protection")
		m.expect(isProtected, "it has no deletion protection", protect)
		stream := t.StreamSpecification
		m.require(stream != nil && aws.ToBool(stream.StreamEnabled) && stream.StreamViewType == dynamodbtypes.StreamViewTypeNewAndOldImages, "its stream is off, or has no new and old images")
		m.require(t.SSEDescription != nil && t.SSEDescription.SSEType == dynamodbtypes.SSETypeKms, "it is not encrypted with a KMS key")
		m.require(recoverable(backups.ContinuousBackupsDescription), "point-in-time recovery is off")
		says := "protected, recoverable, streamed"
		if table == "access" {
			ttl, err := db.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
			if !r.isAnswered(check, err) {
				continue
			}
			checkAccessTable(ttl.TimeToLiveDescription, t, &m)
			says += ", with TTL and its indexes"
		}
		r.addResult(check, m, says, redeploy)
	}
}

func recoverable(b *dynamodbtypes.ContinuousBackupsDescription) bool {
	return b != nil && b.PointInTimeRecoveryDescription != nil &&
		b.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == dynamodbtypes.PointInTimeRecoveryStatusEnabled
}

// checkAccessTable checks what only the access table has.
func checkAccessTable(ttl *dynamodbtypes.TimeToLiveDescription, t *dynamodbtypes.TableDescription, m *problems) {
	if ttl == nil {
		ttl = &dynamodbtypes.TimeToLiveDescription{}
	}
	starts := ttl.TimeToLiveStatus == dynamodbtypes.TimeToLiveStatusEnabling
	m.require((starts || ttl.TimeToLiveStatus == dynamodbtypes.TimeToLiveStatusEnabled) && aws.ToString(ttl.AttributeName) == "expires", "TTL is not on for the attribute expires: a net is down")
	// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
	m.expect(!starts, "TTL is being enabled", "wait: DynamoDB takes up to an hour")
	for _, index := range indexes() {
		m.require(slices.ContainsFunc(t.GlobalSecondaryIndexes, func(i dynamodbtypes.GlobalSecondaryIndexDescription) bool {
			return aws.ToString(i.IndexName) == index && i.IndexStatus == dynamodbtypes.IndexStatusActive
		}), "the index %s does not exist", index)
	}
}

// checkMachine compares the deployed definition with the shipped one, byte by byte.
func (r *round) checkMachine(ctx context.Context) {
	check := "state machine " + r.resource("elevation")
	arn := r.arn("states", "stateMachine:"+r.resource("elevation"))
	d, err := sfn.NewFromConfig(r.aws).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if !r.isAnswered(check, err) {
		return
	}
	log := d.LoggingConfiguration
	if log == nil {
		log = &sfntypes.LoggingConfiguration{}
	}
	shipped := string(r.Definition)
	for _, f := range []string{"wait", "grant", "revoke"} {
		shipped = strings.ReplaceAll(shipped, "${"+f+"}", r.arn("lambda", "function:"+r.resource(f)))
	}
	var m problems
	m.require(d.Status == sfntypes.StateMachineStatusActive, "it is %s", d.Status)
	m.require(aws.ToString(d.Definition) == shipped, "its definition is not the one of this build")
	m.require(log.Level == sfntypes.LogLevelAll, "it does not log everything")
	m.require(!log.IncludeExecutionData, "it logs execution data, which holds task tokens")
	r.addResult(check, m, "active, with the definition of this build", "deploy this version, or use the curfew of the version that is deployed; if that is no cause: "+redeploy)
}
