package onaws

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// The settings come in groups. A field's tag names its variable and how it must look; "optional" may be absent. Lists are
// separated by commas.
type (
	// InstallationConfig is what makes an installation itself.
	InstallationConfig struct {
		Name       string   `env:"CURFEW_NAME" form:"name"`                    // before all of its names, as "curfew"
		Boundaries []string `env:"CURFEW_BOUNDARIES" form:"policy"`            // ARNs of the accepted boundaries
		Operators  []string `env:"CURFEW_OPERATORS" form:"caller" optional:""` // group:<name>, or callers' ids
		// OpenRequests is how many requests of one caller may wait at a time; absent: the domain's default.
		OpenRequests string `env:"CURFEW_OPEN_REQUESTS" form:"count" optional:""`
	}
	// TablesConfig names the two tables.
	TablesConfig struct {
		AccessTable string `env:"CURFEW_ACCESS_TABLE" form:"table"`
		AuditTable  string `env:"CURFEW_AUDIT_TABLE" form:"table"`
	}
	// AccountsConfig says where principals may be, and as whom a function acts there. It may name no account: an installation
	// begins so, and its functions run before anybody can be elevated.
	AccountsConfig struct {
		// Account is the one that the function runs in; empty: nobody is elevated there.
		Account string `env:"CURFEW_ACCOUNT" form:"account" optional:""`
		// Members are other accounts. In each the function assumes the role of name MemberRole by ExternalID.
		Members    []string `env:"CURFEW_MEMBER_ACCOUNTS" form:"account" optional:""`
		MemberRole string   `env:"CURFEW_MEMBER_ROLE" form:"role" optional:""`
		ExternalID string   `env:"CURFEW_EXTERNAL_ID" form:"externalID" optional:""`
		Function   string   `env:"AWS_LAMBDA_FUNCTION_NAME" form:"role" optional:""` // Lambda sets it: the session's name there
	}
	// ExecutionsConfig is where executions are started.
	ExecutionsConfig struct {
		StateMachine string `env:"CURFEW_STATE_MACHINE" form:"stateMachine"` // ARN
	}
	// OrdersConfig is where orders to end go.
	OrdersConfig struct {
		RevokeFunction string `env:"CURFEW_REVOKE_FUNCTION" form:"function"` // name or ARN
	}
	// ContainmentsConfig is where orders to contain go.
	ContainmentsConfig struct {
		// ContainFunction may be absent: revoking depends on nothing that it can do without.
		ContainFunction string `env:"CURFEW_CONTAIN_FUNCTION" form:"function" optional:""` // name or ARN
	}
	// LateConfig is where evidence is kept that could not be stored.
	LateConfig struct {
		LateQueue string `env:"CURFEW_LATE_QUEUE" form:"url"`
	}
	// ChannelsConfig is where messages and events go.
	ChannelsConfig struct {
		Topic    string `env:"CURFEW_TOPIC" form:"topic"` // ARN
		EventBus string `env:"CURFEW_EVENT_BUS" form:"bus"`
	}
	// CatalogConfig is the folder of the catalogs that are packed beside the function.
	CatalogConfig struct {
		Catalogs string `env:"CURFEW_CATALOGS" form:"path"`
	}
	// CanaryConfig is on whom the nets are tried. It is absent where they are not.
	CanaryConfig struct {
		CanaryPrincipal string `env:"CURFEW_CANARY_PRINCIPAL" form:"principal" optional:""` // ARN
	}
	// TasksConfig is who may make tasks known by events of his own. It is absent where nobody may.
	TasksConfig struct {
		// TaskAccounts are the accounts of those whom the policy of the bus for tasks lets send.
		TaskAccounts []string `env:"CURFEW_TASK_ACCOUNTS" form:"account" optional:""`
	}
	// PeopleConfig is who issues people's tokens. It is absent where there is only the machines' door.
	PeopleConfig struct {
		Issuer   string `env:"CURFEW_ISSUER" form:"url" optional:""`
		Audience string `env:"CURFEW_AUDIENCE" form:"caller" optional:""`
	}
)

// One struct for each kind of main: what it reads is what it needs.
type (
	// APIConfig is for api, which submits, looks, and ends.
	APIConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ExecutionsConfig
		OrdersConfig
		CatalogConfig
		PeopleConfig
	}
	// DecideConfig is for decide.
	DecideConfig struct {
		InstallationConfig
		TablesConfig
		CatalogConfig
		PeopleConfig
	}
	// WaitConfig is for wait.
	WaitConfig struct {
		InstallationConfig
		TablesConfig
	}
	// GrantConfig is for grant.
	GrantConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		OrdersConfig
		CatalogConfig
	}
	// ContainConfig is for contain.
	ContainConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		CatalogConfig
	}
	// RevokeConfig is for revoke.
	RevokeConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ContainmentsConfig
		CanaryConfig
		LateConfig
	}
	// ReconcileConfig is for reconcile, which starts, looks and ends.
	ReconcileConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ExecutionsConfig
		OrdersConfig
		LateConfig
		CatalogConfig
		CanaryConfig
	}
	// NetConfig is for expire, and whatever else only reads the record and gives the order.
	NetConfig struct {
		InstallationConfig
		TablesConfig
		OrdersConfig
		CanaryConfig
	}
	// TriggerConfig is for trigger, which begins and ends what events tell of, and starts jobs.
	TriggerConfig struct {
		InstallationConfig
		TablesConfig
		AccountsConfig
		ExecutionsConfig
		OrdersConfig
		CatalogConfig
		TasksConfig
	}
	// NotifyConfig is for notify.
	NotifyConfig struct {
		InstallationConfig
		TablesConfig
		ChannelsConfig
	}
)

