// Package jobs starts the jobs that Curfew starts itself, when the rights are there before the work is.
//
// A job's input is the catalog's: the call's own input, as the service's API names it, but for what makes the call
// idempotent, which is set here. What the call does not know is refused, and so is what is set here. Nothing of an event
// gets into it.
package jobs

import (
	"bytes"
	"cmp"
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

// Jobs is [eventbus.Jobs] on AWS. It may be used by many at once.
type Jobs struct {
	Accounts *onaws.Accounts
}

var _ eventbus.Jobs = (*Jobs)(nil)

// New is for the function trigger.
func New(in *onaws.Accounts) *Jobs { return &Jobs{Accounts: in} }

// enter is the configuration for where a job is to be: by the account and the Region of the first of these ARNs that has
// one. What names none is in the only account that there is, and in the function's own Region.
func (j *Jobs) enter(arns ...*string) (aws.Config, error) {
	account, region := "", ""
	for _, arn := range arns {
		if f := strings.SplitN(aws.ToString(arn), ":", 6); len(f) == 6 && f[0] == "arn" {
			account, region = cmp.Or(account, f[4]), cmp.Or(region, f[3])
		}
	}
	if all := j.Accounts.IDs(); account == "" && len(all) == 1 {
		account = all[0]
	}
	cfg, ok := j.Accounts.Config(account, cmp.Or(region, j.Accounts.Region()))
	if !ok {
		return cfg, fault.Errorf(fault.Invalid, "the job's input names no account of this installation")
	}
	return cfg, nil
}

// decode reads an input strictly. The SDK names the members of an input as the API does, but for the case of the first
// letter, which JSON takes for the same.
func decode[In any](input json.RawMessage) (*In, error) {
	in := new(In)
	d := json.NewDecoder(bytes.NewReader(input))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return nil, fault.Errorf(fault.Invalid, "the job's input: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fault.Errorf(fault.Invalid, "the job's input: something follows the object")
	}
	return in, nil
}

// unset refuses an input that sets what is set here.
func unset(name string, value *string) error {
	if value != nil {
		return fault.Errorf(fault.Invalid, "the job's input: %s is not its own to set", name)
	}
	return nil
}

// failed gives the error of a start its kind. What the service, or the SDK before it sends, refuses for what was asked is
// refused again.
func failed(doing string, err error) error {
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
