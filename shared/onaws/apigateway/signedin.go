package apigateway

import (
	"encoding/json"
	"time"
)

// signedInAt returns when the person authenticated; zero: not known. A later instant than latest is none: the sign-in would seem
// newer than it is. Refreshed tokens keep the first.
// https://openid.net/specs/openid-connect-core-1_0.html#IDToken
func (c claims) signedInAt(latest time.Time) time.Time {
	var unix int64
	if err := json.Unmarshal(c["auth_time"], &unix); err != nil || unix <= 0 {
		return time.Time{}
	}
	at := time.Unix(unix, 0).UTC()
	if at.After(latest) {
		return time.Time{}
	}
	return at
}
