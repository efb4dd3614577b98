package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Settings are keys of the CDK's context: `-c orgId=o-abc1234567`, or "context" in cdk.json. Without a safe default
// they deny: see [Settings.warnings].
type Settings struct {
	Names
	// OrgID may use the machines' API. Empty: no such API.
	OrgID string
	// JWTIssuer is an https URL. Empty: no people's API.
	JWTIssuer, JWTAudience string
	// ConsoleClient and CLIClient are public clients of the issuer, with PKCE.
	ConsoleClient, CLIClient string
	// Scopes are what both ask for.
	Scopes []string
	// SignInOrigins are of the issuer's endpoints elsewhere.
	SignInOrigins []string
	// Operators may end any elevation: "group:<name>", or a caller's id.
	Operators []string
	// ExternalID is not secret. Default: Name.
	ExternalID string
	// Deployers are roles that the SCPs do not bind; others may neither make nor assume them. Default: those of StackSets, and of the
	// CDK in Home.
	Deployers []string
	// OperatorRoles may do what the runbooks say, despite the SCPs.
	OperatorRoles []string
	// EmergencyRoles are names with path, in member accounts: see [emergency].
	EmergencyRoles []string
	// TaskSenders may send events of other sources to the bus <name>-tasks. Empty: no such bus.
	TaskSenders []string
	// HomeRegion is home's. Empty: CloudTrail's events are not routed.
	HomeRegion string
	// Regions are governed, besides us-east-1 and HomeRegion.
	Regions []string
	// ReadsOf are entitlements whose principals' read-only calls are routed too.
	ReadsOf []string
	// Trail is the folder of a trail's log files, TrailKey the ARN of their key. Empty: no backfill.
	Trail, TrailKey string
	// Key is the ARN of an existing key, of an earlier installation. Empty: the stack creates one.
	Key string
	// Protect keeps the stacks and tables of home from deletion. Not in the first deployment: see [Settings.atHome].
	Protect     bool
	CodeSigning CodeSigning
	// Canary turns on the canaries: see [Settings.canaryAccount].
	Canary bool
	// CatalogSignature: a wider catalog waits for a second person. Default: on with JWTIssuer, for only people sign.
	CatalogSignature bool
	// Log is the log of evidence.
	Log Log
	// SecurityHub lets notify import findings into the home account's Security Hub.
	SecurityHub bool
	// AlarmEmail and MessageEmail must confirm their subscriptions.
	AlarmEmail, MessageEmail string
	// Approvals are subscribed to what approvers must know: see [approvalsSubscription].
	Approvals []string
	// ConsoleURL is the base of links in messages. Empty: messages have commands.
	ConsoleURL string
	// LogRetentionDays must be a period that CloudWatch Logs accepts.
	LogRetentionDays int
	// EvidenceDays and RefusalDays keep rows of elevations, from the request, and of refused calls. 0: always.
	EvidenceDays, RefusalDays int
	// SweepMinutes is 1 to 3: five minutes without a sweep ring an alarm.
	SweepMinutes int
	// OpenRequests is the maximum of waiting requests of one caller.
	OpenRequests int
	// GroupsHours is how long the groups of an approver count.
	GroupsHours int
	// Reserved is the concurrency by function. Empty, for a new account may have too little to reserve any.
	Reserved map[string]int

	catalog   catalog // the built catalog; not a setting
	lake      lake    // the built tables and queries; not a setting
	qualifier string  // of the CDK's roles
}

// stackSets are the roles by which AWS deploys StackSets. The CDK's roles deploy in home alone: other accounts have theirs, for others.
const stackSets = "arn:aws:iam::*:role/stacksets-exec-*"

func defaults() Settings {
	return Settings{
		Names:            Names{Name: "curfew"},
		Deployers:        []string{stackSets},
		Scopes:           []string{"openid"},
		LogRetentionDays: 90,
		EvidenceDays:     800, // two years after most, one after the longest
		RefusalDays:      400,
		Canary:           true,
		SweepMinutes:     1,
		OpenRequests:     50,
		GroupsHours:      12,
		Log:              defaultLog(),
		Reserved:         map[string]int{},
		qualifier:        "hnb659fds",
	}
}

// cdkRoles is the beginning of the ARNs of the roles that "cdk bootstrap" made in an account.
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
func (s Settings) cdkRoles(account string) string {
	return "arn:aws:iam::" + account + ":role/cdk-" + s.qualifier + "-"
}

