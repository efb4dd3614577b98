package functions_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/accountreview"
	"curfew/shared/campaign"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
)

// reviewMessage is SQS's event of one message.
func reviewMessage(t *testing.T, body string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Records": []any{map[string]any{"messageId": "m1", "body": body}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheReviewOnMoto: the built function sends the accounts to its queue, and finds privilege that a role has, and has no more.
func TestTheReviewOnMoto(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	t.Parallel()
	i, sdk := install(t), sdkOf(t, account)
	queue, err := sqs.NewFromConfig(sdk).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(i.name + "-reviews")})
	if err != nil {
		t.Fatal(err)
	}
	review := i.start(t, "review", append(i.envOf("review"), "CURFEW_REVIEWS_QUEUE="+aws.ToString(queue.QueueUrl))...)
	name := i.role("stands") // without a boundary: that of other roles is no policy here, so what they may do is not known
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"sts:AssumeRole"}]}`
	if _, err := i.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}); err != nil {
		t.Fatal(err)
	}
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`
	if _, err := i.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("forever"), PolicyDocument: &document}); err != nil {
		t.Fatal(err)
	}
	got, err := i.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		t.Fatal(err)
	}
	try := func(body string) bool {
		t.Helper()
		a, err := review.Invoke(t.Context(), []byte(reviewMessage(t, body)), time.Minute)
		if err != nil || a.ErrorType != "" {
			t.Fatalf("the message %s: %s %+v, %v\n%s", body, a.Payload, a, err, strings.Join(review.Lines(), "\n"))
		}
		return !strings.Contains(string(a.Payload), "m1")
	}
	// moto has no last-accessed data: the message comes again, as from the queue, and its third try goes on without.
	take := func(body string) {
		t.Helper()
		for n := 1; !try(body); n++ {
			if n == 3 {
				t.Fatalf("the message %s is not handled:\n%s", body, strings.Join(review.Lines(), "\n"))
			}
		}
	}
	take(accountreview.Begin)
	sent, err := sqs.NewFromConfig(sdk).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
	if err != nil || len(sent.Messages) != 1 || !strings.Contains(aws.ToString(sent.Messages[0].Body), account) {
		t.Fatalf("sent %+v, %v", sent, err)
	}
	store := dynamo.New(sdk, onaws.TablesConfig{AccessTable: i.name + "-access", AuditTable: i.name + "-audit"})
	item := func() campaign.Stored {
		t.Helper()
		all, err := campaign.Read(t.Context(), store, aws.ToString(got.Role.RoleId))
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	take(aws.ToString(sent.Messages[0].Body))
	if i := item(); !i.Exists() || i.State() != campaign.Open || i.Value.Principal != aws.ToString(got.Role.Arn) || i.Value.Score == 0 || !slices.Contains(i.Value.Classes, "credentials") {
		t.Fatalf("the item is %+v", i.Value)
	}
	if _, err := i.iam.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: aws.String("forever")}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // instants of records are whole seconds
	take(accountreview.Begin)
	again, err := sqs.NewFromConfig(sdk).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
	if err != nil || len(again.Messages) != 1 {
		t.Fatalf("sent %+v, %v", again, err)
	}
	take(aws.ToString(again.Messages[0].Body))
	if i := item(); i.State() != campaign.Gone {
		t.Errorf("the item of what is gone is %s", i.State())
	}
	trend, err := campaign.ReadTrend(t.Context(), store, account)
	if err != nil || len(trend.Scores) != 1 || trend.Scores[0].Principals == 0 {
		t.Errorf("the trend is %+v, %v", trend, err)
	}
}
