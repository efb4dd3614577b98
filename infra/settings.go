package main

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Settings are all that an installation may choose. Each is a key of the CDK's context: `-c orgId=o-abc1234567`, or a line
// under "context" in cdk.json. A list is one string with commas. What is left out has a default, and where there is no
// safe one the default denies: see [Settings.warnings].
type Settings struct {
	Names
	// OrgID is the organization whose principals may call through the machines' door; without it that door is not made.
	OrgID string
	// JWTIssuer and JWTAudience say whose tokens the people's door takes: an https URL, exactly as in iss, and the value of
	// aud. Without an issuer that door is not made.
	JWTIssuer, JWTAudience string
	// Operators may end anybody's elevation, and are paged: "group:<name>", or a caller's id.
	Operators []string
	// ExternalID is what the functions say when they assume a role in a member account. It is no secret. Default: Name.
	ExternalID string
	// Deployers are ARN patterns of the roles that deploy Curfew and mark principals; the SCP lets them through.
	Deployers []string
	// TaskSenders are the ARNs of the roles and users that may make tasks known, by events of the source curfew.task on the
	// bus <name>-tasks. None: the bus is not made.
	TaskSenders []string
	// Canary has the nets tried, one a day, on a principal that nobody can use: see [Settings.sings].
	Canary bool
	// AlarmEmail is subscribed to the alarms, and has to confirm it. Without it nobody is.
	AlarmEmail string
	// LogRetentionDays is how long logs are kept; one of the periods that CloudWatch Logs knows.
	LogRetentionDays int
	// SweepMinutes is the time between two sweeps, 1 to 3: five minutes without one are an alarm, and one may come late.
	SweepMinutes int
	// OpenRequests is how many requests of one caller may wait at a time, 1 to 1000.
	OpenRequests int
	// Reserved is the reserved concurrency of each function; 0 reserves nothing for it.
	Reserved map[string]int

	catalog catalog // what was built; no setting
}

// defaults are the settings of an installation that set nothing.
func defaults() Settings {
	return Settings{
		Names:            Names{Name: "curfew"},
		Deployers:        []string{"arn:aws:iam::*:role/cdk-*", "arn:aws:iam::*:role/stacksets-exec-*"},
		LogRetentionDays: 90,
		Canary:           true,
		SweepMinutes:     1,
		OpenRequests:     50,
		// Two for reconcile: a pass that takes longer than a minute must not keep the next from starting.
		Reserved: map[string]int{
			"api": 100, "decide": 20, "wait": 50, "grant": 20, "revoke": 100,
			"expire": 10, "reconcile": 2, "notify": 5, "trigger": 20,
			"contain": 2, // rare, and capped by the hour: two show that it runs away before it has gone far
		},
	}
}

// readSettings takes the settings from the CDK's context. Keys that the CDK itself uses bear an @ or a colon; any other
// key that is no setting is refused, because a setting with a typing error would silently keep its default.
func readSettings(context map[string]any) (Settings, error) {
	s := defaults()
	var wrong problems
	texts, lists, numbers := s.texts(), s.lists(), s.numbers()
	for _, key := range slices.Sorted(maps.Keys(context)) {
		text, err := contextText(context[key])
		switch {
		case strings.ContainsAny(key, "@:"):
		case err != nil:
			wrong.addf("%s: %v", key, err)
		case texts[key] != nil:
			*texts[key] = text
		case lists[key] != nil:
			*lists[key] = splitList(text)
		case numbers[key] != nil:
			if *numbers[key], err = strconv.Atoi(text); err != nil {
				wrong.addf("%s is %q, not a whole number", key, text)
			}
		case key == "canary":
			if s.Canary = text == "on"; text != "on" && text != "off" {
				wrong.addf("canary is %q, neither on nor off", text)
			}
		case key == "reserved":
			s.reserve(text, &wrong)
		default:
			wrong.addf("there is no setting %q", key)
		}
	}
	if s.ExternalID == "" {
		s.ExternalID = s.Name
	}
	if len(s.Boundaries) == 0 {
		s.Boundaries = []string{s.Name + "-boundary"}
	}
	s.check(&wrong)
	return s, wrong.err()
}