// readSettings refuses an unknown key: a typing error would silently keep the default. The CDK's own keys contain @
// or a colon.
func readSettings(context map[string]any) (Settings, error) {
	s := defaults()
	var wrong problems
	texts, lists, numbers, switches := s.texts(), s.lists(), s.numbers(), s.switches()
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
		case switches[key] != nil:
			*switches[key] = text == "on"
			if text != "on" && text != "off" {
				wrong.addf("%s is %q, neither on nor off", key, text)
			}
		case key == "reserved":
			s.reserve(text, &wrong)
		default:
			wrong.addf("there is no setting %q", key)
		}
	}
	if text, _ := context["@aws-cdk/core:bootstrapQualifier"].(string); text != "" {
		s.qualifier = text
	}
	if s.Home != "" && context["deployers"] == nil {
		s.Deployers = append(s.Deployers, s.cdkRoles(s.Home)+"*")
	}
	if context["catalogSignature"] == nil {
		s.CatalogSignature = s.JWTIssuer != ""
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
		"name": &s.Name, "home": &s.Home, "orgId": &s.OrgID, "jwtIssuer": &s.JWTIssuer, "jwtAudience": &s.JWTAudience, "consoleClient": &s.ConsoleClient, "cliClient": &s.CLIClient,
		"externalId": &s.ExternalID, "alarmEmail": &s.AlarmEmail, "messageEmail": &s.MessageEmail, "consoleUrl": &s.ConsoleURL, "homeRegion": &s.HomeRegion, "trail": &s.Trail, "trailKey": &s.TrailKey, "key": &s.Key, "signedCode": &s.CodeSigning.Folder,
		"logBucket": &s.Log.Bucket, "logAccount": &s.Log.Account, "logRetention": &s.Log.Retention, "logLock": &s.Log.Lock, "witness": &s.Log.Witness, "witnessKey": &s.Log.WitnessKey, "ocsf": &s.Log.OCSF,
	}
}

func (s *Settings) lists() map[string]*[]string {
	return map[string]*[]string{
		"boundaries": &s.Boundaries, "operators": &s.Operators, "deployers": &s.Deployers, "operatorRoles": &s.OperatorRoles, "emergencyRoles": &s.EmergencyRoles,
		"approvalsSubscriptions": &s.Approvals, "taskSenders": &s.TaskSenders, "scopes": &s.Scopes, "signInOrigins": &s.SignInOrigins, "regions": &s.Regions, "readsOf": &s.ReadsOf, "codeSigning": &s.CodeSigning.Profiles, "logKeys": &s.Log.Keys, "logReaders": &s.Log.Readers, "lakeReaders": &s.Log.LakeReaders,
	}
}

func (s *Settings) numbers() map[string]*int {
	return map[string]*int{"logRetentionDays": &s.LogRetentionDays, "sweepMinutes": &s.SweepMinutes, "openRequests": &s.OpenRequests, "groupsHours": &s.GroupsHours, "evidenceDays": &s.EvidenceDays, "refusalDays": &s.RefusalDays, "lakeScanGB": &s.Log.ScanGB}
}

func (s *Settings) switches() map[string]*bool {
	return map[string]*bool{"canary": &s.Canary, "protect": &s.Protect, "securityHub": &s.SecurityHub, "catalogSignature": &s.CatalogSignature}
}

// contextText: the command line gives strings; cdk.json may give lists and numbers.
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

// recommended reservations, for a limit of 1,000.
func recommended() map[string]int {
	return map[string]int{
		"api": 100, "decide": 20, "wait": 50, "grant": 20, "revoke": 100,
		"expire": 10, "notify": 5, "trigger": 20, "correlate": 10, "backfill": 1,
		"reconcile": 2,  // a pass longer than a minute must not block the next
		"review":    2,  // accounts at once: IAM throttles each account alone
		"archive":   3,  // two streams, and the daily pass
		"contain":   2,  // rare, and limited per hour: 2 stops a runaway early
		"console":   40, // a browser asks for up to 20 files at once
	}
}

// reserve reads "revoke=200,grant=40", "recommended" or "none".
func (s *Settings) reserve(text string, wrong *problems) {
	s.Reserved = map[string]int{}
	switch text {
	case "recommended":
		s.Reserved = recommended()
		return
	case "none":
		return
	}
	for _, part := range splitList(text) {
		name, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		if recommended()[name] == 0 || err != nil || n < 0 {
			wrong.addf("reserved: %q is not function=number", part)
			continue
		}
		s.Reserved[name] = n
	}
}

