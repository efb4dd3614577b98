package onaws

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws/lambdatest"
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}

const boundary = "arn:aws:iam::111122223333:policy/curfew-boundary"

// revokeEnv is the environment of revoke, with changes.
func revokeEnv(changes map[string]string) map[string]string {
	env := map[string]string{
		"CURFEW_NAME": "curfew", "CURFEW_BOUNDARIES": boundary, "CURFEW_ACCESS_TABLE": "curfew-access",
		"CURFEW_AUDIT_TABLE": "curfew-audit",
		"CURFEW_MEMBER_ROLE": "curfew-revoke", "CURFEW_LATE_QUEUE": "https://sqs.us-east-1.amazonaws.com/111122223333/late",
	}
	for name, v := range changes {
		env[name] = v
	}
	return env
}

func TestConfigIsRead(t *testing.T) {
	c, err := readConfig[RevokeConfig](lookup(revokeEnv(nil)))
	must(t, err)
	if c.Name != "curfew" || c.AuditTable != "curfew-audit" || c.MemberRole != "curfew-revoke" {
		t.Errorf("config = %+v", c)
	}
	if s := c.Settings(); s.Name != "curfew" || !slices.Equal(s.Boundaries, []string{boundary}) || s.AttachWithin == 0 {
		t.Errorf("settings = %+v", s)
	}
}

func TestOpenRequestsHaveADefaultAndABound(t *testing.T) {
	for _, c := range []struct {
		text string
		want int // 0: refused
	}{{"", 50}, {"7", 7}, {"1000", 1000}, {"1001", 0}, {"0", 0}, {"-1", 0}, {"many", 0}} {
		got, err := readConfig[RevokeConfig](lookup(revokeEnv(map[string]string{"CURFEW_OPEN_REQUESTS": c.text})))
		if c.want == 0 {
			isKind(t, err, fault.Invalid)
			continue
		}
		must(t, err)
		if n := got.Settings().OpenRequests; n != c.want {
			t.Errorf("%q: %d, want %d", c.text, n, c.want)
		}
	}
}

func TestGroupsCountForTwelveHoursOrAsSet(t *testing.T) {
	for _, c := range []struct {
		text string
		want time.Duration // 0: refused
	}{{"", 12 * time.Hour}, {"1", time.Hour}, {"720", 720 * time.Hour}, {"721", 0}, {"0", 0}, {"12h", 0}} {
		got, err := readConfig[RevokeConfig](lookup(revokeEnv(map[string]string{"CURFEW_GROUPS_HOURS": c.text})))
		if c.want == 0 {
			isKind(t, err, fault.Invalid)
			continue
		}
		must(t, err)
		if d := got.Settings().GroupsFor; d != c.want {
			t.Errorf("%q: %s, want %s", c.text, d, c.want)
		}
	}
}

func TestEveryProblemIsNamedInOneLine(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes map[string]string
		want    []string
	}{
		{"missing and malformed together", map[string]string{"CURFEW_NAME": "", "CURFEW_AUDIT_TABLE": "a b", "CURFEW_LATE_QUEUE": "late"},
			[]string{"CURFEW_NAME is missing", "CURFEW_AUDIT_TABLE is malformed", "CURFEW_LATE_QUEUE is malformed"}},
		{"one of a list", map[string]string{"CURFEW_BOUNDARIES": boundary + ",x"}, []string{"CURFEW_BOUNDARIES is malformed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readConfig[RevokeConfig](lookup(revokeEnv(c.changes)))
			isKind(t, err, fault.Invalid)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error = %v, want one line with %q", err, want)
				}
			}
		})
	}
}

// An installation without settings has no accounts: every function reads what its stack sets.
func TestEveryFunctionStartsWithoutAccounts(t *testing.T) {
	given, err := lambdatest.Given("../../infra/testdata/environments.golden.json")
	must(t, err)
	reads := map[string]func(func(string) (string, bool)) (any, error){
		"api": readAs[APIConfig], "decide": readAs[DecideConfig], "wait": readAs[WaitConfig], "grant": readAs[GrantConfig], "revoke": readAs[RevokeConfig],
		"contain": readAs[ContainConfig], "expire": readAs[NetConfig], "reconcile": readAs[ReconcileConfig], "trigger": readAs[TriggerConfig], "notify": readAs[NotifyConfig],
		"correlate": readAs[CorrelateConfig], "backfill": readAs[BackfillConfig], "archive": readAs[ArchiveConfig], "review": readAs[ReviewConfig],
	}
	if len(given) != len(reads)+1 {
		t.Errorf("the stack has %d functions, want %d and console, which has settings without a form", len(given), len(reads))
	}
	for name, read := range reads {
		c, err := read(lookup(given["curfew-"+name]))
		if err != nil {
			t.Errorf("%s does not start: %v", name, err)
		}
		if acts, ok := c.(interface{ NoAccount() bool }); ok && !acts.NoAccount() {
			t.Errorf("%s has an account to act in: %+v", name, c)
		}
	}
}

func readAs[C any](lookup func(string) (string, bool)) (any, error) { return readConfig[C](lookup) }

