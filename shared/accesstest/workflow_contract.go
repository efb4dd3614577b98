package accesstest

import (
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// WorkflowUnderTest is a workflow for [WorkflowContract], with functions that observe it. Each waits for a reasonable
// time, then fails the test.
type WorkflowUnderTest struct {
	Workflow access.Workflow
	// Input returns an input for an execution that begins with a callback task of an hour or more.
	Input func(id string) string
	// Token returns the token of the waiting execution.
	Token func(t *testing.T, id string) string
	// Closed waits until the execution is closed.
	Closed func(t *testing.T, id string)
	// Revoked returns the next order for this id that the revoke function got.
	Revoked func(t *testing.T, id string) access.Order
	// Late returns the next postponed evidence of this elevation.
	Late func(t *testing.T, id string) access.Late
	// Failed are error names that close an execution at its first task.
	Failed []string
}

// WorkflowContract tests the comments of [access.Workflow].
func WorkflowContract(t *testing.T, open func(*testing.T) WorkflowUnderTest) {
	t.Helper()
	for _, c := range slices.Concat(workflowStarts, workflowAnswers, workflowOrders) {
		t.Run(c.name, func(t *testing.T) {
			c.run(workflowCase{T: t, WorkflowUnderTest: open(t), id: newID()})
		})
	}
}

type workflowTest struct {
	name string
	run  func(workflowCase)
}

type workflowCase struct {
	*testing.T
	WorkflowUnderTest
	id string
}

func (c workflowCase) wantKind(err error, want fault.Kind) {
	c.Helper()
	if fault.KindOf(err) != want {
		c.Errorf("error = %v (%s), want %s", err, fault.KindOf(err), want)
	}
}

func (c workflowCase) startedToken() string {
	c.Helper()
	c.wantKind(c.Workflow.Start(c.Context(), c.id, c.Input(c.id)), "")
	return c.Token(c.T, c.id)
}

func (c workflowCase) closedToken() string {
	c.Helper()
	token := c.startedToken()
	c.wantKind(c.Workflow.Answer(c.Context(), token, c.Failed[0]), "")
	c.Closed(c.T, c.id)
	return token
}

var workflowStarts = []workflowTest{
	{"starting again while it runs is success", func(c workflowCase) {
		c.startedToken()
		c.wantKind(c.Workflow.Start(c.Context(), c.id, c.Input(c.id)), "")
	}},
	{"starting again when it is closed is Over", func(c workflowCase) {
		c.closedToken()
		c.wantKind(c.Workflow.Start(c.Context(), c.id, c.Input(c.id)), fault.Over)
	}},
}

var workflowAnswers = []workflowTest{
	{"an error of any of the names reaches the state machine", func(c workflowCase) {
		for _, name := range c.Failed {
			c.id = newID()
			token := c.startedToken()
			c.wantKind(c.Workflow.Answer(c.Context(), token, name), "")
			c.Closed(c.T, c.id)
		}
	}},
	{"success lets the execution go on", func(c workflowCase) {
		token := c.startedToken()
		c.wantKind(c.Workflow.Answer(c.Context(), token, ""), "")
		// An answer ends the task at once.
		c.wantKind(c.Workflow.Beat(c.Context(), token), fault.Over)
	}},
	{"a task that is over is success", func(c workflowCase) {
		token := c.closedToken()
		c.wantKind(c.Workflow.Answer(c.Context(), token, ""), "")
		c.wantKind(c.Workflow.Answer(c.Context(), token, c.Failed[0]), "")
	}},
	{"what is no token is Invalid", func(c workflowCase) {
		c.wantKind(c.Workflow.Answer(c.Context(), "no token", ""), fault.Invalid)
		c.wantKind(c.Workflow.Beat(c.Context(), "no token"), fault.Invalid)
	}},
	{"a beat of a task that waits is success", func(c workflowCase) {
		token := c.startedToken()
		c.wantKind(c.Workflow.Beat(c.Context(), token), "")
		c.wantKind(c.Workflow.Beat(c.Context(), token), "")
	}},
	{"a beat of a task that is over is Over", func(c workflowCase) {
		token := c.closedToken()
		c.wantKind(c.Workflow.Beat(c.Context(), token), fault.Over)
	}},
}

var workflowOrders = []workflowTest{
	{"an order reaches the revoke function as it is", func(c workflowCase) {
		o := access.Order{
			ID: c.id, Account: "111122223333", Principal: "arn:aws:iam::111122223333:role/engineer-deploy",
			PrincipalID: "AROAEXAMPLE0000000001", By: "ttl", OrderedAt: record.Instant(time.Now()),
		}
		c.wantKind(c.Workflow.Revoke(c.Context(), o), "")
		if got := c.Revoked(c.T, c.id); got != o {
			c.Errorf("order = %+v, want %+v", got, o)
		}
	}},
	{"evidence that is postponed is kept", func(c workflowCase) {
		l := access.Late{Elevation: c.id, Grant: "curfew-" + c.id, By: "ttl", ReadAt: record.Instant(time.Now())}
		c.wantKind(c.Workflow.Postpone(c.Context(), l), "")
		got := c.Late(c.T, c.id)
		if string(got.Body()) != string(l.Body()) {
			c.Errorf("late = %+v, want %+v", got, l)
		}
	}},
}
