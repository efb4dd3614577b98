package house

import (
	"fmt"
	"path"
	"strings"
)

// module is the path of the root module, the first word of every import inside
// it.
const module = "curfew"

// ban forbids one import in some folders. Checking file by file is enough: the folders that may import an adapter are
// listed too, and shared packages are not among them.
type ban struct {
	of     string   // import path, or the beginning of one that ends in /
	in     []string // folders it binds; "" is the whole repository
	except []string // folders inside those that may
	tests  bool     // tests are bound as well
	why    string
}

var bans = []ban{
	{of: "github.com/aws/", in: []string{""}, except: []string{"shared/onaws", "functions", "scripts/acceptance", "scripts/curfew", "infra"}, tests: true,
		why: "only onaws, the Lambdas, the command line and the acceptance know the AWS SDK"},
	{of: "github.com/aws/aws-cdk-go/", in: []string{""}, except: []string{"infra"}, tests: true,
		why: "the CDK belongs to infra, a module of its own"},
	{of: "github.com/aws/jsii-runtime-go", in: []string{""}, except: []string{"infra"}, tests: true,
		why: "the CDK belongs to infra, a module of its own"},
	{of: module + "/", in: []string{"infra"}, tests: true,
		why: "infra reads what it needs as files"},
	{of: module + "/shared/inprocess", in: []string{"shared/onaws"}, tests: true,
		why: "adapters never know each other"},
	{of: module + "/shared/onaws", in: []string{"shared/inprocess"}, tests: true,
		why: "adapters never know each other"},
	{of: module + "/shared/inprocess", in: []string{""}, except: []string{"shared/inprocess", "shared/accesstest", "scripts"},
		why: "the domain and its doors do not know which world they run in"},
	{of: module + "/shared/onaws", in: []string{""}, except: []string{"shared/onaws", "functions", "scripts"},
		why: "the domain and its doors do not know which world they run in"},
	{of: module + "/shared/onaws", in: []string{"scripts/local"}, tests: true,
		why: "the rehearsal never calls AWS"},
	{of: module + "/shared/accesstest", in: []string{""}, except: []string{"shared/accesstest", "scripts"},
		why: "stories, faults and checkers are for tests and for scripts"},
	{of: module + "/shared/trigger/eventbus", in: []string{"shared/access", "shared/catalog"},
		why: "the domain and the catalog know the values of triggers, not the reader of events"},
	{of: module + "/shared/httpapi", in: []string{"shared/access", "shared/api", "scripts/curfew"},
		why: "operations do not know how a call arrives, and a client knows their shapes alone"},
	{of: "net/http", in: []string{"shared/access", "shared/api"},
		why: "operations do not know how a call arrives"},
	{of: "modernc.org/", in: []string{""}, except: []string{"shared/audit/sqlite"}, tests: true,
		why: "SQLite is large: one package imports it"},
	{of: module + "/shared/audit/sqlite", in: []string{""}, except: []string{"shared/audit/sqlite", "shared/audit/report", "scripts"}, tests: true,
		why: "no Lambda has SQLite, and only tests of reports"},
	{of: "github.com/CycloneDX/cyclonedx-go", in: []string{""}, except: []string{"scripts/release/sbom"}, tests: true,
		why: "one package writes bills of materials"},
	{of: "github.com/hiddeco/sshsig", in: []string{""}, except: []string{"scripts/oracles", "scripts/release"}, tests: true,
		why: "only releases are signed as SSH does"},
	{of: "golang.org/x/crypto/ssh", in: []string{""}, except: []string{"scripts/oracles", "scripts/release"}, tests: true,
		why: "only releases are signed as SSH does"},
	{of: "golang.org/x/oauth2", in: []string{""}, except: []string{"scripts/curfew", "scripts/local/signin"}, tests: true,
		why: "the API verifies tokens; only the command line gets them, and tests of the provider"},
	{of: "github.com/zalando/go-keyring", in: []string{""}, except: []string{"scripts/curfew/login"}, tests: true,
		why: "one package keeps the tokens of people"},
	{of: module + "/functions", in: []string{""}, except: []string{"functions"}, tests: true,
		why: "mains are at the edge"},
}

