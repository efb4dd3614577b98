package console

import (
	"net/http"
	"testing"
	"time"

	"curfew/events"
)

// The principals of the example world.
const (
	account   = "111122223333"
	deployer  = "arn:aws:iam::" + account + ":role/engineer-deploy"
	backups   = "arn:aws:iam::" + account + ":role/backup-runner"
	agents    = "arn:aws:iam::" + account + ":role/agent-summarizer"
	responder = "arn:aws:iam::" + account + ":role/responder"
	rotator   = "arn:aws:iam::" + account + ":role/key-rotation"
	legacy    = "arn:aws:iam::" + account + ":role/legacy-admin"
	pipeline  = "arn:aws:iam::" + account + ":user/ci-user"
)

// taskID is the id of the task of an example event.
func taskID(t *testing.T, example string) string {
	t.Helper()
	raw, err := events.Example(example)
	if err != nil {
		t.Fatal(err)
	}
	signal, err := events.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return signal.Task.ID
}

// alone ends what a failed test left, so that the next one can ask.
func alone(t *testing.T) *rehearsal {
	t.Helper()
	r := theRehearsal(t)
	t.Cleanup(func() {
		if t.Failed() {
			r.call(t, "dee", http.MethodPost, "/v1/ends", map[string]bool{"everything": true}, nil)
			time.Sleep(6 * time.Second) // until the grants are gone
		}
	})
	return r
}

// TestPeople: what ana does has one order, because two elevations of one session may not be open at once.
func TestPeople(t *testing.T) {
	t.Parallel()
	t.Run("by clicking", engineer)
	t.Run("by keyboard alone", keyboardAlone)
	t.Run("the red button", redButton)
}

// engineer: ana asks, ben reads what it adds and approves, ana uses it and ends it.
func engineer(t *testing.T) {
	r, ana, ben := alone(t), newTab(t), newTab(t)
	r.happens(t, "curfew-task-started.json")
	terminate := func(want bool) {
		r.tries(t, deployer, "ana", "ec2:TerminateInstances", "arn:aws:ec2:us-east-1:"+account+":instance/i-0123456789abcdef0", want)
	}
	ana.signIn(r, "ana")
	ana.click("link", "Ask")
	ana.click("link", "admin-30m")
	ana.fill("Principal", deployer)
	ana.fill("Task", taskID(t, "curfew-task-started.json"))
	ana.fill("account", account)
	ana.fill("Reason", "the deployment is broken")
	ana.click("button", "Show what would happen")
	ana.sees("This is what you would ask for")
	terminate(false)
	ana.click("button", "Ask for it")
	ana.sees("Evidence: this page computed the digest")

	ben.signIn(r, "ben")
	ben.click("link", "Read and decide admin-30m for ana")
	ben.sees("What it adds to what the principal has today")
	ben.sees("Risk 10 of 10")
	ben.sees("the deployment is broken")
	ben.sees("Digest of these terms, computed here: ")
	ben.click("button", "Approve")
	ben.sees("there is nothing to decide")

	ben.click("link", "Inbox")
	ben.sees("decide")

	ana.find("button", "End it now")
	ana.sees("admin-30m: active")
	r.awaitUse(t, deployer, "ana", "ec2:TerminateInstances", "arn:aws:ec2:us-east-1:"+account+":instance/i-0123456789abcdef0")
	ana.click("button", "End it now")
	ana.find("dialog", "End it now?")
	ana.click("button", "End it now")
	ana.sees("admin-30m: ended")
	ana.sees("Proof of the end")
	ana.sees("its receipt there: they match")
	ana.sees("released")
	terminate(false)
	ana.sees("ec2:TerminateInstances")
}

// follows opens the elevation of an entitlement in the list, as an operator.
func (p *tab) follows(entitlement string) {
	p.t.Helper()
	p.click("link", "Elevations")
	p.fill("Requester", "")
	p.click("button", "Show")
	p.click("link", entitlement)
}

// TestBackup: the job's role has access while its job runs.
func TestBackup(t *testing.T) {
	t.Parallel()
	r, dee := alone(t), newTab(t)
	r.happens(t, "backup-job-created.json")
	r.tries(t, backups, "AWSBackup-1", "ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/*", false)
	r.happens(t, "backup-job-running.json")
	dee.signIn(r, "dee")
	dee.follows("backup-job")
	dee.sees("backup-job: active")
	r.awaitUse(t, backups, "AWSBackup-1", "ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/*")
	r.happens(t, "backup-job-completed.json")
	dee.sees("backup-job: ended")
	dee.sees("completed")
	dee.sees("Proof of the end")
	dee.audits(backups, "backup-job", "completed", "ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0")
}

// TestAgent: an agent's session reads one secret for one run of a workflow.
func TestAgent(t *testing.T) {
	t.Parallel()
	r, dee := alone(t), newTab(t)
	secret := func(name string) string {
		return "arn:aws:secretsmanager:us-east-1:" + account + ":secret:" + name + "-AbCdEf"
	}
	r.happens(t, "states-execution-running.json")
	dee.signIn(r, "dee")
	dee.follows("agent-job")
	dee.sees("agent-job: active")
	r.awaitUse(t, agents, "summarizer", "secretsmanager:GetSecretValue", secret("tickets/reader"))
	r.tries(t, agents, "summarizer", "secretsmanager:GetSecretValue", secret("payments/key"), false)
	r.tries(t, agents, "another-agent", "secretsmanager:GetSecretValue", secret("tickets/reader"), false)
	r.happens(t, "states-execution-succeeded.json")
	dee.sees("agent-job: ended")
	dee.sees("secretsmanager:GetSecretValue")
}