var (
	isName    = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$`)
	isAccount = regexp.MustCompile(`^[0-9]{12}$`)
	isOrg     = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	isEmail   = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	isConsole = regexp.MustCompile(`^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~%-]*)*$`)
	// An address, after "group:<name>=" for what is sent to that group alone.
	isApprovals = regexp.MustCompile(`^(group:[^\s,=]{1,256}=)?([^@\s/=]+@[^@\s/]+\.[^@\s/]+|https://[!-~]+)$`)
	isExternal  = regexp.MustCompile(`^[\w+=,.@:/-]{2,1000}$`)
	isPolicy    = regexp.MustCompile(`^([\w+=.@-]+/)*[\w+=.@-]{1,128}$`)
	isDeployer  = regexp.MustCompile(`^arn:aws:iam::(\*|[0-9]{12}):role/[\w+=,.@/*-]+$`)
	isSender    = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+$`)
	isRegion    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	isTrail     = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9!_.'()/-]+/)?AWSLogs(/o-[a-z0-9]{10,32})?$`)
	isKey       = regexp.MustCompile(`^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
	isOperator  = regexp.MustCompile(`^(group:[^\s,]{1,256}|person:[^|\s,]+\|[^\s,]+|machine:A(ROA|IDA)[A-Z0-9]+)$`) // shared/identity
	isClient    = regexp.MustCompile(`^[!-+.-~-]{1,256}$`)                                                           // no comma
	isScope     = regexp.MustCompile(`^[!#-+.-\[\]-~-]{1,256}$`)                                                     // RFC 6749, no comma
	isOrigin    = regexp.MustCompile(`^https://[a-z0-9.-]+(:[0-9]{1,5})?$`)
)

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = [...]int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (s Settings) check(wrong *problems) {
	if !isName.MatchString(s.Name) {
		wrong.addf("name is %q, not 1 to 20 characters a-z, 0-9 and -: start with a letter, end with a letter or digit", s.Name)
	}
	if strings.HasPrefix(s.Name, "aws") || strings.HasPrefix(s.Name, "ssm") || s.Name == "default" {
		wrong.addf("name is %q: AWS keeps names that begin with aws or ssm for parameters, and has a bus default; choose another", s.Name)
	}
	if strings.HasSuffix(s.Name, "-q") {
		wrong.addf("name is %q: its grants would have the same names as the containments of %q; choose a name without -q at the end", s.Name, strings.TrimSuffix(s.Name, "-q"))
	}
	one(wrong, "home", s.Home, isAccount)
	one(wrong, "logAccount", s.Log.Account, isAccount)
	one(wrong, "orgId", s.OrgID, isOrg)
	one(wrong, "alarmEmail", s.AlarmEmail, isEmail)
	one(wrong, "messageEmail", s.MessageEmail, isEmail)
	one(wrong, "consoleUrl", s.ConsoleURL, isConsole)
	each(wrong, "approvalsSubscriptions", s.Approvals, isApprovals)
	one(wrong, "externalId", s.ExternalID, isExternal)
	one(wrong, "homeRegion", s.HomeRegion, isRegion)
	one(wrong, "trail", s.Trail, isTrail)
	one(wrong, "trailKey", s.TrailKey, isKey)
	one(wrong, "key", s.Key, isKey)
	each(wrong, "regions", s.Regions, isRegion)
	each(wrong, "boundaries", s.Boundaries, isPolicy)
	each(wrong, "operators", s.Operators, isOperator)
	each(wrong, "deployers", s.Deployers, isDeployer)
	each(wrong, "operatorRoles", s.OperatorRoles, isSender)
	each(wrong, "emergencyRoles", s.EmergencyRoles, isPolicy)
	if len(s.EmergencyRoles) > 0 && (s.HomeRegion == "" || s.AlarmEmail == "") {
		wrong.addf("emergencyRoles needs homeRegion, for the stacks of the Regions, and alarmEmail, to which their alarms go: set both")
	}
	each(wrong, "taskSenders", s.TaskSenders, isSender)
	if u, err := url.Parse(s.JWTIssuer); s.JWTIssuer != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		wrong.addf("jwtIssuer is %q, not an https URL", s.JWTIssuer)
	}
	if (s.JWTIssuer == "") != (s.JWTAudience == "") {
		wrong.addf("jwtIssuer and jwtAudience go together: set both, or neither")
	}
	s.checkSignIn(wrong)
	if s.CatalogSignature && s.JWTIssuer == "" {
		wrong.addf("catalogSignature needs jwtIssuer: only people sign, so set it, or catalogSignature=off")
	}
	if len(s.Regions) > 0 && s.HomeRegion == "" {
		wrong.addf("regions needs homeRegion, to which their events are sent: set it")
	}
	if s.TrailKey != "" && s.Trail == "" {
		wrong.addf("trailKey needs trail, whose files it encrypts: set it")
	}
	if !slices.Contains(retentions[:], s.LogRetentionDays) {
		wrong.addf("logRetentionDays is %d, not one of %v", s.LogRetentionDays, retentions)
	}
	s.checkNumbers(wrong)
	s.CodeSigning.check(wrong)
	s.Log.check(wrong)
	s.checkDeployers(wrong)
	s.checkReserved(wrong)
}