// confined lists packages that may import only the standard library and what is named.
var confined = map[string][]string{
	"shared/access": {module + "/shared/baseline", module + "/shared/campaign", module + "/shared/delegation", module + "/shared/difference", module + "/shared/directory", module + "/shared/evidence", module + "/shared/fault", module + "/shared/finding", module + "/shared/iamarn", module + "/shared/iampolicy", module + "/shared/identity", module + "/shared/message",
		module + "/shared/record", module + "/shared/registry", module + "/shared/review", module + "/shared/strictjson", module + "/shared/suspension", module + "/shared/task", module + "/shared/trigger"},
	"shared/accountreview": {module + "/shared/access", module + "/shared/authdetails", module + "/shared/campaign", module + "/shared/fault", module + "/shared/iamarn", module + "/shared/record", module + "/shared/standing", module + "/shared/trail"},
	"shared/api": {module + "/shared/access", module + "/shared/campaign", module + "/shared/correlate", module + "/shared/delegation", module + "/shared/difference", module + "/shared/evidence", module + "/shared/fault", module + "/shared/finding", module + "/shared/iamarn", module + "/shared/iamdata", module + "/shared/iampolicy", module + "/shared/identity",
		module + "/shared/outliving", module + "/shared/registry", module + "/shared/review", module + "/shared/strictjson", module + "/shared/suspension", module + "/shared/task", module + "/shared/trail"},
	"shared/archive":          {module + "/shared/evidence", module + "/shared/evidence/log", module + "/shared/fault", module + "/shared/finding", module + "/shared/record", "golang.org/x/mod/sumdb/tlog"},
	"shared/audit":            {module + "/shared/evidence", module + "/shared/evidence/log", module + "/shared/record", "golang.org/x/mod/sumdb/tlog"},
	"shared/audit/lake":       {module + "/shared/audit", module + "/shared/evidence/log", module + "/shared/fault", module + "/shared/record", "github.com/parquet-go/parquet-go", "golang.org/x/mod/sumdb/tlog"},
	"shared/audit/queries":    {module + "/shared/fault"},
	"shared/audit/sqlite":     {module + "/shared/audit", module + "/shared/audit/lake", module + "/shared/audit/queries", module + "/shared/fault", "modernc.org/sqlite", "modernc.org/sqlite/vtab"},
	"shared/authdetails":      {module + "/shared/iampolicy", module + "/shared/strictjson"},
	"shared/baseline":         {module + "/shared/fault", module + "/shared/iampolicy", module + "/shared/record", module + "/shared/trail"},
	"shared/backoff":          {module + "/shared/fault"},
	"shared/campaign":         {module + "/shared/evidence", module + "/shared/fault", module + "/shared/finding", module + "/shared/iamarn", module + "/shared/identity", module + "/shared/record"},
	"shared/console":          {module + "/shared/audit/queries", module + "/shared/fault"},
	"shared/correlate":        {module + "/shared/access", module + "/shared/baseline", module + "/shared/detection", module + "/shared/evidence", module + "/shared/fault", module + "/shared/finding", module + "/shared/iampolicy", module + "/shared/record", module + "/shared/trail", module + "/shared/trail/digest"},
	"shared/detection":        {module + "/shared/eventpattern", module + "/shared/finding", module + "/shared/iamarn", module + "/shared/iamdata", module + "/shared/strictjson", module + "/shared/trail", "github.com/cedar-policy/cedar-go"},
	"shared/difference":       {module + "/shared/escalation", module + "/shared/evidence", module + "/shared/iamdata", module + "/shared/iampolicy", module + "/shared/iampolicy/reach", module + "/shared/outliving"},
	"shared/delegation":       {module + "/shared/evidence", module + "/shared/fault", module + "/shared/identity", module + "/shared/record"},
	"shared/directory":        {module + "/shared/fault", module + "/shared/identity", module + "/shared/record"},
	"shared/escalation":       {module + "/shared/iamarn", module + "/shared/authdetails", module + "/shared/iamdata", module + "/shared/iampolicy"},
	"shared/eventpattern":     {module + "/shared/strictjson"},
	"shared/evidence":         {module + "/shared/strictjson"},
	"shared/evidence/log":     {module + "/shared/evidence", module + "/shared/fault", module + "/shared/strictjson", "golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog"},
	"shared/evidence/restore": {module + "/shared/evidence/log", module + "/shared/fault", module + "/shared/record", "golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog"},
	"shared/fault":            {},
	"shared/finding":          {module + "/shared/evidence", module + "/shared/fault", module + "/shared/identity", module + "/shared/record"},
	"shared/iamarn":           {},
	"shared/iamcall":          {module + "/shared/access", module + "/shared/backoff", module + "/shared/fault", module + "/shared/record"},
	"shared/iamdata":          {},
	"shared/iampolicy":        {module + "/shared/strictjson"},
	"shared/iampolicy/reach":  {module + "/shared/iamdata", module + "/shared/iampolicy"},
	"shared/identity":         {module + "/shared/fault"},
	"shared/message":          {module + "/shared/fault", module + "/shared/identity"},
	"shared/nearest":          {},
	"shared/ocsf":             {module + "/shared/finding"},
	"shared/ocsf/rows":        {module + "/shared/audit", module + "/shared/audit/lake", module + "/shared/evidence/log", module + "/shared/fault", module + "/shared/finding", module + "/shared/record", "github.com/parquet-go/parquet-go"},
	"shared/outliving":        {module + "/shared/iampolicy"},
	"shared/record":           {module + "/shared/backoff", module + "/shared/evidence", module + "/shared/fault"},
	"shared/registry":         {module + "/shared/evidence", module + "/shared/fault", module + "/shared/iamarn", module + "/shared/identity", module + "/shared/record"},
	"shared/release": {module + "/shared/access", module + "/shared/catalog", module + "/shared/evidence", module + "/shared/fault", module + "/shared/finding", module + "/shared/identity",
		module + "/shared/record"},
	"shared/review":    {module + "/shared/evidence", module + "/shared/fault", module + "/shared/identity", module + "/shared/record"},
	"shared/rightsize": {module + "/shared/iamdata", module + "/shared/iampolicy", module + "/shared/strictjson", module + "/shared/trail"},
	"shared/standing": {module + "/events", module + "/shared/authdetails", module + "/shared/escalation", module + "/shared/iamarn", module + "/shared/iamdata", module + "/shared/iampolicy", module + "/shared/outliving", module + "/shared/strictjson",
		module + "/shared/trail"},
	"shared/strictjson": {},
	"shared/suspension": {module + "/shared/directory", module + "/shared/evidence", module + "/shared/fault", module + "/shared/finding", module + "/shared/identity",
		module + "/shared/nearest", module + "/shared/record"},
	"shared/sweep": {module + "/shared/access", module + "/shared/baseline", module + "/shared/campaign", module + "/shared/directory", module + "/shared/fault", module + "/shared/finding", module + "/shared/iampolicy",
		module + "/shared/identity", module + "/shared/record", module + "/shared/suspension"},
	"shared/task":    {module + "/shared/fault", module + "/shared/identity", module + "/shared/record"},
	"shared/trail":   {module + "/shared/iamarn", module + "/shared/iamdata", module + "/shared/iampolicy", module + "/shared/strictjson"},
	"shared/trigger": {module + "/shared/record", module + "/shared/task"},
	"shared/trigger/eventbus": {module + "/events", module + "/shared/eventpattern", module + "/shared/fault", module + "/shared/finding",
		module + "/shared/identity", module + "/shared/record", module + "/shared/strictjson", module + "/shared/task", module + "/shared/trigger"},
}

