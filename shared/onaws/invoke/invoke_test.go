package invoke

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// fakeLambda keeps what it got, and fails as it is told.
type fakeLambda struct {
	err     error
	invoked *lambda.InvokeInput
}

func (f *fakeLambda) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	f.invoked = in
	return &lambda.InvokeOutput{}, f.err
}

func TestOrdersAsTheyAreSent(t *testing.T) {
	f := &fakeLambda{}
	o := access.Order{ID: "01k1", Principal: "arn:aws:iam::111122223333:role/engineer", By: "ttl", OrderedAt: record.Instant(time.Now())}
	if err := (Orders{f, "curfew-revoke"}).Revoke(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	var got access.Order
	if err := json.Unmarshal(f.invoked.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if got != o || f.invoked.InvocationType != "Event" || *f.invoked.FunctionName != "curfew-revoke" {
		t.Errorf("invoked %+v with %+v, want the order, asynchronously", f.invoked, got)
	}
}

func TestAnOrderThatWasNotGivenIsAnError(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"a lost answer", errors.New("connection reset"), fault.Transient},
		{"throttled", &smithy.GenericAPIError{Code: "TooManyRequestsException"}, fault.Transient},
		{"no such function", &smithy.GenericAPIError{Code: "ResourceNotFoundException"}, fault.Internal},
		{"it may not be invoked", &smithy.GenericAPIError{Code: "AccessDeniedException"}, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Orders{&fakeLambda{err: c.err}, "curfew-revoke"}.Revoke(t.Context(), access.Order{ID: "01k1"})
			if got := fault.KindOf(err); got != c.want {
				t.Errorf("error = %v (%s), want %s", err, got, c.want)
			}
		})
	}
}
