package takenover

import (
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/iampolicy"
	"curfew/shared/permissions"
	"curfew/shared/record"
	"curfew/shared/task"
)

var (
	aTask      = task.Task{Kind: "backup", ID: "job-1"}
	servedTask = task.Task{Kind: "backup", ID: "job-2"}
	aSource    = task.EventSource{Source: "aws.backup"}
)

// starts starts an execution with the route past the approvers.
func (w *world) starts(id string) {
	if !w.may(start) {
		return
	}
	var t access.Terms
	w.must(json.Unmarshal(w.row(access.TermsKey(id)).Body, &t))
	input := access.Input{ID: id, Route: "start", Account: t.Principal.Account, Principal: t.Principal.ARN, PrincipalID: t.Principal.ID, StartAt: time.Now(), DecideSeconds: 60}
	_ = w.Workflow.Start(w.t.Context(), id, input.String())
}

// answers answers the tasks of an elevation: every reader of the table has the tokens.
func (w *world) answers(id string, c call, failure string) {
	if !w.may(c) {
		return
	}
	for _, row := range w.Store.All(record.AccessTable) {
		if row.Key.Partition == "elevation#"+id && strings.HasPrefix(row.Key.Sort, "token#") {
			var token access.Token
			w.must(json.Unmarshal(row.Body, &token))
			if c.action == beat.action {
				_ = w.Workflow.Beat(w.t.Context(), token.Token)
				continue
			}
			_ = w.Workflow.Answer(w.t.Context(), token.Token, failure)
		}
	}
}

func (w *world) order() access.Order {
	return access.Order{ID: w.active, Account: permissions.Member, Principal: accesstest.Engineer, By: "forged", OrderedAt: time.Now()}
}

