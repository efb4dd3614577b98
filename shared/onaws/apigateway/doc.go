// Package apigateway turns events of API Gateway into HTTP requests, and the answers back.
//
// A route has one authorizer, so there are two APIs: machines call a REST API (IAM), people an HTTP API (JWT). The
// caller comes only from that API's authorizer (caller.go). A person's token is verified again (jwt.go).
//
// An event does not prove that API Gateway sent it. The function's resource policy allows only API Gateway to invoke
// it; an event that fits neither API, or both, is refused as well.
package apigateway
