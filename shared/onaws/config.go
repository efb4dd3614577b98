package onaws

import (
	"context"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// A field's tag names its environment variable and form. Lists are separated by commas.
type (
	InstallationConfig struct {
		Name       string   `env:"CURFEW_NAME" form:"name"`                    // prefix of its names, such as "curfew"
		Boundaries []string `env:"CURFEW_BOUNDARIES" form:"policy"`            // ARNs of accepted permissions boundaries; account *: the principal's
		Operators  []string `env:"CURFEW_OPERATORS" form:"caller" optional:""` // group:<name>, or caller ids
		// OpenRequests limits the open requests of one caller; empty: the domain's default.
		OpenRequests string `env:"CURFEW_OPEN_REQUESTS" form:"count" optional:""`
		// GroupsHours: see [access.Settings]; empty: the domain's default.
		GroupsHours string `env:"CURFEW_GROUPS_HOURS" form:"hours" optional:""`
	}
	TablesConfig struct {
		AccessTable string `env:"CURFEW_ACCESS_TABLE" form:"table"`
		AuditTable  string `env:"CURFEW_AUDIT_TABLE" form:"table"`
		// See [record.Retention]; empty: rows are always kept.
		EvidenceDays string `env:"CURFEW_EVIDENCE_DAYS" form:"days" optional:""`
		RefusalDays  string `env:"CURFEW_REFUSAL_DAYS" form:"days" optional:""`
	}
	// AccountsConfig says which accounts the function may enter; if none, it runs but grants nothing. The registry says
	// which of them are governed.
	AccountsConfig struct {
		// Account is the function's own account, if principals in it may be elevated.
		Account string `env:"CURFEW_ACCOUNT" form:"account" optional:""`
		// MemberRole is assumed in other accounts, with ExternalID; empty: none may be entered.
		MemberRole string `env:"CURFEW_MEMBER_ROLE" form:"role" optional:""`
		ExternalID string `env:"CURFEW_EXTERNAL_ID" form:"externalID" optional:""`
		Function   string `env:"AWS_LAMBDA_FUNCTION_NAME" form:"role" optional:""` // set by Lambda: the session name
	}
	ExecutionsConfig struct {
		StateMachine string `env:"CURFEW_STATE_MACHINE" form:"stateMachine"` // ARN
	}
	OrdersConfig struct {
		RevokeFunction string `env:"CURFEW_REVOKE_FUNCTION" form:"function"` // name or ARN
	}
	ContainmentsConfig struct {
		// ContainFunction is optional: Revoke works without it.
		ContainFunction string `env:"CURFEW_CONTAIN_FUNCTION" form:"function" optional:""` // name or ARN
	}
	LateConfig struct {
		LateQueue string `env:"CURFEW_LATE_QUEUE" form:"url"`
	}
	ChannelsConfig struct {
		Topic          string `env:"CURFEW_TOPIC" form:"topic"`           // ARN
		ApprovalsTopic string `env:"CURFEW_APPROVALS_TOPIC" form:"topic"` // ARN, for those who decide
		EventBus       string `env:"CURFEW_EVENT_BUS" form:"bus"`
		Console        string `env:"CURFEW_CONSOLE" form:"url" optional:""` // see [access.Settings]
	}
	// SecurityHubConfig names the product whose findings are imported; empty: none are.
	SecurityHubConfig struct {
		Product string `env:"CURFEW_SECURITY_HUB" form:"product" optional:""` // ARN
	}
	CatalogConfig struct {
		Catalogs string `env:"CURFEW_CATALOGS" form:"path"`
		// CatalogSignature: "on" if a wider catalog waits for a second person's signature.
		CatalogSignature string `env:"CURFEW_CATALOG_SIGNATURE" form:"switch" optional:""`
	}
	// CanaryConfig names the principal of canaries; empty: there are none.
	CanaryConfig struct {
		CanaryPrincipal string `env:"CURFEW_CANARY_PRINCIPAL" form:"principal" optional:""` // ARN
	}
	TasksConfig struct {
		// TaskAccounts may report tasks with their own events; the bus policy allows them to.
		TaskAccounts []string `env:"CURFEW_TASK_ACCOUNTS" form:"account" optional:""`
	}
	// HomeConfig names the function's own account.
	HomeConfig struct {
		Home string `env:"CURFEW_HOME" form:"account"`
	}
	// ReviewsConfig names the queue of accounts to review.
	ReviewsConfig struct {
		ReviewsQueue string `env:"CURFEW_REVIEWS_QUEUE" form:"url"`
	}
	// RegionsConfig names the governed Regions, whose events are routed; empty: no events are.
	RegionsConfig struct {
		Regions []string `env:"CURFEW_REGIONS" form:"region" optional:""`
	}
	// FilesConfig names the folder of a trail's files; empty: there is no backfill.
	FilesConfig struct {
		Trail string `env:"CURFEW_TRAIL" form:"trail" optional:""` // s3://bucket/[prefix/]AWSLogs[/o-organization]
	}
	// LogConfig names the places and keys of the log of evidence.
	LogConfig struct {
		LogBucket   string   `env:"CURFEW_LOG_BUCKET" form:"bucket"`
		StageBucket string   `env:"CURFEW_STAGE_BUCKET" form:"bucket"`
		Origin      string   `env:"CURFEW_LOG_ORIGIN" form:"origin"` // the first line of checkpoints
		Keys        []string `env:"CURFEW_LOG_KEYS" form:"key"`      // ARNs of KMS keys: all sign
		// Witness is the submission prefix of a witness, and WitnessKey its verifier key; empty: none.
		Witness    string `env:"CURFEW_LOG_WITNESS" form:"url" optional:""`
		WitnessKey string `env:"CURFEW_LOG_WITNESS_KEY" form:"verifier" optional:""`
	}
	// LakeConfig names the bucket of the log's rows, and the schema of their events; empty: there are none.
	LakeConfig struct {
		LakeBucket  string `env:"CURFEW_LAKE_BUCKET" form:"bucket"`
		OCSFVersion string `env:"CURFEW_OCSF_VERSION" form:"schema" optional:""`
	}
	// PeopleConfig names the issuer of people's tokens; empty: only machines can call.
	PeopleConfig struct {
		Issuer   string `env:"CURFEW_ISSUER" form:"url" optional:""`
		Audience string `env:"CURFEW_AUDIENCE" form:"caller" optional:""`
	}
)

// Each function has one struct with only what it needs.
type (
	APIConfig struct {
		InstallationConfig
		HomeConfig
		TablesConfig
		AccountsConfig
		ExecutionsConfig
		OrdersConfig
		CatalogConfig
		PeopleConfig
	}
	DecideConfig struct {
		InstallationConfig
		TablesConfig
		CatalogConfig
		PeopleConfig
	}
	WaitConfig struct {
		InstallationConfig
		TablesConfig
	}
	GrantConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		OrdersConfig
		CatalogConfig
	}
	ContainConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		CatalogConfig
	}
	RevokeConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ContainmentsConfig
		CanaryConfig
		LateConfig
	}
	ReconcileConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ExecutionsConfig
		OrdersConfig
		LateConfig
		CatalogConfig
		CanaryConfig
		RegionsConfig
		HomeConfig
		FilesConfig
	}
	// NetConfig is for functions that only read records and order revokes.
	NetConfig struct {
		InstallationConfig
		TablesConfig
		OrdersConfig
		CanaryConfig
	}
	TriggerConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ExecutionsConfig
		OrdersConfig
		CatalogConfig
		TasksConfig
	}
	NotifyConfig struct {
		InstallationConfig
		TablesConfig
		ChannelsConfig
		SecurityHubConfig
	}
	CorrelateConfig struct {
		InstallationConfig
		TablesConfig
		OrdersConfig
		ContainmentsConfig
		CatalogConfig
		HomeConfig
	}
	ArchiveConfig struct {
		InstallationConfig
		TablesConfig
		HomeConfig
		LogConfig
		LakeConfig
	}
	ReviewConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		CatalogConfig
		ReviewsConfig
	}
	BackfillConfig struct {
		InstallationConfig
		TablesConfig
		CatalogConfig
		HomeConfig
		RegionsConfig
		FilesConfig
	}
)