func (s Settings) checkSignIn(wrong *problems) {
	if (s.ConsoleClient != "" || s.CLIClient != "") && s.JWTIssuer == "" {
		wrong.addf("consoleClient and cliClient need jwtIssuer, where they are registered: set it")
	}
	one(wrong, "consoleClient", s.ConsoleClient, isClient)
	one(wrong, "cliClient", s.CLIClient, isClient)
	each(wrong, "scopes", s.Scopes, isScope)
	each(wrong, "signInOrigins", s.SignInOrigins, isOrigin)
	if !slices.Contains(s.Scopes, "openid") {
		wrong.addf("scopes lacks openid, without which the issuer gives no ID token: add it")
	}
}

// checkDeployers: only deployers may change the buckets of the log. CloudFormation changes home's with a role of the CDK, and a
// log account's with the caller's.
func (s Settings) checkDeployers(wrong *problems) {
	if len(s.Deployers) == 0 {
		wrong.addf("deployers is empty: the SCPs would bind everybody, and nothing could be deployed again")
	}
	role := s.cdkRoles(s.Home) + "cfn-exec-role-" + s.Home + "-" + cmp.Or(s.HomeRegion, "us-east-1")
	if s.Home != "" && !slices.ContainsFunc(s.Deployers, func(pattern string) bool { return isLike(pattern, role) }) {
		wrong.addf("deployers lacks the roles of the CDK, which deploy %s: add %s*, or its buckets could not be changed later", s.resource("data"), s.cdkRoles(s.Home))
	}
	if s.Log.Bucket == "" {
		return
	}
	if s.Home == "" || s.HomeRegion == "" || s.AlarmEmail == "" {
		wrong.addf("logBucket needs home, whose function archive writes to it, homeRegion, where the bucket is too, and alarmEmail, to which its alarm goes: set all")
	}
	if !slices.ContainsFunc(s.Deployers, func(arn string) bool {
		anywhere, there := strings.HasPrefix(arn, "arn:aws:iam::*:"), strings.HasPrefix(arn, "arn:aws:iam::"+s.Log.Account+":")
		return there || anywhere && arn != stackSets
	}) {
		wrong.addf("logBucket needs the role of account %s with which you deploy %s: name it in deployers, or that stack could not be changed later", s.Log.Account, s.resource("log"))
	}
}

// isLike reports whether ArnLike matches a pattern without question marks.
func isLike(pattern, arn string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(arn)
}

func (s Settings) checkNumbers(wrong *problems) {
	if d := s.EvidenceDays; d != 0 && (d < 500 || d > 9999) { // an elevation may last 395 days, and wait to be decided
		wrong.addf("evidenceDays is %d, not 0 or 500 to 9999", d)
	}
	if d := s.RefusalDays; d != 0 && (d < 30 || d > 9999) {
		wrong.addf("refusalDays is %d, not 0 or 30 to 9999", d)
	}
	if s.SweepMinutes < 1 || s.SweepMinutes > maxSweepMinutes {
		wrong.addf("sweepMinutes is %d, not 1 to %d", s.SweepMinutes, maxSweepMinutes)
	}
	if s.OpenRequests < 1 || s.OpenRequests > 1000 {
		wrong.addf("openRequests is %d, not 1 to 1000", s.OpenRequests)
	}
	if s.GroupsHours < 1 || s.GroupsHours > 720 {
		wrong.addf("groupsHours is %d, not 1 to 720", s.GroupsHours)
	}
}

