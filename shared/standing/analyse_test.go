package standing

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

func classNames(e *Entry) (names []string) {
	for _, c := range e.Classes {
		names = append(names, c.Name)
	}
	return names
}

func TestPrivilegedActionsByClass(t *testing.T) {
	for _, c := range []struct {
		name, statements string
		want             string
		everywhere       bool
	}{
		{"reader", allow("s3:GetObject ec2:DescribeInstances", "*"), "", false},
		{"passer", allow("iam:PassRole", "arn:aws:iam::111122223333:role/x"), "code", false},
		{"eraser", allow("s3:DeleteBucket rds:DeleteDBInstance", "*"), "deletion", true},
		{"wild", allow("secretsmanager:*", "*"), "code credentials deletion sharing", true},
		{"blinder", allow("cloudtrail:StopLogging", "*"), "log", true},
		{"except", `{"Effect":"Allow","Action":"iam:UpdateAssumeRolePolicy","NotResource":"arn:aws:iam::111122223333:role/x"}`, "trust", true},
		{"denied", allow("iam:CreateUser iam:PassRole", "*") + `,{"Effect":"Deny","Action":"iam:Create*","Resource":"*"}`, "code", true},
		{"allbut", `{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`, "code credentials deletion log sessions sharing trust", true},
	} {
		e := one(t, role{name: c.name, policies: map[string]string{"p": c.statements}}, Options{})
		if got := strings.Join(classNames(e), " "); got != c.want {
			t.Errorf("%s: classes %q, want %q", c.name, got, c.want)
		}
		if len(e.Classes) > 0 && e.Classes[0].Everywhere != c.everywhere {
			t.Errorf("%s: everywhere %v", c.name, e.Classes[0].Everywhere)
		}
	}
}

func TestAdministrators(t *testing.T) {
	e := one(t, role{name: "admin", attached: []string{adminPolicy}}, Options{})
	if e.Admin != "every action on every resource" || e.points("admin") != 50 || e.points("class") != 0 {
		t.Errorf("%q, terms %+v", e.Admin, e.Terms)
	}
	e = one(t, role{name: "bound", attached: []string{adminPolicy}, boundary: "arn:aws:iam::" + home + ":policy/most"}, Options{})
	if e.Admin != "" || e.points("class") == 0 || strings.Contains(strings.Join(e.Classes[0].Actions, " "), "iam:") {
		t.Errorf("a boundary without IAM leaves %q, %+v", e.Admin, e.Classes)
	}
	scp := [][]*iampolicy.Document{{policy(t, allow("*", "*"))}, {policy(t, allow("s3:*", "*"))}}
	e = one(t, role{name: "scp", attached: []string{adminPolicy}}, Options{SCPs: map[string][][]*iampolicy.Document{home: scp}})
	if e.Admin != "" {
		t.Errorf("an organization that allows S3 alone leaves %q", e.Admin)
	}
	for _, c := range e.Classes {
		for _, a := range c.Actions {
			if !strings.HasPrefix(a, "s3:") {
				t.Errorf("%s is left", a)
			}
		}
	}
}

func TestABoundaryAndAnOrganizationBothLimit(t *testing.T) {
	scp := map[string][][]*iampolicy.Document{home: {{policy(t, allow("iam:*", "*"))}}}
	r := role{name: "both", attached: []string{adminPolicy}, boundary: "arn:aws:iam::" + home + ":policy/most"}
	if e := one(t, r, Options{SCPs: scp}); len(e.Classes) != 0 {
		t.Errorf("IAM alone and everything but IAM leave %+v", e.Classes)
	}
}

// The grants of the installation are not standing privilege: they end by themselves.
func TestGrantsAreNotStanding(t *testing.T) {
	grant := "curfew-01k6y3m1x8q2v4t6w8y0a2c4e6"
	e := one(t, role{name: "elevated", policies: map[string]string{grant: allow("*", "*"), "own": allow("s3:ListAllMyBuckets", "*")}}, Options{})
	if e.Privileged() || e.Score != 0 {
		t.Errorf("%+v", e)
	}
	if e := one(t, role{name: "other", policies: map[string]string{"curfew-team": allow("*", "*")}}, Options{}); e.Admin == "" {
		t.Error("a policy whose name only begins like a grant's is standing")
	}
}

