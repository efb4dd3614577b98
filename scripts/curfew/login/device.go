package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"
)

const (
	usualPoll  = 5 // seconds, if the issuer does not say: https://www.rfc-editor.org/rfc/rfc8628#section-3.2
	mostPoll   = 60
	deviceWait = 30 * time.Minute
)

// WithDevice signs in with a browser on any machine, where the person types a code.
func (i *Issuer) WithDevice(ctx context.Context, ask Asking) (Tokens, error) {
	if !i.HasDeviceFlow() {
		return Tokens{}, fmt.Errorf("issuer %s has no device flow: log in where there is a browser", i.client.Issuer)
	}
	began, err := i.oauth.DeviceAuth(i.context(ctx), i.options(ask)...)
	if err != nil {
		return Tokens{}, i.refusal("signing in", err)
	}
	if began.DeviceCode == "" || began.UserCode == "" || SafeURL(began.VerificationURI) != nil {
		return Tokens{}, errors.New("signing in: the issuer's answer has no code, or no https URL to type it at")
	}
	if began.Interval < 1 || began.Interval > mostPoll {
		began.Interval = usualPoll
	}
	ctx, cancel := context.WithTimeout(ctx, deviceWait)
	defer cancel()
	ask.Visit(began.VerificationURI, began.UserCode)
	token, err := i.oauth.DeviceAccessToken(i.context(ctx), began)
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.ErrorCode == "access_denied" {
		return Tokens{}, errors.New("signing in: it was refused in the browser")
	}
	if err != nil {
		return Tokens{}, i.refusal("signing in", err)
	}
	return i.receive(ctx, ask.Endpoint, "", token)
}