// TestIncident: cem has access at once while the alarm is open. Another person signs the review.
func TestIncident(t *testing.T) {
	t.Parallel()
	r, ana, cem, ben := alone(t), newTab(t), newTab(t), newTab(t)
	r.happens(t, "alarm-alarm.json")
	ana.signIn(r, "ana")
	ana.click("link", "Ask")
	ana.find("link", "admin-30m")
	for _, c := range ana.tree() {
		if c.name == "incident-logs" {
			t.Error("ana is not on call, and may ask for incident-logs")
		}
	}
	cem.signIn(r, "cem")
	cem.click("link", "Ask")
	cem.click("link", "incident-logs")
	cem.fill("Principal", responder)
	cem.fill("Task", taskID(t, "alarm-alarm.json"))
	cem.fill("Reason", "errors in production")
	cem.click("button", "Show what would happen")
	cem.click("button", "Ask for it")
	cem.sees("incident-logs: active")
	r.awaitUse(t, responder, "cem", "logs:FilterLogEvents", "arn:aws:logs:us-east-1:"+account+":log-group:checkout:*")
	r.happens(t, "alarm-ok.json")
	cem.sees("incident-logs: ended")
	cem.sees("completed")

	ben.signIn(r, "ben")
	ben.click("link", "Reviews")
	ben.click("link", "Read and sign the review of incident-logs by cem")
	ben.sees("logs:FilterLogEvents")
	ben.click("button", "Sign the review")
	ben.fill("Reason", "looked at what was read; nothing else was touched")
	ben.click("button", "Sign")
	ben.sees("Signed by")
}

// TestRotation: a key is usable while the rotation of its secret runs.
func TestRotation(t *testing.T) {
	t.Parallel()
	r, dee := alone(t), newTab(t)
	key := func(id string) string { return "arn:aws:kms:us-east-1:" + account + ":key/" + id }
	r.happens(t, "rotation-started.json")
	dee.signIn(r, "dee")
	dee.follows("rotation-job")
	dee.sees(": active")
	r.awaitUse(t, rotator, "key-rotation-1", "kms:Decrypt", key("1234abcd-12ab-34cd-56ef-1234567890ab"))
	r.tries(t, rotator, "key-rotation-1", "kms:Decrypt", key("0a1b2c3d-9999-8888-7777-666655554444"), false)
	r.happens(t, "rotation-succeeded.json")
	dee.sees(": ended")
	dee.sees("completed")
}

// TestFinding: a standing administrator gives privilege away. An operator takes the finding on, and closes it.
func TestFinding(t *testing.T) {
	t.Parallel()
	r, dee := alone(t), newTab(t)
	r.tries(t, legacy, "mallory", "iam:PutUserPolicy", pipeline, true)
	dee.signIn(r, "dee")
	await(t, "the finding", func() bool {
		var got struct{ Findings []struct{ Kind string } }
		r.call(t, "dee", http.MethodGet, "/v1/findings?kind=detection", nil, &got)
		return len(got.Findings) > 0
	})
	dee.click("link", "Findings")
	dee.fill("Kind", "detection")
	dee.click("button", "Show")
	dee.click("link", "An inline administrator policy was put outside Curfew")
	dee.sees("What to do now")
	dee.click("button", "Acknowledge")
	dee.find("dialog", "Acknowledge this finding")
	dee.click("button", "Acknowledge")
	dee.sees("acknowledged")
	dee.click("button", "Close")
	dee.find("dialog", "Close this finding")
	dee.fill("Reason", "the policy is deleted")
	dee.click("button", "Close")
	dee.sees("the policy is deleted")
}

// redButton: an operator counts what a person has, types the count, and ends it.
func redButton(t *testing.T) {
	r, dee := alone(t), newTab(t)
	var e struct{ ID, State string }
	if status := r.call(t, "ana", http.MethodPost, "/v1/elevations", askAdmin("CHG-RED"), &e); status != http.StatusCreated {
		t.Fatalf("the request: %d", status)
	}
	dee.signIn(r, "dee")
	dee.click("link", "Red button")
	dee.choose("What to end", "one requester")
	dee.fill("Name of what to end", "ana")
	dee.click("button", "Count")
	dee.sees("1 elevation would end")
	dee.click("button", "End 1 elevation now")
	dee.sees("Nothing was ended")
	dee.fill("Type", "end 1")
	dee.click("button", "End 1 elevation now")
	dee.sees("Ordered to end: 1.")
	r.call(t, "ana", http.MethodGet, "/v1/elevations/"+e.ID, nil, &e)
	if e.State != "withdrawn" {
		t.Errorf("the request is %s, want withdrawn", e.State)
	}
}

// askAdmin is a request of ana's.
func askAdmin(task string) map[string]any {
	return map[string]any{
		"entitlement": "admin-30m", "principal": deployer, "task": map[string]string{"kind": "change", "id": task}, "reason": "the deployment is broken",
		"duration_seconds": 600, "parameters": map[string]string{"account": account},
	}
}
