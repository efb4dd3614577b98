package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/backoff"
	"curfew/shared/httpapi"
	"curfew/shared/identity"
)

// life is one elevation: who asks, for how long, and how it ends.
type life struct {
	n         int
	startsAt  time.Duration // since the beginning of the month
	lasts     time.Duration
	ends      string // "deadline", "hand", "task"; "silent": its heartbeat stops
	principal string
	approval  bool
}

// lifeOf draws life n: a third ends at its deadline, a third by hand, a third by its task or a lost heartbeat.
func lifeOf(n int, at time.Duration) life {
	l := life{n: n, startsAt: at, lasts: time.Duration(15+n*7%40) * time.Minute, ends: []string{"deadline", "hand", "task"}[n%3], principal: accesstest.Engineer, approval: n%5 == 0}
	switch {
	case l.ends == "task":
		l.principal, l.approval = accesstest.Backup, false
	case n%10 == 7:
		l.principal, l.approval = accesstest.Agent, false
		if n%20 == 7 {
			l.ends = "silent"
		}
	}
	return l
}

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

func (p *plant) machine(principal, session, group string) identity.Caller {
	return identity.Caller{ID: identity.MachineID(p.iam.UniqueID(principal)), Kind: identity.Machine, ARN: principal, Name: session, Groups: []string{group}}
}

// Metrics of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html and
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
func (p *plant) failed(who identity.Caller) {
	m := named("AWS/ApiGateway", "5xx", dimensions{"ApiId": "People", "Stage": "$default"})
	if who.Kind == identity.Machine {
		m = named("AWS/ApiGateway", "5XXError", dimensions{"ApiName": installation + "-machines", "Stage": "live"})
	}
	p.watch.put(m, 1)
}

// callerKey is the context key of the caller, whom API Gateway authenticated.
type callerKey struct{}

func authenticated(r *http.Request) (identity.Caller, error) {
	who, _ := r.Context().Value(callerKey{}).(identity.Caller)
	return who, nil
}

func (p *plant) makeDoors() {
	_, api := p.service("api")
	_, decide := p.service("decide")
	p.doors = map[string]http.Handler{"api": httpapi.API(api, authenticated, api.Log), "decide": httpapi.Decisions(decide, authenticated, decide.Log)}
}

// ask calls an API once.
func (p *plant) ask(function string, who identity.Caller, path string, body any) (status int, answer []byte) {
	one := lambda{plant: p, name: function, handle: func(ctx context.Context, payload []byte) ([]byte, error) {
		r := httptest.NewRequestWithContext(context.WithValue(ctx, callerKey{}, who), http.MethodPost, path, bytes.NewReader(payload))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		p.doors[function].ServeHTTP(w, r)
		status = w.Code
		return w.Body.Bytes(), nil
	}}
	answer, err := one.invoke(p.alive, encode(body))
	if err != nil {
		status = http.StatusInternalServerError // "5XX: the count of server-side errors", of the integration too
	}
	if status >= http.StatusInternalServerError {
		p.failed(who)
	}
	return status, answer
}

// insist tries again every 20 seconds for 15 minutes.
func (p *plant) insist(function string, who identity.Caller, path string, body any) (answer []byte, ok bool) {
	for range 45 {
		status, answer := p.ask(function, who, path, body)
		if status < http.StatusInternalServerError {
			return answer, status < http.StatusBadRequest
		}
		if backoff.Pause(p.alive, 20*time.Second) != nil {
			break
		}
	}
	return nil, false
}

// live plays one life.
func (p *plant) live(l life) {
	if backoff.Pause(p.alive, l.startsAt) != nil {
		return
	}
	who, entitlement, kind := person(fmt.Sprintf("eng-%02d", l.n%12), "engineers"), "deploy", "change"
	task := fmt.Sprintf("%s-%d", kind, l.n)
	switch l.principal {
	case accesstest.Backup:
		who, entitlement, kind = p.machine(l.principal, fmt.Sprintf("run-%d", l.n), "jobs"), "backup", "change"
		p.queues["triggers"].send(taskEvent(task, "started"))
		p.queues["trail"].send(trailEvent())
	case accesstest.Agent:
		who, entitlement, kind = p.machine(l.principal, fmt.Sprintf("run-%d", l.n), "agents"), "agent", "workflow"
	}
	if l.approval {
		entitlement = "admin"
	}
	if l.principal == accesstest.Backup && backoff.Pause(p.alive, 10*time.Second) != nil {
		return
	}
	answer, ok := p.insist("api", who, "/v1/elevations", object{
		"entitlement": entitlement, "principal": l.principal, "task": object{"kind": kind, "id": task}, "reason": "rehearsed", "duration_seconds": int(l.lasts / time.Second),
	})
	var e struct{ ID, Digest string }
	if json.Unmarshal(answer, &e) != nil || !ok {
		p.mu.Lock()
		p.refused++
		p.mu.Unlock()
		return
	}
	if l.approval {
		if backoff.Pause(p.alive, 3*time.Minute) != nil {
			return
		}
		p.insist("decide", person("ben", "leads", "platform"), "/v1/elevations/"+e.ID+"/decisions", object{"decision": "approve", "digest": e.Digest, "reason": "as they see it"})
	}
	p.finish(l, who, e.ID, task)
}

// finish plays the holder and the end.
func (p *plant) finish(l life, who identity.Caller, id, task string) {
	early := l.lasts * time.Duration(1+l.n%3) / 4
	if l.principal == accesstest.Agent {
		for end := time.Now().Add(early); time.Now().Before(end); {
			if backoff.Pause(p.alive, time.Minute) != nil {
				return
			}
			p.ask("api", who, "/v1/elevations/"+id+"/heartbeat", object{})
		}
	} else if backoff.Pause(p.alive, early) != nil {
		return
	}
	switch l.ends {
	case "hand":
		p.insist("api", who, "/v1/elevations/"+id+"/end", object{})
	case "task":
		p.queues["triggers"].send(taskEvent(task, "ended"))
	}
}

func taskEvent(id, state string) string {
	return string(encode(object{
		"version": "0", "id": id + state, "detail-type": "Task State Change", "source": "curfew.task", "account": member, "region": region,
		"time": time.Now().UTC().Format(time.RFC3339), "resources": []string{}, "detail": object{"kind": "change", "id": id, "state": state},
	}))
}

// trailEvent is a record of CloudTrail that concerns no elevation.
func trailEvent() string {
	now := time.Now().UTC().Format(time.RFC3339)
	return string(encode(object{
		"version": "0", "id": now, "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": member, "time": now, "region": region, "resources": []string{},
		"detail": object{
			"eventVersion": "1.11", "eventID": strings.ToLower(now), "eventTime": now, "eventSource": "s3.amazonaws.com", "eventName": "PutBucketTagging", "awsRegion": region, "recipientAccountId": member,
			"eventType": "AwsApiCall", "eventCategory": "Management", "readOnly": false, "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli",
			"userIdentity": object{"type": "IAMUser", "principalId": "AIDAEXAMPLE0000000001", "arn": "arn:aws:iam::" + member + ":user/ci-user", "accountId": member, "userName": "ci-user"},
		},
	}))
}
