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

	"curfew/shared/onaws"
	"curfew/shared/onaws/onmoto"
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
	must(t, onmoto.Tables(t.Context(), client, c))
	for _, table := range []string{c.AccessTable, c.AuditTable} {
		must(t, dynamodb.NewTableExistsWaiter(client).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &table}, time.Minute))
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
