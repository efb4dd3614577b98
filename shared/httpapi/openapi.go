package httpapi

import _ "embed"

// document is written by hand. Tests compare it with the code and with every answer.
//
//go:embed openapi.json
var document []byte
