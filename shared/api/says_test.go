package api

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/task"
)

func TestSays(t *testing.T) {
	const read = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetBucketTagging","Resource":"*"}]}`
	role, user := access.Principal{ARN: "arn:aws:iam::111122223333:role/engineer-deploy", ID: "AROA1"}, access.Principal{ARN: "arn:aws:iam::111122223333:user/ci-user", ID: "AIDA1"}
	tests := map[string]struct {
		change func(*access.Terms)
		want   []string // how each sentence begins
	}{
		"nothing to say": {func(*access.Terms) {}, nil},
		"unverified":     {func(t *access.Terms) { t.Task.Known = false }, []string{"The change task CHG-1 is unverified"}},
		"bound to none":  {func(t *access.Terms) { t.Session = access.Session{Bind: access.BindNone} }, []string{"It is bound to no session: every session of engineer-deploy"}},
		"bound to an endpoint": {func(t *access.Terms) { t.Session = access.Session{Bind: access.BindVPCEndpoint, Value: "vpce-1"} },
			[]string{"It is bound to a network and to no session: every session of engineer-deploy that calls through vpce-1"}},
		"weak":        {func(t *access.Terms) { t.Session.Weak = true }, []string{"Its binding is weak: nothing but the caller's own word pins the name ana"}},
		"user":        {func(t *access.Terms) { t.Principal, t.Session = user, access.Session{Bind: access.BindNone} }, []string{"ci-user is a user"}},
		"break-glass": {func(t *access.Terms) { t.BreakGlass = true }, []string{"Break-glass: it is granted at once"}},
		"machine": {func(t *access.Terms) { t.Requester.Kind, t.Approval.Need = identity.Machine, 1 },
			[]string{"A machine asks: its owners (group:platform)"}},
		"outliving by name": {func(t *access.Terms) {
			t.Policies = []string{read, strings.Replace(read, "s3:GetBucketTagging", "iam:PassRole", 1)}
		},
			[]string{"It makes code run as another principal, which outlives the end of access: iam:PassRole."}},
		"outliving by wildcard": {func(t *access.Terms) {
			t.Policies = []string{strings.Replace(read, "s3:GetBucketTagging", "kms:Create*", 1)}
		},
			[]string{"It lets others in by policies of resources, which outlives the end of access: kms:CreateGrant."}},
		"outliving, but denied by another part": {func(t *access.Terms) {
			t.Policies = []string{strings.Replace(read, "s3:GetBucketTagging", "kms:Create*", 1), strings.Replace(strings.Replace(read, "s3:GetBucketTagging", "kms:*", 1), "Allow", "Deny", 1)}
		}, nil},
		"admin": {func(t *access.Terms) {
			t.Policies = []string{strings.Replace(read, `"s3:GetBucketTagging"`, `["sts:GetCallerIdentity","*"]`, 1)}
		}, []string{"It is admin: it allows every action on every resource.", "It makes code run as another principal, which outlives the end of access: cloudformation:UpdateStack, ec2:RunInstances, iam:PassRole, lambda:UpdateFunctionCode, ssm:SendCommand and ",
			"It makes or reads credentials", "It blinds logs or alarms", "It opens sessions", "It lets others in", "It changes who may assume", "CloudTrail shows these actions"}},
		"unreadable policy": {func(t *access.Terms) { t.Policies = []string{"{}"} }, []string{"Its policy cannot be read here: it may allow anything."}},
		"actions that the trail does not show": {func(t *access.Terms) {
			t.Policies = []string{read, strings.Replace(read, "s3:GetBucketTagging", "sqs:*Message*", 1)}
		},
			[]string{"CloudTrail shows these actions only where data events are logged: sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:ReceiveMessage and 1 more."}},
		"contained": {func(t *access.Terms) { t.Contain = true },
			[]string{"If AWS refuses to remove its grant, what it allows, or everything if that is too long to write, may be denied to the session ana of engineer-deploy"}},
		"contained by source identity": {func(t *access.Terms) {
			t.Contain, t.Session = true, access.Session{Bind: access.BindSourceIdentity, Value: "ana"}
		},
			[]string{"If AWS refuses to remove its grant, what it allows may be denied to sessions of engineer-deploy with the source identity ana"}},
		"contained, a user": {func(t *access.Terms) {
			t.Contain, t.Principal, t.Session = true, user, access.Session{Bind: access.BindNone}
		},
			[]string{"ci-user is a user", "If AWS refuses to remove its grant, what it allows may be denied to ci-user"}},
		"contained, bound to none": {func(t *access.Terms) { t.Contain, t.Session = true, access.Session{Bind: access.BindNone} },
			[]string{"It is bound to no session", "If AWS refuses to remove its grant, what it allows may be denied to every session of engineer-deploy"}},
		"refused before the principal was looked at": {func(t *access.Terms) {
			t.Principal, t.Session, t.Policies, t.Task.Known = access.Principal{}, access.Session{}, nil, false
		}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			terms := access.Terms{
				Principal: role, Owners: []string{"group:platform"}, Requester: identity.Caller{Kind: identity.Person},
				Task: task.Task{Kind: "change", ID: "CHG-1", Known: true}, Policies: []string{read},
				Session: access.Session{Bind: access.BindUserID, Value: "ana"},
			}
			test.change(&terms)
			got := says(terms)
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("says %q, want %q", got, test.want)
			}
		})
	}
}

// TestSessionSaysWhereMFAIsAskedFor: calls that need MFA, and a sign-in that had it, were shown as each other.
func TestSessionSaysWhereMFAIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		session   access.Session
		principal string
		want      Session
		warning   string
	}{
		"in calls":           {access.Session{Bind: access.BindUserID, MFA: true}, "role/r", Session{Bind: "userid", MFA: true}, "AWS allows only calls with MFA: of a session that a user began"},
		"in calls of a user": {access.Session{Bind: access.BindNone, MFA: true}, "user/u", Session{Bind: "none", MFA: true}, "AWS allows only calls with MFA: those of credentials from"},
		"at sign-in":         {access.Session{Bind: access.BindUserID, MFASignIn: true}, "role/r", Session{Bind: "userid", MFASignIn: true}, ""},
		"not at all":         {access.Session{Bind: access.BindUserID}, "role/r", Session{Bind: "userid"}, ""},
		"refused before":     {access.Session{}, "role/r", Session{}, ""},
	} {
		e := elevationOf(access.Life{Terms: access.Terms{Session: c.session, Principal: access.Principal{ARN: "arn:aws:iam::111122223333:" + c.principal}}})
		if got := cmp.Or(e.Session, &Session{}); *got != c.want {
			t.Errorf("%s: session %+v, want %+v", name, *got, c.want)
		}
		if got := e.MFAWarning(); !strings.HasPrefix(got, c.warning) || (got == "") != (c.warning == "") {
			t.Errorf("%s: warns %q, want %q", name, got, c.warning)
		}
	}
}