// ReadConfig reads C from the environment. Invalid: the error lists every problem.
func ReadConfig[C any]() (C, error) { return readConfig[C](os.LookupEnv) }

// Variables returns C's variables, sorted.
func Variables[C any]() []string {
	var names []string
	eachField(reflect.TypeFor[C](), func(f reflect.StructField, _ []int) { names = append(names, f.Tag.Get("env")) })
	slices.Sort(names)
	return names
}

// shape is what a value must be. Its length is no part of the pattern: a repeat with a count is slow to compile, and
// every cold start compiles some.
type shape struct {
	pattern  string
	min, max int // bytes
	want     string
}

const longest = 4 << 10 // all variables of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

func (s shape) match(values []string) bool {
	pattern := regexp.MustCompile(s.pattern)
	return !slices.ContainsFunc(values, func(v string) bool {
		return len(v) < s.min || len(v) > s.max || !pattern.MatchString(v)
	})
}

func form(name string) shape {
	switch name {
	case "name":
		return shape{`^[a-z0-9-]+$`, 1, 20, "1 to 20 of a-z, 0-9 and -"}
	case "table":
		return shape{`^[A-Za-z0-9_.-]+$`, 3, 255, "the name of a table"}
	case "switch":
		return shape{`^(on|off)$`, 1, longest, "on or off"}
	case "count":
		return shape{`^([1-9][0-9]{0,2}|1000)$`, 1, longest, "1 to 1000"}
	case "hours":
		return shape{`^([1-9][0-9]?|[1-6][0-9][0-9]|7[01][0-9]|720)$`, 1, longest, "1 to 720"}
	case "days":
		return shape{`^[1-9][0-9]{0,3}$`, 1, longest, "1 to 9999"}
	case "account":
		return shape{`^[0-9]{12}$`, 1, longest, "12 digits"}
	case "role":
		return shape{`^[A-Za-z0-9_+=,.@-]+$`, 1, 64, "the name of a role"}
	case "externalID":
		return shape{`^[A-Za-z0-9_+=,.@:/-]+$`, 2, 1224, "an external id"}
	case "policy":
		return shape{`^arn:aws[a-z-]*:iam::([0-9]{12}|\*):policy/[A-Za-z0-9_+=,.@/-]+$`, 1, longest, "the ARN of a policy"}
	case "principal":
		return shape{`^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$`, 1, longest, "the ARN of a role or user"}
	case "stateMachine":
		return shape{`^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]+$`, 1, longest, "the ARN of a state machine"}
	case "function":
		return shape{`^[A-Za-z0-9_:-]+$`, 1, 170, "the name or ARN of a function"}
	case "topic":
		return shape{`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$`, 1, longest, "the ARN of a topic"}
	case "product":
		return shape{`^arn:aws[a-z-]*:securityhub:[a-z0-9-]+:[0-9]{12}:product/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`, 1, longest, "the ARN of a product in Security Hub"}
	case "bus":
		return shape{`^[A-Za-z0-9_./:-]+$`, 1, longest, "the name of an event bus"}
	case "region":
		return shape{`^[a-z]{2}(-[a-z]+)+-[0-9]+$`, 1, longest, "a Region"}
	case "trail":
		return shape{`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9!_.'()/-]+/)?AWSLogs(/o-[a-z0-9]{10,32})?$`, 1, longest, "s3://bucket/[prefix/]AWSLogs[/o-organization]"}
	case "bucket":
		return shape{`^[a-z0-9][a-z0-9.-]+[a-z0-9]$`, 3, 63, "the name of a bucket"}
	case "schema":
		return shape{`^1\.[0-9]+\.[0-9]+(-dev)?$`, 1, longest, "a version of OCSF"}
	case "origin":
		return shape{`^[A-Za-z0-9_./-]+$`, 3, 255, "a URL without a scheme, such as example.com/log"}
	case "key":
		return shape{`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`, 1, longest, "the ARN of a KMS key"}
	case "verifier":
		return shape{`^[!-*,-~]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$`, 1, longest, "a verifier key of a signed note"}
	case "url":
		return shape{`^https?://[!-~]+$`, 1, longest, "a URL"}
	}
	return shape{`^[!-~]([ -~]*[!-~])?$`, 1, longest, "printable ASCII"}
}

