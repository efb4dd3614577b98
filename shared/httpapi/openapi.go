package httpapi

import _ "embed"

// document is the OpenAPI 3.1 document of everything that [New] serves. It is written by hand; a test holds it against the
// routes, the kinds of problem and every answer.
//
//go:embed openapi.json
var document []byte
