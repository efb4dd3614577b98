package adversary

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/task"
)

// sideChains are those of callers, suspensions and findings.
func sideChains() (all []scene) {
	for _, chain := range []string{"caller#", "suspension#", "finding#"} {
		for name, change := range map[string]func(*world, []record.Row){
			"last erased":      func(w *world, rows []record.Row) { w.Store.Erase(rows[len(rows)-1].Key) },
			"all erased":       func(w *world, rows []record.Row) { w.erases(rows) },
			"actor rewritten":  func(w *world, rows []record.Row) { w.rewrites(rows[0], `"actor":"`, `"actor":"mallory`) },
			"detail rewritten": func(w *world, rows []record.Row) { w.rewrites(rows[0], `"detail":{`, `"detail":{"x":1,`) },
			"emptied": func(w *world, rows []record.Row) {
				rows[0].Body = json.RawMessage(`{}`)
				w.Store.Overwrite(rows[0], record.Form)
			},
			"moved to another chain": func(w *world, rows []record.Row) {
				w.Store.Erase(rows[0].Key)
				rows[0].Key.Partition += "x"
				w.Store.Overwrite(rows[0], record.Form)
			},
		} {
			all = append(all, scene{"side chains", chain + " " + name, func(w *world) {
				w.call(zoe(), "POST", "/v1/elevations", askAdmin)
				w.suspends(suspension.Scope{Requester: cem().ID})
				if err := finding.Report(w.t.Context(), w.Service.Base, finding.Kind{Name: "odd", PageInterval: time.Hour, Severity: finding.High, Why: "y", Do: "d"}, finding.Occurrence{Subject: "x", What: "it was so"}); err != nil {
					w.t.Fatal(err)
				}
				w.seesTampering(func() { change(w, w.evidence(chain)) })
			}})
		}
	}
	return all
}

func (w *world) erases(rows []record.Row) {
	for _, row := range rows {
		w.Store.Erase(row.Key)
	}
}

// redButton are what others, machines and suspended operators try with suspensions.
func redButton() (all []scene) {
	scopes := map[string]suspension.Scope{"everything": {Everything: true}, "an operator": {Requester: dee().ID}, "a principal": {Principal: engineer}, "an entitlement": {Entitlement: "admin-30m"}, "an engineer": {Requester: cem().ID}}
	robot := machine(legacy, "AROAEXAMPLE0000000009", "robot", dee().Groups...)
	add := func(name string, prepare func(*world), try func(*world) error) {
		all = append(all, scene{"red button", name, func(w *world) {
			w.call(dee(), "GET", "/v1/findings", "")
			if prepare != nil {
				prepare(w)
			}
			if err := try(w); err == nil {
				w.t.Error("done")
			}
		}})
	}
	for who, c := range map[string]identity.Caller{"an engineer": ana(), "a lead": ben(), "a stranger": zoe(), "a job": runner("job-7"), "an agent": summarizer("run-42")} {
		for what, sc := range scopes {
			add(who+" suspends "+what, nil, func(w *world) error { return w.tries(c, sc) })
		}
		add(who+" lifts", func(w *world) { w.suspends(scopes["an engineer"]) }, func(w *world) error {
			_, err := w.Service.Suspensions().Lift(w.t.Context(), c, scopes["an engineer"], "mine")
			return err
		})
		add(who+" ends everything", active, func(w *world) error {
			_, err := w.Service.EndAll(w.t.Context(), c, scopes["everything"], false, "")
			return err
		})
	}
	add("a machine suspends an operator", nil, func(w *world) error { return w.tries(robot, scopes["an operator"]) })
	add("a machine lifts", func(w *world) { w.suspends(scopes["an engineer"]) }, func(w *world) error {
		_, err := w.Service.Suspensions().Lift(w.t.Context(), robot, scopes["an engineer"], "mine")
		return err
	})
	mallory := person(issuer, "0666", "mallory", dee().Groups...)
	held := func(w *world) { w.suspends(suspension.Scope{Requester: mallory.ID}) }
	for what, sc := range scopes {
		add("a suspended operator suspends "+what, held, func(w *world) error { return w.tries(mallory, sc) })
	}
	add("a suspended operator lifts their own", held, func(w *world) error {
		_, err := w.Service.Suspensions().Lift(w.t.Context(), mallory, suspension.Scope{Requester: mallory.ID}, "mine")
		return err
	})
	add("a suspended operator ends everything", func(w *world) { active(w); held(w) }, func(w *world) error {
		_, err := w.Service.EndAll(w.t.Context(), mallory, scopes["everything"], false, "")
		return err
	})
	return all
}