func (s *Settings) texts() map[string]*string {
	return map[string]*string{
		"name": &s.Name, "home": &s.Home, "orgId": &s.OrgID, "jwtIssuer": &s.JWTIssuer, "jwtAudience": &s.JWTAudience,
		"externalId": &s.ExternalID, "alarmEmail": &s.AlarmEmail,
	}
}

func (s *Settings) lists() map[string]*[]string {
	return map[string]*[]string{
		"accounts": &s.Accounts, "boundaries": &s.Boundaries, "operators": &s.Operators, "deployers": &s.Deployers,
		"taskSenders": &s.TaskSenders,
	}
}

func (s *Settings) numbers() map[string]*int {
	return map[string]*int{"logRetentionDays": &s.LogRetentionDays, "sweepMinutes": &s.SweepMinutes, "openRequests": &s.OpenRequests}
}

// contextText is a value of the context as text: the command line gives text, cdk.json may give lists and numbers.
func contextText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case []any:
		var all []string
		for _, e := range v {
			text, err := contextText(e)
			if err != nil {
				return "", err
			}
			all = append(all, text)
		}
		return strings.Join(all, ","), nil
	}
	return "", fmt.Errorf("a %T is neither text nor a number nor a list of them", v)
}

func splitList(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// reserve reads "revoke=200,grant=40"; "none" reserves nothing, for an account whose limit leaves nothing to reserve.
func (s *Settings) reserve(text string, wrong *problems) {
	if text == "none" {
		s.Reserved = map[string]int{}
		return
	}
	for _, part := range splitList(text) {
		function, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		if _, known := s.Reserved[function]; !known || err != nil || n < 0 {
			wrong.addf("reserved: %q is not function=number", part)
			continue
		}
		s.Reserved[function] = n
	}
}

var (
	isName     = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$`)
	isAccount  = regexp.MustCompile(`^[0-9]{12}$`)
	isOrg      = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	isEmail    = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	isExternal = regexp.MustCompile(`^[\w+=,.@:/-]{2,1000}$`)
	isPolicy   = regexp.MustCompile(`^([\w+=.@-]+/)*[\w+=.@-]{1,128}$`)
	isDeployer = regexp.MustCompile(`^arn:aws:iam::(\*|[0-9]{12}):role/[\w+=,.@/*-]+$`)
	isSender   = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+$`)
	isOperator = regexp.MustCompile(`^[^\s,]{1,256}$`)
)

// retentions are the periods, in days, that a log group may have.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = [...]int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// check finds what cannot be deployed, or would not do what it says.
func (s Settings) check(wrong *problems) {
	if !isName.MatchString(s.Name) {
		wrong.addf("name is %q, not 1 to 20 of a-z, 0-9 and -, from a letter on", s.Name)
	}
	if strings.HasSuffix(s.Name, "-q") {
		wrong.addf("name is %q: its grants would be called as the containments of %q are", s.Name, strings.TrimSuffix(s.Name, "-q"))
	}
	one(wrong, "home", s.Home, isAccount)
	one(wrong, "orgId", s.OrgID, isOrg)
	one(wrong, "alarmEmail", s.AlarmEmail, isEmail)
	one(wrong, "externalId", s.ExternalID, isExternal)
	each(wrong, "accounts", s.Accounts, isAccount)
	each(wrong, "boundaries", s.Boundaries, isPolicy)
	each(wrong, "operators", s.Operators, isOperator)
	each(wrong, "deployers", s.Deployers, isDeployer)
	each(wrong, "taskSenders", s.TaskSenders, isSender)
	if slices.Contains(s.Accounts, s.Home) {
		wrong.addf("accounts: %s is home, and nobody is elevated in the account that Curfew lives in", s.Home)
	}
	if u, err := url.Parse(s.JWTIssuer); s.JWTIssuer != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		wrong.addf("jwtIssuer is %q, not an https URL", s.JWTIssuer)
	}
	if (s.JWTIssuer == "") != (s.JWTAudience == "") {
		wrong.addf("jwtIssuer and jwtAudience go together")
	}
	if !slices.Contains(retentions[:], s.LogRetentionDays) {
		wrong.addf("logRetentionDays is %d, not one of %v", s.LogRetentionDays, retentions)
	}
	if s.SweepMinutes < 1 || s.SweepMinutes > maxSweepMinutes {
		wrong.addf("sweepMinutes is %d, not 1 to %d", s.SweepMinutes, maxSweepMinutes)
	}
	if s.OpenRequests < 1 || s.OpenRequests > 1000 {
		wrong.addf("openRequests is %d, not 1 to 1000", s.OpenRequests)
	}
	s.checkReserved(wrong)
}

func one(wrong *problems, key, value string, form *regexp.Regexp) {
	if value != "" && !form.MatchString(value) {
		wrong.addf("%s is %q, which does not look like one", key, value)
	}
}

func each(wrong *problems, key string, values []string, form *regexp.Regexp) {
	for _, v := range values {
		one(wrong, key, v, form)
	}
	sorted := slices.Sorted(slices.Values(values))
	if len(slices.Compact(sorted)) != len(values) {
		wrong.addf("%s has an entry twice", key)
	}
}

// revokesPerGrant is how much more of Revoke than of Grant must be able to run. Each end may call Revoke twice at once,
// by its order and by the end of Hold, and a run of Revoke may take 25 s where one of Grant takes 18 s:
// 2 × 25/18 is less than 3.
const revokesPerGrant = 3

const maxSweepMinutes = 3

// unreserved is what Lambda keeps for functions without a reservation, of an account's 1,000 unless AWS raised it.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
const unreserved, accountConcurrency = 100, 1000

func (s Settings) checkReserved(wrong *problems) {
	sum := 0
	for _, n := range s.Reserved {
		sum += n
	}
	if sum > accountConcurrency-unreserved {
		wrong.addf("reserved is %d in all; an account has %d to reserve", sum, accountConcurrency-unreserved)
	}
	grant, revoke := s.Reserved["grant"], s.Reserved["revoke"]
	if len(s.Reserved) > 0 && grant == 0 {
		wrong.addf("reserved: grant has nothing, so nothing bounds it: reserve for it, or none at all")
	}
	if s.Reserved["trigger"] == 1 { // Lambda's pollers of a queue are two at least
		wrong.addf("reserved: trigger has 1, and needs 2, or none")
	}
	if revoke < revokesPerGrant*grant {
		wrong.addf("reserved: revoke has %d, and needs %d times the %d of grant, so that granting never starves ending",
			revoke, revokesPerGrant, grant)
	}
}

// warnings say what these settings leave closed.
func (s Settings) warnings() []string {
	var all []string
	for _, w := range []struct {
		when bool
		text string
	}{
		{s.OrgID == "", "orgId is not set: machines have no door"},
		{s.JWTIssuer == "", "jwtIssuer is not set: people have no door, and nobody can approve"},
		{len(s.Accounts) == 0, "accounts is empty: nobody can be elevated"},
		{s.canaryARN() != "" && !s.sings(), "canary is on, and the catalog has no entitlement canary for " + s.canaryARN() + ": the nets are not tried"},
		{len(s.TaskSenders) == 0 && slices.ContainsFunc(s.catalog.Triggers, func(t trigger) bool { return slices.Contains(t.Start.Source, ownTask) }),
			"taskSenders is empty: triggers wait for curfew.task, which nobody may send"},
		{s.Home == "", "home is not set: the stack for member accounts is left out"},
		{len(s.Operators) == 0, "operators is empty: nobody may end another's elevation but its owners"},
		{s.AlarmEmail == "", "alarmEmail is not set: subscribe to the topic " + s.Name + "-alarms, or nobody hears an alarm"},
	} {
		if w.when {
			all = append(all, w.text)
		}
	}
	return all
}

// canaryARN is the one that canaries are begun on: the first account's. Empty: there are none.
func (s Settings) canaryARN() string {
	if !s.Canary || len(s.Accounts) == 0 {
		return ""
	}
	path, name := s.canaryRole()
	return "arn:aws:iam::" + s.Accounts[0] + ":role" + path + name
}

// sings reports whether there are canaries: the catalog must have an entitlement for exactly that principal.
func (s Settings) sings() bool {
	return s.canaryARN() != "" && s.catalog.isFor("canary", s.canaryARN())
}