func TestWhatIsNotKnownIsNeverHarmless(t *testing.T) {
	missing := one(t, role{name: "missing", attached: []string{"arn:aws:iam::" + home + ":policy/gone"}}, Options{})
	broken := one(t, role{name: "broken", policies: map[string]string{"p": `{"Effect":"Perhaps"}`}}, Options{})
	trust := one(t, role{name: "trust", trust: `{"Effect":"Perhaps"}`}, Options{})
	for _, e := range []*Entry{missing, broken, trust} {
		if e.Unknown == "" || !e.Privileged() || e.points("unknown") != 30 || e.Score < 30 {
			t.Errorf("%s: unknown %q, score %d", e.Name, e.Unknown, e.Score)
		}
	}
	r := analyse(t, details(t, []role{{name: "missing", attached: []string{"arn:aws:iam::" + home + ":policy/gone"}}}), Options{})
	if r.Accounts[0].Unknown != 1 || !strings.Contains(strings.Join(r.Notes, "\n"), "policies of 1 principals are not all known") {
		t.Errorf("%+v, %q", r.Accounts, r.Notes)
	}
}

func TestMachineOrHuman(t *testing.T) {
	d := details(t, []role{
		{name: "service"},
		{name: "irsa", trust: trusts(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A"}`, "")},
		{name: "app", trust: trusts(`{"Federated":"cognito-identity.amazonaws.com"}`, "")},
		{name: "saml", trust: trusts(`{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"}`, "")},
		{name: "AWSReservedSSO_Admin_0123", path: "/aws-reserved/sso.amazonaws.com/", trust: trusts(`{"Federated":"arn:aws:iam::111122223333:saml-provider/x"}`, "")},
		{name: "chained", trust: trusts(`{"AWS":"`+arnOf("service")+`"}`, "")},
		{name: "shared", trust: trusts(`{"AWS":["`+arnOf("service")+`","`+arnOf("saml")+`"]}`, "")},
		{name: "account", trust: trusts(`{"AWS":"arn:aws:iam::111122223333:root"}`, "")},
		{name: "ring", trust: trusts(`{"AWS":"`+arnOf("ring")+`"}`, "")},
	}, user("ana", ""), user("ci", ""), user("both", ""), user("ghost", ""))
	creds := map[string]*Credential{}
	for name, c := range map[string]Credential{"ana": {Password: true}, "ci": {Keys: [2]Key{{Active: true}}}, "both": {Password: true, Keys: [2]Key{{Active: true}}}} {
		creds["arn:aws:iam::"+home+":user/"+name] = &c
	}
	r := analyse(t, d, Options{Credentials: creds})
	for name, want := range map[string]Kind{"service": Machine, "irsa": Machine, "app": Human, "saml": Human, "AWSReservedSSO_Admin_0123": Human, "chained": Machine, "shared": Both,
		"account": KindUnset, "ring": KindUnset, "ana": Human, "ci": Machine, "both": Both, "ghost": KindUnset} {
		e := r.of(t, name)
		if e.Kind != want || e.Machine != (want == Machine) || e.How == "" {
			t.Errorf("%s: %s because %s, want %s", name, e.Kind, e.How, want)
		}
	}
}

func TestTrustFromOutside(t *testing.T) {
	github := `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	sub := func(operator, value string) string {
		return `,"Condition":{"` + operator + `":{"token.actions.githubusercontent.com:sub":"` + value + `"}}`
	}
	eks := `{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A"}`
	external := `,"Condition":{"StringEquals":{"sts:ExternalId":"s3cret"}}`
	for name, c := range map[string]struct {
		trust  string
		points int
		why    string
	}{
		"service":      {trusts(`{"Service":"lambda.amazonaws.com"}`, ""), 0, ""},
		"own":          {trusts(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), 0, ""},
		"sibling":      {trusts(`{"AWS":"444455556666"}`, ""), 0, ""},
		"anyone":       {trusts(`"*"`, ""), 30, "anyone"},
		"anyoneAWS":    {trusts(`{"AWS":"*"}`, external), 30, "external id"},
		"organization": {trusts(`{"AWS":"*"}`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3"}}`), 0, ""},
		"anyorg":       {trusts(`{"AWS":"*"}`, `,"Condition":{"StringLike":{"aws:PrincipalOrgID":"*"}}`), 30, "anyone"},
		"notthem":      {trusts(`{"AWS":"*"}`, `,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3"}}`), 30, "anyone"},
		"ifexists":     {trusts(`{"AWS":"*"}`, `,"Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3"}}`), 30, "anyone"},
		"pinned":       {trusts(`{"AWS":"*"}`, `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"777788889999"}}`), 12, "777788889999"},
		"vendor":       {trusts(`{"AWS":"arn:aws:iam::777788889999:root"}`, external), 6, "777788889999"},
		"careless":     {trusts(`{"AWS":"arn:aws:iam::777788889999:role/x"}`, ""), 12, "no external id"},
		"emptyid":      {trusts(`{"AWS":"777788889999"}`, `,"Condition":{"StringLike":{"sts:ExternalId":"*"}}`), 12, "no external id"},
		"deleted":      {trusts(`{"AWS":"AROAEXAMPLEEXAMPLEEX"}`, ""), 0, ""},
		"nosub":        {trusts(github, `,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`), 20, "no condition on sub"},
		"anyrepo":      {trusts(github, sub("StringLike", "repo:*")), 30, "any repository on GitHub"},
		"anyowner":     {trusts(github, sub("StringLike", "repo:acme*/app:ref")), 30, "any repository on GitHub"},
		"ownerrepos":   {trusts(github, sub("StringLike", "repo:acme/*")), 12, "of owner acme"},
		"branches":     {trusts(github, sub("StringLike", "repo:acme/app:*")), 6, "any branch"},
		"exact":        {trusts(github, sub("StringEquals", "repo:acme/app:ref:refs/heads/main")), 0, ""},
		"literal":      {trusts(github, sub("StringEquals", "repo:*")), 0, ""},
		"pods":         {trusts(eks, ""), 20, "any subject"},
		"anypod":       {trusts(eks, `,"Condition":{"StringLike":{"oidc.eks.eu-west-1.amazonaws.com/id/A:sub":"system:serviceaccount:*:*"}}`), 20, "any subject"},
		"namespace":    {trusts(eks, `,"Condition":{"StringLike":{"oidc.eks.eu-west-1.amazonaws.com/id/A:sub":"system:serviceaccount:prod:*"}}`), 6, "subjects that fit"},
		"denies":       {`{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`, 0, ""},
	} {
		e := one(t, role{name: name, trust: c.trust, policies: map[string]string{"p": allow("iam:*", "*")}}, Options{Accounts: []string{"444455556666"}})
		switch {
		case c.points == 0 && len(e.Outside) > 0, c.points > 0 && len(e.Outside) != 1:
			t.Errorf("%s: %+v", name, e.Outside)
		case c.points > 0 && (e.Outside[0].Points != c.points || e.points("outside") != c.points || !strings.Contains(e.Outside[0].Who+" "+e.Outside[0].Why, c.why)):
			t.Errorf("%s: %+v, terms %+v", name, e.Outside, e.Terms)
		}
	}
}

func TestBoundaries(t *testing.T) {
	most := "arn:aws:iam::" + home + ":policy/most"
	privileged := map[string]string{"p": allow("s3:DeleteBucket", "*")}
	for _, c := range []struct {
		name     string
		boundary string
		accepted []string
		policies map[string]string
		missing  bool
	}{
		{"none", "", nil, privileged, true},
		{"any", most, nil, privileged, false},
		{"accepted", most, []string{"most"}, privileged, false},
		{"another", most, []string{"curfew-boundary"}, privileged, true},
		{"harmless", "", nil, map[string]string{"p": allow("s3:GetObject", "*")}, false},
	} {
		e := one(t, role{name: c.name, boundary: c.boundary, policies: c.policies}, Options{Boundaries: c.accepted})
		if e.MissingBoundary != c.missing || (e.points("boundary") == 5) != c.missing {
			t.Errorf("%s: missing %v", c.name, e.MissingBoundary)
		}
	}
}

func TestKeysAndTheirAge(t *testing.T) {
	const report = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n" +
		"<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,false,true,2020-01-01T00:00:00+00:00,N/A,false,N/A,N/A\n" +
		"old,arn:aws:iam::111122223333:user/old,2020-01-01T00:00:00+00:00,true,no_information,false,true,2025-01-01T12:00:00+00:00,2026-10-01T00:00:00+00:00,false,N/A,N/A\n" +
		"new,arn:aws:iam::111122223333:user/new,2020-01-01T00:00:00+00:00,true,no_information,true,true,2026-10-22T12:00:00+00:00,N/A,true,2026-07-01T12:00:00+00:00,N/A\n" +
		"plain,arn:aws:iam::111122223333:user/plain,2020-01-01T00:00:00+00:00,false,N/A,false,true,2025-01-01T12:00:00+00:00,N/A,false,N/A,N/A\n"
	creds := map[string]*Credential{}
	if err := ReadCredentials(strings.NewReader(report), creds); err != nil {
		t.Fatal(err)
	}
	power := allow("iam:CreateUser", "*")
	r := analyse(t, details(t, nil, user("old", power), user("new", power), user("plain", "")), Options{Credentials: creds})
	old, young, plain := r.of(t, "old"), r.of(t, "new"), r.of(t, "plain")
	if len(old.Keys) != 1 || old.Keys[0].Days != 669 || old.points("keys") != 15 || old.points("mfa") != 10 {
		t.Errorf("old: %+v %+v", old.Keys, old.Terms)
	}
	if len(young.Keys) != 2 || young.points("keys") != 10 || young.points("mfa") != 0 {
		t.Errorf("new: %+v %+v", young.Keys, young.Terms)
	}
	if plain.points("keys") != 4 {
		t.Errorf("without privilege a key counts a quarter: %+v", plain.Terms)
	}
	if len(r.Roots) != 1 || r.Roots[0].Account != home || !strings.Contains(r.Roots[0].Says, "access key, and no MFA") {
		t.Errorf("root: %+v", r.Roots)
	}
	for root, want := range map[Credential]string{{MFA: true}: "", {}: "the root user has no MFA: set it, or remove the password", {MFA: true, Keys: [2]Key{{}, {Active: true}}}: "the root user has an active access key"} {
		if root.root() != want {
			t.Errorf("%+v: %q, want %q", root, root.root(), want)
		}
	}
	for _, bad := range []string{"", "user,arn\n", report + "short,row\n", `"`} {
		if err := ReadCredentials(strings.NewReader(bad), creds); err == nil {
			t.Errorf("%.20q is no report", bad)
		}
	}
}

func TestPathsCountAndAreBounded(t *testing.T) {
	var many []Path
	for range 30 {
		many = append(many, Path{To: arnOf("other"), Steps: []Step{{Technique: "x"}}})
	}
	many = append(many, Path{To: arnOf("admin"), Admin: true, Steps: []Step{{Technique: "PassRole"}, {Technique: "y"}}})
	d := details(t, []role{{name: "weak"}, {name: "open"}})
	r := analyse(t, d, Options{Paths: func(p *authdetails.Principal) []Path {
		if p.Name == "open" {
			return []Path{{To: arnOf("admin"), Admin: true, Open: "a condition"}}
		}
		return many
	}})
	weak, open := r.of(t, "weak"), r.of(t, "open")
	if len(weak.Paths) != mostPaths || !weak.Paths[0].Admin || weak.points("path") != 30 || weak.points("boundary") != 5 {
		t.Errorf("%d paths, first %+v, %+v", len(weak.Paths), weak.Paths[0], weak.Terms)
	}
	if open.points("path") != 15 {
		t.Errorf("%+v", open.Terms)
	}
}

func TestWhoCanBecomeWhom(t *testing.T) {
	d := details(t, []role{
		{name: "admin", attached: []string{adminPolicy}, trust: trusts(`{"AWS":"arn:aws:iam::111122223333:root"}`, "")},
		{name: "deployer", policies: map[string]string{"p": allow("sts:AssumeRole", arnOf("admin"))}},
		{name: "reader", policies: map[string]string{"p": allow("s3:GetObject", "*")}},
	})
	told := 0
	r := analyse(t, d, Options{Tell: func(string, int, int) error { told++; return nil }})
	e := r.of(t, "deployer")
	if len(e.Paths) == 0 || e.Paths[0].To != arnOf("admin") || !e.Paths[0].Admin || e.Paths[0].Steps[0].Technique != "assume" || e.Paths[0].Steps[0].Text == "" {
		t.Errorf("%+v", e.Paths)
	}
	if paths := r.of(t, "reader").Paths; len(paths) != 0 {
		t.Errorf("%+v", paths)
	}
	if told < 6 {
		t.Errorf("progress was told %d times for 3 principals in 2 rounds at least", told)
	}
	stop := errors.New("stop")
	if _, err := Analyse(d, Options{Tell: func(string, int, int) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}

func TestServiceLinkedRolesHaveNoScore(t *testing.T) {
	e := one(t, role{name: "AWSServiceRoleForBackup", path: "/aws-service-role/backup.amazonaws.com/", policies: map[string]string{"p": allow("*", "*")}}, Options{})
	if e.Score != 0 || e.Protected == "" || e.MissingBoundary {
		t.Errorf("%+v", e)
	}
}

// The table in doc.go is the documentation of these sums.
func TestScoresAreSumsOfTheirTerms(t *testing.T) {
	d := details(t, []role{
		{name: "admin", attached: []string{adminPolicy}, trust: trusts(`"*"`, "")},
		{name: "deleter", policies: map[string]string{"p": allow("s3:DeleteBucket", "arn:aws:s3:::x")}},
		{name: "plain", policies: map[string]string{"p": allow("s3:GetObject", "*")}},
	})
	alone := Options{Paths: func(*authdetails.Principal) []Path { return nil }}
	r := analyse(t, d, alone)
	for name, want := range map[string]int{"admin": 85, "deleter": 8, "plain": 0} {
		e, sum := r.of(t, name), 0
		for _, term := range e.Terms {
			sum += term.Points
		}
		if e.Score != want || sum != want {
			t.Errorf("%s: %d, %+v", name, e.Score, e.Terms)
		}
	}
	// (85 + (85+8)/20) / 2
	if r.Score != 45 || r.Points != 93 || r.Accounts[0].Score != 45 || r.Accounts[0].Points != 93 {
		t.Errorf("score %d, points %d, %+v", r.Score, r.Points, r.Accounts)
	}
	if r.Entries[0].Name != "admin" || r.Entries[2].Name != "plain" {
		t.Error("the highest score comes first")
	}
	again, _ := json.Marshal(analyse(t, d, alone))
	if first, _ := json.Marshal(r); string(first) != string(again) {
		t.Error("the same input gives another report")
	}
}

func TestTrend(t *testing.T) {
	power, plain := map[string]string{"p": allow("iam:CreateUser", "*")}, map[string]string{"p": allow("s3:GetObject", "*")}
	old := analyse(t, details(t, []role{{name: "gone", policies: power}, {name: "tamed", policies: power}, {name: "same", policies: power}, {name: "worse", policies: plain}}), Options{Now: now.Add(-30 * 24 * time.Hour)})
	text, _ := json.Marshal(old)
	read, err := ReadReport(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Entries, old.Entries) {
		t.Error("a report that is read is the one that was written")
	}
	next := analyse(t, details(t, []role{{name: "tamed", policies: plain}, {name: "same", attached: []string{adminPolicy}}, {name: "worse", policies: power}}), Options{})
	tr := Compare(read, next)
	names := func(all []Change) (got []string) {
		for _, c := range all {
			got = append(got, lastName(c.Principal))
		}
		return got
	}
	if !slices.Equal(names(tr.New), []string{"worse"}) || !slices.Equal(names(tr.Gone), []string{"gone", "tamed"}) || !slices.Equal(names(tr.Up), []string{"same"}) || len(tr.Down) != 0 {
		t.Errorf("%+v", tr)
	}
	if tr.Score != next.Score-old.Score || tr.Points != next.Points-old.Points || !tr.Since.Equal(old.At) {
		t.Errorf("%+v", tr)
	}
	for _, bad := range []string{"", "[]", `{"format":2}`, `{"format":1,"entries":[null]}`, `{"format":1,"other":1}`, strings.Repeat("[", 100000)} {
		if _, err := ReadReport([]byte(bad)); err == nil {
			t.Errorf("%.20q is no report", bad)
		}
	}
}
