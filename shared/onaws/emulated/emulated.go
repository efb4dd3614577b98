// Package emulated gives tests the AWS emulators, and what the contract suites need there.
package emulated

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/onaws"
	"curfew/shared/record"
)

// The account of moto's default credentials, and a member account.
const (
	OwnAccount    = "123456789012"
	MemberAccount = "111122223333"
)

// Config returns the emulators' configuration, or skips the test with a hint how to run it. Every service that the test
// calls needs an address: without one, calls would go to AWS itself.
func Config(t *testing.T, services ...string) aws.Config {
	t.Helper()
	for _, service := range services {
		if os.Getenv("CURFEW_EMULATORS") != "1" || os.Getenv("AWS_ENDPOINT_URL") == "" && os.Getenv("AWS_ENDPOINT_URL_"+service) == "" {
			t.Skipf("needs an emulator of %s: run go run ./scripts/emulators -- go test ./shared/onaws/...", service)
		}
	}
	cfg, err := onaws.LoadAWS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Unique returns a unique name.
func Unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, time.Now().UnixNano()) }

// Tables creates both tables with the deployed keys and indexes.
func Tables(t *testing.T, cfg aws.Config) onaws.TablesConfig {
	t.Helper()
	name := Unique("curfew-contract")
	c := onaws.TablesConfig{AccessTable: name + "-access", AuditTable: name + "-audit"}
	client := dynamodb.NewFromConfig(cfg)
	attributes := []string{"pk", "sk"}
	var indexed []types.GlobalSecondaryIndex
	for _, i := range record.Indexes() {
		partition, sort := string(i)+"_pk", string(i)+"_sk"
		attributes = append(attributes, partition, sort)
		indexed = append(indexed, types.GlobalSecondaryIndex{
			IndexName: aws.String(string(i)), KeySchema: keySchema(partition, sort),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		})
	}
	for _, in := range []*dynamodb.CreateTableInput{
		{TableName: &c.AccessTable, AttributeDefinitions: definitions(attributes), GlobalSecondaryIndexes: indexed},
		{TableName: &c.AuditTable, AttributeDefinitions: definitions(attributes[:2])},
	} {
		in.KeySchema, in.BillingMode = keySchema("pk", "sk"), types.BillingModePayPerRequest
		_, err := client.CreateTable(t.Context(), in)
		must(t, err)
		must(t, dynamodb.NewTableExistsWaiter(client).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: in.TableName}, time.Minute))
	}
	t.Cleanup(func() {
		for _, table := range []string{c.AccessTable, c.AuditTable} {
			_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &table})
			must(t, err)
		}
	})
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &partition, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}

func definitions(names []string) []types.AttributeDefinition {
	var all []types.AttributeDefinition
	for _, n := range names {
		all = append(all, types.AttributeDefinition{AttributeName: &n, AttributeType: types.ScalarAttributeTypeS})
	}
	return all
}
