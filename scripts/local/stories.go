package main

import (
	"time"

	"curfew/events"
	"curfew/scripts/curfew/client"
	"curfew/shared/access"
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

// taskOf returns the task of an example event.
func taskOf(example string) (client.TaskRef, error) {
	raw, err := events.Example(example)
	if err != nil {
		return client.TaskRef{}, err
	}
	signal, err := events.Read(raw)
	return client.TaskRef{Kind: signal.Task.Kind, ID: signal.Task.ID}, err
}

// inOrder runs the steps until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// engineer: they ask before the window opens, another person approves, and they have the role until the deadline.
// Another session of the role gets no access.
func engineer(s *story) error {
	task, err := taskOf("curfew-task-started.json")
	if err != nil {
		return err
	}
	var e client.Elevation
	tries := func(session string, want bool) func() error {
		return func() error {
			return s.tries(deployer, session, "ec2:TerminateInstances", "arn:aws:ec2:us-east-1:"+account+":instance/i-0123456789abcdef0", want)
		}
	}
	return inOrder(
		func() error { return s.happens("curfew-task-started.json") },
		tries("ana", false),
		func() (err error) {
			e, err = s.asks("ana", client.Request{
				Entitlement: "admin-30m", Principal: deployer, Task: task, Reason: "the deployment is broken",
				Duration: 6, StartAt: time.Now().Add(3 * time.Second), Parameters: map[string]string{"account": account},
			})
			return err
		},
		func() error { return s.decides("ana", e.ID) },
		func() error { return s.decides("ben", e.ID) },
		tries("ana", false), // approved, but the window is not open
		func() error { _, err := s.ready("ana", e.ID); return err },
		tries("ana", true),
		tries("mallory", false), // same role, another session
		func() error { return s.deadline("ana", e.ID) },
		tries("ana", false),
		func() error { return s.ends("ana", e.ID, access.Deadline) },
	)
}

// backup: a trigger elevates the role because its job runs; requests are refused. Access ends with the job.
func backup(s *story) error {
	task, err := taskOf("backup-job-running.json")
	if err != nil {
		return err
	}
	var id string
	tries := func(want bool) func() error {
		return func() error {
			return s.tries(backups, "AWSBackup-1", "ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/*", want)
		}
	}
	return inOrder(
		func() error { return s.happens("backup-job-created.json") },
		tries(false),
		func() error {
			return s.refused("backup-runner", client.Request{Entitlement: "backup-job", Principal: backups, Task: task, Reason: "the nightly backup", Duration: 3600})
		},
		func() (err error) { id, err = s.elevates("backup-job-running.json", "nightly-backup"); return err },
		func() error { _, err := s.ready("dee", id); return err },
		tries(true),
		func() error { return s.happens("backup-job-completed.json") },
		func() error { return s.settled() },
		tries(false),
		func() error { return s.ends("dee", id, access.Completed) },
	)
}

// agent: one secret for one run; no other secret, no other session.
func agent(s *story) error {
	var id string
	reads := func(session, secret string, want bool) func() error {
		return func() error {
			return s.tries(agents, session, "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:"+account+":secret:"+secret+"-AbCdEf", want)
		}
	}
	const mine = "summarizer"
	return inOrder(
		reads(mine, "tickets/reader", false),
		func() (err error) { id, err = s.elevates("states-execution-running.json", "agent-run"); return err },
		func() error { _, err := s.ready("dee", id); return err },
		reads(mine, "tickets/reader", true),
		reads(mine, "payments/key", false),
		reads("another-agent", "tickets/reader", false),
		func() error { return s.happens("states-execution-succeeded.json") },
		func() error { return s.settled() },
		reads(mine, "tickets/reader", false),
		func() error { return s.ends("dee", id, access.Completed) },
	)
}

// incident: immediate access with pages to the owners, and a review by another person. An alarm alone elevates no
// principal: a person asks for the alarm's task. Access ends when the alarm has stayed closed.
func incident(s *story) error {
	task, err := taskOf("alarm-alarm.json")
	if err != nil {
		return err
	}
	var e client.Elevation
	request := client.Request{Entitlement: "incident-logs", Principal: responder, Task: task, Reason: "errors in production", Duration: 3600}
	reads := func(want bool) func() error {
		return func() error {
			return s.tries(responder, "cem", "logs:FilterLogEvents", "arn:aws:logs:us-east-1:"+account+":log-group:checkout:*", want)
		}
	}
	return inOrder(
		reads(false),
		func() error { return s.happens("alarm-alarm.json") },
		func() error { return s.refused("ana", request) }, // ana is not on call
		func() (err error) { e, err = s.asks("cem", request); return err },
		func() error { _, err := s.ready("cem", e.ID); return err },
		func() error { return s.paged(e.ID) },
		reads(true),
		func() error { return s.happens("alarm-ok.json") },
		func() error { return s.happensNow("alarm-alarm.json") },
		func() error { return s.wait(settleTask + 2*sweepEvery) },
		reads(true), // it closed for a moment only
		func() error { return s.happensNow("alarm-ok.json") },
		reads(true),
		func() error { return s.stays("cem", e.ID) },
		func() error { return s.settled() },
		reads(false),
		func() error { return s.ends("cem", e.ID, access.Completed) },
		func() error { return s.signs("cem", e.ID) },
		func() error { return s.signs("ben", e.ID) },
	)
}

// rotation: a key is usable while the rotation of its secret runs.
func rotation(s *story) error {
	const mine, another = "1234abcd-12ab-34cd-56ef-1234567890ab", "0a1b2c3d-9999-8888-7777-666655554444"
	var id string
	decrypts := func(key string, want bool) func() error {
		return func() error {
			return s.tries(rotator, "key-rotation-1", "kms:Decrypt", "arn:aws:kms:us-east-1:"+account+":key/"+key, want)
		}
	}
	return inOrder(
		decrypts(mine, false),
		func() (err error) { id, err = s.elevates("rotation-started.json", "rotation"); return err },
		func() error { _, err := s.ready("dee", id); return err },
		decrypts(mine, true),
		decrypts(another, false),
		func() error { return s.happens("rotation-succeeded.json") },
		func() error { return s.settled() },
		decrypts(mine, false),
		func() error { return s.ends("dee", id, access.Completed) },
	)
}

// shadow: a standing administrator gives privilege away without asking. CloudTrail shows it, and a detection of the catalog makes it a
// finding, which a person takes on and closes.
func shadow(s *story) error {
	var found client.Finding
	return inOrder(
		func() error { return s.tries(legacy, "mallory", "iam:PutUserPolicy", pipeline, true) },
		func() error { return s.h.iam.PutRolePolicyByHand(pipeline, "everything", everything) },
		func() (err error) { found, err = s.finds("dee", "detection", "PutUserPolicy"); return err },
		func() error { return s.acknowledges("dee", found.ID) },
		func() error {
			s.line("dee", "deletes the policy", "removed")
			return s.h.iam.DeleteRolePolicyByHand(pipeline, "everything")
		},
		func() error { return s.closes("dee", found.ID) },
	)
}
