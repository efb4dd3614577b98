package apigateway

import (
	"encoding/json"
	"time"
)

// signedInAt returns when the person authenticated; zero: not known. A token that was refreshed keeps the first instant.
// An instant after the token's own, or after now, is none: it would make the sign-in newer than it is. issued may be zero.
// https://openid.net/specs/openid-connect-core-1_0.html#IDToken
func (c claims) signedInAt(issued, now time.Time) time.Time {
	var unix int64
	if err := json.Unmarshal(c["auth_time"], &unix); err != nil || unix <= 0 { // absent, a text or a fraction too
		return time.Time{}
	}
	at := time.Unix(unix, 0).UTC()
	if at.After(now.Add(tokenSkew)) || !issued.IsZero() && at.After(issued.Add(tokenSkew)) {
		return time.Time{}
	}
	return at
}