// ReadConfig reads one of the structs above from the environment. Invalid: every variable that is missing or malformed,
// in one line.
func ReadConfig[C any]() (C, error) { return readConfig[C](os.LookupEnv) }

// Variables are the variables that a main reads, in order; those that may be absent too. Whoever deploys sets them.
func Variables[C any]() []string {
	var names []string
	eachField(reflect.TypeFor[C](), func(f reflect.StructField, _ []int) { names = append(names, f.Tag.Get("env")) })
	slices.Sort(names)
	return names
}

// form is how a value must look: the whole of it, or of each of a list.
func form(name string) (pattern *regexp.Regexp, want string) {
	switch name {
	case "name":
		return regexp.MustCompile(`^[a-z0-9-]{1,20}$`), "1 to 20 of a-z, 0-9 and -"
	case "table":
		return regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`), "the name of a table"
	case "count":
		return regexp.MustCompile(`^([1-9][0-9]{0,2}|1000)$`), "1 to 1000"
	case "account":
		return regexp.MustCompile(`^[0-9]{12}$`), "12 digits"
	case "role":
		return regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`), "the name of a role"
	case "externalID":
		return regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]{2,}$`), "an external id"
	case "policy":
		return regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:policy/[A-Za-z0-9_+=,.@/-]+$`), "the ARN of a policy"
	case "principal":
		return regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$`), "the ARN of a role or user"
	case "stateMachine":
		return regexp.MustCompile(`^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]+$`), "the ARN of a state machine"
	case "function":
		return regexp.MustCompile(`^[A-Za-z0-9_:-]{1,170}$`), "the name or ARN of a function"
	case "topic":
		return regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$`), "the ARN of a topic"
	case "bus":
		return regexp.MustCompile(`^[A-Za-z0-9_./:-]+$`), "the name of an event bus"
	case "url":
		return regexp.MustCompile(`^https?://[!-~]+$`), "a URL"
	}
	return regexp.MustCompile(`^[!-~]([ -~]*[!-~])?$`), "printable ASCII"
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

// read gives the values of one variable, or what is wrong with it.
func read(f reflect.StructField, lookup func(string) (string, bool)) (values []string, problem string) {
	text, _ := lookup(f.Tag.Get("env"))
	pattern, want := form(f.Tag.Get("form"))
	if _, optional := f.Tag.Lookup("optional"); text == "" {
		if optional {
			return nil, ""
		}
		return nil, "is missing: want " + want
	}
	values = []string{text}
	if f.Type.Kind() == reflect.Slice {
		values = strings.Split(text, ",")
	}
	for _, v := range values {
		if !pattern.MatchString(v) {
			return nil, "is malformed: want " + want
		}
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

// problems: the containments of "x" are named as the grants of an installation "x-q" would be.
func (c InstallationConfig) problems() []string {
	if strings.HasSuffix(c.Name, "-q") {
		return []string{"CURFEW_NAME ends in -q: that is the mark of a containment"}
	}
	return nil
}

// problems are what is wrong with variables that are right each by itself.
func (c AccountsConfig) problems() []string {
	if len(c.Members) > 0 && c.MemberRole == "" {
		return []string{"CURFEW_MEMBER_ROLE is missing: CURFEW_MEMBER_ACCOUNTS needs it"}
	}
	return nil
}

// NoAccount reports whether there is no account in which anybody could be elevated.
func (c AccountsConfig) NoAccount() bool { return c.Account == "" && len(c.Members) == 0 }

// Settings are the domain's settings of an installation.
func (c InstallationConfig) Settings() access.Settings {
	s := access.DefaultSettings()
	s.Name, s.Boundaries, s.Operators = c.Name, c.Boundaries, c.Operators
	if n, err := strconv.Atoi(c.OpenRequests); err == nil { // readConfig checked its form
		s.OpenRequests = n
	}
	return s
}

// canaryEvery is from one canary to the next.
const canaryEvery = 24 * time.Hour

// Canary is the domain's setting of canaries.
func (c CanaryConfig) Canary() access.CanarySettings {
	if c.CanaryPrincipal == "" {
		return access.CanarySettings{}
	}
	return access.CanarySettings{Principal: c.CanaryPrincipal, Every: canaryEvery}
}

// SDK is the configuration of the AWS SDK: what each client of a main is made from.
type SDK = aws.Config

// maxAttempts is how often the SDK sends one call: more than its default of three, because a transaction that meets
// another, or IAM when many tools use it, is free a moment later. Cloud bounds its own tries.
const maxAttempts = 5

// LoadAWS is the SDK's default configuration, which every client of a main is made from. With CURFEW_RECORD_CALLS in the
// environment every call is also written down there: see [Record].
func LoadAWS(ctx context.Context) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryer(func() aws.Retryer {
		return retry.AddWithMaxAttempts(retry.NewStandard(), maxAttempts)
	}))
	if err != nil {
		return cfg, fault.Errorf(fault.Invalid, "configuration of the AWS SDK: %w", err)
	}
	if cfg.Region == "" {
		return cfg, fault.Errorf(fault.Invalid, "configuration: AWS_REGION is missing: want a region")
	}
	if path := os.Getenv("CURFEW_RECORD_CALLS"); path != "" {
		if err := recordTo(&cfg, path); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}
