package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/login"
	"curfew/scripts/curfew/sdk"
)

// The exit codes. Scripts depend on them: they never change their meaning.
const (
	OK              = 0
	Unexpected      = 1 // a fault, of the service or of this program; a catalog or an installation that is wrong
	Usage           = 2 // the command line, or the request in it, is not understood
	Denied          = 3 // refused by policy; of end-all --suspend, also the suspension alone
	EvidenceFails   = 3 // refused here: the evidence is broken or truncated, or the terms do not match their digest
	NotFound        = 4 // there is none, or the caller may not see it
	Conflict        = 5 // the state, or a quota, does not allow it now
	Unavailable     = 6 // no answer, or none in time
	Unauthenticated = 7 // the API does not know who calls
	OtherEnd        = 8 // a wait: denied, lapsed, ended or stuck; a question answered with no; something left by end-all
	Unattributed    = 9 // of trail: calls are unresolved, or text could not be read
	Interrupted     = 130

	// Of run and resume, which otherwise exit with the code of their command.
	NotYet          = 75  // access is not active yet: EX_TEMPFAIL of sysexits.h
	NoAccess        = 125 // no access for any reason, a wrong command line included
	CannotRun       = 126 // as in shells
	CommandNotFound = 127
)

const exitHelp = `Exit codes:
  0  done
  1  unexpected: a fault; a catalog or an installation that is wrong
  2  not understood: the command line, or the request in it
  3  denied; or the evidence that was shown is broken or truncated; end-all
     --suspend: the suspension was refused, and all was ended
  4  not found, or not for you to see
  5  conflict: the state, or a quota, does not allow it now
  6  unavailable, or no answer in time
  7  not authenticated
  8  with --wait denied, withdrawn, lapsed, ended or stuck; a question answered
     with no; end-all: something is left
  9  trail: calls are unresolved, or something could not be read
  130  interrupted
  run and resume: the command's own, and others; see curfew help run`

// failure is one line (what, why, what to do) and an exit code.
type failure struct {
	code int
	text string
}

// Error returns the line.
func (f *failure) Error() string { return f.text }

func usage(format string, args ...any) error {
	return &failure{Usage, fmt.Sprintf(format, args...)}
}

// explain makes a failure of any error.
func (a *app) explain(ctx context.Context, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if c, ok := errors.AsType[*sdk.CredentialsError](err); ok {
		return &failure{Unauthenticated, c.Text}
	}
	if e, ok := errors.AsType[*login.UnreachableError](err); ok && ctx.Err() == nil {
		return &failure{Unavailable, e.Error() + "; try again"}
	}
	if ctx.Err() != nil {
		return &failure{Interrupted, "interrupted: what was asked for may have been done; curfew list shows it"}
	}
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return a.explainProblem(p)
	}
	if e, ok := errors.AsType[*client.NoAnswerError](err); ok {
		return &failure{Unavailable, e.Error() + "; check --endpoint " + a.endpoint + ", and try again"}
	}
	if e, ok := errors.AsType[*client.UnreadableError](err); ok {
		return &failure{Unexpected, e.Error() + "; is " + a.endpoint + " an API of Curfew of this version?"}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &failure{Unavailable, fmt.Sprintf("no answer within %s; try again, or give it more --timeout", a.timeout)}
	}
	return &failure{Unexpected, err.Error()}
}

// explainProblem says what the API refused, by which rules, and what to do.
func (a *app) explainProblem(p *client.Problem) *failure {
	code, advice := a.meaning(p)
	text := p.Error()
	if len(p.Mistakes) > 1 {
		text = mistakes(p.Mistakes)
	}
	if code == Usage && slices.Contains(p.Reasons, "curfew.scope") { // it says what to do
		return &failure{code, text}
	}
	if len(p.Reasons) > 0 {
		text += " (" + strings.Join(p.Reasons, ", ") + ")"
	}
	if slices.Contains(p.Reasons, reasonStepUp) {
		return &failure{code, text + when(a.context.Issuer != "", "; curfew login --fresh signs in again")}
	}
	if id := p.Elevation; id != "" && code == Denied {
		advice = "kept as " + id + ": curfew show " + id
		if slices.Contains(p.Reasons, "curfew.review") || slices.Contains(p.Reasons, "curfew.cool-down") { // an earlier elevation
			advice = "see it: curfew show " + id
		}
	} else if id != "" && code == Conflict {
		advice = "curfew show " + id + " tells where it stands"
	}
	return &failure{code, text + "; " + advice}
}

// mistakes lists what is wrong with a request, by the flags that it was made with.
func mistakes(all []client.Mistake) string {
	flags := strings.NewReplacer("duration_seconds: ", "--for: ", "start_at: ", "--start-at: ", "latest_end: ", "--latest-end: ",
		"idempotency_key: ", "--idempotency-key: ", "principal: ", "--principal: ", "session: ", "--session: ", "reason: ", "--reason: ",
		"task.id: ", "--task: ", "task: ", "--task: ", "parameters.", "--param ")
	text := count(len(all), "mistake", "mistakes")
	for i, m := range all {
		text += when(i == 0, ": ") + when(i > 0, "; ") + flags.Replace(m.String())
	}
	return text
}

// meaning is the number of a problem and what can be done about it.
func (a *app) meaning(p *client.Problem) (code int, advice string) {
	switch kind(p) {
	case "invalid", "too-large":
		return Usage, "change the request"
	case "denied":
		switch {
		case slices.Contains(p.Reasons, "curfew.digest"):
			return Denied, "curfew show gives them and their digest"
		case slices.Contains(p.Reasons, "curfew.again"), slices.Contains(p.Reasons, "curfew.full"):
			return Denied, "curfew suspensions lists what is suspended"
		}
		return Denied, "curfew me says who you are to the API"
	case "unauthenticated":
		if slices.Contains(p.Reasons, "curfew.token") {
			return Unauthenticated, "renewing it does not help: ask those who run the identity provider, or who write the catalog's claims"
		}
		if a.loginState() != nil {
			return Unauthenticated, fmt.Sprintf("the API did not accept %s: run %q", a.credentialsFrom, "curfew login "+a.inContext)
		}
		return Unauthenticated, "the API did not accept " + a.credentialsFrom + ": renew it, or see curfew help"
	case "not-found":
		return NotFound, "check the id and --endpoint; curfew list shows yours"
	case "conflict":
		return Conflict, "curfew show tells where it stands"
	case "quota":
		return Conflict, "a quota of AWS is full: ask its owners"
	case "idempotency-key-reused":
		return Conflict, "give this request another --idempotency-key"
	case "throttled":
		return Unavailable, "try again" + when(p.RetryAfter > 0, fmt.Sprintf(" in %d s", p.RetryAfter))
	case "unavailable":
		return Unavailable, "try again"
	}
	return Unexpected, "if it persists, ask the operators: the cause is in their log"
}

// kind is the problem's type, or, if something before the API answered, one for its status.
func kind(p *client.Problem) string {
	if p.Kind != "" {
		return string(p.Kind)
	}
	switch p.Status {
	case http.StatusBadRequest:
		return "invalid"
	case http.StatusUnauthorized:
		return "unauthenticated"
	case http.StatusForbidden:
		return "denied"
	case http.StatusNotFound:
		return "not-found"
	case http.StatusConflict:
		return "conflict"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "unavailable"
	}
	return ""
}