func (w *world) tries(c identity.Caller, sc suspension.Scope) error {
	_, err := w.Service.Suspensions().Suspend(w.t.Context(), c, sc, "because", suspension.Meant{})
	return err
}

// squatting asks for more of what already waits.
func squatting() (all []scene) {
	for name, more := range map[string]string{
		"the same":           askAdmin,
		"shorter":            with(askAdmin, "1800", "900"),
		"for another task":   with(askAdmin, "CHG-1", "CHG-2"),
		"for another reason": with(askAdmin, "stuck", "stuck again"),
		"later":              and(askAdmin, `"start_at": "2000-01-01T01:00:00Z"`),
		"with a session":     and(askAdmin, `"session": "ana"`),
	} {
		all = append(all, scene{"squatting", "asks again, " + name, func(w *world) {
			requested(w)
			if a := w.call(ana(), "POST", "/v1/elevations", more); a.status < 400 {
				w.t.Errorf("answered %d %s", a.status, a.raw)
			}
		}})
	}
	return all
}

// overFacts are events of tasks that are over, too old, or of others. The request needs a known task.
func overFacts() (all []scene) {
	job := task.Task{Kind: "backup", ID: "job-9"}
	own, elsewhere := task.EventSource{Source: "aws.backup", Account: "111122223333"}, task.EventSource{Source: "aws.backup", Account: "999988887777"}
	start := func(by task.EventSource, t task.Task, ago time.Duration) func(*world) {
		return func(w *world) { _ = w.Service.Tasks().Start(w.t.Context(), t, by, time.Now().Add(-ago)) }
	}
	end := func(by task.EventSource, ago time.Duration) func(*world) {
		return func(w *world) {
			_ = access.Triggers{Service: w.Service}.TaskEnded(w.t.Context(), job, by, time.Now().Add(-ago))
		}
	}
	unconfirmed := own
	unconfirmed.Unconfirmed = true
	for name, events := range map[string][]func(*world){
		"no event":                         nil,
		"an end alone":                     {end(own, 0)},
		"a start, then its end":            {start(own, job, time.Minute), end(own, 0)},
		"an end, then its start":           {end(own, 0), start(own, job, time.Minute)},
		"an end, then its start, twice":    {end(own, 0), start(own, job, time.Minute), start(own, job, time.Minute)},
		"a start of yesterday":             {start(own, job, 25*time.Hour)},
		"a start of 11 months ago":         {start(own, job, 11*30*24*time.Hour)},
		"a start of 11 months ago, and up": {start(own, job, 11*30*24*time.Hour), end(own, 0)},
		"a start in the future":            {start(own, job, -10*time.Minute)},
		"a start of another account":       {start(elsewhere, job, time.Minute)},
		"starts of two accounts":           {start(elsewhere, job, 2*time.Minute), end(elsewhere, time.Minute)},
		"an unconfirmed start":             {start(unconfirmed, job, time.Minute)},
		"a start of another kind":          {start(own, task.Task{Kind: "restore", ID: "job-9"}, time.Minute)},
		"a start of another id":            {start(own, task.Task{Kind: "backup", ID: "JOB-9"}, time.Minute)},
		"a start of a longer id":           {start(own, task.Task{Kind: "backup", ID: "job-99"}, time.Minute)},
		"a start by Curfew's own name":     {start(task.EventSource{Source: "curfew.task"}, task.Task{Kind: "backup", ID: "job-9 "}, time.Minute)},
	} {
		all = append(all, scene{"Over facts", name, func(w *world) {
			for _, happens := range events {
				happens(w)
			}
			if a := w.call(runner("job-9"), "POST", "/v1/elevations", with(askBackup, "job-7", "job-9")); a.status < 400 {
				w.t.Errorf("answered %d %s", a.status, a.raw)
			}
		}})
	}
	return all
}