var importRules = []rule{{
	name:  "imports go inwards",
	check: banned,
	bad: tree{
		"shared/access/a.go":         importing("github.com/aws/aws-sdk-go-v2/aws"),
		"shared/access/b_test.go":    importing("github.com/aws/aws-sdk-go-v2/aws"),
		"functions/grant/main.go":    importing("github.com/aws/aws-cdk-go/awscdk/v2"),
		"functions/grant/other.go":   importing("github.com/aws/jsii-runtime-go"),
		"infra/main.go":              importing("curfew/shared/access"),
		"shared/onaws/a_test.go":     importing("curfew/shared/inprocess"),
		"shared/inprocess/asl/a.go":  importing("curfew/shared/onaws"),
		"shared/httpapi/a.go":        importing("curfew/shared/onaws"),
		"shared/httpapi/b.go":        importing("curfew/shared/inprocess/asl"),
		"shared/httpapi/c.go":        importing("curfew/shared/accesstest"),
		"functions/api/main.go":      importing("curfew/shared/inprocess"),
		"functions/api/rehearsal.go": importing("curfew/shared/accesstest"),
		"scripts/local/main.go":      importing("curfew/shared/onaws"),
		"scripts/build/main.go":      importing("github.com/aws/aws-sdk-go-v2/aws"),
		"shared/catalog/a.go":        importing("curfew/functions/grant"),
		"shared/evidence/log/a.go":   importing("golang.org/x/crypto/ssh/agent"),
		"shared/audit/a.go":          importing("github.com/hiddeco/sshsig"),
		"scripts/release/main.go":    importing("github.com/CycloneDX/cyclonedx-go"),
		"shared/access/c.go":         importing("curfew/shared/trigger/eventbus"),
		"shared/api/a.go":            importing("curfew/shared/httpapi"),
		"shared/api/b.go":            importing("net/http"),
		"scripts/curfew/client/a.go": importing("curfew/shared/httpapi"),
		"shared/httpapi/d.go":        importing("golang.org/x/oauth2"),
		"scripts/curfew/main.go":     importing("github.com/zalando/go-keyring"),
	},
	good: tree{
		"shared/onaws/dynamo/store.go":   importing("github.com/aws/aws-sdk-go-v2/service/dynamodb"),
		"functions/grant/main.go":        importing("curfew/shared/onaws"),
		"infra/main.go":                  importing("github.com/aws/aws-cdk-go/awscdk/v2"),
		"shared/httpapi/a_test.go":       importing("curfew/shared/inprocess"),
		"shared/inprocess/store_test.go": importing("curfew/shared/accesstest"),
		"shared/inprocess/workflow.go":   importing("curfew/shared/inprocess/asl"),
		"shared/accesstest/story.go":     importing("curfew/shared/inprocess"),
		"scripts/curfew/main.go":         importing("curfew/shared/onaws"),
		"scripts/curfew/sdk/config.go":   importing("github.com/aws/aws-sdk-go-v2/config"),
		"scripts/local/main.go":          importing("curfew/shared/inprocess"),
		"scripts/curfew/client/a.go":     importing("curfew/shared/api"),
		"shared/httpapi/b.go":            importing("curfew/shared/api"),
	},
}, {
	name:  "the core stands on the standard library",
	check: unconfined,
	bad: tree{
		"shared/access/a.go":     importing("curfew/shared/catalog"),
		"shared/access/b.go":     importing("github.com/oklog/ulid/v2"),
		"shared/evidence/a.go":   importing("curfew/shared/iampolicy"),
		"shared/iampolicy/a.go":  importing("golang.org/x/text/unicode/norm"),
		"shared/strictjson/a.go": importing("curfew/shared/evidence"),
	},
	good: tree{
		"shared/access/a.go":      importing("curfew/shared/evidence"),
		"shared/access/b.go":      importing("encoding/json"),
		"shared/access/a_test.go": importing("curfew/shared/accesstest"),
		"shared/accesstest/a.go":  importing("curfew/shared/catalog"),
		"shared/catalog/a.go":     importing("github.com/cedar-policy/cedar-go"),
	},
}}