// Every field is a string or list of strings with a known form.
func TestEveryVariableHasAForm(t *testing.T) {
	for _, c := range []any{APIConfig{}, DecideConfig{}, WaitConfig{}, GrantConfig{}, RevokeConfig{}, ReconcileConfig{}, NetConfig{}, NotifyConfig{}, CorrelateConfig{}, BackfillConfig{}, ArchiveConfig{}} {
		eachField(reflect.TypeOf(c), func(f reflect.StructField, _ []int) {
			if k := f.Type.String(); f.Tag.Get("env") == "" || f.Tag.Get("form") == "" || k != "string" && k != "[]string" {
				t.Errorf("%T.%s is %s with tag %s", c, f.Name, k, f.Tag)
			}
		})
	}
	if got := Variables[WaitConfig](); !slices.Equal(got, []string{
		"CURFEW_ACCESS_TABLE", "CURFEW_AUDIT_TABLE", "CURFEW_BOUNDARIES", "CURFEW_EVIDENCE_DAYS", "CURFEW_GROUPS_HOURS", "CURFEW_NAME", "CURFEW_OPEN_REQUESTS", "CURFEW_OPERATORS",
		"CURFEW_REFUSAL_DAYS",
	}) {
		t.Errorf("variables of wait = %q", got)
	}
}

func TestMemberAccountsAreAssumedByTheirOwnRole(t *testing.T) {
	a := NewAccounts(aws.Config{Region: "us-gov-west-1"}, AccountsConfig{
		Account: "111122223333", MemberRole: "curfew-grant", ExternalID: "ext", Function: "fn",
	})
	asked := &assumeRole{}
	a.assume = asked
	for account, want := range map[string]string{
		"444455556666": "arn:aws-us-gov:iam::444455556666:role/curfew-grant in session fn with ext",
		"111122223333": "", // its own
	} {
		*asked = assumeRole{}
		cfg, ok := a.Config(account, "us-gov-west-1")
		for range 2 { // of two passes
			if cfg.Credentials != nil {
				_, err := cfg.Credentials.Retrieve(t.Context())
				must(t, err)
			}
		}
		if !ok || strings.Join(asked.roles, " ") != want {
			t.Errorf("%s: %v, assumed %q, want %q once", account, ok, asked.roles, want)
		}
	}
	for _, none := range []string{"", "4444", "*"} {
		if _, ok := a.Config(none, "us-gov-west-1"); ok {
			t.Errorf("account %q may be entered", none)
		}
	}
	if _, ok := NewAccounts(aws.Config{}, AccountsConfig{Account: "111122223333"}).Config("444455556666", "us-east-1"); ok {
		t.Error("another account may be entered without a role")
	}
}

// assumeRole records the roles that were assumed.
type assumeRole struct{ roles []string }

func (a *assumeRole) AssumeRole(_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	a.roles = append(a.roles, *in.RoleArn+" in session "+*in.RoleSessionName+" with "+*in.ExternalId)
	return &sts.AssumeRoleOutput{Credentials: &ststypes.Credentials{
		AccessKeyId: aws.String("ASIA"), SecretAccessKey: aws.String("x"), SessionToken: aws.String("x"), Expiration: aws.Time(time.Now().Add(time.Hour)),
	}}, nil
}

// Record reports a call with its resource even if it is not sent.
func TestCallsAreRecordedWithTheirResources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.jsonl")
	cfg := aws.Config{Region: "us-east-1"}
	must(t, recordTo(&cfg, path))
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	key := map[string]types.AttributeValue{"pk": text("elevation#1"), "sk": text("terms"), "body": text("secret")}
	// Without credentials nothing is sent.
	_, err := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }).TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: aws.String("curfew-access"), Item: key}},
			{ConditionCheck: &types.ConditionCheck{TableName: aws.String("curfew-audit"), Key: key, ConditionExpression: aws.String("x")}},
		},
	})
	if err == nil {
		t.Fatal("the call was sent without credentials")
	}
	b, err := os.ReadFile(path)
	must(t, err)
	var got Call
	must(t, json.Unmarshal(b, &got))
	part := func(operation, table string) Call {
		return Call{Service: "DynamoDB", Operation: operation, Parameters: map[string]string{"TableName": table, "PartitionKey": "elevation#1"}}
	}
	want := Call{Service: "DynamoDB", Operation: "TransactWriteItems", Parts: []Call{part("PutItem", "curfew-access"), part("ConditionCheckItem", "curfew-audit")}}
	if !reflect.DeepEqual(got, want) || strings.Contains(string(b), "secret") {
		t.Errorf("recorded %s, want %+v", b, want)
	}
}

// TestConnectionsToIAMAreKept: the sweep reads 256 accounts at once by one endpoint; without this each read would begin with a handshake.
func TestConnectionsToIAMAreKept(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	cfg, err := LoadAWS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		t.Fatalf("the client is a %T", cfg.HTTPClient)
	}
	if got := client.GetTransport().MaxIdleConnsPerHost; got != access.DefaultSettings().SweepAtOnce {
		t.Errorf("%d connections are kept, want %d", got, access.DefaultSettings().SweepAtOnce)
	}
}