func readConfig[C any](lookup func(string) (string, bool)) (C, error) {
	var c C
	v := reflect.ValueOf(&c).Elem()
	var wrong []string
	eachField(v.Type(), func(f reflect.StructField, index []int) {
		values, problem := read(f, lookup)
		if problem != "" {
			wrong = append(wrong, f.Tag.Get("env")+" "+problem)
			return
		}
		if field := v.FieldByIndex(index); field.Kind() == reflect.Slice {
			field.Set(reflect.ValueOf(values))
		} else if len(values) == 1 {
			field.SetString(values[0])
		}
	})
	for i := range v.NumField() {
		if group, ok := v.Field(i).Interface().(interface{ problems() []string }); ok {
			wrong = append(wrong, group.problems()...)
		}
	}
	if len(wrong) > 0 {
		return c, fault.Errorf(fault.Invalid, "configuration: %s", strings.Join(wrong, "; "))
	}
	return c, nil
}

func read(f reflect.StructField, lookup func(string) (string, bool)) (values []string, problem string) {
	text, _ := lookup(f.Tag.Get("env"))
	want := form(f.Tag.Get("form"))
	if _, optional := f.Tag.Lookup("optional"); text == "" {
		if optional {
			return nil, ""
		}
		return nil, "is missing: want " + want.want
	}
	values = []string{text}
	if f.Type.Kind() == reflect.Slice {
		values = strings.Split(text, ",")
	}
	if !want.match(values) {
		return nil, "is malformed: want " + want.want
	}
	return values, ""
}