// pinnedServices are trust policies that do not pin the session's name.
func pinnedServices() (all []scene) {
	statement := func(principal, more string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + more + `}`
	}
	trusts := map[string]string{}
	for _, service := range []string{"rolesanywhere", "lambda", "backup", "glue", "batch", "events", "scheduler", "apigateway", "cloudformation", "codedeploy", "sagemaker", "ssm", "transfer", "bedrock", "datasync", "firehose"} {
		trusts["only "+service] = statement(`{"Service":"`+service+`.amazonaws.com"}`, "")
		trusts["ec2 and "+service] = statement(`{"Service":["ec2.amazonaws.com","`+service+`.amazonaws.com"]}`, "")
	}
	const people = `{"AWS":"arn:aws:iam::111122223333:root"}`
	for name, condition := range map[string]string{
		"a pattern": `{"StringLike":{"sts:RoleSessionName":"ana*"}}`, "a negation": `{"StringNotEquals":{"sts:RoleSessionName":"ben"}}`, "two names": `{"StringEquals":{"sts:RoleSessionName":["ana","ben"]}}`,
		"if it is there": `{"StringEqualsIfExists":{"sts:RoleSessionName":"${aws:username}"}}`, "a default": `{"StringEquals":{"sts:RoleSessionName":"${aws:username, '*'}"}}`,
		"another key": `{"StringEquals":{"sts:ExternalId":"${aws:username}"}}`, "all values": `{"ForAllValues:StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`,
	} {
		trusts[name] = statement(people, `,"Condition":`+condition)
	}
	trusts["a Deny alone pins"] = statement(people, "") + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:RoleSessionName":"${aws:username}"}}}`
	trusts["one of two pins"] = statement(people, `,"Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`) + "," + statement(people, "")
	for name, statements := range trusts {
		all = append(all, scene{"pinned services", name, func(w *world) {
			w.trusts(statements)
			if a := w.call(ana(), "POST", "/v1/elevations", askAdmin); a.status < 400 {
				w.t.Errorf("answered %d %s", a.status, a.raw)
			}
		}})
	}
	return all
}

// trusts gives the engineers' role another trust policy.
func (w *world) trusts(statements string) {
	var example map[string]any
	if err := json.Unmarshal(inprocess.ExampleWorld(), &example); err != nil {
		w.t.Fatal(err)
	}
	role := example["RoleDetailList"].([]any)[0].(map[string]any)
	role["AssumeRolePolicyDocument"] = json.RawMessage(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	text, err := json.Marshal(example)
	if err != nil {
		w.t.Fatal(err)
	}
	iam, err := inprocess.LoadWorld(strings.NewReader(string(text)), "example")
	if err != nil {
		w.t.Fatal(err)
	}
	w.Cloud.IAM = iam
}

// refusesCatalog checks that a catalog with one file more is refused.
func refusesCatalog(class, name, text, why string) scene {
	return scene{class, name, func(w *world) {
		files := extended()
		files["entitlements/evil.yaml"] = &fstest.MapFile{Data: []byte(text)}
		files["tests.yaml"].Data = []byte("[]")
		if _, err := catalog.Load(files); err == nil || !strings.Contains(err.Error(), why) {
			w.t.Errorf("%v, want it refused: %s", err, why)
		}
	}}
}

// outliving are actions whose effects outlive a revoke, without names.
func outliving() (all []scene) {
	for _, action := range []string{"sts:AssumeRole", "sts:assumerole", "STS:AssumeRole", "sts:Assume*", "sts:A?sumeRole", "sts:*", "iam:PassRole", "iam:Pass*", "iam:*", "kms:CreateGrant", "kms:Create*", "kms:*", "ssm:StartSession", "ssm:Start*", "ssm:*", "s?m:StartSession"} {
		all = append(all, refusesCatalog("names that outlive", action, strings.Replace(reads("engineers", "change", "role/engineer-*"), `"s3:GetObject"`, `"`+action+`"`, 1), map[bool]string{true: "without wildcards", false: "outlive"}[strings.HasPrefix(action, "s?m")]))
	}
	return all
}

// groupsClaimed are groups that look like those of approvers.
func groupsClaimed() (all []scene) {
	for _, group := range []string{"Leads", "LEADS", "leads ", " leads", "lead", "leadss", "group:leads", "*", "leads,platform", "leads\x00", "ｌeads", "l%65ads", "leads/*"} {
		all = append(all, scene{"groups of the request", fmt.Sprintf("approver of %q", group), func(w *world) {
			requested(w)
			if a := w.call(in(eve(), group), "POST", "/v1/elevations/<id>/decisions", approval); a.status < 400 {
				w.t.Errorf("answered %d %s", a.status, a.raw)
			}
			w.is(access.Requested)
		}}, scene{"groups of the request", fmt.Sprintf("requester of %q", strings.Replace(group, "lead", "engineer", 1)), func(w *world) {
			if a := w.call(in(zoe(), strings.Replace(group, "lead", "engineer", 1)), "POST", "/v1/elevations", askAdmin); a.status < 400 {
				w.t.Errorf("answered %d %s", a.status, a.raw)
			}
		}})
	}
	return all
}

// loops ask and withdraw without end.
func loops() (all []scene) {
	for name, body := range map[string]string{"now": askAdmin, "later": and(askAdmin, `"start_at": "2000-01-01T10:00:00Z"`), "two approvers": askTwo} {
		all = append(all, scene{"loops", "request and withdraw, " + name, func(w *world) {
			for range 40 {
				w.asks(ana(), body)
				w.does(ana(), "withdraw", "")
			}
			pass(time.Minute)
			w.sweeps()
			slots := 0
			for _, row := range w.Store.All(record.AccessTable) {
				if strings.HasPrefix(row.Key.Partition, "pending#") {
					slots++
				}
			}
			if n := len(w.Cloud.Grants()); n != 0 || slots > 45 {
				w.t.Errorf("%d grants, %d slots", n, slots)
			}
			w.checkChains()
		}})
	}
	return all
}

// nestedYAML are files that are small, and large when they are read.
func nestedYAML() (all []scene) {
	const deep = 400
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i, i)
	}
	indented := ""
	for i := range 60 {
		indented += strings.Repeat(" ", i) + "a:\n"
	}
	for name, text := range map[string]string{
		"sequences": strings.Repeat("- ", deep), "flow sequences": "a: " + strings.Repeat("[", deep) + strings.Repeat("]", deep), "flow mappings": "a: " + strings.Repeat("{a: ", deep) + strings.Repeat("}", deep),
		"aliases": bomb, "mappings": indented, "an alias of itself": "a: &a [*a]\n", "a merge": "a: &a {b: c}\nd: {<<: *a}\n", "two documents": "---\nabout: x\n---\nabout: y\n",
		"a tag": "about: !!binary aGVsbG8=\n", "a tag of Go": "about: !!go/struct x\n", "the same key twice": reads("engineers", "change", "role/engineer-*") + "max: 12h\n", "no mapping": "- about\n", "nothing": "",
	} {
		all = append(all, refusesCatalog("nested YAML", name, text, "evil.yaml"))
	}
	return all
}

