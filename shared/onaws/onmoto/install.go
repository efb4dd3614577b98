package onmoto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"curfew/shared/onaws"
	"curfew/shared/onaws/lambdatest"
	"curfew/shared/record"
	"curfew/statemachines"
)

// Tables creates both tables with the deployed keys and indexes.
func Tables(ctx context.Context, client *dynamodb.Client, c onaws.TablesConfig) error {
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
		if _, err := client.CreateTable(ctx, in); err != nil {
			return err
		}
	}
	return nil
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

// Machine creates the shipped state machine of an installation and returns its ARN.
func Machine(ctx context.Context, client *sfn.Client, name, home string) (arn string, err error) {
	definition := string(statemachines.Elevation())
	for _, f := range []string{"wait", "grant", "revoke"} {
		definition = strings.ReplaceAll(definition, "${"+f+"}", "arn:aws:lambda:us-east-1:"+home+":function:"+name+"-"+f)
	}
	made, err := client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: aws.String(name + "-elevation"), Definition: &definition, RoleArn: aws.String("arn:aws:iam::" + home + ":role/machine"),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(made.StateMachineArn), nil
}

// Answer returns what a function answers to an invocation. An error is that of a sandbox that timed out.
type Answer func(ctx context.Context, payload []byte) (lambdatest.Answer, error)

// Register answers invocations of a function until close is called. endpoint is the proxy of scripts/emulators.
func Register(ctx context.Context, endpoint, function string, answer Answer) (closing func(), err error) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a, err := answer(context.WithoutCancel(r.Context()), payload)
		switch {
		case err != nil:
			a.ErrorType, a.ErrorMessage = "Sandbox.Timedout", err.Error()
			fallthrough
		case a.ErrorType != "":
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_ = json.NewEncoder(w).Encode(map[string]string{"errorType": a.ErrorType, "errorMessage": a.ErrorMessage})
		default:
			_, _ = w.Write(a.Payload)
		}
	}))
	put, err := http.NewRequestWithContext(ctx, http.MethodPut, endpoint+"/curfew/functions/"+function, strings.NewReader(server.URL))
	if err == nil {
		err = sent(put)
	}
	if err != nil {
		server.Close()
		return nil, fmt.Errorf("registering %s: %w", function, err)
	}
	return server.Close, nil
}

func sent(r *http.Request) error {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// Settings name what the functions of an installation use.
type Settings struct {
	Endpoint, Name, Home, Boundary, Machine, LateQueue, Issuer, Catalogs string
}

// Environment returns the functions' variables, without those that differ.
func (s Settings) Environment() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.Endpoint, "CURFEW_NAME=" + s.Name, "CURFEW_HOME=" + s.Home, "CURFEW_ACCOUNT=", "CURFEW_EXTERNAL_ID=" + s.Name,
		"CURFEW_BOUNDARIES=" + s.Boundary, "CURFEW_OPERATORS=group:operators",
		"CURFEW_ACCESS_TABLE=" + s.Name + "-access", "CURFEW_AUDIT_TABLE=" + s.Name + "-audit",
		"CURFEW_STATE_MACHINE=" + s.Machine, "CURFEW_REVOKE_FUNCTION=" + s.Name + "-revoke", "CURFEW_CONTAIN_FUNCTION=" + s.Name + "-contain",
		"CURFEW_LATE_QUEUE=" + s.LateQueue, "CURFEW_ISSUER=" + s.Issuer, "CURFEW_CATALOGS=" + s.Catalogs, "CURFEW_CATALOG_SIGNATURE=on",
	}
}