func callMoves() []move {
	return []move{
		{name: "execution of what waits", needs: []call{start}, do: func(w *world) { w.starts(w.waits) }},
		{name: "execution of what has ended", needs: []call{start}, do: func(w *world) { w.starts(w.over) }},
		{name: "answer to the approvers' task", needs: []call{answer}, do: func(w *world) { w.answers(w.waits, answer, "") }},
		{name: "answer to Hold", needs: []call{answer}, do: func(w *world) { w.answers(w.active, answer, "") }},
		{name: "failure of the approvers' task", needs: []call{fail}, do: func(w *world) { w.answers(w.waits, fail, "Forged") }},
		{name: "failure of Hold", needs: []call{fail}, do: func(w *world) { w.answers(w.active, fail, "Forged") }},
		{name: "heartbeat", needs: []call{beat, put("elevation#1")}, do: func(w *world) {
			w.again = func() {
				w.answers(w.beating, beat, "")
				w.edits(access.ElevationKey(w.beating), map[string]any{"last_beat": time.Now()})
			}
		}},
		{name: "order to revoke", needs: []call{invoke("revoke")}, do: func(w *world) { w.must(w.Workflow.Revoke(w.t.Context(), w.order())) }},
		{name: "order to revoke a stray, elsewhere", needs: []call{invoke("revoke")}, do: func(w *world) {
			o := w.order()
			o.Stray, o.Contained, o.Principal = true, true, accesstest.Responder
			w.must(w.Workflow.Revoke(w.t.Context(), o))
		}},
		{name: "order to take a review off the list", needs: []call{invoke("revoke")}, do: func(w *world) {
			o := w.order()
			o.ID, o.Review = w.glass, true
			w.must(w.Workflow.Revoke(w.t.Context(), o))
		}},
		{name: "order to contain", needs: []call{invoke("contain")}, do: func(w *world) { w.must(w.Workflow.Contain(w.t.Context(), w.order())) }},
		{name: "order to quarantine", needs: []call{invoke("contain")}, do: func(w *world) {
			o := w.order()
			o.ID, o.Foreign = "", &access.Foreign{Event: "e", At: time.Now(), Writer: "x", Call: "PutRolePolicy", Policy: "x"}
			w.must(w.Workflow.Contain(w.t.Context(), o))
		}},
		{name: "Grant of what waits", needs: []call{invoke("grant")}, do: func(w *world) {
			_, _ = w.Service.Grant(w.t.Context(), access.GrantIn{ID: w.waits, Execution: "forged"})
		}},
		{name: "Grant of what is active", needs: []call{invoke("grant")}, do: func(w *world) {
			_, _ = w.Service.Grant(w.t.Context(), access.GrantIn{ID: w.active, Execution: "forged"})
		}},
		{name: "Lapse of what is active", needs: []call{invoke("wait")}, do: func(w *world) { _ = w.Service.Wait(w.t.Context(), access.WaitIn{ID: w.active, Verb: "lapse"}) }},
		{name: "late evidence of a removal", needs: []call{queue("SendMessage", "late")}, do: func(w *world) {
			w.must(w.Service.AppendLate(w.t.Context(), access.Late{Elevation: w.over, Grant: "curfew-" + w.over, Principal: access.Principal{ARN: accesstest.Engineer, Account: permissions.Member}, By: "sweep",
				ReadAt: time.Now().Add(99 * 365 * 24 * time.Hour), Seen: "forged", Calls: []access.Call{{Action: "iam:DeleteRolePolicy", At: time.Now(), Outcome: "done"}}}.Body()))
		}},
		{name: "late evidence is deleted", needs: []call{queue("ReceiveMessage", "late"), queue("DeleteMessage", "late")}, do: func(w *world) { w.Workflow.TakeDeferred() }},
		{name: "events of the trail are deleted", needs: []call{queue("ReceiveMessage", "trail"), queue("DeleteMessage", "trail")},
			why: "backfill reads the same events from the log files"},
		{name: "events of triggers are deleted", needs: []call{queue("ReceiveMessage", "triggers"), queue("DeleteMessage", "triggers")},
			says: outcome{prolong: toDeadline}, why: "the end of a task is lost"},
		{name: "messages to triggers", needs: []call{queue("SendMessage", "triggers")},
			says: outcome{begin: unapproved}, why: "a window that a trigger opens ahead of its job"},
		{name: "accounts to review", needs: []call{queue("SendMessage", "reviews")}, why: "review reads the account that a message names, if it is governed"},
		{name: "accounts to review are deleted", needs: []call{queue("ReceiveMessage", "reviews"), queue("DeleteMessage", "reviews")},
			why: "open items stay, and the next month begins again"},
		{name: "letters to the dead-letter queues", needs: []call{queue("SendMessage", "dead-<function>"), queue("SendMessage", "dead-triggers")}, why: "an alarm"},
		{name: "events of members", needs: []call{{"events:PutEvents", atHome("events", "event-bus/curfew-members"), nil}}, why: "the service confirms an event before anything begins"},
		{name: "events of the trail", needs: []call{{"events:PutEvents", atHome("events", "event-bus/curfew-trail"), nil}}, why: "events alone take no access; log files decide"},
		{name: "messages to people and systems", needs: []call{{"events:PutEvents", atHome("events", "event-bus/curfew"), nil}, {"sns:Publish", atHome("sns", "curfew-messages"), nil}, {"sns:Publish", atHome("sns", "curfew-approvals"), nil}}, why: "a message decides nothing"},
		{name: "findings in Security Hub", needs: []call{{"securityhub:BatchImportFindings", atHome("securityhub", "product/"+permissions.Home+"/default"), nil}}, why: "the log has the findings"},
		{name: "own log", needs: []call{{"logs:PutLogEvents", ownLog, nil}, {"logs:CreateLogStream", ownLog, nil}}, why: "no evidence is in it"},
		{name: "log groups", needs: []call{{"logs:CreateLogGroup", "*", nil}}, why: "no evidence is in them"},
		{name: "deliveries of logs", needs: []call{{"logs:PutResourcePolicy", "*", nil}, {"logs:CreateLogDelivery", "*", nil}, {"logs:UpdateLogDelivery", "*", nil}, {"logs:DeleteLogDelivery", "*", nil}}, why: "no evidence is in them"},
		{name: "traces", needs: []call{{"xray:PutTraceSegments", "*", nil}, {"xray:PutTelemetryRecords", "*", nil}}, why: "no evidence is in them"},
		{name: "the table's key", needs: []call{through("kms:Encrypt", "dynamodb"), through("kms:GenerateDataKey", "dynamodb"), through("kms:ReEncryptFrom", "dynamodb"), through("kms:ReEncryptTo", "dynamodb"), through("kms:Decrypt", "dynamodb")},
			why: "only through DynamoDB"},
		{name: "the topic's key", needs: []call{through("kms:GenerateDataKey", "sns"), through("kms:Decrypt", "sns")}, why: "only through SNS"},
		{name: "another entry into the log", needs: []call{{"s3:PutObject", "arn:aws:s3:::curfew-stage-" + permissions.Home + "-us-east-1/stage/1", nil}, {"s3:PutObject", "arn:aws:s3:::curfew-log-" + permissions.Home + "-us-east-1/tile/0/000", nil}, signs, put("log#head")},
			says: outcome{hide: newest}, why: "the bucket refuses to replace a tile, so what was signed stays; verifiers find another root"},
		{name: "rows for queries", needs: []call{{"s3:PutObject", "arn:aws:s3:::curfew-lake-" + permissions.Home + "-us-east-1/compacted/1", nil}}, why: "they are made again from the log"},
		{name: "jobs that triggers start", needs: []call{{"backup:StartBackupJob", "arn:aws:backup:us-east-1:" + permissions.Member + ":backup-vault:nightly", nil}, {"batch:SubmitJob", "arn:aws:batch:us-east-1:" + permissions.Member + ":job-queue/jobs", nil},
			{"codebuild:StartBuild", "arn:aws:codebuild:us-east-1:" + permissions.Member + ":project/release", nil}, {"states:StartExecution", "arn:aws:states:us-east-1:" + permissions.Member + ":stateMachine:reports", nil},
			{"iam:PassRole", "arn:aws:iam::" + permissions.Member + ":role/backup-runner", iampolicy.Context{"iam:PassedToService": {"backup.amazonaws.com"}}}},
			says: outcome{begin: unapproved}, why: "a job that the catalog names runs with its own role"},
	}
}

const ownLog = "arn:aws:logs:" + permissions.Region + ":" + permissions.Home + ":log-group:/aws/lambda/curfew-<function>:*"

var signs = call{"kms:Sign", "arn:aws:kms:" + permissions.Region + ":" + permissions.Home + ":key/log", iampolicy.Context{"kms:SigningAlgorithm": {"ED25519_SHA_512"}, "kms:MessageType": {"RAW"}}}

func through(action, service string) call {
	return call{action, "arn:aws:kms:" + permissions.Region + ":" + permissions.Home + ":key/curfew", iampolicy.Context{"kms:ViaService": {service + "." + permissions.Region + ".amazonaws.com"}}}
}