// floods are refused calls again and again: 60 of them an hour leave evidence, and a sample of the rest.
func floods() (all []scene) {
	for name, flood := range map[string]func(*world) answer{
		"requests":   func(w *world) answer { return w.call(zoe(), "POST", "/v1/elevations", askAdmin) },
		"decisions":  func(w *world) answer { return w.call(zoe(), "POST", "/v1/elevations/<id>/decisions", denial) },
		"ends":       func(w *world) answer { return w.call(zoe(), "POST", "/v1/elevations/<id>/end", "") },
		"heartbeats": func(w *world) answer { return w.call(zoe(), "POST", "/v1/elevations/<id>/heartbeat", "") },
		"lifts": func(w *world) answer {
			return w.call(zoe(), "POST", "/v1/suspensions/lift", `{"everything": true, "reason": "x"}`)
		},
	} {
		all = append(all, scene{"per-caller flood", name, func(w *world) {
			requested(w)
			before := len(w.evidence("caller#"))
			for range 400 {
				if a := flood(w); a.status < 400 {
					w.t.Fatalf("answered %d %s", a.status, a.raw)
				}
			}
			if n := len(w.evidence("caller#")) - before; n < 60 || n > 80 {
				w.t.Errorf("%d records", n)
			}
		}})
	}
	return all
}

// foreignNames look like names of Curfew. What is not ours stays; what has a name of ours and no record goes.
func foreignNames() (all []scene) {
	upper := strings.ToUpper(absent)
	for _, name := range []string{"curfew", "curfew-", "Curfew-" + absent, "curfew-" + upper, "curfew-" + absent + "x", "curfew-" + absent[1:], "xcurfew-" + absent, "curfew--" + absent, "curfew_" + absent, "curfew-q-", "curfew-q-x", "curfew-" + absent + "-1", "curfew-Q-" + absent,
		"curfew-boundary", "curfew-8" + absent[1:], "curfew-" + strings.Replace(absent, "y", "i", 1)} {
		for _, on := range []string{engineer, legacy} {
			all = append(all, scene{"foreign names", name + " on " + on, func(w *world) { w.wantPolicy(on, name, true) }})
		}
	}
	for _, name := range []string{access.GrantName("curfew", absent), access.ContainmentName("curfew", absent)} {
		for _, on := range []string{engineer, backup, agent, responder} {
			all = append(all, scene{"foreign names", name + " without a record on " + on, func(w *world) { w.wantPolicy(on, name, false) }})
		}
	}
	return all
}

func (w *world) wantPolicy(on, name string, stays bool) {
	w.t.Helper()
	if err := w.iam.PutRolePolicyByHand(on, name, badPolicy); err != nil {
		w.t.Fatal(err)
	}
	for range 3 {
		w.sweeps()
		pass(time.Minute)
	}
	has, _ := w.iam.Policies(on)
	there := false
	for _, p := range has.Identity {
		there = there || strings.HasSuffix(p.Name, name)
	}
	if there != stays {
		w.t.Errorf("%s on %s is there = %v, want %v", name, on, there, stays)
	}
}
