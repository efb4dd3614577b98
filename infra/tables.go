package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// tables: access is the current state, audit the append-only history. Rows of both expire: see Retention of shared/record.
func tables(stack awscdk.Stack, s Settings, key *string) {
	access := table(s, "access", key)
	var indexes []any
	for _, index := range []string{"state", "principal", "requester", "due"} {
		indexes = append(indexes, &awsdynamodb.CfnTable_GlobalSecondaryIndexProperty{
			IndexName:  str(index),
			KeySchema:  keys(index+"_pk", index+"_sk"),
			Projection: &awsdynamodb.CfnTable_ProjectionProperty{ProjectionType: str("KEYS_ONLY")}, // no decision uses an index
		})
		access.AttributeDefinitions = append(access.AttributeDefinitions.([]any), attributes(index+"_pk", index+"_sk")...)
	}
	access.GlobalSecondaryIndexes = indexes
	for _, t := range []awsdynamodb.CfnTable{
		awsdynamodb.NewCfnTable(stack, str("AccessTable"), access),
		awsdynamodb.NewCfnTable(stack, str("AuditTable"), table(s, "audit", key)),
	} {
		t.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	}
}

// table: deletion protection would also stop the roll-back of a first deployment.
func table(s Settings, name string, key *string) *awsdynamodb.CfnTableProps {
	return &awsdynamodb.CfnTableProps{
		TableName:                 str(s.resource(name)),
		AttributeDefinitions:      attributes("pk", "sk"),
		KeySchema:                 keys("pk", "sk"),
		BillingMode:               str("PAY_PER_REQUEST"),
		DeletionProtectionEnabled: jsii.Bool(s.Protect),
		PointInTimeRecoverySpecification: &awsdynamodb.CfnTable_PointInTimeRecoverySpecificationProperty{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		SseSpecification: &awsdynamodb.CfnTable_SSESpecificationProperty{
			SseEnabled: jsii.Bool(true), SseType: str("KMS"), KmsMasterKeyId: key,
		},
		TimeToLiveSpecification: &awsdynamodb.CfnTable_TimeToLiveSpecificationProperty{
			AttributeName: str("expires"), Enabled: jsii.Bool(true),
		},
		StreamSpecification: &awsdynamodb.CfnTable_StreamSpecificationProperty{StreamViewType: str("NEW_AND_OLD_IMAGES")},
	}
}

func attributes(names ...string) []any {
	var all []any
	for _, n := range names {
		all = append(all, &awsdynamodb.CfnTable_AttributeDefinitionProperty{AttributeName: str(n), AttributeType: str("S")})
	}
	return all
}

func keys(partition, sort string) []any {
	return []any{
		&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: str(partition), KeyType: str("HASH")},
		&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: str(sort), KeyType: str("RANGE")},
	}
}
