package httpapi

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"

	"curfew/shared/identity"
)

// document is the OpenAPI 3.1 document of everything that [New] serves. It is written by hand; a test holds it against the
// routes, the kinds of problem and every answer.
//
//go:embed openapi.json
var document []byte

func (d door) openapi(context.Context, identity.Caller, *http.Request) (reply, error) {
	return reply{body: json.RawMessage(document)}, nil
}