func eachField(t reflect.Type, do func(f reflect.StructField, index []int)) {
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous {
			do(f, f.Index)
		}
	}
}

// problems rejects "x-q": grants of that installation would be named like the containments of "x".
func (c InstallationConfig) problems() []string {
	if strings.HasSuffix(c.Name, "-q") {
		return []string{"CURFEW_NAME ends in -q, which marks containments: choose another name"}
	}
	return nil
}

// Retention is that of the tables' rows.
func (c TablesConfig) Retention() (r record.Retention) {
	r.Elevations, _ = strconv.Atoi(c.EvidenceDays) // empty, or as its form
	r.Refusals, _ = strconv.Atoi(c.RefusalDays)
	return r
}

// NoAccount reports whether no account may be entered.
func (c AccountsConfig) NoAccount() bool { return c.Account == "" && c.MemberRole == "" }

func (c InstallationConfig) Settings() access.Settings {
	s := access.DefaultSettings()
	s.Name, s.Boundaries, s.Operators = c.Name, c.Boundaries, c.Operators
	if n, err := strconv.Atoi(c.OpenRequests); err == nil {
		s.OpenRequests = n
	}
	if n, err := strconv.Atoi(c.GroupsHours); err == nil {
		s.GroupsFor = time.Duration(n) * time.Hour
	}
	return s
}

const canaryEvery = 24 * time.Hour

func (c CanaryConfig) Canary() access.CanarySettings {
	if c.CanaryPrincipal == "" {
		return access.CanarySettings{}
	}
	return access.CanarySettings{Principal: c.CanaryPrincipal, Every: canaryEvery}
}

type SDK = aws.Config

// maxAttempts: the SDK's default of three is too few for transaction conflicts and a busy IAM. Package iam limits its
// own tries.
const maxAttempts = 5

// connections are kept to one host. The sweep reads so many accounts at once, all by IAM's one endpoint; the SDK keeps 10.
func connections() int { return access.DefaultSettings().SweepAtOnce }

// LoadAWS loads the SDK's default configuration. CURFEW_RECORD_CALLS names a file for [Record].
func LoadAWS(ctx context.Context) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = connections(), connections()
	})
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client), config.WithRetryer(func() aws.Retryer {
		return retry.AddWithMaxAttempts(retry.NewStandard(), maxAttempts)
	}))
	if err != nil {
		return cfg, fault.Errorf(fault.Invalid, "configuration of the AWS SDK: %w", err)
	}
	if cfg.Region == "" {
		return cfg, fault.Errorf(fault.Invalid, "configuration: AWS_REGION is missing: set it to a Region")
	}
	if path := os.Getenv("CURFEW_RECORD_CALLS"); path != "" {
		if err := recordTo(&cfg, path); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}