// revokesPerGrant: each end may call Revoke twice at once (its order, and the end of Hold). Revoke may take 25 s,
// Grant 18 s: 2 × 25/18 < 3.
const revokesPerGrant = 3

const maxSweepMinutes = 3

// fewestPollers is the minimum of a queue's maximum concurrency.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const fewestPollers = 2

// unreserved is kept by Lambda for functions without a reservation.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
const unreserved, accountConcurrency = 100, 1000

func (s Settings) checkReserved(wrong *problems) {
	sum := 0
	for _, n := range s.Reserved {
		sum += n
	}
	if sum > accountConcurrency-unreserved {
		wrong.addf("reserved is %d in total; an account has %d to reserve", sum, accountConcurrency-unreserved)
	}
	grant, revoke := s.Reserved["grant"], s.Reserved["revoke"]
	if len(s.Reserved) > 0 && grant == 0 {
		wrong.addf("reserved: grant has no reservation, so nothing bounds it: reserve for grant, or set reserved=none")
	}
	for _, f := range []string{"trigger", "correlate", "review"} {
		if n := s.Reserved[f]; n > 0 && n < fewestPollers {
			wrong.addf("reserved: %s has 1: set at least 2, or 0", f)
		}
	}
	if revoke < revokesPerGrant*grant {
		wrong.addf("reserved: revoke has %d, and needs %d times the %d of grant, so that grants never starve removals",
			revoke, revokesPerGrant, grant)
	}
}

// warnings returns what these settings leave closed.
func (s Settings) warnings() []string {
	var all []string
	for _, w := range []struct {
		when bool
		text string
	}{
		{s.OrgID == "", "orgId is not set: there is no API for machines, and nothing is allowed in other accounts, so every request is refused"},
		{s.JWTIssuer == "", "jwtIssuer is not set: there is no API for people, so nothing can be approved"},
		{s.JWTIssuer != "" && s.ConsoleClient == "", "consoleClient is not set: people can only use the command line"},
		{s.Canary && s.canaryAccount() == "", "canary is on, and the catalog has no entitlement canary for one principal role/canary/" + s.resource("canary") + ": canaries do not run"},
		{len(s.TaskSenders) == 0 && slices.ContainsFunc(s.catalog.Triggers, func(t trigger) bool { return slices.Contains(t.Start.Source, ownTask) }),
			"taskSenders is empty: triggers wait for curfew.task, but no sender is allowed"},
		{s.HomeRegion == "", "homeRegion is not set: no rules send CloudTrail's events"},
		{s.Trail == "", "trail is not set: events that the bus loses are not found in files"},
		{s.Home == "", "home is not set: the member stack is not made"},
		{s.Home == "" && slices.Equal(s.Deployers, []string{stackSets}), "deployers is not set, nor home: the SCPs would bind the roles that deploy to home"},
		{len(s.Operators) == 0, "operators is empty: only its owners may end another's elevation"},
		{s.AlarmEmail == "", "alarmEmail is not set: subscribe to the topic " + s.Name + "-alarms, or alarms reach no person"},
		{s.MessageEmail == "", "messageEmail is not set: subscribe to the topic " + s.Name + "-messages, or requesters hear of no step, and operators of no page"},
		{len(s.Approvals) == 0, "approvalsSubscriptions is empty: subscribe to the topic " + s.Name + "-approvals, or approvers hear of no request"},
	} {
		if w.when {
			all = append(all, w.text)
		}
	}
	return all
}

// canaryAccount returns the account of the catalog's entitlement canary, if that is for the canary's role alone; empty:
// there are no canaries.
func (s Settings) canaryAccount() string {
	all := s.catalog.principals(func(e entitlement) bool { return e.Name == "canary" })
	if !s.Canary || s.OrgID == "" || len(all) != 1 {
		return ""
	}
	account, _, _ := strings.Cut(strings.TrimPrefix(all[0], "arn:aws:iam::"), ":")
	path, name := s.canaryRole()
	if !isAccount.MatchString(account) || all[0] != "arn:aws:iam::"+account+":role"+path+name {
		return ""
	}
	return account
}
