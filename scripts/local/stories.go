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
)

// taskOf is the task that an example event tells of.
func taskOf(example string) (client.TaskRef, error) {
	raw, err := events.Example(example)
	if err != nil {
		return client.TaskRef{}, err
	}
	signal, err := events.Read(raw)
	return client.TaskRef{Kind: signal.Task.Kind, ID: signal.Task.ID}, err
}

// inOrder does one thing after the other until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// engineer: he asks before the window opens, is approved by somebody else, and has the role until the time is over.
// Another session of the same role has nothing of it.
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
		tries("ana", false), // approved, and the window is not open
		func() error { _, err := s.ready("ana", e.ID); return err },
		tries("ana", true),
		tries("mallory", false), // the same role, another session
		func() error { return s.deadline("ana", e.ID) },
		tries("ana", false),
		func() error { return s.ends("ana", e.ID, access.Deadline) },
	)
}

// backup: the role asks for itself, because its job runs, and loses what it got because the job ended.
func backup(s *story) error {
	task, err := taskOf("backup-job-running.json")
	if err != nil {
		return err
	}
	var e client.Elevation
	request := client.Request{Entitlement: "backup-run", Principal: backups, Task: task, Reason: "the nightly backup", Duration: 3600}
	tries := func(want bool) func() error {
		return func() error {
			return s.tries(backups, "AWSBackup-1", "ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/*", want)
		}
	}
	return inOrder(
		tries(false),
		func() error { return s.refused("backup-runner", request) }, // nothing runs
		func() error { return s.happens("backup-job-running.json") },
		func() (err error) { e, err = s.asks("backup-runner", request); return err },
		func() error { _, err := s.ready("backup-runner", e.ID); return err },
		tries(true),
		func() error { return s.happens("backup-job-completed.json") },
		func() error { return s.settled() },
		tries(false),
		func() error { return s.ends("backup-runner", e.ID, access.Completed) },
	)
}

// agent: one secret for one run; no other secret, and no other session.
func agent(s *story) error {
	task, err := taskOf("states-execution-running.json")
	if err != nil {
		return err
	}
	var e client.Elevation
	request := client.Request{
		Entitlement: "agent-secret", Principal: agents, Task: task, Reason: "summarize the tickets", Duration: 600,
		Parameters: map[string]string{"secret": "tickets/reader"},
	}
	reads := func(session, secret string, want bool) func() error {
		return func() error {
			return s.tries(agents, session, "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:"+account+":secret:"+secret+"-AbCdEf", want)
		}
	}
	mine := "agent-summarizer-1"
	return inOrder(
		func() error { return s.refused("agent-summarizer", request) }, // the task is unknown
		func() error { return s.happens("states-execution-running.json") },
		func() (err error) { e, err = s.asks("agent-summarizer", request); return err },
		func() error { _, err := s.ready("agent-summarizer", e.ID); return err },
		reads(mine, "tickets/reader", true),
		reads(mine, "payments/key", false),
		reads("agent-summarizer-2", "tickets/reader", false),
		func() error { return s.happens("states-execution-succeeded.json") },
		func() error { return s.settled() },
		reads(mine, "tickets/reader", false),
		func() error { return s.ends("agent-summarizer", e.ID, access.Completed) },
	)
}

// incident: at once, loud, ended with the alarm, and signed for by somebody else.
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
		func() error { return s.refused("ana", request) }, // she is not on call
		func() (err error) { e, err = s.asks("cem", request); return err },
		func() error { _, err := s.ready("cem", e.ID); return err },
		func() error { return s.paged(e.ID) },
		reads(true),
		func() error { return s.happens("alarm-ok.json") },
		func() error { return s.settled() },
		reads(false),
		func() error { return s.ends("cem", e.ID, access.Completed) },
		func() error { return s.signs("cem", e.ID) },
		func() error { return s.signs("ben", e.ID) },
	)
}

// rotation: a key is unlocked while its rotation runs.
func rotation(s *story) error {
	task, err := taskOf("rotation-started.json")
	if err != nil {
		return err
	}
	const mine, another = "0a1b2c3d-1111-2222-3333-444455556666", "0a1b2c3d-9999-8888-7777-666655554444"
	var e client.Elevation
	decrypts := func(key string, want bool) func() error {
		return func() error {
			return s.tries(rotator, "key-rotation-1", "kms:Decrypt", "arn:aws:kms:us-east-1:"+account+":key/"+key, want)
		}
	}
	return inOrder(
		decrypts(mine, false),
		func() error { return s.happens("rotation-started.json") },
		func() (err error) {
			e, err = s.asks("key-rotation", client.Request{
				Entitlement: "rotate-key", Principal: rotator, Task: task, Reason: "the key is rotated", Duration: 900,
				Parameters: map[string]string{"key": mine},
			})
			return err
		},
		func() error { _, err := s.ready("key-rotation", e.ID); return err },
		decrypts(mine, true),
		decrypts(another, false),
		func() error { return s.happens("rotation-succeeded.json") },
		func() error { return s.settled() },
		decrypts(mine, false),
		func() error { return s.ends("key-rotation", e.ID, access.Completed) },
	)
}