// importing returns a Go file that imports one package.
func importing(p string) string {
	return fmt.Sprintf("package p\n\nimport _ %q\n", p)
}

func banned(t tree) (found []finding) {
	eachImport(t, func(p, imported string, line int) {
		for _, b := range bans {
			bound := b.binds(p) && (b.tests || !isTest(p))
			if bound && b.covers(imported) {
				found = append(found, finding{p, line, "imports " + imported + ": " + b.why})
			}
		}
	})
	return found
}

func (b ban) binds(p string) bool {
	everywhere := len(b.in) == 1 && b.in[0] == ""
	return (everywhere || under(p, b.in...)) && !under(p, b.except...)
}

func (b ban) covers(imported string) bool {
	return under(imported, strings.TrimSuffix(b.of, "/"))
}

func unconfined(t tree) (found []finding) {
	eachImport(t, func(p, imported string, line int) {
		allowed, ok := confined[path.Dir(p)]
		if !ok || isTest(p) || isStandard(imported) || under(imported, allowed...) {
			return
		}
		found = append(found, finding{p, line, "imports " + imported + ": not the standard library"})
	})
	return found
}

// isStandard reports whether the import is of the standard library: those
// paths have no dot in their first element, and ours begin with the module.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return first != module && !strings.Contains(first, ".")
}

func eachImport(t tree, visit func(path, imported string, line int)) {
	for _, p := range t.paths() {
		if !strings.HasSuffix(p, ".go") {
			continue
		}
		file, fset, err := parse(p, t[p])
		if err != nil { // the rule on init functions reports it
			continue
		}
		for _, spec := range file.Imports {
			visit(p, importPath(spec), fset.Position(spec.Pos()).Line)
		}
	}
}
