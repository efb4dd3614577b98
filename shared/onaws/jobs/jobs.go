// Package jobs starts jobs, so that a job has its access from its first call.
//
// The catalog gives a call's input under the API's names, except what makes the call idempotent. Event data never
// enters an input.
package jobs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/trigger/eventbus"
)

// Jobs is [eventbus.Jobs] on AWS. It is safe for concurrent use.
type Jobs struct {
	Accounts *onaws.Accounts
	// Governs reports whether jobs may be started in an account.
	Governs func(ctx context.Context, account string) (bool, error)
}

var _ eventbus.Jobs = (*Jobs)(nil)

func New(in *onaws.Accounts, governs func(ctx context.Context, account string) (bool, error)) *Jobs {
	return &Jobs{in, governs}
}

// configFor finds a job's account and Region in the first ARN that has them. By default: the given account, the
// function's Region.
func (j *Jobs) configFor(ctx context.Context, byDefault string, arns ...*string) (aws.Config, error) {
	account, region := "", ""
	for _, arn := range arns {
		if f := strings.SplitN(aws.ToString(arn), ":", 6); len(f) == 6 && f[0] == "arn" {
			account, region = cmp.Or(account, f[4]), cmp.Or(region, f[3])
		}
	}
	account = cmp.Or(account, byDefault)
	governed, err := j.Governs(ctx, account)
	cfg, ok := j.Accounts.Config(account, cmp.Or(region, j.Accounts.Region()))
	if err == nil && (!governed || !ok) {
		err = fault.Errorf(fault.Invalid, "the job's account is not governed: use an ARN of an account in the registry (curfew accounts list)")
	}
	return cfg, err
}

// decode is strict. The SDK's names differ from the API's only in the first letter's case: JSON ignores it.
func decode[In any](input json.RawMessage) (*In, error) {
	in := new(In)
	d := json.NewDecoder(bytes.NewReader(input))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return nil, fault.Errorf(fault.Invalid, "the job's input: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fault.Errorf(fault.Invalid, "the job's input: unexpected data after the object")
	}
	return in, nil
}

func requireUnset(name string, value *string) error {
	if value != nil {
		return fault.Errorf(fault.Invalid, "the job's input sets %s, which Curfew sets itself: remove it", name)
	}
	return nil
}

// startError gives a start's error its kind. Invalid input, by service or SDK, stays Invalid.
func startError(doing string, err error) error {
	if err == nil {
		return nil
	}
	_, unsent := errors.AsType[smithy.InvalidParamsError](err)
	if unsent || slices.Contains([]string{
		"InvalidParameterValueException", "MissingParameterValueException", "InvalidRequestException", "ClientException",
		"InvalidInputException", "InvalidExecutionInput", "ValidationException", "LimitExceededException",
	}, onaws.ErrorCode(err)) {
		return &fault.Error{Kind: fault.Invalid, Text: doing + ": " + err.Error(), Err: err}
	}
	return onaws.CallError(doing, err)
}
