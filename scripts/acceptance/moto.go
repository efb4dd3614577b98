package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/shared/onaws"
	"curfew/shared/onaws/lambdatest"
	"curfew/shared/onaws/onmoto"
)

// onMoto runs the built functions as processes.
type onMoto struct{ closers *[]func() }

// motoLacks are the needs that moto does not fill.
func motoLacks() map[need]string {
	return map[need]string{
		enforcement:  "moto allows every call",
		userBounds:   "moto keeps no permissions boundary of a user",
		rules:        "moto sends no events of services, and starts nothing by a rule",
		ttl:          "the emulator's table is made without TTL, and moto removes nothing by it",
		organization: "moto's accounts are in no organization",
		gateway:      "the command invokes the functions with the events of API Gateway",
		metricMath:   "moto evaluates no metric math",
		conflicts:    "moto deletes such a policy",
		lastAccessed: "moto has none",
	}
}

// motoWorld is home, the account of moto's default credentials, and a random member account: moto selects an account by the
// role that was assumed.
func motoWorld(ctx context.Context, w *world) (*world, func(), error) {
	if os.Getenv("CURFEW_EMULATORS") != "1" || os.Getenv("AWS_ENDPOINT_URL") == "" {
		return nil, nil, errors.New("-moto calls only emulators: go run ./scripts/emulators -- go run ./scripts/acceptance -moto")
	}
	cfg, err := onaws.LoadAWS(ctx)
	if err != nil {
		return nil, nil, err
	}
	in := func(account string) place {
		of := cfg.Copy()
		of.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+account+":role/acceptance"))
		return place{Config: of, id: account}
	}
	w.home, w.member = in("123456789012"), in(fmt.Sprint(200_000_000_000+rand.Int64N(700_000_000_000)))
	w.lacked = motoLacks()
	on := onMoto{new([]func())}
	w.on = on
	return w, on.close, nil
}

func (m onMoto) close() {
	for _, c := range *m.closers {
		c()
	}
}

// install builds the functions and answers their invocations.
func (m onMoto) install(ctx context.Context, w *world) error {
	dir, err := os.MkdirTemp("", "acceptance-")
	if err != nil {
		return err
	}
	*m.closers = append(*m.closers, func() { _ = os.RemoveAll(dir) })
	issuer, closing, err := onmoto.ServeIssuer()
	if err != nil {
		return err
	}
	*m.closers = append(*m.closers, closing)
	w.issuer, w.endpoint, w.transport = issuer, "http://127.0.0.1", func(p person) http.RoundTripper { return gatewayEvents{w, p} }
	if err := writeCatalog(filepath.Join(dir, "catalog"), w.name, w.member.id, w.home.Region); err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	build := exec.CommandContext(ctx, "go", "run", "curfew/scripts/build", "-arch", "host", "-catalog", filepath.Join(dir, "catalog"), "-out", dist)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the functions: %w\n%s", err, out)
	}
	settings, err := m.resources(ctx, w)
	if err != nil {
		return err
	}
	for _, f := range []string{"api", "decide", "wait", "grant", "revoke", "contain", "expire", "reconcile", "trigger"} {
		if err := m.start(ctx, w, filepath.Join(dist, f), f, settings); err != nil {
			return err
		}
	}
	return nil
}

// resources makes tables, state machine and queue.
func (onMoto) resources(ctx context.Context, w *world) (s onmoto.Settings, err error) {
	tables := onaws.TablesConfig{AccessTable: w.resource("access"), AuditTable: w.resource("audit")}
	if err := onmoto.Tables(ctx, dynamodb.NewFromConfig(w.home.Config), tables); err != nil {
		return s, err
	}
	machine, err := onmoto.Machine(ctx, sfn.NewFromConfig(w.home.Config), w.name, w.home.id)
	if err != nil {
		return s, err
	}
	late, err := sqs.NewFromConfig(w.home.Config).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(w.resource("late"))})
	if err != nil {
		return s, err
	}
	return onmoto.Settings{
		Endpoint: os.Getenv("AWS_ENDPOINT_URL"), Name: w.name, Home: w.home.id, Boundary: w.boundary(), Machine: machine,
		LateQueue: aws.ToString(late.QueueUrl), Issuer: w.issuer.URL,
	}, nil
}

func (m onMoto) start(ctx context.Context, w *world, dir, function string, s onmoto.Settings) error {
	s.Catalogs = filepath.Join(dir, "catalog")
	env := append(lambdatest.Environment(dir), s.Environment()...)
	env = append(env, "CURFEW_MEMBER_ROLE="+w.resource("member-"+function), "CURFEW_TASK_ACCOUNTS="+w.member.id)
	p, err := lambdatest.Start(filepath.Join(dir, "bootstrap"), w.resource(function), env...)
	if err != nil {
		return err
	}
	*m.closers = append(*m.closers, p.Close)
	closing, err := onmoto.Register(ctx, s.Endpoint, w.resource(function), func(ctx context.Context, payload []byte) (lambdatest.Answer, error) {
		return p.Invoke(ctx, payload, time.Minute)
	})
	if err == nil {
		*m.closers = append(*m.closers, closing)
	}
	return err
}

// setNet does nothing: on moto no other net than the workflow acts by itself.
func (onMoto) setNet(context.Context, *world, string, bool) error { return nil }

// deliver invokes the function.
func (onMoto) deliver(ctx context.Context, w *world, e event) error {
	_, err := w.invoke(ctx, e.function, e.payload)
	return err
}

// gatewayEvents sends a person's call as the event that an HTTP API makes of it.
type gatewayEvents struct {
	w *world
	p person
}

func (g gatewayEvents) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	e, err := g.w.issuer.Event(g.p.name, g.p.group, r.Method, r.URL.RequestURI(), string(body))
	if err != nil {
		return nil, err
	}
	function := "api"
	if strings.HasSuffix(r.URL.Path, "/decisions") {
		function = "decide"
	}
	answer, err := g.w.invoke(r.Context(), function, e)
	if err != nil {
		return nil, err
	}
	var a struct {
		StatusCode int
		Headers    map[string]string
		Body       string
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, err
	}
	header := http.Header{}
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: a.StatusCode, Header: header, Body: io.NopCloser(bytes.NewReader([]byte(a.Body))), Request: r}, nil
}

// functionError is what a function answered instead of a result.
type functionError struct{ ErrorType, ErrorMessage string }

func (e functionError) Error() string { return e.ErrorType + ": " + e.ErrorMessage }

// invoke asks a function of the installation and returns its answer, or a functionError.
func (w *world) invoke(ctx context.Context, function, payload string) ([]byte, error) {
	out, err := lambda.NewFromConfig(w.home.Config).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(w.resource(function)), Payload: []byte(payload)})
	if err != nil {
		return nil, err
	}
	if out.FunctionError != nil {
		var e functionError
		if err := json.Unmarshal(out.Payload, &e); err != nil {
			return nil, fmt.Errorf("%s: %s", aws.ToString(out.FunctionError), out.Payload)
		}
		return nil, e
	}
	return out.Payload, nil
}
